"""Where the kernel is entered: a thread's arrays, and a loop over rows.

`rows` and `lists` run on the CPU, `grid` on a GPU; `cuda` is put in by `../compiled.py`. What a row
comes to goes to `status`, its key to `keys` [N, 2], what the table lacks to `miss` [N, 2],
or how many tensors are left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from snaplang.batch.kernel.layout import (
    BEST,
    BEST_HIGH,
    COUNT,
    HEIGHT,
    INTS,
    KEYED,
    MISS,
    MISS_STATE,
    MISS_TYPE,
    MODE,
    NODES_USED,
    OFTEN,
    OK,
    POOL_USED,
    READ,
    STACK_VALUE,
    TIES,
    WORDS,
    Array,
)
from snaplang.batch.kernel.nodes import new
from snaplang.batch.kernel.rows import build
from snaplang.batch.kernel.ties import key

cuda: Any = None


def one_row(
    tokens: Array,
    i: int,
    mode: int,
    table: Array,
    paints: Array,
    ints: Array,
    words: Array,
    status: Array,
    keys: Array,
    miss: Array,
) -> None:
    """One row."""
    ints[MODE] = mode
    code = build(table, ints, tokens, i)
    if code == OK and mode & KEYED and mode & 8 == 0:
        code = key(table, paints, ints, words)
    status[i] = code
    miss[i, 0] = ints[HEIGHT]
    if code == MISS:
        miss[i, 0], miss[i, 1] = ints[MISS_STATE], ints[MISS_TYPE]
    elif (code == OK or code == TIES) and mode & KEYED:
        keys[i, 0], keys[i, 1] = words[BEST_HIGH], words[BEST]


def rows(
    tokens: Array,
    start: int,
    stop: int,
    mode: int,
    table: Array,
    paints: Array,
    status: Array,
    keys: Array,
    miss: Array,
) -> None:
    """Some rows, one after the other."""
    ints, words = np.zeros(INTS, np.uint32), np.zeros(WORDS, np.uint64)
    for i in range(start, stop):
        one_row(tokens, i, mode, table, paints, ints, words, status, keys, miss)


def grid(
    tokens: Array,
    mode: int,
    table: Array,
    paints: Array,
    status: Array,
    keys: Array,
    miss: Array,
) -> None:
    """One row for each thread of a grid."""
    i = cuda.grid(1)
    if i < tokens.shape[0]:
        ints, words = cuda.local.array(INTS, np.uint32), cuda.local.array(WORDS, np.uint64)
        one_row(tokens, i, mode, table, paints, ints, words, status, keys, miss)


def lists(
    packed: Array, starts: Array, table: Array, paints: Array, status: Array, keys: Array
) -> None:
    """Keys of normal forms that are there as lists.

    Each: how many nodes, how many outputs, these, and for each node its kind, how many inputs, and
    for each of these which and how often.
    """
    ints, words = np.zeros(INTS, np.uint32), np.zeros(WORDS, np.uint64)
    for i in range(starts.size):
        at = starts[i]
        ints[NODES_USED] = ints[POOL_USED] = 0
        nodes, ints[HEIGHT] = packed[at], packed[at + 1]
        at += 2
        for j in range(ints[HEIGHT]):
            ints[STACK_VALUE + j] = packed[at + j]
        at += ints[HEIGHT]
        for _ in range(nodes):
            v, count, first = new(ints, packed[at], 0), packed[at + 1], ints[POOL_USED]
            ints[COUNT + v] = count
            for j in range(count):
                ints[READ + first + j] = packed[at + 2 + 2 * j]
                ints[OFTEN + first + j] = packed[at + 3 + 2 * j]
            ints[POOL_USED] = first + count
            at += 2 + 2 * count
        status[i] = key(table, paints, ints, words)
        keys[i, 0], keys[i, 1] = words[BEST_HIGH], words[BEST]


FUNCTIONS = (one_row,)
INLINED = frozenset[str]()
