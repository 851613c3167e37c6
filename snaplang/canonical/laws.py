"""The laws of sameness: one row each, with its statement, what switches it on and why it ends.

A rule looks at an instance that is about to be made (a kind, and inputs that are in normal form)
and gives the values to use in its place, or None where the law does not apply. Rules build what
they need with `terms.apply`, so that every value there ever is is in normal form. Each law lowers
its measure and raises none above it in the table's order of measures:

    nodes (instances that outputs need), then pools and movement above elementwise functions (A4,
    A8), then relus below maxima (A7), then caps (A2).

Every law is exact over the reals for all weights and reads no bound size. What is no row here is
not decided: `docs/theory.md` lists what was left out on purpose. Rules about splitting and joining
channels stand in `parts.py`.

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

from snaplang.canonical.parts import rejoin, take_apart
from snaplang.dims import ONE
from snaplang.ops.spec import Attrs, Fact, OpSpec, no_fold

if TYPE_CHECKING:
    from snaplang.canonical.kinds import Kind
    from snaplang.canonical.terms import Terms

Values = tuple[int, ...]


@dataclass(frozen=True)
class Law:
    """A row. `facts` switch `rule` on (with `plain`: only for instances without weights or chance).

    Laws without a rule hold by how values are kept: `terms.py` makes them true. `applies` says more
    of the op than facts can; `sized` marks those that need shapes.
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
    applies: Callable[[OpSpec, Attrs], bool] | None = None
    sized: bool = False


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
    return terms.together(kind, kept) if 0 < len(kept) < len(args) else None


