"""Very many programs of a free space, sorted into architectures by snaplang's batch kernels.

Keys are the same exactly where fingerprints are, and take less than a microsecond each; so of many
programs one of each architecture is given its fingerprint. Without numba there is no sorting, and
all are.

>>> sorting = Sorting(("dup", "add", "relu"), ("N,c,H,W",))
>>> sorting.alike([(2,), (0, 1), (2, 2), (1,)]) if sorting.possible else [0, 1, 0, -1]
[0, 1, 0, -1]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from snapsearch.space.base import Tokens

if TYPE_CHECKING:
    from snaplang.batch import Vocabulary

MANY = 20_000  # programs from which on kernels are worth being loaded


@dataclass(frozen=True)
class Sorting:
    """Of programs in some symbols on inputs of some shapes."""

    symbols: tuple[str, ...]
    inputs: tuple[str, ...]

    @property
    def possible(self) -> bool:
        """Whether there are kernels."""
        return find_spec("numba") is not None

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        from snaplang.batch import Vocabulary

        return Vocabulary(list(self.symbols), list(self.inputs))

    def alike(self, batch: Sequence[Tokens]) -> list[int]:
        """For each program where the first of its architecture stands; -1: it is not valid."""
        rows = np.full((len(batch), max(map(len, batch), default=0)), -1, np.int32)
        for row, tokens in zip(rows, batch, strict=True):
            row[: len(tokens)] = tokens
        _, counts, group = self._vocabulary.unique(rows, return_inverse=True)
        first = np.empty(len(counts) + 1, np.int64)
        first[group[::-1]] = np.arange(len(batch))[::-1]
        first[-1] = -1  # which is the group of what is not valid
        found: list[int] = first[group].tolist()
        return found
