"""What the canonicalizer needs to know of an op with its attributes, worked out once.

A `Kind` is read from the op table alone: which laws its facts switch on at a level, and the bytes
that stand for it in colours. Of the attributes only those of `Role.FUNCTION` count, those equal to
a plain default are left out, equal entries of tuples collapse, floats are IEEE doubles; how many
inputs a sum has is left to the inputs themselves.

>>> from snaplang.ops import CORE, TABLE
>>> resolved(TABLE["relu"], Attrs({"max": 6.0}))
b'2:op,4:relu,0:,1:1,3:max,9:d@\\x18\\x00\\x00\\x00\\x00\\x00\\x00,'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, IntFlag
from functools import lru_cache
from typing import TYPE_CHECKING

from snaplang.canonical.normal.cuts import Cut
from snaplang.canonical.normal.laws import LAWS, Law, moves_one
from snaplang.canonical.normal.layout import digest as digest
from snaplang.canonical.normal.layout import of_name, of_op, of_value
from snaplang.ops import CORE, TABLE
from snaplang.ops.spec import (
    ANYTHING,
    REQUIRED,
    Attrs,
    AttrValue,
    Fact,
    Interval,
    OpSpec,
    Param,
    Role,
    no_weights,
)
from snaplang.ops.spec import ParamKind as Sort

if TYPE_CHECKING:
    from snaplang.canonical.normal.terms import Terms

Rule = Callable[["Terms", "Kind", tuple[int, ...]], "tuple[int, ...] | None"]


class Form(Enum):
    """How the inputs of a kind are held."""

    PLAIN = "in order"
    BAG = "with multiplicities, not flattened"
    SUM = "with multiplicities, nested ones meant flat"
    SET = "each once, nested ones meant flat"
    SEQUENCE = "in order, nested ones meant flat"


class Asks(IntFlag):
    """What the laws of a kind may ask of shapes, and when."""

    AT_ONCE = 1  # zeros, and sizes taken from a tensor
    POINTS = 2  # of a single position
    FLAT = 4  # of a tensor without axes
    SPLITS = 8
    JOINS = 16
    FOREIGN = 32  # a user's op, which may leave anything
    LEAVES = 64  # a single position


_ASKING = {
    Fact.MAKES_ZERO: Asks.AT_ONCE,
    Fact.TAKES_SIZES: Asks.AT_ONCE,
    Fact.KEEPS_POINTS: Asks.POINTS,
    Fact.KEEPS_FLAT: Asks.FLAT,
    Fact.SPLITS_CHANNELS: Asks.SPLITS,
    Fact.JOINS_CHANNELS: Asks.JOINS,
}
NESTING = (Form.SUM, Form.SET, Form.SEQUENCE)


@dataclass(frozen=True, eq=False)
class Kind:
    """An op with attributes, at a level.

    `plain` instances with equal inputs are one; `rules` are what laws may do with an instance, and
    `sized_rules` those where shapes are known. One that `nests` means inputs of its own kind flat.
    `cap` is that of a capped op; `values` are what results lie in, `fixes` values it leaves alone.
    """

    op: OpSpec | None
    attrs: Attrs
    colour: bytes
    form: Form = Form.PLAIN
    outputs: int = 1
    plain: bool = False
    variadic: bool = False
    elementwise: bool = False
    non_decreasing: bool = False
    cap: float | None = None
    rules: tuple[Rule, ...] = ()
    sized_rules: tuple[Rule, ...] = ()
    nests: bool = False
    facts: frozenset[Fact] = frozenset()
    values: Interval = ANYTHING
    fixes: Interval | None = None
    carries: bool = False  # results lie where the values of its first input do
    cut: Cut | None = None  # of a slice: which channels of its input it is
    asks: int = 0

    def instance(self, count: int) -> Attrs:
        """The attributes of an instance with so many inputs."""
        if not self.variadic or self.op is None or not isinstance(self.op.inputs, str):
            return self.attrs
        known = {**self.attrs, self.op.inputs: count}
        return Attrs({p.name: known[p.name] for p in self.op.params})


def named(text: str) -> Kind:
    """A kind that no op stands for: an input, a port."""
    return Kind(None, Attrs(), digest(of_name(text)))


@lru_cache(maxsize=10_000)
def slice_kind(cut: Cut) -> Kind:
    """The kind of a slice of a value's channels (law A12)."""
    return replace(named(f"slice {cut[0]} {cut[1]}"), cut=cut)


@lru_cache(maxsize=100_000)
def kind_of(op: OpSpec, attrs: Attrs, level: str) -> Kind:
    """The kind of an instance. A level may have more laws: `structure+A1`, `algebra+sharing`."""
    if "A6" in law_names(level):
        other = op.alias(attrs) if op.alias else None
        if other is not None:
            return kind_of(TABLE[other[0]], other[1], level)
    return _kind(op, Attrs(_counting(op, op.normal(attrs))), level)


