"""Colours of nodes: sweeps up and down, as in `canonical/order/colours.py`, with quick hashes.

Two rows of `Scratch.hash` hold a colour's lanes. Sums are flat here: their digest is the sum of the
digests of pairs of an input's colour and how often it counts.
"""

from __future__ import annotations

import numpy as np

from snaplang.batch.kernel.hashes import absorb_high, absorb_low
from snaplang.batch.kernel.layout import (
    AT,
    COUNT,
    FORM,
    HEIGHT,
    INPUTS,
    KIND,
    LIVE,
    LIVE_COUNT,
    NEXT,
    NEXT_HIGH,
    NODES,
    NODES_USED,
    NOW,
    NOW_HIGH,
    OFTEN,
    ORDER,
    PLAIN,
    READ,
    SEQUENCE,
    STACK_VALUE,
    UPWARD,
    USED,
    USED_HIGH,
    Array,
    whole,
)
from snaplang.batch.kernel.nodes import fact

_OUTPUT = np.uint64(0x6F757470757400)
_ZERO = np.uint64(0)


def mark(table: Array, ints: Array) -> None:
    """S2: find what outputs need, and all inputs; `ORDER` lists it in an order of definition."""
    count = whole(ints[NODES_USED])
    inputs = table[INPUTS]
    for v in range(count):
        ints[LIVE + v] = v < inputs
    for i in range(ints[HEIGHT]):
        ints[LIVE + ints[STACK_VALUE + i]] = 1
    live = 0
    for v in range(count - 1, -1, -1):
        if ints[LIVE + v]:
            live += 1
            at = whole(ints[AT + v])
            for i in range(at, at + ints[COUNT + v]):
                ints[LIVE + ints[READ + i]] = 1
    ints[LIVE_COUNT] = live
    place = 0
    for v in range(count):
        if ints[LIVE + v]:
            ints[ORDER + place] = v
            place += 1


def paint(paints: Array, ints: Array, words: Array) -> None:
    """The colours of kinds, with the places among the outputs."""
    for i in range(ints[LIVE_COUNT]):
        v = ints[ORDER + i]
        kind = ints[KIND + v]
        words[NOW + v] = paints[2 * kind]
        words[NOW_HIGH + v] = paints[2 * kind + 1]
    for i in range(ints[HEIGHT]):
        v = ints[STACK_VALUE + i]
        place = _OUTPUT + np.uint64(i)
        words[NOW + v] = absorb_low(words[NOW + v], place)
        words[NOW_HIGH + v] = absorb_high(words[NOW_HIGH + v], place)


def up(table: Array, ints: Array, words: Array) -> None:
    """From `NOW` to `NEXT`: each colour with those of its inputs, from the inputs on."""
    for i in range(ints[LIVE_COUNT]):
        v = ints[ORDER + i]
        low, high = words[NOW + v], words[NOW_HIGH + v]
        form = fact(table, whole(ints[KIND + v]), FORM)
        at, count = whole(ints[AT + v]), whole(ints[COUNT + v])
        if form == PLAIN or form == SEQUENCE:
            for j in range(at, at + count):
                a = ints[READ + j]
                low = absorb_low(low, words[NEXT + a])
                high = absorb_high(high, words[NEXT_HIGH + a])
        else:
            sum_low, sum_high = _ZERO, _ZERO
            for j in range(at, at + count):
                a, times = ints[READ + j], np.uint64(ints[OFTEN + j])
                sum_low += absorb_low(words[NEXT + a], times)
                sum_high += absorb_high(words[NEXT_HIGH + a], times)
            low, high = absorb_low(low, sum_low), absorb_high(high, sum_high)
        words[NEXT + v], words[NEXT_HIGH + v] = low, high


def down(table: Array, ints: Array, words: Array) -> None:
    """From `NEXT` to `NOW`: each colour with those of its users and how they read it."""
    for i in range(ints[LIVE_COUNT]):
        v = ints[ORDER + i]
        words[USED + v] = words[USED_HIGH + v] = _ZERO
    for i in range(ints[LIVE_COUNT] - 1, -1, -1):
        v = ints[ORDER + i]
        low = absorb_low(words[NEXT + v], words[USED + v])
        high = absorb_high(words[NEXT_HIGH + v], words[USED_HIGH + v])
        words[NOW + v], words[NOW_HIGH + v] = low, high
        form = fact(table, whole(ints[KIND + v]), FORM)
        ordered = form == PLAIN or form == SEQUENCE
        at, count = whole(ints[AT + v]), whole(ints[COUNT + v])
        for j in range(count):
            a = ints[READ + at + j]
            how = np.uint64(j if ordered else ints[OFTEN + at + j])
            words[USED + a] += absorb_low(low, how)
            words[USED_HIGH + a] += absorb_high(high, how)


def classes(ints: Array, words: Array, row: int) -> int:
    """How many different colours there are in a row."""
    count = whole(ints[LIVE_COUNT])
    found = 0
    for i in range(count):
        v = ints[ORDER + i]
        fresh = 1
        for j in range(i):
            w = ints[ORDER + j]
            if (
                words[row + w] == words[row + v]
                and words[row + NODES + w] == words[row + NODES + v]
            ):
                fresh = 0
                break
        found += fresh
    return found


def refine(table: Array, ints: Array, words: Array) -> int:
    """Sweep until no more colours of `NOW` tell apart; how many there are.

    `UPWARD` says whether the last pass went up; then the colours are in `NEXT`.
    """
    count, before = whole(ints[LIVE_COUNT]), 0
    while True:
        up(table, ints, words)
        found = classes(ints, words, NEXT)
        if found == count:
            ints[UPWARD] = 1
            return found
        down(table, ints, words)
        found = classes(ints, words, NOW)
        if found == before or found == count:
            ints[UPWARD] = 0
            return found
        before = found


FUNCTIONS = (mark, paint, up, down, classes, refine)
INLINED = frozenset(("mark", "paint", "up", "classes"))
