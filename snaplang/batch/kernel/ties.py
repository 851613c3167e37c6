"""Keys: the digest of the colours; where colours tie, the least over all ways of marking.

The first of the smallest classes of equal colours has its members marked in turn, each followed by
sweeps, until all colours differ; the least digest counts. Nothing is skipped, so that how much work
there is depends on the architecture alone: beyond `BUDGET` or `DEPTH` the row is one for the scalar
canonicalizer, and so is every other program of that architecture.
"""

from __future__ import annotations

import numpy as np

from snaplang.batch.kernel.colours import mark, paint, refine, up
from snaplang.batch.kernel.hashes import absorb_high, absorb_low
from snaplang.batch.kernel.layout import (
    AT,
    BEST,
    BEST_HIGH,
    BUDGET,
    COUNT,
    CURSOR,
    DEPTH,
    HEIGHT,
    KIND,
    LIVE_COUNT,
    NEXT,
    NEXT_HIGH,
    NODES,
    NOW,
    NOW_HIGH,
    OFTEN,
    OK,
    ORDER,
    PLACE,
    READ,
    SAVED,
    STACK_VALUE,
    TIES,
    UPWARD,
    Array,
    whole,
)

_MARK = np.uint64(0x6D61726B)
_ZERO, _ONE = np.uint64(0), np.uint64(1)


def digest(table: Array, ints: Array, words: Array, best: int) -> None:
    """The digest of colours that are all different, to place 0 of `BEST`, or 1 if that is less."""
    if not ints[UPWARD]:
        up(table, ints, words)
    low = high = np.uint64(ints[LIVE_COUNT])
    for i in range(ints[LIVE_COUNT]):
        v = ints[ORDER + i]
        low += absorb_low(words[NEXT + v], _ONE)
        high += absorb_high(words[NEXT_HIGH + v], _ONE)
    low, high = absorb_low(low, _ZERO), absorb_high(high, _ZERO)
    old_low, old_high = words[BEST + 0], words[BEST_HIGH + 0]
    if best == 0 or high < old_high or (high == old_high and low < old_low):
        words[BEST + 0], words[BEST_HIGH + 0] = low, high


def save(ints: Array, words: Array, depth: int) -> None:
    """Note the colours of a depth, and the first of its smallest classes: its colour."""
    count = whole(ints[LIVE_COUNT])
    least = count + 1
    low_row = SAVED + 2 * depth * NODES
    high_row = low_row + NODES
    for i in range(count):
        v = ints[ORDER + i]
        words[low_row + v], words[high_row + v] = (
            words[NOW + v],
            words[NOW_HIGH + v],
        )
        size = 0
        for j in range(count):
            w = ints[ORDER + j]
            size += words[NOW + w] == words[NOW + v] and words[NOW_HIGH + w] == words[NOW_HIGH + v]
        low, high = words[BEST + 1 + depth], words[BEST_HIGH + 1 + depth]
        smaller = words[NOW + v] < low or (words[NOW + v] == low and words[NOW_HIGH + v] < high)
        if size > 1 and (size < least or (size == least and smaller)):
            least = size
            words[BEST + 1 + depth], words[BEST_HIGH + 1 + depth] = (
                words[NOW + v],
                words[NOW_HIGH + v],
            )
    ints[CURSOR + depth] = 0


def marked(ints: Array, words: Array, depth: int) -> bool:
    """Put the colours of a depth in place, with the next member of its class marked."""
    count = whole(ints[LIVE_COUNT])
    target = -1
    low_row = SAVED + 2 * depth * NODES
    high_row = low_row + NODES
    for i in range(ints[CURSOR + depth], count):
        v = ints[ORDER + i]
        if (
            words[low_row + v] == words[BEST + 1 + depth]
            and words[high_row + v] == words[BEST_HIGH + 1 + depth]
        ):
            target = v
            ints[CURSOR + depth] = i + 1
            break
    if target < 0:
        return False
    for i in range(count):
        v = ints[ORDER + i]
        words[NOW + v], words[NOW_HIGH + v] = (
            words[low_row + v],
            words[high_row + v],
        )
    words[NOW + target] = absorb_low(words[NOW + target], _MARK)
    words[NOW_HIGH + target] = absorb_high(words[NOW_HIGH + target], _MARK)
    return True


def search(table: Array, ints: Array, words: Array) -> int:
    """The least digest over all markings."""
    save(ints, words, 0)
    depth, done, leaves = 0, 0, 0
    while depth >= 0:
        if not marked(ints, words, depth):
            depth -= 1
            continue
        done += 1
        if done > BUDGET:
            return TIES
        if refine(table, ints, words) == ints[LIVE_COUNT]:
            digest(table, ints, words, leaves)
            leaves = 1
        else:
            depth += 1
            if depth == DEPTH:
                return TIES
            save(ints, words, depth)
    return OK


def literal(paints: Array, ints: Array, words: Array) -> None:
    """The digest of the nodes as they are listed: equal for equal lists only."""
    low, high = _ONE, _ONE
    for i in range(ints[LIVE_COUNT]):
        v = ints[ORDER + i]
        ints[PLACE + v] = i
        kind, at, count = ints[KIND + v], whole(ints[AT + v]), whole(ints[COUNT + v])
        low, high = absorb_low(low, paints[2 * kind]), absorb_high(high, paints[2 * kind + 1])
        for j in range(at, at + count):
            word = np.uint64(ints[PLACE + ints[READ + j]]) + (np.uint64(ints[OFTEN + j]) << _SHIFT)
            low, high = absorb_low(low, word), absorb_high(high, word)
        low, high = absorb_low(low, np.uint64(count)), absorb_high(high, np.uint64(count))
    for i in range(ints[HEIGHT]):
        word = np.uint64(ints[PLACE + ints[STACK_VALUE + i]])
        low, high = absorb_low(low, word), absorb_high(high, word)
    words[BEST + 0], words[BEST_HIGH + 0] = low, high


_SHIFT = np.uint64(32)


def key(table: Array, paints: Array, ints: Array, words: Array) -> int:
    """The key of the nodes that the stack needs, to place 0 of `BEST`."""
    mark(table, ints)
    paint(paints, ints, words)
    if refine(table, ints, words) == ints[LIVE_COUNT]:
        digest(table, ints, words, 0)
        return OK
    status = search(table, ints, words)
    if status == TIES:
        literal(paints, ints, words)
    return status


FUNCTIONS = (digest, save, marked, search, literal, key)
INLINED = frozenset[str]()
