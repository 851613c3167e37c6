"""Splits and joins on arrays: law A12, `canonical/normal/parts.py`.

Parts are slices: a slice's kind says which channels of its one input it is. What slices of slices
are, what neighbours are together, and where a cut falls in a sequence, the host works out once.
Slices of sequences that may be cut anywhere meet again here only as a whole; other mixtures of
them, and slices of some items of a sequence, are not decided by the kernel.
"""

from __future__ import annotations

from snaplang.batch.kernel.layout import (
    AFTER,
    ALL,
    ARGS,
    AT,
    BEHIND,
    BITS,
    CHAIN,
    CODE,
    CONCATENATES,
    COUNT,
    EMPTY,
    END,
    KIND,
    LAW_STATE,
    LIST,
    MISS,
    MISSING,
    NO_VALUE,
    OK,
    OUTS,
    PARTS,
    READ,
    RECORDS,
    REJECTED,
    RESULT,
    SLICE,
    TIMES,
    TYPE,
    UNKNOWN,
    UNSURE,
    WITHIN,
    WORK,
    Array,
    whole,
)
from snaplang.batch.kernel.nodes import empty_of, fact, follow, keep


def has(table: Array, ints: Array, value: int, bit: int) -> bool:
    """Whether the kind of a value has a bit."""
    return fact(table, whole(ints[KIND + value]), BITS) & bit != 0


def slice_of_one(table: Array, ints: Array, value: int, cut: int) -> int:
    """A slice of what is no sequence; minus a status where that fails."""
    if has(table, ints, value, SLICE):
        cut = follow(table, ints, fact(table, cut, LAW_STATE) + AFTER, whole(ints[KIND + value]))
        if cut == MISSING:
            return -MISS
        value = whole(ints[READ + ints[AT + value]])
        if has(table, ints, value, CONCATENATES):
            return -UNSURE
    ints[LIST], ints[TIMES] = value, 1
    status = keep(table, ints, cut, 1)
    return -status if status != OK else whole(ints[RESULT])


def within(table: Array, ints: Array, value: int, cut: int) -> int:
    """Look up where a cut falls in a sequence: a record, `REJECTED` for no sure place, `UNKNOWN`
    where some items are cut as one.
    """
    state = fact(table, cut, LAW_STATE) + WITHIN
    at, count = whole(ints[AT + value]), whole(ints[COUNT + value])
    state = follow(table, ints, state, whole(ints[KIND + value]))
    for i in range(count + 1):
        if state == MISSING:
            return MISSING
        item = END
        if i < count:
            a = whole(ints[READ + at + i])
            item = 2 * whole(ints[TYPE + a]) + (ints[EMPTY + a] == NO_VALUE)
        state = follow(table, ints, state, item)
    return state


def slice_of_sequence(table: Array, ints: Array, value: int, cut: int) -> int:
    """A slice of a sequence: the items between; minus a status where that fails."""
    found = within(table, ints, value, cut)
    if found == MISSING:
        return -MISS
    if found == UNKNOWN:
        return -UNSURE
    if found == REJECTED:
        ints[LIST], ints[TIMES] = value, 1
        status = keep(table, ints, cut, 1)
        return -status if status != OK else whole(ints[RESULT])
    at = whole(table[CODE]) + RECORDS - found
    count = whole(table[at])
    for i in range(count):
        place, share = whole(table[at + 1 + 2 * i]), whole(table[at + 2 + 2 * i])
        if place < 0:
            item = empty_of(table, ints, share, NO_VALUE)
            if item < 0:
                return -UNSURE
        else:
            item = whole(ints[READ + ints[AT + value] + place])
            if share != ALL:
                item = slice_of_one(table, ints, item, share)
            if item < 0:
                return item
        ints[CHAIN + i] = item
    if count == 1:
        return whole(ints[CHAIN])
    for i in range(count):
        ints[LIST + i], ints[TIMES + i] = ints[CHAIN + i], 1
    status = keep(table, ints, whole(ints[KIND + value]), count)
    return -status if status != OK else whole(ints[RESULT])


def apart(table: Array, ints: Array, kind: int, value: int) -> int:
    """The parts of a value that is no zero."""
    outs, at = fact(table, kind, OUTS), whole(table[CODE]) + fact(table, kind, PARTS)
    for i in range(outs):
        cut = whole(table[at + i])
        if has(table, ints, value, CONCATENATES):
            part = slice_of_sequence(table, ints, value, cut)
        else:
            part = slice_of_one(table, ints, value, cut)
        if part < 0:
            return -part
        ints[ARGS + i] = part
    for i in range(outs):
        ints[RESULT + i] = ints[ARGS + i]
    return OK


def meet(table: Array, ints: Array, left: int, right: int) -> int:
    """What two neighbours of a sequence are together: a slice's kind, `ALL`, or `REJECTED`."""
    if not has(table, ints, left, SLICE) or not has(table, ints, right, SLICE):
        return REJECTED
    if ints[READ + ints[AT + left]] != ints[READ + ints[AT + right]]:
        return REJECTED
    state = fact(table, whole(ints[KIND + right]), LAW_STATE) + BEHIND
    return follow(table, ints, state, whole(ints[KIND + left]))


def replace(ints: Array, kind: int, place: int, value: int, count: int) -> int:
    """Put a value, or its items, in the place of two items in `LIST`; the new count, or -1."""
    nested = ints[KIND + value] == kind
    width = whole(ints[COUNT + value]) if nested else 1
    if count + width - 2 > WORK:
        return -1
    if width > 2:
        for i in range(count - 1, place + 1, -1):
            ints[LIST + i + width - 2] = ints[LIST + i]
    else:
        for i in range(place + 2, count):
            ints[LIST + i + width - 2] = ints[LIST + i]
    for i in range(width):
        ints[LIST + place + i] = ints[READ + ints[AT + value] + i] if nested else value
    count += width - 2
    for i in range(count):
        ints[TIMES + i] = 1
    return count


def rejoined(table: Array, ints: Array, kind: int, count: int) -> int:
    """Slices of one value side by side in `LIST` become one; the new count, or -status."""
    place = 0
    while place + 1 < count:
        left, right = whole(ints[LIST + place]), whole(ints[LIST + place + 1])
        found = meet(table, ints, left, right)
        if found == MISSING:
            return -MISS
        if found == REJECTED:
            place += 1
            continue
        value = whole(ints[READ + ints[AT + left]])
        if found != ALL:
            if has(table, ints, value, CONCATENATES):
                return -UNSURE
            first = ints[LIST]
            value = slice_of_one(table, ints, value, found)
            ints[LIST] = first
            if value < 0:
                return value
        count = replace(ints, kind, place, value, count)
        if count < 0:
            return -UNSURE
        place = 0
    return count


FUNCTIONS = (
    has,
    slice_of_one,
    within,
    slice_of_sequence,
    apart,
    meet,
    replace,
    rejoined,
)
INLINED = frozenset(("has",))
