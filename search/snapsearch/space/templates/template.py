"""Templates: a program with choices; a candidate decides them all.

Tokens are the numbers of alternatives, in order of expansion, as `snapc --choose` takes them. The
program of a candidate is the template's text with the decisions in place (where words with choices
make that hard, its graph printed), below a comment by which the space knows it again.

>>> space = TemplateSpace("dup <conv3|conv1|identity> <relu|gelu> add")
>>> space.programs(), space.decode((1, 0)).splitlines()
(6, ['# choose 1,0', 'dup conv1 relu add'])
>>> space.encode("dup conv1 relu add")
(1, 0)
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.space.base import Space, Tokens
from snapsearch.space.facts import facts_of
from snapsearch.space.limits import Limits, bad_sizes, check_sizes
from snapsearch.space.templates.choices import ChoiceAutomaton
from snapsearch.streams import stream
from snapsearch.trial import Candidate

EXACT = 20_000  # programs up to which encodings are sorted into architectures once
SMALL = 200_000  # programs that are enumerated without being asked twice
TRIES = 200  # changes that may be the same architecture, before a fresh draw
KEPT = 200_000
SAMPLES = 4  # members that sizes are tried on
_DECISIONS = re.compile(r"# choose ((?:\d+(?:,\d+)*)?)\s*$", re.MULTILINE)


class TemplateSpace(Space):
    """The members of a `.snap` template with choices.

    `block` names one of several blocks, `inputs` are shapes as `snapc --input` takes them, `sizes`
    those that parameters and MACs are counted at. With `exact`, `canonical` is the first encoding
    of an architecture, for which all programs are looked at once, without any value; otherwise it
    is found by changes of single decisions, and some architectures keep several. By default it is
    exact up to 20,000 programs. Raises `SearchError` for a template without choices, `SnapError`
    for one that is no program.
    """

    def __init__(
        self,
        text: str | os.PathLike[str],
        block: str | None = None,
        inputs: Sequence[str] | None = None,
        sizes: Sequence[str] | None = None,
        exact: bool | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.text, self.block = text, block
        self.inputs = _shapes(inputs)
        self.sizes = _shapes(sizes)
        self.limits = limits or Limits()
        self._program = snap.parse(text)
        try:
            self._decider = snap.Decider(self._program, self.inputs, block)
        except snap.SnapError as error:
            raise _hinted(error) from error
        self.automaton: ChoiceAutomaton = ChoiceAutomaton(self._decider.choices)
        self.canonical_automaton = self.automaton
        if not self.automaton.length:
            hint = "write one as <conv3 | conv5 | identity>"
            raise SearchError("S127", "the template has no choices", None, hint)
        self._exact = exact
        self._graphs: OrderedDict[Tokens, tuple[str, str]] = OrderedDict()
        self._sized()

    def _sized(self) -> None:
        """Raise `SearchError` S136 for `sizes` that the template cannot be counted at."""
        if self.sizes is None:
            return
        check_sizes(self.sizes, self.inputs)
        drawn = [self.automaton.draw(stream(0, "sized", n)) for n in range(SAMPLES)]
        try:
            for tokens in [(), *(t for t in drawn if self._fingerprint(t) is not None)]:
                self._lowered(tokens, True)
        except snap.SnapError as error:
            found = error.diagnostics[0]
            if self.limits.counts or found.code.startswith("E5"):
                raise bad_sizes(f"{list(self.sizes)}: {found.message}") from error

    def _lowered(self, tokens: Tokens, sizes: bool = False) -> snap.Graph:
        shapes = self.sizes if sizes and self.sizes else self.inputs
        return snap.lower(
            self._program,
            inputs=list(shapes) if shapes else None,
            block=self.block,
            choose=[int(t) for t in tokens],
            strict=False,
        )

    # -- tokens, programs, candidates ---------------------------------------------------------

    def decode(self, tokens: Sequence[int]) -> str:
        """The program with its choices decided."""
        head = f"# choose {','.join(map(str, tokens))}\n"
        return head + self._decider.text(list(tokens))

    def encode(self, program: str) -> Tokens:
        """The decisions of a program: those it names, or the first that give its architecture."""
        named = _DECISIONS.search(program)
        if named:
            tokens = tuple(int(t) for t in named[1].split(",") if t)
            if self.automaton.accepts(tokens):
                return tokens
        try:
            print_ = snap.fingerprint(program)
        except snap.SnapError as error:
            raise SearchError("S133", f"this is no program: {error}") from error
        found = self._classes.get(print_) if self.enumerable() else None
        if found is None:
            raise SearchError("S133", "the program is no member of the template", program[:80])
        return found

    def candidate(self, tokens: Sequence[int]) -> Candidate | None:
        """The candidate of some decisions; None: not of this template, ill-typed, past a limit."""
        key = tuple(map(int, tokens))
        found = self._fingerprint(key)
        if found is None or not self._fits(key):
            return None
        return Candidate(key, self._text(key), found)

    def _text(self, tokens: Tokens) -> str:
        print_, text = self._graphs[tokens]
        if not text:
            text = self.decode(tokens)
            self._graphs[tokens] = print_, text
        return text

    def _fits(self, tokens: Tokens) -> bool:
        if self.limits.none:
            return True
        return self.limits.broken(self._lowered(tokens, self.limits.counts), None) is None

    def fingerprints(self, batch: Sequence[Tokens]) -> list[str | None]:
        """The fingerprint of each encoding, None for invalid ones."""
        return [self._fingerprint(tuple(tokens)) for tokens in self._told(batch, len(batch))]

    def _fingerprint(self, tokens: Tokens) -> str | None:
        known = self._graphs.get(tokens)
        if known is None:
            if not self.automaton.accepts(tokens):
                return None
            try:
                known = snap.fingerprint(self._lowered(tokens)), ""
            except snap.SnapError:
                return None
            self._graphs[tokens] = known
            if len(self._graphs) > KEPT:
                self._graphs.popitem(last=False)
        return known[0]

    def canonical(self, tokens: Sequence[int]) -> Tokens | None:
        """The encoding that stands for an architecture; see the class on what is guaranteed."""
        key = tuple(map(int, tokens))
        found = self._fingerprint(key)
        if found is None:
            return None
        exact = self.programs() <= EXACT if self._exact is None else self._exact
        return self._classes[found] if exact else self._reduced(key, found)

    def _reduced(self, tokens: Tokens, print_: str) -> Tokens:
        """Decisions lowered one at a time, as long as the architecture stays the same."""
        i = 0
        while i < len(tokens):
            for lower in range(tokens[i]):
                changed = (*tokens[:i], lower, *tokens[i + 1 :])
                if self._fingerprint(changed) == print_:
                    tokens, i = changed, -1
                    break
            i += 1
        return tokens

    @cached_property
    def _classes(self) -> dict[str, Tokens]:
        """The first encoding of every architecture."""
        found: dict[str, Tokens] = {}
        for tokens in self._told(self.encodings(), self.programs()):
            print_ = self._fingerprint(tokens)
            if print_ is not None:
                found.setdefault(print_, tokens)
        return found

    def facts(self, tokens: Sequence[int]) -> dict[str, float]:
        """See `facts_of`."""
        return facts_of(self._lowered(tuple(tokens), True))

    # -- drawing and changing -----------------------------------------------------------------

    def sample_tokens(self, rng: np.random.Generator) -> Tokens:
        """Tokens of a program, uniformly; types and limits are not asked."""
        return self.automaton.draw(rng)

    def mutate(self, candidate: Candidate, rng: np.random.Generator) -> Candidate:
        """One decision changed, of another architecture; a fresh member if none is met.

        Decisions that the changed one brings up are drawn.
        """
        decisions = self.automaton.decisions(candidate.tokens)
        numbers = sorted(decisions)
        for _ in range(TRIES):
            number = numbers[int(rng.integers(len(numbers)))]
            other = int(rng.integers(self.automaton.width(number) - 1))
            other += other >= decisions[number]
            found = self.candidate(self.automaton.tokens({**decisions, number: other}, rng))
            if found is not None and found.fingerprint != candidate.fingerprint:
                return found
        return self.sample(rng)

    def cross(self, one: Candidate, other: Candidate, rng: np.random.Generator) -> Candidate:
        """Each decision from one or the other; a mutation where that is one of the two."""
        pair = [self.automaton.decisions(c.tokens) for c in (one, other)]
        numbers = sorted({*pair[0], *pair[1]})
        for _ in range(TRIES):
            picks = zip(numbers, rng.integers(2, size=len(numbers)).tolist(), strict=True)
            mixed = {n: pair[p][n] if n in pair[p] else pair[1 - p][n] for n, p in picks}
            found = self.candidate(self.automaton.tokens(mixed, rng))
            if found and found.fingerprint not in (one.fingerprint, other.fingerprint):
                return found
        return self.mutate(one, rng)

    def neighbours(self, candidate: Candidate) -> Iterator[Candidate]:
        """All members that differ in one decision, of other architectures, each once, in order.

        Decisions that a changed one brings up are the first alternatives.
        """
        seen = {candidate.fingerprint}
        decisions = self.automaton.decisions(candidate.tokens)
        for number in sorted(decisions):
            for other in range(self.automaton.width(number)):
                found = self.candidate(self.automaton.tokens({**decisions, number: other}))
                if found is not None and found.fingerprint not in seen:
                    seen.add(found.fingerprint)
                    yield found

    # -- size ---------------------------------------------------------------------------------

    def programs(self) -> int:
        """How many members there are, ill-typed ones too."""
        return self.automaton.count()

    def enumerable(self) -> bool:
        """Whether there are few enough members to go through them all."""
        return self.programs() <= SMALL

    def encodings(self) -> Iterator[Tokens]:
        """All members, in order."""
        walk: list[tuple[Tokens, int]] = [((), self.automaton.start)]
        while walk:
            tokens, state = walk.pop()
            size = self.automaton.alternatives(state)
            if not size:
                yield tokens
            walk += [((*tokens, t), self.automaton.step(state, t)) for t in reversed(range(size))]

    def describe(self) -> dict[str, Any]:
        """What is needed to build the space again."""
        text = self.text if isinstance(self.text, str) else os.fspath(self.text)
        return {
            "template" if isinstance(self.text, str) else "file": text,
            "block": self.block,
            "inputs": None if self.inputs is None else list(self.inputs),
            "sizes": None if self.sizes is None else list(self.sizes),
            "exact": self._exact,
            **asdict(self.limits),
        }


def _shapes(shapes: Sequence[str] | None) -> tuple[str, ...] | None:
    return (shapes,) if isinstance(shapes, str) else None if shapes is None else tuple(shapes)


def _hinted(error: snap.SnapError) -> snap.SnapError:
    """The same error; where the hint is for `snapc`, one for spaces."""
    hint = 'name one: `block="NAME"`; on the command line `--set space.block=NAME`'
    found = [replace(d, hint=hint) if "--block" in (d.hint or "") else d for d in error.diagnostics]
    return snap.SnapError(found)
