"""Rows of tokens through the kernel, with all that the host has to do in between.

A pass runs rows on all threads; what the tables lack is filled in and these rows run again. What
the kernel leaves undecided goes to the scalar canonicalizer, each different case once.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from snaplang.batch.compiled import cpu_rows, cuda_grid
from snaplang.batch.fallback import by_fingerprint, key_of
from snaplang.batch.kernel import layout as k
from snaplang.batch.store import Store
from snaplang.diagnostics import SnapError
from snaplang.graph import Graph
from snaplang.lowering.symbols import Symbols

Tokens = NDArray[np.int32]
Status = NDArray[np.int32]
Keys = NDArray[np.uint64]
Passed = tuple[Status, Keys, NDArray[np.int64]]
Given = NDArray[np.integer]  # tokens of any kind of whole numbers, in any layout
FIRST = 4096  # rows that fill the tables before all run
PART = 1 << 20  # rows that are laid out for the kernel, and settled, at a time
CHUNK = 8192  # rows that a thread takes at a time
BLOCK = 64  # threads of a block on a GPU


class Engine:
    """The kernel on a vocabulary at a level.

    `scalar` counts the architectures that the scalar canonicalizer was asked for.
    """

    def __init__(self, symbols: Symbols, level: str, device: str, threads: int | None) -> None:
        self.symbols, self.device = symbols, device
        self.threads = threads or _cores()
        self.store = Store(symbols, level)
        self.scalar = 0
        self._lock = Lock()

    def run(self, tokens: Given, mode: int) -> Passed:
        """What each row comes to, where `mode` has `KEYED` its key (zeros without one), and how
        many tensors it leaves.
        """
        with self._lock:
            count = len(tokens)
            status, keys, heights = found = _room(count, 1)
            for rows in (slice(0, FIRST), *_slices(FIRST, count)):
                part = self.laid_out(tokens[rows])
                if len(part):
                    done = _room(len(part))
                    self._settle(part, mode, done)
                    status[rows], keys[rows], heights[rows] = *done[:2], done[2][:, :1]
            self._undecided(tokens, mode, found)
            return status, keys, heights[:, 0]

    def laid_out(self, tokens: Given) -> Tokens:
        """Tokens as the kernel is compiled for; all that are no symbols are one beyond the last."""
        beyond = len(self.symbols.texts)
        if tokens.size and (tokens.min() < k.PAD or tokens.max() > beyond):
            known = (tokens >= k.PAD) & (tokens <= beyond)
            strange, tokens = tokens, np.full(tokens.shape, beyond, np.int32)
            tokens[known] = strange[known]
        return np.require(tokens, np.int32, ("C", "A", "W"))

    def _settle(self, tokens: Tokens, mode: int, found: Passed) -> None:
        """Run rows, and those that miss something again until none does."""
        status, keys, more = found
        self._pass(tokens, mode, found)
        while len(left := np.flatnonzero(status == k.MISS)):
            for state, kind in np.unique(more[left], axis=0):
                self.store.fill(int(state), int(kind))
            part = _room(len(left))
            self._pass(np.ascontiguousarray(tokens[left]), mode, part)
            status[left], keys[left], more[left] = part

    def _pass(self, tokens: Tokens, mode: int, found: Passed) -> None:
        """All rows once."""
        count, (table, paints) = len(tokens), self.store.tables()
        if self.device == "cuda":
            blocks = (count + BLOCK - 1) // BLOCK
            cuda_grid()[blocks, BLOCK](tokens, mode, table, paints, *found)
            return
        rows = cpu_rows()

        def part(start: int) -> None:
            rows(tokens, start, min(start + CHUNK, count), mode, table, paints, *found)

        starts = range(0, count, CHUNK)
        if len(starts) == 1 or self.threads == 1:
            for start in starts:
                part(start)
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                list(pool.map(part, starts))

    # -- what the kernel does not decide -----------------------------------------------------

    def _undecided(self, tokens: Given, mode: int, found: Passed) -> None:
        status, keys, more = found
        for row, same in _groups(tokens, np.flatnonzero(status == k.UNSURE)):
            graph = self._graph(tokens[row], mode)
            status[same] = k.INVALID if graph is None else k.OK
            more[same, 0] = 0 if graph is None else len(graph.outputs)
            if graph is not None and mode & k.KEYED:
                self.scalar += 1
                keys[same] = key_of(self.store, graph)
        for row, same in _groups(keys, np.flatnonzero(status == k.TIES)):
            graph = self._graph(tokens[row], mode)
            assert graph is not None
            self.scalar += 1
            status[same], keys[same] = k.OK, by_fingerprint(self.store, graph)

    def _graph(self, tokens: Given, mode: int) -> Graph | None:
        numbers = [int(t) for t in tokens if t != k.PAD]
        if not all(0 <= number < len(self.symbols.texts) for number in numbers):
            return None
        if mode & k.STACKS:
            return self.symbols.stack(numbers)
        try:
            return self.symbols.graph(numbers)
        except SnapError:
            return None


def _slices(start: int, stop: int) -> list[slice]:
    """Places from one to another in parts."""
    return [slice(at, min(at + PART, stop)) for at in range(start, stop, PART)]


def _room(count: int, width: int = 2) -> Passed:
    """Where a pass writes: what rows come to, keys, and what is missing or how much is left."""
    return (
        np.zeros(count, np.int32),
        np.zeros((count, 2), np.uint64),
        np.zeros((count, width), np.int64),
    )


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _groups(
    values: NDArray[np.generic], rows: NDArray[np.int64]
) -> list[tuple[int, NDArray[np.int64]]]:
    """Rows by what they have there: the first of each group, and all of it."""
    if not len(rows):
        return []
    _, inverse = np.unique(values[rows], axis=0, return_inverse=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    cuts = np.flatnonzero(np.diff(inverse.ravel()[order])) + 1
    return [(int(part[0]), part) for part in np.split(rows[order], cuts)]
