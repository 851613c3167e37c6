"""Rows of tokens through the kernel, with all that the host has to do in between.

A pass runs rows on all threads; what the tables lack is filled in and these rows run again. What
the kernel leaves undecided goes to the scalar canonicalizer, each different case once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
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
from snaplang.symbols import Symbols

Tokens = NDArray[np.int32]
Status = NDArray[np.int32]
Keys = NDArray[np.uint64]
Passed = tuple[Status, Keys, NDArray[np.int64]]
FIRST = 4096  # rows that fill the tables before all run
CHUNK = 8192  # rows that a thread takes at a time
BLOCK = 64  # threads of a block on a GPU


class Engine:
    """The kernel on a vocabulary at a level.

    `scalar` counts the architectures that the scalar canonicalizer was asked for.
    """

    def __init__(self, symbols: Symbols, level: str, device: str, threads: int | None) -> None:
        self.symbols, self.device = symbols, device
        self.threads = threads or len(os.sched_getaffinity(0))
        self.store = Store(symbols, level)
        self.scalar = 0
        self._lock = Lock()

    def run(self, tokens: Tokens, mode: int) -> Passed:
        """What each row comes to, where `mode` has `KEYED` its key (zeros without one), and how
        many tensors it leaves.
        """
        with self._lock:
            status = np.full(len(tokens), k.MISS, np.int32)
            keys = np.zeros((len(tokens), 2), np.uint64)
            heights = np.zeros(len(tokens), np.int64)
            for end in (FIRST, len(tokens)):
                self._settle(tokens[:end], mode, (status[:end], keys[:end], heights[:end]))
            self._undecided(tokens, mode, (status, keys, heights))
            return status, keys, heights

    def _settle(self, tokens: Tokens, mode: int, found: Passed) -> None:
        """Run the rows that miss something until none does."""
        status, keys, heights = found
        while True:
            left = np.flatnonzero(status == k.MISS)
            if not len(left):
                return
            every = len(left) == len(tokens)
            came, made, miss = self._pass(tokens if every else tokens[left], mode)
            status[left], keys[left], heights[left] = came, made, miss[:, 0]
            lacking = miss[came == k.MISS]
            for state, kind in np.unique(lacking, axis=0) if len(lacking) else ():
                self.store.fill(int(state), int(kind))

    def _pass(self, tokens: Tokens, mode: int) -> Passed:
        """All rows once."""
        count = len(tokens)
        tokens = np.ascontiguousarray(tokens)
        table, paints = self.store.tables()
        status, keys = np.zeros(count, np.int32), np.zeros((count, 2), np.uint64)
        miss = np.zeros((count, 2), np.int64)
        if self.device == "cuda":
            blocks = (count + BLOCK - 1) // BLOCK
            cuda_grid()[blocks, BLOCK](tokens, mode, table, paints, status, keys, miss)
            return status, keys, miss
        rows = cpu_rows()

        def part(start: int) -> None:
            stop = min(start + CHUNK, count)
            rows(tokens, start, stop, mode, table, paints, status, keys, miss)

        starts = range(0, count, CHUNK)
        if len(starts) == 1 or self.threads == 1:
            for start in starts:
                part(start)
        else:
            part(0)  # compiles, if that is still to be done
            with ThreadPoolExecutor(self.threads) as pool:
                list(pool.map(part, starts[1:]))
        return status, keys, miss

    # -- what the kernel does not decide -----------------------------------------------------

    def _undecided(self, tokens: Tokens, mode: int, found: Passed) -> None:
        status, keys, heights = found
        for row, same in _groups(tokens, np.flatnonzero(status == k.UNSURE)):
            graph = self._graph(tokens[row], mode)
            status[same] = k.INVALID if graph is None else k.OK
            heights[same] = 0 if graph is None else len(graph.outputs)
            if graph is not None and mode & k.KEYED:
                self.scalar += 1
                keys[same] = key_of(self.store, graph)
        for row, same in _groups(keys, np.flatnonzero(status == k.TIES)):
            graph = self._graph(tokens[row], mode)
            assert graph is not None
            self.scalar += 1
            status[same], keys[same] = k.OK, by_fingerprint(self.store, graph)

    def _graph(self, tokens: Sequence[int] | Tokens, mode: int) -> Graph | None:
        numbers = [int(t) for t in tokens if t != k.PAD]
        if mode & k.STACKS:
            return self.symbols.stack(numbers)
        try:
            return self.symbols.graph(numbers)
        except SnapError:
            return None


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
