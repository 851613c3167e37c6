"""Values in normal form, each made once: what `canonical/normal/terms.py` does, on arrays.

Sums and sequences are held flat here, which has a limit (`layout.POOL`); a program beyond it is not
decided by the kernel. Functions that can fail return a status and leave what they made in the rows
`RESULT` of the work space.
"""

from __future__ import annotations

from snaplang.batch.kernel.layout import (
    AT,
    BAG,
    BITS,
    CODE,
    COUNT,
    EMPTY,
    END,
    FACTS,
    FIRST_PORT,
    KIND,
    KINDS,
    LAW,
    LAW_STATE,
    LIST,
    MERE_SIZES,
    MERGES,
    MISS,
    MISS_STATE,
    MISS_TYPE,
    MISSING,
    MOST,
    NO_VALUE,
    NODES,
    NODES_USED,
    OF_TYPE,
    OFTEN,
    OK,
    OUTS,
    PLAIN,
    POOL,
    POOL_USED,
    PORTS,
    READ,
    RECORDS,
    RESULT,
    SEQUENCE,
    SET,
    SIZED,
    SIZES_KIND,
    STATES,
    STATES_MASK,
    TIMES,
    TYPE,
    TYPE_BITS,
    TYPES,
    UNSURE,
    WORK,
    ZERO_KIND,
    Array,
    whole,
)


def fact(table: Array, kind: int, what: int) -> int:
    """A number of a kind."""
    return whole(table[table[KINDS] + kind * FACTS + what])


def of_type(table: Array, shape: int, what: int) -> int:
    """A number of a type."""
    return whole(table[table[TYPES] + shape * OF_TYPE + what])


def find(table: Array, state: int, kind: int) -> int:
    """What follows a state and a type; `MISSING` where the table does not know."""
    first, mask = table[STATES], table[STATES_MASK]
    key = (state << TYPE_BITS) | kind
    at = state * 73856093 + kind * 19349663
    at = (at ^ (at >> 15)) & mask
    while True:
        held = table[first + 2 * at]
        if held == key:
            return whole(table[first + 2 * at + 1])
        if held == MISSING:
            return MISSING
        at = (at + 1) & mask


def follow(table: Array, ints: Array, state: int, kind: int) -> int:
    """The same; what is `MISSING` is noted for the host."""
    found = find(table, state, kind)
    if found == MISSING:
        ints[MISS_STATE], ints[MISS_TYPE] = state, kind
    return found


def law(table: Array, ints: Array, kind: int, row: int, count: int) -> int:
    """Look up what shapes an instance leaves, as laws see them; the place goes to `LAW`."""
    state = fact(table, kind, LAW_STATE)
    for i in range(count + 1):
        shape = END if i == count else whole(ints[TYPE + ints[row + i]])
        state = follow(table, ints, state, shape)
        if state == MISSING:
            return MISS
    ints[LAW] = RECORDS - state
    return OK


def new(ints: Array, kind: int, count: int) -> int:
    """A node with the inputs in `LIST` and `TIMES`; -1 where there is no more room."""
    v = whole(ints[NODES_USED])
    at = whole(ints[POOL_USED])
    if v >= NODES or at + count > POOL:
        return -1
    ints[NODES_USED] = v + 1
    ints[POOL_USED] = at + count
    ints[KIND + v] = kind
    ints[AT + v] = at
    ints[COUNT + v] = count
    ints[TYPE + v] = 0
    ints[EMPTY + v] = 0
    for i in range(count):
        ints[READ + at + i] = ints[LIST + i]
        ints[OFTEN + at + i] = ints[TIMES + i]
    return v


def same(ints: Array, kind: int, count: int) -> int:
    """The node of a kind that has the inputs in `LIST` and `TIMES` already; -1 if there is none."""
    first = whole(ints[LIST]) if count else 0
    for v in range(first, whole(ints[NODES_USED])):
        if ints[KIND + v] == kind and ints[COUNT + v] == count:
            at = whole(ints[AT + v])
            i = 0
            while (
                i < count
                and ints[READ + at + i] == ints[LIST + i]
                and ints[OFTEN + at + i] == ints[TIMES + i]
            ):
                i += 1
            if i == count:
                return v
    return -1


