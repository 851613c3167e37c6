"""The laws on arrays: the rules of `canonical/normal/laws.py`, in one order that ends.

A kind's bits say which rules its facts switch on; no op is named. The table of
laws says what each states and why they are confluent, so that any order gives the same.
"""

from __future__ import annotations

from snaplang.batch.kernel.layout import (
    ABSORBS,
    AFTER,
    ALL_EQUAL,
    ANNIHILATES,
    ARGS,
    AT,
    BITS,
    CAP,
    CARRIES,
    CHAIN,
    CODE,
    COMES_APART,
    COUNT,
    DROPS,
    ELEMENTWISE,
    EMPTY,
    FAMILY,
    FIX_HIGH,
    FIX_LOW,
    FLATTENS,
    FOLDS,
    FORGETS,
    FORM,
    HIGH,
    JOINS,
    KEEPS_FLAT,
    KEEPS_POINTS,
    KIND,
    LARGEST,
    LAW,
    LAW_STATE,
    LEAVES,
    LIST,
    LIVE,
    LOW,
    MERE_SIZES,
    MERGES,
    MISS,
    MISSING,
    MOVES,
    NO_AXES,
    NO_VALUE,
    NODES_USED,
    OK,
    ONE_POSITION,
    OP,
    PLAIN,
    READ,
    RECTIFIES,
    REJECTED,
    REJOINS,
    RELU,
    RESULT,
    RISES,
    SEQUENCE,
    SETTLES,
    SHAPED,
    SINKS,
    SIZED,
    SIZES_TYPE,
    TAKES_SIZES,
    TIMES,
    TYPE,
    UNSURE,
    VANISHES,
    WORK,
    Array,
    whole,
)
from snaplang.batch.kernel.nodes import (
    empty_of,
    fact,
    follow,
    gather,
    keep,
    law,
    left,
    made,
    of_type,
    zeros,
)
from snaplang.batch.kernel.parts import apart, has, rejoined

ALONE = FORGETS | ABSORBS | ANNIHILATES | LEAVES | KEEPS_POINTS | KEEPS_FLAT
NOTHING = 1 << 20  # beyond all values


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


def left_alone(table: Array, ints: Array, kind: int, value: int) -> bool:
    """A5: whether all values of an input lie where a function is the identity.

    What is the largest of others is large enough where one of them is, small enough where all are.
    """
    low, high = fact(table, kind, FIX_LOW), fact(table, kind, FIX_HIGH)
    inner = whole(ints[KIND + value])
    if not fact(table, inner, BITS) & (CARRIES | LARGEST):
        return low <= fact(table, inner, LOW) and fact(table, inner, HIGH) <= high
    for v in range(value + 1):
        ints[LIVE + v] = v == value
    enough = False
    for v in range(value, -1, -1):
        if ints[LIVE + v]:
            inner, at = whole(ints[KIND + v]), whole(ints[AT + v])
            bits = fact(table, inner, BITS)
            if bits & (CARRIES | LARGEST):
                for i in range(whole(ints[COUNT + v]) if bits & LARGEST else 1):
                    ints[LIVE + ints[READ + at + i]] = 1
            elif fact(table, inner, HIGH) > high:
                return False
            elif low <= fact(table, inner, LOW):
                enough = True
    return enough


def kept_as_is(table: Array, ints: Array, kind: int, value: int) -> int:
    """A10: `OK` where an instance is the identity on such a shape, else `UNSURE` or `MISS`."""
    bits, shape = fact(table, kind, BITS), whole(ints[TYPE + value])
    shaped = of_type(table, shape, SHAPED)
    if (bits & KEEPS_FLAT and shaped == NO_AXES) or (
        bits & KEEPS_POINTS and shaped == ONE_POSITION
    ):
        ints[ARGS] = value
        if law(table, ints, kind, ARGS, 1) != OK:
            return MISS
        if table[table[CODE] + ints[LAW]] == shape:
            return OK
    return UNSURE


