"""Kinds of instances as numbers, and what the op table says of them as arrays.

Read from `canonical/kinds.py`: the rules that a kind's facts switched on become bits. A kind whose
rules the kernel cannot follow exactly (a user op with an unusual mixture of facts) is known to be
so, and programs that need it go to the scalar canonicalizer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from snaplang.batch.buffers import Buffer
from snaplang.batch.kernel import layout as k
from snaplang.canonical import rules
from snaplang.canonical.kinds import Form, Kind, named
from snaplang.ops.facts import brings_rule

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
}
FORMS = {
    Form.PLAIN: k.PLAIN,
    Form.BAG: k.BAG,
    Form.SUM: k.SUM,
    Form.SET: k.SET,
    Form.SEQUENCE: k.SEQUENCE,
}
PORTS = 64
_UNARY = k.SETTLES | k.FORGETS | k.SINKS | k.RISES


def bits_of(kind: Kind) -> int:
    """The bits of a kind."""
    found = k.MERGES if kind.plain else 0
    for rule in kind.sized_rules:
        found |= BITS[rule]
    if kind.elementwise:
        found &= ~k.SINKS
    if kind.elementwise and kind.non_decreasing:
        found |= k.RISES
    return found


def exact(kind: Kind) -> bool:
    """Whether the kernel can follow a kind's rules."""
    op = kind.op
    if op is None:
        return True
    if not set(kind.sized_rules) <= BITS.keys() or not 0 < kind.outputs <= PORTS or op.inputs == 0:
        return False
    bits = bits_of(kind)
    several = kind.outputs > 1 and bits & (k.VANISHES | _UNARY | k.ALL_EQUAL)
    misplaced = (op.inputs != 1 or kind.form is not Form.PLAIN) and bits & _UNARY
    joining = bits & k.JOINS and kind.form is not Form.SEQUENCE
    counted = kind.form is not Form.PLAIN and not kind.variadic and brings_rule(op)
    return not (several or misplaced or joining or counted)


class Kinds:
    """The kinds met so far. Ports come first, so that they are numbered in order."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.exact: list[bool] = []
        self._numbers: dict[object, int] = {}
        self._families: dict[object, int] = {}
        self.facts, self.paints = Buffer(np.int64), Buffer(np.uint64)
        for place in range(PORTS):
            self.number(named(f"port {place}"))

    def number(self, kind: Kind) -> int:
        """The number of a kind, a new one where it was not met before."""
        name: object = kind.colour if kind.op is None else (kind.op, kind.attrs)
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self.kinds)
            self._add(kind)
        return found

    def _add(self, kind: Kind) -> None:
        exactly = exact(kind)
        self.kinds.append(kind)
        self.exact.append(exactly)
        capped = kind.cap is not None
        family = self._families.setdefault(kind.op, len(self._families)) if capped else -1
        bits = bits_of(kind) if exactly else 0
        cap = _ordered(kind.cap or 0.0)
        self.facts.extend((FORMS[kind.form], bits, family, cap, kind.outputs, 0))
        self.paints.extend([int.from_bytes(kind.colour[at : at + 8]) for at in (0, 8)])

    def fact(self, number: int, what: int) -> int:
        """A number of a kind, as the kernel sees it."""
        return int(self.facts.array[number * k.FACTS + what])

    def set_law(self, number: int, state: int) -> None:
        """Where looking up the shapes of a kind begins."""
        self.facts.array[number * k.FACTS + k.LAW_STATE] = state


def _ordered(value: float) -> int:
    """A whole number that stands among others as a float among floats."""
    bits = int(np.float64(value + 0.0).view(np.int64))
    return bits if bits >= 0 else -(bits & (2**63 - 1))