def join_zeros(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: neighbouring zeros in a `cat`, at the seams of nested ones too."""
    if not any(terms.zeros_meet(kind, left, right) for left, right in pairwise(args)):
        return None
    parts = [part for a in args for part in terms.with_open_ends(kind, a, terms.is_zero)]
    joined: list[int] = []
    for part in parts:
        if joined and terms.is_zero(part) and terms.is_zero(joined[-1]):
            joined[-1:] = terms.zeros(kind, (joined[-1], part))
        else:
            joined.append(part)
    return terms.together(kind, tuple(joined)) if len(joined) < len(parts) else None


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


def leave(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A5: a function whose inputs all lie where it is the identity."""
    if kind.fixes is None:
        return None
    low, high = terms.lies_in(args[0])
    return args if kind.fixes[0] <= low and high <= kind.fixes[1] else None


def flatten_relu(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A7: `relu` is a maximum with zero, and flattens into one; so do zeros."""
    kept = [a for a in args if not terms.is_zero(a)]
    rectified = [Fact.MAX_WITH_ZERO in terms.kinds[a].facts for a in kept]
    if not kept or (len(kept) == len(args) and not any(rectified)):
        return None
    pairs = zip(kept, rectified, strict=True)
    rest = tuple(terms.args[a][0] if inside else a for a, inside in pairs)
    relu = terms.kind_with(Fact.MAX_WITH_ZERO)
    return terms.apply(relu, terms.together(kind, rest))


def sink(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A4: a maximum pool goes below a rising elementwise function, which is none itself."""
    return _below(terms, kind, args, rising=True)


def move(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A8: data movement goes below elementwise functions of its one input."""
    return _below(terms, kind, args, rising=False)


def _below(terms: Terms, kind: Kind, args: Values, rising: bool) -> Values | None:
    """An instance below the elementwise functions that stand on its first input."""
    if kind.elementwise:
        return None
    chain: list[int] = []
    below, *others = args
    while (inner := terms.kinds[below]).elementwise and (inner.non_decreasing or not rising):
        chain.append(below)
        below = terms.args[below][0]
    if not chain:
        return None
    values = terms.apply(kind, (below, *others))
    for value in reversed(chain):
        values = terms.apply(terms.kinds[value], values, terms.origins[value])
    return values


def fold(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A9: an instance after one of the same op, as one instance."""
    inner = terms.kinds[args[0]]
    if kind.op is None or inner.op is not kind.op:
        return None
    attrs = kind.op.fold(kind.attrs, inner.attrs)
    if attrs is None:
        return None
    return terms.apply(terms.kind_of(kind.op, attrs), terms.args[args[0]])


def at_point(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A10: where there is one position before and behind, that position comes back."""
    before, behind = terms.shape(args[0]), terms.result(kind, args)[0]
    alone = all(size == ONE for size in (*before.spatial, *behind.spatial))
    return args if before.spatial and alone else None


def without_axes(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A10: `flatten` of what has no spatial axes."""
    return args if not terms.shape(args[0]).spatial else None


def take_sizes(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A11: of the last input the spatial sizes count, not whose they are."""
    *rest, last = args
    lower, upper = terms.shape(rest[0]), terms.shape(last)
    if len(rest) == 1 and (lower.spatial, lower.open) == (upper.spatial, upper.open):
        return (rest[0],)
    if all(map(terms.is_zero, rest)) and Fact.ZERO_PRESERVING in kind.facts:
        return terms.zeros(kind, args)
    sizes = terms.sizes(last)
    return None if sizes == last else terms.apply(kind, (*rest, sizes))


def moves_one(op: OpSpec, attrs: Attrs | None = None) -> bool:
    """Whether an op has one input, but for one of which the sizes alone count, and one output."""
    sizes = Fact.TAKES_SIZES in op.facts
    return op.inputs == 1 + sizes and op.outputs == 1


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
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "a zero-preserving op whose inputs are all zero is the zero of its result's shape",
        "nodes",
        ("zero", "zero conv(3, bias=false)"),
        _facts(Fact.ZERO_PRESERVING),
        absorb,
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "a product with a zero is the zero of its result's shape",
        "nodes",
        ("zero", "dup zero mul"),
        _facts(Fact.ANNIHILATES),
        annihilate,
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "a sum drops its zeros",
        "nodes",
        ("conv3", "dup zero swap conv3 add"),
        _facts(Fact.SUMS),
        neutral,
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "neighbouring zeros in a `cat` join",
        "nodes",
        ("dup dup cat zero cat", "dup zero dup cat cat"),
        _facts(Fact.JOINS_ZEROS),
        join_zeros,
        sized=True,
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
    Law(
        "A5",
        "algebra",
        "an elementwise function vanishes where its input is never but what it leaves alone",
        "nodes",
        ("sigmoid", "sigmoid relu leaky"),
        _facts(Fact.ELEMENTWISE),
        leave,
        plain=True,
        applies=lambda op, attrs: op.fixes(attrs) is not None,
    ),
    Law(
        "A6",
        "algebra",
        "`leaky(0)` and `elu(0)` are `relu`",
        "none: attributes name one function",
        ("relu", "leaky0"),
    ),
    Law(
        "A7",
        "algebra",
        "`relu` is the maximum with zero, and flattens into `max`",
        "relus below maxima",
        ("in 2 max relu", "in 2 relu swap dup zero max max"),
        _facts(Fact.LARGEST),
        flatten_relu,
        plain=True,
    ),
    Law(
        "A8",
        "algebra",
        "data movement of one tensor and an elementwise function change places",
        "movement above elementwise functions",
        ("shuffle2 gelu", "gelu shuffle2"),
        _facts(Fact.DATA_MOVEMENT),
        move,
        plain=True,
        applies=moves_one,
    ),
    Law(
        "A9",
        "algebra",
        "shifts, crops, nearest upsamplings and maximum windows over windows of stride 1 fold",
        "nodes",
        ("maxpool(5, stride=2)", "maxpool3 maxpool(3, stride=2)"),
        rule=fold,
        plain=True,
        applies=lambda op, attrs: op.fold is not no_fold,
    ),
    Law(
        "A10",
        "algebra",
        "on one position, pools and shifts are the identity",
        "nodes",
        ("gmp conv1", "gmp conv1 gap"),
        _facts(Fact.KEEPS_POINTS),
        at_point,
        plain=True,
        sized=True,
    ),
    Law(
        "A10",
        "algebra",
        "`flatten` of what is flat is the identity",
        "nodes",
        ("flatten", "flatten flatten"),
        _facts(Fact.KEEPS_FLAT),
        without_axes,
        plain=True,
        sized=True,
    ),
    Law(
        "A11",
        "algebra",
        "`like` takes sizes: whose they are does not count, and the same sizes change nothing",
        "nodes",
        ("dup gap swap like", "dup gap swap conv3 like"),
        _facts(Fact.TAKES_SIZES),
        take_sizes,
        plain=True,
        sized=True,
    ),
    Law(
        "A12",
        "algebra",
        "`split` leaves slices: of slices slices, of a `cat` its items",
        "splits above joins",
        ("in 2 mul", "in 2 cat split mul"),
        _facts(Fact.SPLITS_CHANNELS),
        take_apart,
        plain=True,
    ),
    Law(
        "A12",
        "algebra",
        "in a `cat`, neighbouring slices of one value are one slice, all of them the value",
        "nodes",
        ("dup cat", "dup split cat cat"),
        _facts(Fact.JOINS_CHANNELS),
        rejoin,
        plain=True,
    ),
)
