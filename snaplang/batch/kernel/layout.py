"""What the kernel works on: places in its arrays, its limits, and its statuses.

Nothing here runs. A thread has two arrays of fixed size, so that a thread of a GPU can have its
own: `ints` and `words`; names here are offsets into them. What the host knows comes in two more,
`table` and `paints` (the colours of kinds). All are flat and few, as calls pass them by value.

The limits decide which architectures the kernel gives keys to. They are compared with what a
normal form is made of, never with how a program was written; `../fallback.py` sees to the others.

>>> WORK >= NODES and INTS < 10_000
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

Array = Any  # an array of numpy or of numba's CUDA target
if TYPE_CHECKING:

    def whole(value: Any) -> int:
        """A signed number; compiled, `int` makes unsigned ones of unsigned ones."""
        ...
else:
    whole = np.int64

# Limits of a normal form that the kernel takes.
NODES = 256  # instances, ports, inputs
POOL = 1024  # inputs of instances, all together
MOST = 1 << 30  # times that one input of a sum counts
# Limits of telling tied instances apart.
DEPTH = 6  # marks at a time
BUDGET = 256  # refinements

WORK = 512  # inputs of one instance
STACK = 256  # tensors on the stack
SEES = 512  # tensors that one symbol sees
PAD = -1  # a token that is no symbol

# `ints`: single values, ...
NODES_USED, POOL_USED, HEIGHT, SIZED, MODE, MISS_STATE, MISS_TYPE, LAW, LIVE_COUNT, UPWARD = range(
    10
)
# ... of nodes: their kind, place and number of inputs, shape (as laws see it), whether they are
# zero or mere sizes, the first of several outputs, whether they are needed, and their place among
# those, ...
KIND, AT, COUNT, TYPE, EMPTY, PORTS, LIVE, PLACE = (16 + i * NODES for i in range(8))
NO_VALUE, MERE_SIZES = 1, 2  # what `EMPTY` says of zeros and of sizes that another value has
# ... inputs of nodes and how often each counts, ...
READ = PLACE + NODES
OFTEN = READ + POOL
# ... lists: the inputs of an instance that is about to be made, those it will have and how often,
# functions that a pool sinks below, what an instance leaves, the needed nodes, and for each mark
# how far its class was tried, ...
ARGS, LIST, TIMES, CHAIN, RESULT, ORDER, CURSOR = (OFTEN + POOL + i * WORK for i in range(7))
# ... the stack, values and the types that they have for lowering, and what a symbol sees of it.
STACK_VALUE = CURSOR + WORK
STACK_TYPE = STACK_VALUE + STACK
SEEN_VALUE = STACK_TYPE + STACK
SEEN_TYPE = SEEN_VALUE + SEES
INTS = SEEN_TYPE + SEES

# `words`: colours of nodes in two lanes, now and next; digests of users; the least key and the
# classes of marks; colours of depths.
NOW, NOW_HIGH, NEXT, NEXT_HIGH, USED, USED_HIGH, BEST, BEST_HIGH, SAVED = (
    i * NODES for i in range(9)
)
WORDS = SAVED + 2 * DEPTH * NODES

# `table`: where its parts begin. A symbol has three numbers (a record for all types or -1, what
# its laws ask of shapes, a mask of ranks it may need), a kind `FACTS`, a type `OF_TYPE`, an input
# of a rank three (kind, type for lowering, type for laws), a state of the hash table two.
(
    SYMBOLS,
    SYMBOL_COUNT,
    KINDS,
    TYPES,
    CODE,
    STARTS,
    INPUTS,
    ASKED,
    RELU,
    STATES,
    STATES_MASK,
    HEADER,
) = range(12)
DIRECT, ASKS, RANKS = range(3)
FORM, BITS, FAMILY, CAP, OUTS, LAW_STATE, OP, LOW, HIGH, FIX_LOW, FIX_HIGH, PARTS, FACTS = range(13)
# Behind a kind's state for shapes come those for it after another kind, and of a slice for what it
# is behind another slice in a sequence, and of a sequence.
AFTER, BEHIND, WITHIN = 1, 2, 3
ALL = 1  # in the place of a slice: all channels
# A type: the kind of its zeros and of its sizes, the type that is its sizes alone, and what it is.
ZERO_KIND, SIZES_KIND, SIZES_TYPE, SHAPED, OF_TYPE = range(5)
ONE_POSITION, NO_AXES = 1, 2

# How inputs are held; the places of `kinds.Form`.
PLAIN, BAG, SUM, SET, SEQUENCE = range(5)
# Bits of a kind: which laws its facts switch on, ...
(
    MERGES,
    VANISHES,
    SETTLES,
    ALL_EQUAL,
    FORGETS,
    ABSORBS,
    ANNIHILATES,
    DROPS,
    JOINS,
    SINKS,
    LEAVES,
    FLATTENS,
    MOVES,
    FOLDS,
    KEEPS_POINTS,
    KEEPS_FLAT,
    TAKES_SIZES,
    COMES_APART,
    REJOINS,
) = (1 << i for i in range(19))
# ... and what others ask of it.
ELEMENTWISE, RISES, CARRIES, LARGEST, RECTIFIES, CONCATENATES, SLICE = (
    1 << i for i in range(19, 26)
)
# What symbols ask of shapes: they are asked always, or of single positions where two ask and one
# of them leaves such, or another brings them, or where two ask for axes, or splits meet joins. The
# same bits `TWICE` up: what two instances ask.
ALWAYS, FOR_POINTS, FOR_AXES, LEAVES_POINT, BRINGS, FOR_PARTS, FOR_JOINS = (
    1 << i for i in range(7)
)
TWICE = 8
FIRST_PORT = 0  # the kind of an instance's first output of several

# What a row comes to.
OK, INVALID, UNSURE, MISS, TIES = range(5)
RANK = 8  # and the rank that it needs

# What follows a state and a type: a state, which is positive, or one of these.
MISSING, REJECTED, UNKNOWN, END = 0, -1, -5, 0
RECORDS = -16  # minus the place of a record in the code
TYPE_BITS = 24

# Bits of the mode.
KEYED, STACKS = 1, 2
