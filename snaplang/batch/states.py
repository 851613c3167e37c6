"""Free spaces level by level: how many programs of each length there are, and architectures.

Programs that leave the same on the stack can be continued in the same ways. So a level is what all
programs of one length leave, each different stack once, with the number of programs that lead to
it and one of them; the next level is every stack with every symbol. It counts only: there is
nothing here of texts or tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.batch.engine import Engine, Keys, Tokens
from snaplang.batch.kernel import layout as k
from snaplang.batch.vocabulary import distinct
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.graph.builder import RankNeededError
from snaplang.lowering.symbols import DeeperError, Symbols

ROWS = 1 << 20  # that are made at a time
Counts = NDArray[Any]  # whole numbers, as objects where they may be beyond 64 bits


@dataclass
class _Stacks:
    """Different stacks: a program for each, its key, how many tensors it holds, how many programs
    lead to it.
    """

    tokens: Tokens
    keys: Keys
    heights: NDArray[np.int64]
    counts: Counts

    def merged(self) -> _Stacks:
        """Each stack once, in order of appearance."""
        first, group, _ = distinct(self.keys)
        counts = np.zeros(len(first), self.counts.dtype)
        np.add.at(counts, group, self.counts)
        return _Stacks(self.tokens[first], self.keys[first], self.heights[first], counts)

    def only(self, which: NDArray[Any]) -> _Stacks:
        """Some of them."""
        return _Stacks(
            self.tokens[which], self.keys[which], self.heights[which], self.counts[which]
        )


def _joined(parts: list[_Stacks]) -> _Stacks:
    columns = [(p.tokens, p.keys, p.heights, p.counts) for p in parts]
    return _Stacks(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def levels(
    symbols: Symbols, level: str, max_length: int, limit: int, tick: Callable[[int], None]
) -> Iterator[tuple[int, int, int]]:
    """For each length up to `max_length`: programs that leave one tensor, architectures among
    them, and those that no shorter program has.

    `tick` is called with progress, in total `weight(max_length)`. Raises `RankNeededError` where a
    symbol needs inputs of a rank, and `SnapError` for more than `limit` stacks.
    """
    engine = Engine(symbols, level, "cpu", None)
    small = len(symbols.texts) ** max_length < 2**63
    start = np.zeros((1, 0), np.int32)
    _, keys, heights = engine.run(start, k.KEYED | k.STACKS)
    stacks = _Stacks(start, keys, heights, np.ones(1, np.int64 if small else object))
    fall = _fall(symbols)
    known = np.zeros((0, 2), np.uint64)
    for length in range(max_length + 1):
        done = stacks.only(stacks.heights == 1)
        first, _, _ = distinct(np.concatenate((known, done.keys)))
        new = len(first) - len(known)
        yield int(done.counts.sum()), len(done.keys), new
        known = np.concatenate((known, done.keys))[first]
        if length < max_length:
            rest = max_length - length - 1
            stacks = _continued(engine, stacks, limit, 1 + fall * rest, _step(tick, length + 1))
    tick(1)


def weight(max_length: int) -> int:
    """Up to where `tick` has been called."""
    return sum(map(_share, range(max_length + 1)))


def _share(length: int) -> int:
    """How far a level goes: twice as far as the one before, as long as numbers are small."""
    return int(2 ** min(length, 50))


def _step(tick: Callable[[int], None], length: int) -> Callable[[float], None]:
    """Tells `tick` of shares of a level, which counts twice what the one before does."""
    told = 0

    def step(share: float) -> None:
        nonlocal told
        now = int(_share(length) * share)
        tick(now - told)
        told = now

    return step


def _continued(
    engine: Engine, stacks: _Stacks, limit: int, highest: int, step: Callable[[float], None]
) -> _Stacks:
    """The stacks one symbol later, but for those too high to come down to one tensor in time."""
    width = len(engine.symbols.texts)
    each = max(1, ROWS // max(width, 1))
    parts: list[_Stacks] = []
    for start in range(0, len(stacks.keys), each):
        part = stacks.only(np.arange(start, min(start + each, len(stacks.keys))))
        parts.append(_longer(engine, part, width, highest))
        if sum(len(p.keys) for p in parts) > 2 * limit:
            parts = [_joined(parts).merged()]
        step(min(1.0, (start + each) / len(stacks.keys)))
    found = _joined(parts).merged() if len(parts) > 1 else parts[0] if parts else stacks
    if len(found.keys) > limit:
        message = f"programs of one length leave more than {limit:,} different stacks"
        hint = "count shorter programs, or raise `--limit`"
        raise SnapError(Diagnostic("E511", message, hint=hint))
    return found


def _longer(engine: Engine, stacks: _Stacks, width: int, highest: int) -> _Stacks:
    """Some stacks with every symbol."""
    count = len(stacks.keys)
    last = np.tile(np.arange(width, dtype=np.int32), count)
    tokens = np.column_stack((np.repeat(stacks.tokens, width, axis=0), last))
    status, keys, heights = engine.run(tokens, k.KEYED | k.STACKS)
    asked = np.flatnonzero(status > k.RANK)
    if len(asked):
        raise RankNeededError(int(status[asked[0]]) - k.RANK)
    there = np.flatnonzero((status == k.OK) & (heights <= highest))
    counts = stacks.counts[there // max(width, 1)]
    return _Stacks(tokens[there], keys[there], heights[there], counts).merged()


def _fall(symbols: Symbols) -> int:
    """By how many tensors one symbol lowers a stack at most."""
    rank = 2 if any(shape.open for shape in symbols.start().input_shapes()) else None
    shape = symbols.start(rank).input_shapes()[:1]
    most = 1
    for number in range(len(symbols.texts)):
        for count in range(k.STACK):
            try:
                effect = symbols.effect(number, shape * count)
            except DeeperError:
                continue
            most = max(most, count - (len(effect.left) if effect else 0))
            break
    return most
