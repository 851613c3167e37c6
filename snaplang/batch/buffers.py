"""Arrays that grow, and a hash table that the kernel can read.

>>> buffer = Buffer(np.int32)
>>> buffer.extend([3, 4])
0
>>> buffer.array[:2].tolist()
[3, 4]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from snaplang.batch.kernel.layout import MISSING, TYPE_BITS


class Buffer:
    """An array with room to grow; what lies beyond `size` means nothing."""

    def __init__(self, dtype: Any) -> None:
        self.array = np.zeros(64, dtype)
        self.size = 0

    def add(self, value: float) -> int:
        """Append a value; its place."""
        return self.extend((value,))

    def extend(self, values: Sequence[float]) -> int:
        """Append values; the place of the first."""
        first, self.size = self.size, self.size + len(values)
        while self.size > self.array.size:
            self.array = np.concatenate((self.array, np.zeros_like(self.array)))
        if len(values):
            self.array[first : self.size] = values
        return first


class States:
    """A hash table from a state and a type to what follows; see `kernel/nodes.py`."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}
        self._resize(1024)

    def _resize(self, size: int) -> None:
        self.array = np.zeros(2 * size, np.int64)  # keys and what follows, in turn
        for key, value in self.known.items():
            self._put(key, value)

    def get(self, state: int, kind: int) -> int:
        """What follows; `MISSING` where that is not known."""
        return self.known.get((state << TYPE_BITS) | kind, MISSING)

    def put(self, state: int, kind: int, value: int) -> None:
        """Say what follows."""
        key = (state << TYPE_BITS) | kind
        self.known[key] = value
        if 4 * len(self.known) > self.array.size:
            self._resize(2 * self.array.size)
        else:
            self._put(key, value)

    def _put(self, key: int, value: int) -> None:
        mask = self.array.size // 2 - 1
        at = (key >> TYPE_BITS) * 73856093 + (key & ((1 << TYPE_BITS) - 1)) * 19349663
        at = (at ^ (at >> 15)) & mask
        while self.array[2 * at] not in (MISSING, key):
            at = (at + 1) & mask
        self.array[2 * at : 2 * at + 2] = key, value