def alone(table: Array, ints: Array, kind: int, value: int) -> int:
    """What one input makes of an instance at once: a value, -status, or `NOTHING`; what is more
    stands for `RESULT`.
    """
    bits = fact(table, kind, BITS)
    if bits & FORGETS:
        value = empty_of(table, ints, whole(ints[TYPE + value]), NO_VALUE)
        return value if value >= 0 else -UNSURE
    if bits & (ABSORBS | ANNIHILATES) and ints[EMPTY + value] == NO_VALUE:
        ints[ARGS] = value
        status = zeros(table, ints, kind, ARGS, 1)
        return NOTHING + 1 if status == OK else -status
    if bits & LEAVES and left_alone(table, ints, kind, value):
        return value
    if bits & (KEEPS_POINTS | KEEPS_FLAT) and ints[SIZED]:
        status = kept_as_is(table, ints, kind, value)
        if status != UNSURE:
            return value if status == OK else -status
    return NOTHING


def held(table: Array, ints: Array, kind: int, value: int) -> int:
    """An instance of one input that no law touches."""
    ints[LIST], ints[TIMES] = value, 1
    if fact(table, kind, BITS) & MERGES:
        for v in range(value + 1, whole(ints[NODES_USED])):
            if ints[KIND + v] == kind and ints[READ + ints[AT + v]] == value:
                return left(table, ints, kind, v)
    return made(table, ints, kind, 1)


def rewritten(table: Array, ints: Array, kind: int, value: int) -> int:
    """An instance of one input, held as it is, but for A4 and A8, for which laws may do more."""
    asked = ALONE if ints[SIZED] else LEAVES  # without shapes there are no zeros
    while True:
        bits = fact(table, kind, BITS)
        if bits & asked:
            found = alone(table, ints, kind, value)
            if found > NOTHING:
                return OK
            if found < 0:
                return -found
            if found != NOTHING:
                ints[RESULT] = found
                return OK
        if bits & SETTLES:
            value = settled(table, ints, kind, value)
            if value < 0:
                ints[RESULT] = -1 - value
                return OK
        inner = whole(ints[KIND + value])
        if not bits & FOLDS or fact(table, inner, OP) != fact(table, kind, OP):
            break
        found = follow(table, ints, fact(table, kind, LAW_STATE) + AFTER, inner)
        if found == MISSING:
            return MISS
        if found == REJECTED:
            break
        kind, value = found, whole(ints[READ + ints[AT + value]])
        if fact(table, kind, BITS) & VANISHES:
            ints[RESULT] = value
            return OK
    if bits & COMES_APART:
        return apart(table, ints, kind, value)
    return held(table, ints, kind, value)


def one(table: Array, ints: Array, kind: int, value: int) -> int:
    """An instance of one input, held as it is, but for A4 and A8."""
    asked = SETTLES | FOLDS | COMES_APART | (ALONE if ints[SIZED] else LEAVES)
    if fact(table, kind, BITS) & asked:
        return rewritten(table, ints, kind, value)
    return held(table, ints, kind, value)


def resized(table: Array, ints: Array, kind: int, value: int) -> int:
    """A11: of the second input in `ARGS` the sizes count."""
    upper = of_type(table, whole(ints[TYPE + ints[ARGS + 1]]), SIZES_TYPE)
    if of_type(table, whole(ints[TYPE + value]), SIZES_TYPE) == upper:
        ints[RESULT] = value
        return OK
    if ints[EMPTY + value] == NO_VALUE and fact(table, kind, BITS) & ABSORBS:
        ints[ARGS] = value
        return zeros(table, ints, kind, ARGS, 2)
    sizes = empty_of(table, ints, upper, MERE_SIZES)
    if sizes < 0:
        return UNSURE
    ints[LIST], ints[LIST + 1] = value, sizes
    ints[TIMES] = ints[TIMES + 1] = 1
    return keep(table, ints, kind, 2)


def joined(table: Array, ints: Array, kind: int, count: int) -> int:
    """A3: neighbouring zeros in the sequence in `LIST` become one; the new count, or -status."""
    n = 0
    for i in range(count):
        value = ints[LIST + i]
        if n > 0 and ints[EMPTY + value] and ints[EMPTY + ints[LIST + n - 1]]:
            ints[ARGS], ints[ARGS + 1] = ints[LIST + n - 1], value
            status = zeros(table, ints, kind, ARGS, 2)
            if status != OK:
                return -status
            ints[LIST + n - 1] = ints[RESULT]
        else:
            ints[LIST + n] = value
            n += 1
    return n


