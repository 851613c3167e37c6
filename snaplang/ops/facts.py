"""What each fact needs of an op's declaration, and what follows from it: one row for each.

Laws are switched on by facts and take for granted what stands here: `merge` takes the first of an
instance's inputs for its one output, nested sums are written two by two. What a function does
nobody can see; its inputs, outputs, shapes, weights and parameters anybody can. A new fact gets a
row, a test holds that every fact has one, and that the core's own ops meet theirs.

>>> from snaplang.ops import TABLE
>>> add = TABLE["add"]
>>> list(unmet(add, add.facts))
[]
>>> [need.text for fact, need in unmet(TABLE["relu"], frozenset([Fact.MERGES_EQUAL]))]
['two inputs or more']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from snaplang.ops.spec import (
    Fact,
    OpSpec,
    ParamKind,
    Role,
    Rules,
    Shape,
    never,
    no_weights,
    same_shapes,
)

Facts = frozenset[Fact]


@dataclass(frozen=True)
class Need:
    """A condition on a declaration together with its facts: in words, and as a test."""

    text: str
    holds: Callable[[OpSpec, Facts], bool]


@dataclass(frozen=True)
class FactRow:
    """What a fact needs, and which facts follow from it."""

    needs: tuple[Need, ...] = ()
    implies: Facts = frozenset()


# Without a rule of its own an op with one of these takes inputs of one shape.
ALIKE = frozenset((Fact.COMMUTATIVE, Fact.ASSOCIATIVE, Fact.MERGES_EQUAL, Fact.SUMS))


@dataclass(frozen=True)
class Kept:
    """The shape rule of an op that brings none: every output has the first input's shape.

    With `alike` all inputs must have one shape, so that the order of writing does not count.
    """

    outputs: int | str
    ranks: tuple[int, ...]
    alike: bool

    def __call__(self, rules: Rules) -> tuple[Shape, ...]:
        require_ranks(rules, self.ranks)
        shape = _one_shape(rules) if self.alike else rules.inputs[0]
        count = self.outputs
        return (shape,) * (count if isinstance(count, int) else rules.attrs.count(count))


def require_ranks(rules: Rules, ranks: tuple[int, ...]) -> None:
    """Reject inputs of ranks that a user's op does not have."""
    for shape in rules.inputs:
        if shape.rank is not None and shape.rank not in ranks:
            *most, last = map(str, sorted(ranks))
            known = f"{', '.join(most)} or {last}" if most else last
            rules.reject(f"it takes tensors with {known} spatial axes, this one has {shape.rank}")


def _one_shape(rules: Rules) -> Shape:
    first, *others = rules.inputs
    if len({(s.open, len(s.spatial)) for s in rules.inputs}) > 1:
        rules.reject("these tensors have different numbers of axes", "`gap` keeps the rank")
        return first
    for other in others:
        rules.equal(first.channels, other.channels, "channels")
        for axis, (left, right) in enumerate(zip(first.spatial, other.spatial, strict=True)):
            rules.equal(left, right, f"spatial axis {axis + 1}")
    return min(rules.inputs, key=lambda shape: (len(shape.text()), shape.text()))


def brings_rule(spec: OpSpec) -> bool:
    """Whether an op has a shape rule of its own."""
    return spec.shape is not same_shapes and not isinstance(spec.shape, Kept)


def _cap_alone(spec: OpSpec, facts: Facts) -> bool:
    """`laws.settle` compares the caps of two instances and nothing else of them."""
    counting = [p for p in spec.params if p.role is Role.FUNCTION]
    return len(counting) == 1 and counting[0].kind is ParamKind.REAL and counting[0].optional


def _counts(*numbers: int) -> Callable[[OpSpec, Facts], bool]:
    return lambda spec, facts: spec.inputs in numbers


def _with(*wanted: Fact) -> Need:
    names = " or ".join(fact.name for fact in wanted)
    return Need(names, lambda spec, facts: not facts.isdisjoint(wanted))


def _without(unwanted: Fact, why: str = "") -> Need:
    behind = f", {why}" if why else ""
    return Need(f"no {unwanted.name}{behind}", lambda spec, facts: unwanted not in facts)


