"""The laws of sameness: one row each, with its statement, what switches it on and why it ends.

A rule looks at an instance that is about to be made (a kind, and inputs that are in normal form)
and gives the values to use in its place, or None where the law does not apply. Rules build what
they need with `terms.apply`, so that every value there ever is is in normal form. Each law lowers
its measure and raises none above it in the table's order of measures:

    nodes (instances that outputs need), then pools above rising functions (A4), then caps (A2).

Every law is exact over the reals for all weights and reads no bound size. What is no row here is
not decided: `docs/theory.md` lists what was left out on purpose.

>>> from snaplang import equivalent
>>> [equivalent(*law.example) for law in LAWS] == [True] * len(LAWS)
True
>>> structural = [law for law in LAWS if equivalent(*law.example, level="structure")]
>>> structural == [law for law in LAWS if law.level == "structure"]
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from snaplang.ops.spec import Fact

if TYPE_CHECKING:
    from snaplang.canonical.kinds import Kind
    from snaplang.canonical.terms import Terms

Values = tuple[int, ...]


@dataclass(frozen=True)
class Law:
    """A row. `facts` switch `rule` on (with `plain`: only for instances without weights or chance).

    Laws without a rule hold by how values are kept: `terms.py` makes them true. `about_zeros`
    marks those that need shapes, and only matter where there is a zero.
    """

    name: str
    level: str
    statement: str
    measure: str
    example: tuple[str, str]
    facts: frozenset[Fact] = frozenset()
    rule: Callable[[Any, Any, Values], Values | None] | None = None
    plain: bool = False
    identity: bool = False
    about_zeros: bool = False


def vanish(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """S3: the identity; a sum of one is that one."""
    return args if len(args) == 1 else None


def forget(terms: Terms, kind: Kind, args: Values) -> Values:
    """A3: a zero keeps its input's shape alone."""
    return (terms.zero(terms.shape(args[0]), (None, args, 0)),)


