"""The laws on arrays: the rules of `canonical/laws.py`, in one order that ends.

A kind's bits say which rules its facts switch on; no op is named. `canonical/laws.py` says what
each law states and why they are confluent, so that any order gives the same.
"""

from __future__ import annotations

from snaplang.batch.kernel.layout import (
    ABSORBS,
    ALL_EQUAL,
    ANNIHILATES,
    ARGS,
    AT,
    BITS,
    CAP,
    CHAIN,
    DROPS,
    FAMILY,
    FORGETS,
    FORM,
    JOINS,
    KIND,
    LIST,
    MERGES,
    NODES_USED,
    OK,
    PLAIN,
    READ,
    RESULT,
    RISES,
    SEQUENCE,
    SETTLES,
    SINKS,
    SIZED,
    TIMES,
    TYPE,
    UNSURE,
    VANISHES,
    WORK,
    ZERO,
    Array,
    whole,
)
from snaplang.batch.kernel.nodes import fact, gather, keep, left, made, zero_of, zeros


def settled(table: Array, ints: Array, kind: int, value: int) -> int:
    """A2: the value an idempotent instance is made of, -1 where the instance is that value."""
    while True:
        inner = whole(ints[KIND + value])
        if inner == kind:
            return -1 - value
        family = fact(table, kind, FAMILY)
        if family < 0 or fact(table, inner, FAMILY) != family:
            return value
        if fact(table, inner, CAP) <= fact(table, kind, CAP):
            return -1 - value
        value = whole(ints[READ + ints[AT + value]])


def one(table: Array, ints: Array, kind: int, value: int) -> int:
    """An instance of one input, held as it is, but for A4."""
    bits = fact(table, kind, BITS)
    if bits & SETTLES:
        value = settled(table, ints, kind, value)
        if value < 0:
            ints[RESULT] = -1 - value
            return OK
    if bits & FORGETS:
        value = zero_of(table, ints, whole(ints[TYPE + value]))
        if value < 0:
            return UNSURE
        ints[RESULT] = value
        return OK
    if bits & (ABSORBS | ANNIHILATES) and ints[ZERO + value]:
        ints[ARGS] = value
        return zeros(table, ints, kind, ARGS, 1)
    ints[LIST], ints[TIMES] = value, 1
    if bits & MERGES:
        for v in range(value + 1, whole(ints[NODES_USED])):
            if ints[KIND + v] == kind and ints[READ + ints[AT + v]] == value:
                return left(table, ints, kind, v)
    return made(table, ints, kind, 1)


def joined(table: Array, ints: Array, kind: int, count: int) -> int:
    """A3: neighbouring zeros in the sequence in `LIST` become one; the new count, or -status."""
    n = 0
    for i in range(count):
        value = ints[LIST + i]
        if n > 0 and ints[ZERO + value] and ints[ZERO + ints[LIST + n - 1]]:
            ints[ARGS], ints[ARGS + 1] = ints[LIST + n - 1], value
            status = zeros(table, ints, kind, ARGS, 2)
            if status != OK:
                return -status
            ints[LIST + n - 1] = ints[RESULT]
        else:
            ints[LIST + n] = value
            n += 1
    return n


def many(table: Array, ints: Array, kind: int, count: int) -> int:
    """An instance of several inputs, those in `ARGS`."""
    bits = fact(table, kind, BITS)
    equal, empty = 1, 0
    for i in range(count):
        empty += ints[ZERO + ints[ARGS + i]]
        equal &= ints[ARGS + i] == ints[ARGS]
    if bits & ALL_EQUAL and equal:
        ints[RESULT] = ints[ARGS]
        return OK
    if (bits & ABSORBS and empty == count) or (bits & ANNIHILATES and empty):
        return zeros(table, ints, kind, ARGS, count)
    if bits & DROPS and 0 < empty < count:
        kept = 0
        for i in range(count):
            if not ints[ZERO + ints[ARGS + i]]:
                ints[ARGS + kept] = ints[ARGS + i]
                kept += 1
        count = kept
        if count == 1:
            ints[RESULT] = ints[ARGS]
            return OK
    form = fact(table, kind, FORM)
    count = gather(ints, kind, form, ARGS, count)
    if count < 0:
        return UNSURE
    if form == SEQUENCE and bits & JOINS and ints[SIZED]:
        count = joined(table, ints, kind, count)
        if count < 0:
            return -count
    return keep(table, ints, kind, count)


def apply(table: Array, ints: Array, kind: int, count: int) -> int:
    """The values that an instance of a kind leaves, in `RESULT`, of the inputs in `ARGS`."""
    if count > WORK:
        return UNSURE
    if count == 1 and fact(table, kind, BITS) & VANISHES:
        ints[RESULT] = ints[ARGS]
        return OK
    if count != 1 or fact(table, kind, FORM) != PLAIN:
        return many(table, ints, kind, count)
    value, bits, depth = whole(ints[ARGS]), fact(table, kind, BITS), 0
    if bits & SINKS:  # A4: below the rising functions that stand there
        while fact(table, whole(ints[KIND + value]), BITS) & RISES:
            ints[CHAIN + depth] = ints[KIND + value]
            depth += 1
            value = whole(ints[READ + ints[AT + value]])
    while True:
        status = one(table, ints, kind, value)
        if status != OK or depth == 0:
            return status
        depth -= 1
        kind, value = whole(ints[CHAIN + depth]), whole(ints[RESULT])


FUNCTIONS = (settled, one, joined, many, apply)
INLINED = frozenset(("one", "many", "apply"))