ONE_INPUT = Need("one input", _counts(1))
ONE_OUTPUT = Need("one output", lambda spec, facts: spec.outputs == 1)
# An op of the core whose inputs an attribute counts is of any number by itself.
SEVERAL = Need("two inputs or more", lambda spec, facts: spec.inputs != 1)
TWO_INPUTS = Need("two inputs", lambda s, f: s.inputs == 2 or isinstance(s.inputs, str))
NO_RULE = Need(
    "no shape rule of its own", lambda s, f: not brings_rule(s) or isinstance(s.inputs, str)
)
NO_WEIGHTS = Need("no weights", lambda spec, facts: spec.weights is no_weights)
EXACT = (NO_WEIGHTS, _without(Fact.RANDOM))
# Zeros among the inputs of nested instances: laws must know what they are, or the same program
# written in two ways has two normal forms.
ZEROS_KNOWN = Need(
    "one of SUMS, ANNIHILATES and MERGES_EQUAL beside COMMUTATIVE and ZERO_PRESERVING",
    lambda spec, facts: (
        not {Fact.COMMUTATIVE, Fact.ZERO_PRESERVING} <= facts
        or not facts.isdisjoint((Fact.SUMS, Fact.ANNIHILATES, Fact.MERGES_EQUAL))
    ),
)
COMMUTES_TO_MERGE = Need(
    "COMMUTATIVE beside MERGES_EQUAL",
    lambda spec, facts: Fact.COMMUTATIVE in facts or Fact.MERGES_EQUAL not in facts,
)
NO_IDENTITY = Need(
    "no `identity_if` and no `eval_identity`",
    lambda spec, facts: not spec.eval_identity and not may_vanish(spec),
)
CORE_ONLY = Need("an op of the core", lambda spec, facts: spec.family != "user")
_ZERO = frozenset((Fact.ZERO_PRESERVING,))


def may_vanish(spec: OpSpec) -> bool:
    """Whether an op says of some of its instances that they are the identity."""
    return spec.identity_if is not never


FACTS: dict[Fact, FactRow] = {
    Fact.ELEMENTWISE: FactRow((ONE_INPUT, ONE_OUTPUT, NO_RULE)),
    Fact.NON_DECREASING: FactRow((_with(Fact.ELEMENTWISE),)),
    Fact.ZERO_PRESERVING: FactRow(),
    Fact.COMMUTATIVE: FactRow((SEVERAL,)),
    Fact.ASSOCIATIVE: FactRow(
        (TWO_INPUTS, ONE_OUTPUT, NO_RULE, *EXACT, ZEROS_KNOWN, COMMUTES_TO_MERGE)
    ),
    Fact.IDEMPOTENT: FactRow((ONE_INPUT, ONE_OUTPUT, *EXACT)),
    Fact.MERGES_EQUAL: FactRow((SEVERAL, ONE_OUTPUT), _ZERO),
    Fact.SUMS: FactRow(
        (TWO_INPUTS, ONE_OUTPUT, NO_RULE, _without(Fact.ANNIHILATES, "which says the opposite")),
        _ZERO,
    ),
    Fact.ANNIHILATES: FactRow((), _ZERO),
    Fact.JOINS_ZEROS: FactRow((_with(Fact.ASSOCIATIVE), _without(Fact.COMMUTATIVE)), _ZERO),
    Fact.MAKES_ZERO: FactRow(
        (
            ONE_INPUT,
            ONE_OUTPUT,
            NO_RULE,
            *EXACT,
            NO_IDENTITY,
            _without(Fact.SELECTS_MAX),
            _without(Fact.DATA_MOVEMENT),
        ),
        _ZERO,
    ),
    Fact.SELECTS_MAX: FactRow((ONE_INPUT, ONE_OUTPUT, NO_WEIGHTS), _ZERO),
    Fact.CAPPED: FactRow(
        (Need("one parameter, an optional number", _cap_alone),), frozenset((Fact.IDEMPOTENT,))
    ),
    Fact.RANDOM: FactRow(),
    Fact.DATA_MOVEMENT: FactRow((NO_WEIGHTS,), _ZERO),
    Fact.MAX_WITH_ZERO: FactRow((CORE_ONLY,)),
    Fact.LARGEST: FactRow((CORE_ONLY,)),
    Fact.KEEPS_POINTS: FactRow((ONE_INPUT, ONE_OUTPUT, *EXACT)),
    Fact.LEAVES_POINT: FactRow((CORE_ONLY,)),
    Fact.KEEPS_FLAT: FactRow((ONE_INPUT, ONE_OUTPUT, *EXACT)),
    Fact.TAKES_SIZES: FactRow((CORE_ONLY,)),
    Fact.SPLITS_CHANNELS: FactRow((CORE_ONLY,)),
    Fact.JOINS_CHANNELS: FactRow((CORE_ONLY,)),
}
"""Fact to row."""


def closed(facts: Facts) -> Facts:
    """The facts, and all that follow from them."""
    found = facts.union(*(FACTS[fact].implies for fact in facts))
    nested = {Fact.ASSOCIATIVE, Fact.ZERO_PRESERVING} <= found
    if nested and found.isdisjoint((Fact.COMMUTATIVE, Fact.SUMS, Fact.ANNIHILATES)):
        return found | {Fact.JOINS_ZEROS}  # f(x, f(0, 0)) is f(x, 0)
    return found


def unmet(spec: OpSpec, facts: Facts) -> Iterator[tuple[Fact, Need]]:
    """The facts, in the order of the table, whose needs a declaration does not meet."""
    for fact, row in FACTS.items():
        if fact in facts:
            yield from ((fact, need) for need in row.needs if not need.holds(spec, facts))