def without_zeros(ints: Array, count: int) -> int:
    """Drop zeros from `ARGS`; how many are left."""
    kept = 0
    for i in range(count):
        if not ints[EMPTY + ints[ARGS + i]]:
            ints[ARGS + kept] = ints[ARGS + i]
            kept += 1
    return kept


def several(table: Array, ints: Array, kind: int, count: int) -> int:
    """An instance of several inputs, those in `ARGS`, but for A7 and A11."""
    bits = fact(table, kind, BITS)
    equal, empty = 1, 0
    for i in range(count):
        empty += ints[EMPTY + ints[ARGS + i]]
        equal &= ints[ARGS + i] == ints[ARGS]
    if bits & ALL_EQUAL and equal:
        ints[RESULT] = ints[ARGS]
        return OK
    if (bits & ABSORBS and empty == count) or (bits & ANNIHILATES and empty):
        return zeros(table, ints, kind, ARGS, count)
    if bits & DROPS and 0 < empty < count:
        count = without_zeros(ints, count)
        if count == 1:
            ints[RESULT] = ints[ARGS]
            return OK
    form = fact(table, kind, FORM)
    count = gather(ints, kind, form, ARGS, count)
    if count < 0:
        return UNSURE
    if form == SEQUENCE:
        before = count
        if bits & REJOINS:
            count = rejoined(table, ints, kind, count)
        if count > 1 and bits & JOINS and ints[SIZED]:
            count = joined(table, ints, kind, count)
        if count < 0:
            return -count
        if count == 1 and count < before:
            ints[RESULT] = ints[LIST]
            return OK
    return keep(table, ints, kind, count)


def rectified(table: Array, ints: Array, count: int) -> int:
    """A7: take zeros and `relu`s off the inputs in `ARGS`; how many are left, 0 if none were."""
    empty = found = 0
    for i in range(count):
        empty += ints[EMPTY + ints[ARGS + i]]
        found += has(table, ints, whole(ints[ARGS + i]), RECTIFIES)
    if empty == count or empty + found == 0:
        return 0
    count = without_zeros(ints, count)
    for i in range(count):
        value = whole(ints[ARGS + i])
        if has(table, ints, value, RECTIFIES):
            ints[ARGS + i] = ints[READ + ints[AT + value]]
    return count


def many(table: Array, ints: Array, kind: int, count: int) -> int:
    """An instance of several inputs, those in `ARGS`."""
    rest = 0
    if fact(table, kind, BITS) & FLATTENS:
        rest = rectified(table, ints, count)
    if rest == 0:
        return several(table, ints, kind, count)
    ints[RESULT] = ints[ARGS]
    if rest > 1:
        status = several(table, ints, kind, rest)
        if status != OK:
            return status
    return one(table, ints, whole(table[RELU]), whole(ints[RESULT]))


def apply(table: Array, ints: Array, kind: int, count: int) -> int:
    """The values that an instance of a kind leaves, in `RESULT`, of the inputs in `ARGS`."""
    if count > WORK:
        return UNSURE
    bits = fact(table, kind, BITS)
    if count == 1 and bits & VANISHES:
        ints[RESULT] = ints[ARGS]
        return OK
    if not bits & TAKES_SIZES and (count != 1 or fact(table, kind, FORM) != PLAIN):
        return many(table, ints, kind, count)
    value, depth = whole(ints[ARGS]), 0
    if bits & (SINKS | MOVES):  # A4, A8: below the functions that stand there
        passed = ELEMENTWISE if bits & MOVES else RISES
        while has(table, ints, value, passed):
            ints[CHAIN + depth] = ints[KIND + value]
            depth += 1
            value = whole(ints[READ + ints[AT + value]])
    status = (
        resized(table, ints, kind, value) if bits & TAKES_SIZES else one(table, ints, kind, value)
    )
    while status == OK and depth:
        depth -= 1
        status = one(table, ints, whole(ints[CHAIN + depth]), whole(ints[RESULT]))
    return status


FUNCTIONS = (
    settled,
    left_alone,
    kept_as_is,
    alone,
    held,
    rewritten,
    one,
    resized,
    joined,
    without_zeros,
    several,
    rectified,
    many,
    apply,
)
INLINED = frozenset(("held", "one", "several", "many", "apply"))
