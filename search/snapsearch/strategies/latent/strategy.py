"""The latent search: a model of the value on the vectors of an auto-encoder ranks candidates.

Source: Kügler, Uecker, Kuijper and Mukhopadhyay, AutoSNAP, MICCAI 2020; there encoder and linear
layer are trained together and gradient ascent alone proposes (preset `paper`). The default trains
the auto-encoder once for each space, without values, and looks around the best as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from snapsearch.space.base import Space, Tokens
from snapsearch.strategies.base import Proposal, Strategy
from snapsearch.strategies.latent import proposals
from snapsearch.strategies.latent.coder import Coder, Vectors
from snapsearch.strategies.latent.options import CoderOptions, LatentOptions, preset, rows
from snapsearch.strategies.latent.regression import MODELS, Model
from snapsearch.strategies.latent.targets import targets, weights
from snapsearch.streams import stream
from snapsearch.trial import Candidate, Trial

DRAWS = 6  # architectures that one of the initial ones is chosen from


class Latent(Strategy):
    """Candidates around the best, ranked by what a model on latent vectors expects of them.

    Options are those of `LatentOptions`, changes of a `preset`; `coder` is a table of
    `CoderOptions`. `coder_seed` is the auto-encoder's, the same for all searches of a space unless
    given; `cache` is the folder where trained ones are kept. Raises `SearchError` S141 for bad
    options.
    """

    name = "latent"
    source = "Kügler et al., 2020"
    about = MappingProxyType(
        {
            "preset": "`default` or `paper`: what the options below are changes of",
            "coder_seed": "the auto-encoder's; the same for all searches of a space unless given",
            "cache": "folder where trained auto-encoders are kept; None: the user's cache",
        }
    )

    def __init__(
        self,
        space: Space,
        seed: int,
        preset: str = "default",
        coder_seed: int = 0,
        cache: str | None = None,
        **changes: Any,
    ) -> None:
        super().__init__(space, seed)
        self.options: LatentOptions = _options(preset, changes)
        self.coder_seed, self.cache = coder_seed, cache
        self._places: dict[Tokens, Vectors] = {}
        self._around: dict[str, list[Candidate]] = {}
        self._joint: dict[int, Coder] = {}

    @classmethod
    def table(cls) -> list[tuple[str, object, str]]:
        """Its own options, `LatentOptions`, and as `coder.NAME` those of `CoderOptions`."""
        coder = [(f"coder.{name}", default, about) for name, default, about in rows(CoderOptions())]
        return super().table() + rows(LatentOptions()) + coder

    # -- proposing ----------------------------------------------------------------------------

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """The best by the model of what is new around the best trials, or a random architecture."""
        first = self._initial
        if self.asked < len(first) or len(self.complete) < 2:
            fresh = (c for c in first[self.asked :] if c.fingerprint not in self.known)
            found = next(fresh, None)
            return Proposal(found, "initial") if found else self.fresh(rng, "random")
        return self._ranked(rng) or self.fresh(rng, "random")

    @cached_property
    def _initial(self) -> list[Candidate]:
        options = self.options
        coder = self.coder if options.diverse else None
        draws = DRAWS * options.initial
        rng = stream(self.seed, "initial")
        return proposals.initial(self.space, coder, options.initial, draws, rng)

    def _ranked(self, rng: np.random.Generator) -> Proposal | None:
        """The candidate with the greatest mean and part of a deviation among those not known."""
        done = self.complete
        coder = self._coder(len(done))
        values = np.array([t.value for t in done], dtype=np.float64)
        wanted = targets(values, self.options.ranks, self.options.clip)
        features = self._features([t.candidate for t in done])
        model = MODELS[self.options.model](features, wanted, weights(values, self.options.favour))
        found = self._candidates(done, model, coder, rng)
        if not found:
            return None
        pool = [candidate for candidate, _ in found.values()]
        means, deviations = model.predict(self._features(pool))
        place = int(np.argmax(means + self.options.kappa * deviations))
        candidate, origin = found[pool[place].fingerprint]
        order = np.argsort(wanted)
        estimate = float(np.interp(means[place], wanted[order], values[order]))
        return Proposal(candidate, origin, estimate)

    def _candidates(
        self, done: Sequence[Trial], model: Model, coder: Coder, rng: np.random.Generator
    ) -> dict[str, tuple[Candidate, str]]:
        """New candidates and where they come from, by fingerprint; the first origin counts."""
        options = self.options
        ranked = sorted(done, key=lambda t: (-(t.value or 0.0), t.number))[: options.top]
        best = [t.candidate for t in ranked]
        found: dict[str, tuple[Candidate, str]] = {}

        def add(origin: str, candidates: Sequence[Candidate]) -> None:
            for candidate in candidates:
                if candidate.fingerprint not in self.known:
                    found.setdefault(candidate.fingerprint, (candidate, origin))

        if "neighbours" in options.propose:
            for candidate in best:
                add("mutation", self._neighbours(candidate))
        if "mutations" in options.propose:
            add("mutations", proposals.mutations(self.space, best, options.several, rng))
        if "crossings" in options.propose:
            add("crossing", proposals.crossings(self.space, best, options.crossed, rng))
        if "ascent" in options.propose:
            slopes = model.slope(self._features(best)) @ self._lens(coder).T
            add("ascent", proposals.ascent(coder, self._vectors(best, coder), slopes))
        return found

    def _neighbours(self, candidate: Candidate) -> list[Candidate]:
        key = candidate.fingerprint
        if key not in self._around:
            rng = stream(self.seed, "around", key)
            self._around[key] = proposals.around(self.space, candidate, rng)
        return self._around[key]

    # -- latent space -------------------------------------------------------------------------

    @cached_property
    def coder(self) -> Coder:
        """The auto-encoder: trained, or read from the cache, when it is first needed."""
        options = self.options.coder
        made = Coder(self.space, options, self.coder_seed, self.cache, self.progress)
        if not made.kept:
            self.noted(f"{made.folder} cannot be written: the auto-encoder is trained each time")
        return made

    def _coder(self, trials: int) -> Coder:
        """The auto-encoder for a number of trials: `joint` trains it on whenever they doubled."""
        first = max(self.options.initial, 2)
        if not self.options.joint or trials < first:
            return self.coder
        seen = first * 2 ** int(np.log2(trials / first))
        if seen not in self._joint:
            from snapsearch.strategies.latent.training import train_further

            further = self.coder.copy()
            some = self.complete[:seen]
            rows = further.rows([t.candidate.tokens for t in some])
            values = np.array([t.value for t in some], dtype=np.float64)
            wanted = targets(values, self.options.ranks, self.options.clip)
            facts = self.options.coder.facts
            train_further(further.network, further.corpus, rows, wanted, self.seed, facts)
            self._joint = {seen: further}
            self._places.clear()
        return self._joint[seen]

    def _vectors(self, candidates: Sequence[Candidate], coder: Coder) -> Vectors:
        new = [c.tokens for c in candidates if c.tokens not in self._places]
        if new:
            new = list(dict.fromkeys(new))
            self._places.update(zip(new, coder.encode(new), strict=True))
        return np.stack([self._places[c.tokens] for c in candidates])

    def _lens(self, coder: Coder) -> Vectors:
        """[d, k] What the model sees of a vector is linear in it: itself, scaled, and its facts."""
        wanted = self.options.features
        scale = self.options.beside if "facts" in wanted else 1.0
        parts = {"latent": scale * np.eye(coder.size), "facts": coder.heads[0]}
        return np.concatenate([parts[name] for name in wanted], axis=1)

    def _features(self, candidates: Sequence[Candidate]) -> Vectors:
        """What the model sees of candidates; [n, k]."""
        coder = self._coder(len(self.complete))
        found: Vectors = self._vectors(candidates, coder) @ self._lens(coder)
        return found

    def vectors(self, candidates: Sequence[Candidate]) -> Vectors | None:
        """Where candidates lie in the latent space of the auto-encoder; [n, d]."""
        return self.coder.encode([c.tokens for c in candidates])


def _options(name: str, changes: dict[str, Any]) -> LatentOptions:
    ready = changes.pop("options", None)
    if isinstance(ready, LatentOptions):
        return replace(ready, **changes)
    return preset(name, **changes)