@lru_cache(maxsize=100)
def law_names(level: str) -> frozenset[str]:
    """The laws of a level, by name."""
    base, *more = level.split("+")
    found = {law.name for law in LAWS if base == "algebra" or law.level == "structure"}
    return frozenset(found.union(more))


def _counting(op: OpSpec, attrs: Attrs) -> dict[str, AttrValue]:
    """The attributes that count, in the one form that each value has."""
    found: dict[str, AttrValue] = {}
    for param in op.params:
        if param.name in attrs and param.name != op.inputs:
            value = attrs[param.name]
            if param.role is not Role.FUNCTION and not isinstance(param.default, type(REQUIRED)):
                value = param.default  # type: ignore[assignment]
            elif isinstance(value, tuple) and len(set(value)) == 1:
                value = (value[0],) if isinstance(value[0], tuple) else value[0]
            elif isinstance(value, float):
                value += 0.0  # there is one zero
            found[param.name] = value
    return found


@lru_cache(maxsize=100_000)
def _kind(op: OpSpec, attrs: Attrs, level: str) -> Kind:
    variadic = isinstance(op.inputs, str)
    single = Attrs({**attrs, op.inputs: 1}) if isinstance(op.inputs, str) else attrs
    facts = op.all_facts(single)
    names = law_names(level)
    plain = op.weights is no_weights and Fact.RANDOM not in facts
    active = [
        law for law in LAWS if law.name in names and _switched_on(law, op, single, facts, plain)
    ]
    form = _form(facts, plain, merges="A2" in names)
    return Kind(
        op,
        attrs,
        digest(resolved(op, attrs)),
        form,
        1 if isinstance(op.outputs, str) and variadic else op.output_count(single),
        (plain and "A1" in names) or "sharing" in names,
        variadic,
        plain and Fact.ELEMENTWISE in facts and op.inputs == 1,
        Fact.NON_DECREASING in facts,
        _cap(op, attrs) if Fact.CAPPED in facts else None,
        tuple(law.rule for law in active if law.rule and not law.sized),
        tuple(law.rule for law in active if law.rule),
        form in NESTING,
        facts,
        op.values(attrs) if plain else ANYTHING,
        op.fixes(attrs) if plain and op.fixes else None,
        plain and (Fact.SELECTS_MAX in facts or (Fact.DATA_MOVEMENT in facts and moves_one(op))),
        asks=_asks(op, active),
    )


def _asks(op: OpSpec, active: list[Law]) -> int:
    """What the laws that are switched on ask of shapes."""
    found = Asks.FOREIGN if op.family == "user" else Asks(0)
    if Fact.LEAVES_POINT in op.facts:
        found |= Asks.LEAVES
    for fact in (fact for law in active for fact in law.facts):
        found |= _ASKING.get(fact, Asks(0))
    return int(found)


def _switched_on(law: Law, op: OpSpec, single: Attrs, facts: frozenset[Fact], plain: bool) -> bool:
    if law.identity:
        return op.identity_if(single)
    if law.applies is not None and not law.applies(op, single):
        return False
    return law.facts <= facts and (plain or not law.plain)


def _form(facts: frozenset[Fact], plain: bool, merges: bool) -> Form:
    if Fact.ASSOCIATIVE not in facts or not plain:
        return Form.BAG if Fact.COMMUTATIVE in facts else Form.PLAIN
    if Fact.COMMUTATIVE not in facts:
        return Form.SEQUENCE
    return Form.SET if merges and Fact.MERGES_EQUAL in facts else Form.SUM


def _cap(op: OpSpec, attrs: Attrs) -> float:
    """The value of the one optional real parameter, infinite where it is none."""
    (name,) = (p.name for p in op.params if p.kind is Sort.REAL and p.optional)
    return float("inf") if attrs[name] is None else attrs.real(name)


def resolved(op: OpSpec, attrs: Attrs) -> bytes:
    """The op and its attributes as fingerprints see them."""
    counted = {
        p.name: _laid_out(p, attrs[p.name])
        for p in op.params
        if p.role is Role.FUNCTION and p.name in attrs and not _is_default(p, attrs[p.name])
    }
    return of_op(op.id, counted)


def _is_default(param: Param, value: AttrValue) -> bool:
    """Whether a value is its default; a default that depends on others (`c`, `same`) is none."""
    default = param.default
    if default is REQUIRED or default == "c" or param.kind is Sort.PAD:
        return False
    return _laid_out(param, value) == _laid_out(param, default)  # type: ignore[arg-type]


def _laid_out(param: Param, value: AttrValue) -> bytes:
    real = param.kind is Sort.REAL and isinstance(value, int) and not isinstance(value, bool)
    return of_value(float(value) if real else value)  # type: ignore[arg-type]


@lru_cache(maxsize=10)
def kind_with(fact: Fact) -> Kind:
    """The kind of the first core op that has a fact, with its default attributes."""
    for op in CORE:
        if not any(param.default is REQUIRED for param in op.params):
            attrs = Attrs({param.name: param.default for param in op.params})  # type: ignore[misc]
            if fact in op.all_facts(attrs):
                return kind_of(op, attrs, "algebra")
    raise LookupError(fact)
