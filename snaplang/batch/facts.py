"""Kinds of instances as numbers, and what the op table says of them as arrays.

Read from `canonical/normal/kinds.py`: the rules that a kind's facts switched on become bits. A kind
whose rules the kernel cannot follow exactly (a user op with an unusual mixture of facts) is known
to be so, and programs that need it go to the scalar canonicalizer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from snaplang.batch.buffers import Buffer
from snaplang.batch.kernel import layout as k
from snaplang.canonical.normal import parts, rules
from snaplang.canonical.normal.kind import Form, Kind, named
from snaplang.ops.facts import brings_rule
from snaplang.ops.spec import ANYTHING, Fact, Interval

BITS: dict[Callable[..., Any], int] = {
    rules.vanish: k.VANISHES,
    rules.settle: k.SETTLES,
    rules.merge: k.ALL_EQUAL,
    rules.forget: k.FORGETS,
    rules.absorb: k.ABSORBS,
    rules.annihilate: k.ANNIHILATES,
    rules.neutral: k.DROPS,
    rules.join_zeros: k.JOINS,
    rules.sink: k.SINKS,
    rules.leave: k.LEAVES,
    rules.flatten_relu: k.FLATTENS,
    rules.move: k.MOVES,
    rules.fold: k.FOLDS,
    rules.at_point: k.KEEPS_POINTS,
    rules.without_axes: k.KEEPS_FLAT,
    rules.take_sizes: k.TAKES_SIZES,
    parts.take_apart: k.COMES_APART,
    parts.rejoin: k.REJOINS,
}
FORMS = {
    Form.PLAIN: k.PLAIN,
    Form.BAG: k.BAG,
    Form.SUM: k.SUM,
    Form.SET: k.SET,
    Form.SEQUENCE: k.SEQUENCE,
}
PORTS = 64
STATES = 4  # of the hash table, for each kind
_UNARY = (
    k.SETTLES
    | k.FORGETS
    | k.SINKS
    | k.LEAVES
    | k.MOVES
    | k.FOLDS
    | k.KEEPS_POINTS
    | k.KEEPS_FLAT
    | k.COMES_APART
    | k.ELEMENTWISE
    | k.RISES
    | k.CARRIES
    | k.RECTIFIES
)
_JOINING = k.ALL_EQUAL | k.DROPS | k.JOINS | k.FLATTENS | k.REJOINS | k.LARGEST
_RESIZING = k.TAKES_SIZES | k.MOVES | k.CARRIES | k.ABSORBS | k.MERGES
_PARTING = k.COMES_APART | k.ABSORBS | k.MERGES


def bits_of(kind: Kind) -> int:
    """The bits of a kind."""
    found = k.MERGES if kind.plain or kind.cut else 0
    found |= k.SLICE if kind.cut else 0
    for rule in kind.sized_rules:
        found |= BITS[rule]
    if kind.elementwise:
        found &= ~(k.SINKS | k.MOVES)
        found |= k.ELEMENTWISE | (k.RISES if kind.non_decreasing else 0)
    if kind.values is ANYTHING:
        found |= k.CARRIES if kind.carries else k.LARGEST if Fact.LARGEST in kind.facts else 0
    found |= k.RECTIFIES if Fact.MAX_WITH_ZERO in kind.facts else 0
    return found | (k.CONCATENATES if Fact.JOINS_CHANNELS in kind.facts else 0)


def exact(kind: Kind) -> bool:
    """Whether the kernel can follow a kind's rules."""
    op = kind.op
    if op is None:
        return True
    if not set(kind.sized_rules) <= BITS.keys() or not 0 < kind.outputs <= PORTS or op.inputs == 0:
        return False
    bits = bits_of(kind)
    if bits & k.TAKES_SIZES:
        return op.inputs == 2 and kind.outputs == 1 and not bits & ~_RESIZING
    if bits & k.COMES_APART:
        splits = op.inputs == 1 and kind.outputs > 1
        return splits and bool(bits & k.ABSORBS) and not bits & ~_PARTING
    if op.inputs == 1 and kind.form is Form.PLAIN:
        return not bits & _JOINING and (kind.outputs == 1 or not bits & (_UNARY | k.VANISHES))
    sequence = kind.form is Form.SEQUENCE or not bits & (k.JOINS | k.REJOINS | k.CONCATENATES)
    largest = kind.form is Form.SET or not bits & k.FLATTENS
    several = kind.outputs > 1 and bool(bits & (k.VANISHES | _JOINING))
    counted = kind.form is not Form.PLAIN and not kind.variadic and brings_rule(op)
    unary = _UNARY & ~k.CARRIES if kind.form is Form.PLAIN else _UNARY
    return sequence and largest and not (several or counted or bits & unary)


class Kinds:
    """The kinds met so far. Ports come first, so that they are numbered in order."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.exact: list[bool] = []
        self._numbers: dict[object, int] = {}
        self._ops: dict[object, int] = {}
        self.facts, self.paints = Buffer(np.int64), Buffer(np.uint64)
        for place in range(PORTS):
            self.number(named(f"port {place}"))

    def number(self, kind: Kind, values: Interval | None = None) -> int:
        """The number of a kind, a new one where it was not met before; `values` are what its
        results lie in, where the kind does not say so.
        """
        name: object = kind.colour if kind.op is None else (kind.op, kind.attrs)
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self.kinds)
            self._add(kind, values or kind.values)
        return found

    def _add(self, kind: Kind, values: Interval) -> None:
        exactly = exact(kind)
        self.kinds.append(kind)
        self.exact.append(exactly)
        op = -1 if kind.op is None else self._ops.setdefault(kind.op, len(self._ops))
        family = -1 if kind.cap is None else op
        bits = bits_of(kind) if exactly else 0
        fixes = kind.fixes or (0.0, 0.0)
        cap, *limits = map(_ordered, (kind.cap or 0.0, *values, *fixes))
        self.facts.extend((FORMS[kind.form], bits, family, cap, kind.outputs, 0, op, *limits, 0))
        self.paints.extend([int.from_bytes(kind.colour[at : at + 8]) for at in (0, 8)])

    def fact(self, number: int, what: int) -> int:
        """A number of a kind, as the kernel sees it."""
        return int(self.facts.array[number * k.FACTS + what])

    def set(self, number: int, what: int, value: int) -> None:
        """Say a number of a kind."""
        self.facts.array[number * k.FACTS + what] = value


def _ordered(value: float) -> int:
    """A whole number that stands among others as a float among floats."""
    bits = int(np.float64(value + 0.0).view(np.int64))
    return bits if bits >= 0 else -(bits & (2**63 - 1))