def absorb(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: nothing but zeros in, zeros out."""
    return terms.zeros(kind, args) if all(map(terms.is_zero, args)) else None


def annihilate(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: a product with a zero."""
    return terms.zeros(kind, args) if any(map(terms.is_zero, args)) else None


def neutral(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: zeros in a sum."""
    kept = tuple(a for a in args if not terms.is_zero(a))
    if len(kept) == 1 < len(args):
        return kept
    return terms.apply(kind, kept) if 0 < len(kept) < len(args) else None


def join_zeros(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: neighbouring zeros in a `cat`, at the seams of nested ones too."""
    if not any(terms.zeros_meet(kind, left, right) for left, right in pairwise(args)):
        return None
    parts = [part for a in args for part in terms.with_open_ends(kind, a)]
    joined: list[int] = []
    for part in parts:
        if joined and terms.is_zero(part) and terms.is_zero(joined[-1]):
            joined[-1:] = terms.zeros(kind, (joined[-1], part))
        else:
            joined.append(part)
    return terms.apply(kind, tuple(joined)) if len(joined) < len(parts) else None


def merge(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A2: `max` and `mean` of equal inputs."""
    return args[:1] if len(set(args)) == 1 else None


def settle(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A2: an idempotent op twice; of two caps the smaller is enough."""
    inner = terms.kinds[args[0]]
    if inner is kind:
        return args
    if kind.cap is None or inner.op is not kind.op or inner.cap is None:
        return None
    return args if inner.cap <= kind.cap else terms.apply(kind, terms.args[args[0]])


def sink(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A4: a maximum pool goes below a rising elementwise function, which is none itself."""
    if kind.elementwise:
        return None
    chain: list[int] = []
    below = args
    while (rising := terms.kinds[below[0]]).elementwise and rising.non_decreasing:
        chain.append(below[0])
        below = terms.args[below[0]]
    if not chain:
        return None
    values = terms.apply(kind, below)
    for value in reversed(chain):
        values = terms.apply(terms.kinds[value], values, terms.origins[value])
    return values


def swap(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """No law: data movement goes below an elementwise function of its one input."""
    if len(args) != 1 or kind.outputs != 1 or not terms.kinds[args[0]].elementwise:
        return None
    moved = terms.apply(kind, terms.args[args[0]])
    return terms.apply(terms.kinds[args[0]], moved, terms.origins[args[0]])


def _facts(*facts: Fact) -> frozenset[Fact]:
    return frozenset(facts)


LAWS: tuple[Law, ...] = (
    Law(
        "S1",
        "structure",
        "wiring, names, words, branches and repeats leave no trace",
        "none: a graph has none of them",
        ("dup conv3 add", "-> a a a conv3 add"),
    ),
    Law(
        "S2",
        "structure",
        "what no output needs is dropped",
        "nodes",
        ("conv3", "dup conv5 drop conv3"),
    ),
    Law(
        "S3",
        "structure",
        "instances whose attributes make them the identity vanish",
        "nodes",
        ("conv3 relu", "conv3 maxpool1 relu"),
        rule=vanish,
        identity=True,
    ),
    Law(
        "S4",
        "structure",
        "`add`, `mul` and `max` commute and nest as one multiset of inputs; `mean` commutes",
        "none: sums are kept as what they mean",
        ("in 3 add add", "in 3 rot add add"),
        _facts(Fact.COMMUTATIVE),
    ),
    Law(
        "S5",
        "structure",
        "nested `cat`s are one",
        "none: sequences are kept as what they mean",
        ("in 3 cat3", "in 3 cat cat"),
        _facts(Fact.ASSOCIATIVE),
    ),
    Law(
        "A1",
        "algebra",
        "instances without weights or chance whose inputs are equal are one",
        "nodes",
        ("relu dup add", "dup relu swap relu add"),
        plain=True,
    ),
    Law(
        "A2",
        "algebra",
        "`relu` twice is once, with the smaller cap",
        "nodes",
        ("relu6", "relu relu6 relu"),
        _facts(Fact.IDEMPOTENT),
        settle,
        plain=True,
    ),
    Law(
        "A2",
        "algebra",
        "`max` and `mean` of equal inputs are that input",
        "nodes",
        ("relu", "relu dup max"),
        _facts(Fact.MERGES_EQUAL),
        merge,
        plain=True,
    ),
    Law(
        "A3",
        "algebra",
        "`zero` forgets its input and keeps its shape",
        "nodes",
        ("zero", "conv3 zero"),
        _facts(Fact.MAKES_ZERO),
        forget,
        about_zeros=True,
    ),
    Law(
        "A3",
        "algebra",
        "a zero-preserving op whose inputs are all zero is the zero of its result's shape",
        "nodes",
        ("zero", "zero conv(3, bias=false)"),
        _facts(Fact.ZERO_PRESERVING),
        absorb,
        about_zeros=True,
    ),
    Law(
        "A3",
        "algebra",
        "a product with a zero is the zero of its result's shape",
        "nodes",
        ("zero", "dup zero mul"),
        _facts(Fact.ANNIHILATES),
        annihilate,
        about_zeros=True,
    ),
    Law(
        "A3",
        "algebra",
        "a sum drops its zeros",
        "nodes",
        ("conv3", "dup zero swap conv3 add"),
        _facts(Fact.SUMS),
        neutral,
        about_zeros=True,
    ),
    Law(
        "A3",
        "algebra",
        "neighbouring zeros in a `cat` join",
        "nodes",
        ("dup dup cat zero cat", "dup zero dup cat cat"),
        _facts(Fact.JOINS_ZEROS),
        join_zeros,
        about_zeros=True,
    ),
    Law(
        "A4",
        "algebra",
        "a maximum pool and a rising elementwise function change places",
        "pools above rising functions",
        ("maxpool3 relu", "relu maxpool3"),
        _facts(Fact.SELECTS_MAX),
        sink,
        plain=True,
    ),
)

# What is true but no law: tried only to explain a difference.
NEAR: tuple[Law, ...] = (
    Law(
        "moves",
        "near",
        "elementwise functions and data movement change places",
        "",
        ("upsample2 relu", "relu upsample2"),
        _facts(Fact.DATA_MOVEMENT),
        swap,
        plain=True,
    ),
)
