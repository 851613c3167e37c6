"""The laws of sameness: one row each, with its statement, what switches it on and why it ends.

The rules stand in `rules.py` and `parts.py`. Each law lowers its measure and raises none above it
in the table's order of measures:

    nodes (instances that outputs need), then pools and movement above elementwise functions (A4,
    A8), then relus below maxima (A7), then caps (A2).

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
from typing import Any

from snaplang.canonical.normal import rules
from snaplang.canonical.normal.parts import rejoin, take_apart
from snaplang.ops.spec import Attrs, Fact, OpSpec

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
        rule=rules.vanish,
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
        rules.settle,
        plain=True,
    ),
    Law(
        "A2",
        "algebra",
        "`max` and `mean` of equal inputs are that input",
        "nodes",
        ("relu", "relu dup max"),
        _facts(Fact.MERGES_EQUAL),
        rules.merge,
        plain=True,
    ),
    Law(
        "A3",
        "algebra",
        "`zero` forgets its input and keeps its shape",
        "nodes",
        ("zero", "conv3 zero"),
        _facts(Fact.MAKES_ZERO),
        rules.forget,
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "a zero-preserving op whose inputs are all zero is the zero of its result's shape",
        "nodes",
        ("zero", "zero conv(3, bias=false)"),
        _facts(Fact.ZERO_PRESERVING),
        rules.absorb,
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "a product with a zero is the zero of its result's shape",
        "nodes",
        ("zero", "dup zero mul"),
        _facts(Fact.ANNIHILATES),
        rules.annihilate,
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "a sum drops its zeros",
        "nodes",
        ("conv3", "dup zero swap conv3 add"),
        _facts(Fact.SUMS),
        rules.neutral,
        sized=True,
    ),
    Law(
        "A3",
        "algebra",
        "neighbouring zeros in a `cat` join",
        "nodes",
        ("dup dup cat zero cat", "dup zero dup cat cat"),
        _facts(Fact.JOINS_ZEROS),
        rules.join_zeros,
        sized=True,
    ),
    Law(
        "A4",
        "algebra",
        "a maximum pool and a rising elementwise function change places",
        "pools above rising functions",
        ("maxpool3 relu", "relu maxpool3"),
        _facts(Fact.SELECTS_MAX),
        rules.sink,
        plain=True,
    ),
    Law(
        "A5",
        "algebra",
        "an elementwise function vanishes where its input is never but what it leaves alone",
        "nodes",
        ("sigmoid", "sigmoid relu leaky"),
        _facts(Fact.ELEMENTWISE),
        rules.leave,
        plain=True,
        applies=lambda op, attrs: op.fixes is not None,
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
        rules.flatten_relu,
        plain=True,
    ),
    Law(
        "A8",
        "algebra",
        "data movement of one tensor and an elementwise function change places",
        "movement above elementwise functions",
        ("shuffle2 gelu", "gelu shuffle2"),
        _facts(Fact.DATA_MOVEMENT),
        rules.move,
        plain=True,
        applies=moves_one,
    ),
    Law(
        "A9",
        "algebra",
        "shifts, crops, nearest upsamplings and maximum windows over windows of stride 1 fold",
        "nodes",
        ("maxpool(5, stride=2)", "maxpool3 maxpool(3, stride=2)"),
        rule=rules.fold,
        plain=True,
        applies=lambda op, attrs: op.fold is not None,
    ),
    Law(
        "A10",
        "algebra",
        "on one position, pools and shifts are the identity",
        "nodes",
        ("gmp conv1", "gmp conv1 gap"),
        _facts(Fact.KEEPS_POINTS),
        rules.at_point,
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
        rules.without_axes,
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
        rules.take_sizes,
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
