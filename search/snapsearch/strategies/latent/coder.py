"""The auto-encoder of a space: encodings to vectors and back, numpy on both sides.

```python
coder = Coder(space, CoderOptions(), seed=0)   # trained, or read from the cache
vectors = coder.encode([tokens])               # [1, d]; all encodings of an architecture alike
coder.decode(vectors)                          # [tokens], always valid, of the canonical kind
```
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy, deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from snapsearch.space.base import Progress, Space, Tokens, quiet
from snapsearch.strategies.latent import cache
from snapsearch.strategies.latent.corpus import Corpus, canonical, draw
from snapsearch.strategies.latent.grammar import Grammar, Rows
from snapsearch.strategies.latent.options import CoderOptions

if TYPE_CHECKING:
    from torch import Tensor

    from snapsearch.strategies.latent.network import CoderNetwork

AT_ONCE = 32  # rows
DECIMALS = 5
Vectors = NDArray[np.floating[Any]]  # [n, d]


class Coder:
    """A trained auto-encoder; training is a function of the space, the options and the seed."""

    def __init__(
        self,
        space: Space,
        options: CoderOptions,
        seed: int,
        folder: str | None = None,
        progress: Progress = quiet,
    ) -> None:
        self.space, self.options, self.seed = space, options, seed
        self.grammar = Grammar(space.canonical_automaton)
        self.progress = progress
        self.folder = cache.folder(folder)
        self.kept = True  # or it could not be written
        self.network: CoderNetwork = self._found() or self._trained()

    def copy(self) -> Coder:
        """With a network of its own, to be trained on; space and corpus are shared."""
        found = copy(self)
        found.corpus, found.network = self.corpus, deepcopy(self.network)
        return found

    @cached_property
    def corpus(self) -> Corpus:
        """What it was, or will be, trained on."""
        return draw(self.space, self.options, self.seed, self.progress)

    def _found(self) -> CoderNetwork | None:
        import torch

        from snapsearch.strategies.latent.training import build

        arrays = cache.load(self.folder, cache.key(self.space, self.options, self.seed))
        if arrays is None:
            return None
        heads = arrays.get("heads.weight")
        network = build(self.grammar, 0 if heads is None else len(heads), self.options)
        network.load_state_dict({name: torch.from_numpy(a) for name, a in arrays.items()})
        return network.eval()

    def _trained(self) -> CoderNetwork:
        from snapsearch.strategies.latent.training import train

        network = train(self.grammar, self.corpus, self.options, self.seed, self.progress)
        name = cache.key(self.space, self.options, self.seed)
        arrays = {k: v.detach().numpy() for k, v in network.state_dict().items()}
        self.kept = cache.save(self.folder, name, arrays)
        return network

    def rows(self, batch: Sequence[Tokens]) -> Rows:
        """What the encoder reads of some encodings."""
        if self.options.reads == "canonical":
            batch = [canonical(self.space, tokens) for tokens in batch]
        return self.grammar.rows(batch)

    def encode(self, batch: Sequence[Tokens]) -> Vectors:
        """The vectors of encodings, of length sqrt(d); [n, d].

        They are worked out so many at a time, and rounded: the company an encoding is in, which
        may change how sums are ordered, leaves no trace in its vector.
        """
        import torch

        rows = self.rows(batch)
        filled = np.full((-(-len(rows) // AT_ONCE) * AT_ONCE, rows.shape[1]), self.grammar.end)
        filled[: len(rows)] = rows
        with torch.inference_mode():
            parts = [
                self.network.encode(torch.from_numpy(part)).numpy()
                for part in filled.reshape(-1, AT_ONCE, rows.shape[1])
            ]
        joined = np.concatenate(parts) if parts else np.zeros((0, self.size))
        found: Vectors = joined[: len(rows)].astype(np.float64).round(DECIMALS)
        return found

    @property
    def size(self) -> int:
        """Of a vector."""
        return int(self.network.mix.out_features)

    def decode(self, vectors: Vectors) -> list[Tokens]:
        """The likeliest valid canonical encoding at each vector."""
        import torch

        states = self.grammar.starts(len(vectors))

        def allowed(last: Tensor | None, place: int) -> Tensor:
            nonlocal states
            if last is not None:
                states = self.grammar.after(states, last.numpy())
            return torch.from_numpy(self.grammar.allowed(states, self.grammar.length - place))

        with torch.inference_mode():
            rows = self.network.decode(torch.from_numpy(vectors).float(), allowed)
        return self.grammar.tokens(rows.numpy())

    @property
    def heads(self) -> tuple[Vectors, Vectors]:
        """What reads facts off a vector: `vectors @ weights + offsets`; [d, F] and [F]."""
        heads = self.network.heads
        if heads is None:
            return np.zeros((self.size, 0)), np.zeros(0)
        weights, offsets = heads.weight.detach().numpy(), heads.bias.detach().numpy()
        return weights.T.astype(np.float64), offsets.astype(np.float64)

    def facts(self, vectors: Vectors) -> Vectors:
        """What the linear heads read off vectors; [n, F]."""
        weights, offsets = self.heads
        found: Vectors = vectors @ weights + offsets
        return found