def empty_of(table: Array, ints: Array, shape: int, empty: int) -> int:
    """The zero of a shape, or what stands for mere sizes; -1 where there is no more room."""
    for v in range(whole(ints[NODES_USED])):
        if ints[EMPTY + v] == empty and ints[TYPE + v] == shape:
            return v
    what = SIZES_KIND if empty == MERE_SIZES else ZERO_KIND
    v = new(ints, of_type(table, shape, what), 0)
    if v >= 0:
        ints[EMPTY + v] = empty
        ints[TYPE + v] = shape
    return v


def zeros(table: Array, ints: Array, kind: int, row: int, count: int) -> int:
    """The zeros that an instance with the inputs in a row would leave."""
    status = law(table, ints, kind, row, count)
    if status != OK:
        return status
    for i in range(fact(table, kind, OUTS)):
        shape = whole(table[table[CODE] + ints[LAW] + i])
        v = empty_of(table, ints, shape, NO_VALUE)
        if v < 0:
            return UNSURE
        ints[RESULT + i] = v
    return OK


def insert(ints: Array, count: int, value: int, times: int, once: bool) -> int:
    """Put a value into the ordered list of `count` others; the new count, -1 beyond limits."""
    i = count
    while i > 0 and ints[LIST + i - 1] > value:
        i -= 1
    if i > 0 and ints[LIST + i - 1] == value:
        if not once:
            ints[TIMES + i - 1] += times
            if ints[TIMES + i - 1] >= MOST:
                return -1
        return count
    if count >= WORK:
        return -1
    for j in range(count, i, -1):
        ints[LIST + j] = ints[LIST + j - 1]
        ints[TIMES + j] = ints[TIMES + j - 1]
    ints[LIST + i] = value
    ints[TIMES + i] = times
    return count + 1


def gather(ints: Array, kind: int, form: int, row: int, count: int) -> int:
    """Bring inputs into `LIST` and `TIMES`, in the form of a kind; how many, -1 beyond limits."""
    n = 0
    for i in range(count):
        value = whole(ints[row + i])
        at, width = 0, 1
        nested = form > BAG and ints[KIND + value] == kind
        if nested:
            at, width = whole(ints[AT + value]), whole(ints[COUNT + value])
        for j in range(width):
            times = 1
            if nested:
                value, times = whole(ints[READ + at + j]), whole(ints[OFTEN + at + j])
            if form == PLAIN or form == SEQUENCE:
                if n >= WORK:
                    return -1
                ints[LIST + n] = value
                ints[TIMES + n] = 1
                n += 1
            else:
                n = insert(ints, n, value, times, form == SET)
                if n < 0:
                    return -1
    return n


def left(table: Array, ints: Array, kind: int, value: int) -> int:
    """What an instance that is there leaves."""
    outs = fact(table, kind, OUTS)
    ints[RESULT] = value
    if outs > 1:
        for i in range(outs):
            ints[RESULT + i] = ints[PORTS + value] + i
    return OK


def made(table: Array, ints: Array, kind: int, count: int) -> int:
    """The values of a new instance with the inputs in `LIST` and `TIMES`."""
    if ints[SIZED]:
        status = law(table, ints, kind, LIST, count)
        if status != OK:
            return status
    v = new(ints, kind, count)
    if v < 0:
        return UNSURE
    outs = fact(table, kind, OUTS)
    if outs > 1:
        ints[PORTS + v] = v + 1
        ints[LIST], ints[TIMES] = v, 1
        for i in range(outs):
            if new(ints, FIRST_PORT + i, 1) < 0:
                return UNSURE
    if ints[SIZED]:
        ints[TYPE + v] = table[table[CODE] + ints[LAW]]
        for i in range(outs if outs > 1 else 0):
            ints[TYPE + v + 1 + i] = table[table[CODE] + ints[LAW] + i]
    return left(table, ints, kind, v)


def keep(table: Array, ints: Array, kind: int, count: int) -> int:
    """The values of an instance with the inputs in `LIST` and `TIMES`, made if it is new."""
    if fact(table, kind, BITS) & MERGES:
        v = same(ints, kind, count)
        if v >= 0:
            return left(table, ints, kind, v)
    return made(table, ints, kind, count)


FUNCTIONS = (
    fact,
    of_type,
    find,
    follow,
    law,
    new,
    same,
    empty_of,
    zeros,
    insert,
    gather,
    left,
    made,
    keep,
)
INLINED = frozenset(
    ("fact", "of_type", "find", "new", "left", "made", "keep", "same", "gather", "insert")
)
