"""A row of tokens to nodes: the stack machine.

A symbol's effect is a record: which tensors it takes, the instances it makes, what it leaves.
Which record, depends on the types of the tensors that it reaches; the table is filled by the scalar
checker, so that what is well-typed is exactly what it accepts. A type that the table has not met is
reported (`MISS`), and the row runs again when the host has filled it in.
"""

from __future__ import annotations

from snaplang.batch.kernel.laws import apply
from snaplang.batch.kernel.layout import (
    ALWAYS,
    ARGS,
    ASKED,
    ASKS,
    BRINGS,
    CODE,
    COUNT,
    DIRECT,
    FOR_AXES,
    FOR_JOINS,
    FOR_PARTS,
    FOR_POINTS,
    HEIGHT,
    INPUTS,
    INVALID,
    KEYED,
    LEAVES_POINT,
    MISS,
    MISS_STATE,
    MISS_TYPE,
    MISSING,
    MODE,
    NODES_USED,
    OK,
    PAD,
    POOL_USED,
    RANK,
    RANKS,
    RECORDS,
    REJECTED,
    RESULT,
    SEEN_TYPE,
    SEEN_VALUE,
    SEES,
    SIZED,
    STACK,
    STACK_TYPE,
    STACK_VALUE,
    STACKS,
    STARTS,
    SYMBOL_COUNT,
    SYMBOLS,
    TWICE,
    TYPE,
    UNKNOWN,
    UNSURE,
    Array,
    whole,
)
from snaplang.batch.kernel.nodes import find, new


def begin(table: Array, ints: Array, rank: int) -> None:
    """The inputs, on the stack."""
    ints[NODES_USED] = ints[POOL_USED] = 0
    count = whole(table[INPUTS])
    for i in range(count):
        at = table[STARTS] + 3 * (rank * count + i)
        v = new(ints, whole(table[at]), 0)
        ints[COUNT + v] = 0
        ints[TYPE + v] = table[at + 2]
        ints[STACK_VALUE + i] = v
        ints[STACK_TYPE + i] = table[at + 1]
    ints[HEIGHT] = count


def symbol(table: Array, token: int, what: int) -> int:
    """A number of a symbol."""
    return whole(table[table[SYMBOLS] + 3 * token + what])


def record(table: Array, ints: Array, token: int) -> int:
    """The place of the record of a symbol on this stack, or minus a status."""
    found = symbol(table, token, DIRECT)
    if found >= 0:
        return found
    state, height = token + 1, whole(ints[HEIGHT])
    for depth in range(height):
        shape = whole(ints[STACK_TYPE + height - 1 - depth])
        state = find(table, state, shape)
        if state == MISSING:
            ints[MISS_TYPE] = shape
            return -MISS
        if state <= RECORDS:
            return RECORDS - state
        if state == REJECTED:
            return -INVALID
        if state == UNKNOWN:
            return -UNSURE
        if state < 0:
            return -(RANK - 1 - state)
        ints[MISS_STATE] = state
    return -INVALID


def instances(table: Array, ints: Array, at: int, known: int, keyed: int) -> int:
    """Run the instances of a record; its tensors follow the `known` ones that the symbol sees."""
    code = table[CODE]
    end = at + 1
    for _ in range(table[code + at]):
        kind, count, outs = (
            whole(table[code + end]),
            whole(table[code + end + 1]),
            whole(table[code + end + 2]),
        )
        end += 3
        if keyed:
            for i in range(count):
                ints[ARGS + i] = ints[SEEN_VALUE + table[code + end + i]]
            status = apply(table, ints, kind, count)
            if status != OK:
                return -status
            for i in range(outs):
                ints[SEEN_VALUE + known + i] = ints[RESULT + i]
        end += count
        for i in range(outs):
            ints[SEEN_TYPE + known + i] = table[code + end + i]
        known += outs
        end += outs
    return end


def step(table: Array, ints: Array, token: int) -> int:
    """Run one symbol."""
    ints[MISS_STATE] = token + 1
    at = record(table, ints, token)
    if at < 0:
        return -at
    taken = whole(table[table[CODE] + at])
    base = whole(ints[HEIGHT]) - taken
    if base < 0:
        return INVALID
    if taken > SEES // 2:
        return UNSURE
    for i in range(taken):
        ints[SEEN_VALUE + i] = ints[STACK_VALUE + base + i]
        ints[SEEN_TYPE + i] = ints[STACK_TYPE + base + i]
    at = instances(table, ints, at + 1, taken, whole(ints[MODE]) & KEYED)
    if at < 0:
        return -at
    left = whole(table[table[CODE] + at])
    if base + left > STACK:
        return UNSURE
    for i in range(left):
        place = table[table[CODE] + at + 1 + i]
        ints[STACK_VALUE + base + i] = ints[SEEN_VALUE + place]
        ints[STACK_TYPE + base + i] = ints[SEEN_TYPE + place]
    ints[HEIGHT] = base + left
    return OK


def run(table: Array, ints: Array, tokens: Array, at: int, rank: int) -> int:
    """Run a row on inputs of a rank (0: as they are)."""
    begin(table, ints, rank)
    for i in range(tokens.shape[1]):
        token = whole(tokens[at, i])
        if token != PAD:
            status = step(table, ints, token)
            if status != OK:
                return status
    if ints[HEIGHT] == 1 or ints[MODE] & STACKS:
        return OK
    return INVALID


def sized(asked: int) -> int:
    """Whether laws may ask for shapes, by what the symbols of a row ask: shapes cost time."""
    points = (asked >> TWICE) & FOR_POINTS and asked & LEAVES_POINT
    axes = (asked >> TWICE) & FOR_AXES
    brought = asked & BRINGS and asked & (FOR_POINTS | FOR_AXES)
    parts = asked & FOR_PARTS and asked & FOR_JOINS
    return 1 if asked & ALWAYS or points or axes or brought or parts else 0


def build(table: Array, ints: Array, tokens: Array, at: int) -> int:
    """Run a row; where a symbol needs inputs of a rank, once more at that rank (or say so, where
    stacks are counted).

    A row that is rejected may still be well-typed at the rank that a later symbol asks for, which
    the host has to see.
    """
    if table[INPUTS] > STACK:
        return UNSURE
    mask, asked = 0, whole(table[ASKED])
    for i in range(tokens.shape[1]):
        token = whole(tokens[at, i])
        if token != PAD:
            if token < 0 or token >= table[SYMBOL_COUNT]:
                return INVALID
            mask |= symbol(table, token, RANKS)
            asks = symbol(table, token, ASKS)
            asked |= asks | ((asked & asks) << TWICE)
    ints[SIZED] = sized(asked)
    status = run(table, ints, tokens, at, 0)
    if ints[MODE] & STACKS:
        return status
    if status > RANK:
        return run(table, ints, tokens, at, status - RANK)
    if status == INVALID and mask:
        for rank in range(1, 4):
            if mask & (1 << rank):
                status = run(table, ints, tokens, at, rank)
                if status != INVALID:
                    return MISS if status == MISS else UNSURE
        return INVALID
    return status


FUNCTIONS = (symbol, begin, record, instances, step, run, sized, build)
INLINED = frozenset(("symbol", "record", "instances", "step", "begin"))
