"""What the laws say about ops, as lists of names written from the statement of the laws.

Nothing here reads the facts that the op table has for core ops: a wrong fact there and a wrong list
here would have to be wrong alike. What users' ops promise is taken from their declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf

from snaplang.dims import Dim
from snaplang.ops.spec import Attrs, Fact, OpSpec, Role, no_weights

Plain = object  # a number, word, truth value, None, or tuple of such: hashable, compared by value
Plains = tuple[tuple[str, Plain], ...]  # attributes, sorted by name
Interval = tuple[float, float]

GATHERED = {"add", "mul", "max", "mean"}  # S4: the order of the inputs does not count
NESTING = {"add", "mul", "max", "cat"}  # S4, S5: flattened; `mean` is not associative

# A1: instances that own something, and instances that draw random numbers, never merge.
OWNS_WEIGHTS = {"conv", "tconv", "linear", "bn", "gn", "ln", "prelu", "scale", "mhsa"}
DRAWS_RANDOMLY = {"dropout", "droppath", "noise"}
PURE = {
    *("add", "mul", "max", "mean", "cat", "split", "shuffle", "identity", "zero", "shift"),
    *("relu", "leaky", "elu", "gelu", "silu", "hswish", "hsigmoid", "sigmoid", "tanh", "softmax"),
    *("maxpool", "avgpool", "gap", "gmp", "upsample", "like", "flatten", "crop", "inorm"),
}
CORE = OWNS_WEIGHTS | DRAWS_RANDOMLY | PURE

MAX_POOLS = {"maxpool", "gmp"}  # A4
ELEMENTWISE = {"relu", "leaky", "elu", "gelu", "silu", "hswish", "hsigmoid", "sigmoid", "tanh"}
RISING = {"relu", "sigmoid", "hsigmoid", "tanh"}  # and `leaky`, `elu` of what is not negative
MOVES = {"shuffle", "flatten", "crop", "shift"}  # A8; `upsample` and `like` where nearest
POINTS = {"gap", "gmp", "maxpool", "avgpool", "shift"}  # A10

# A3: zeros in, zeros out. Those in the second set only without a bias.
KEEPS_ZERO = {
    *("maxpool", "avgpool", "gap", "gmp"),
    *("relu", "leaky", "elu", "gelu", "silu", "hswish", "tanh", "prelu", "scale", "inorm"),
    *("dropout", "droppath", "mean", "max", "add", "mul"),
    *("cat", "split", "shuffle", "shift", "crop", "flatten", "upsample", "like"),
}
KEEPS_ZERO_WITHOUT_BIAS = {"conv", "tconv", "linear"}

# Attributes that are no part of an architecture: how it trains and where its weights start.
NOT_COMPARED = {("bn", "momentum"), ("scale", "init")}


@dataclass(frozen=True)
class Traits:
    """What the laws need to know of an instance."""

    pure: bool  # no weights, no chance
    gathered: bool = False
    nesting: bool = False
    merges_equal: bool = False
    sums: bool = False
    annihilates: bool = False
    joins_zeros: bool = False
    keeps_zero: bool = False
    makes_zero: bool = False
    elementwise: bool = False
    rising: bool = False
    selects_max: bool = False
    moves: bool = False
    idempotent: bool = False
    point: bool = False  # A10: the identity where all axes are 1, before and after
    flat: bool = False  # A10: the identity where there are no axes


def is_core(op: OpSpec) -> bool:
    """Whether an op is one of the lists above; a user's has a slash in its id."""
    if op.id not in CORE and "/" not in op.id:
        raise NotImplementedError(f"the oracle does not know the op `{op.id}`")
    return op.id in CORE


def traits(op: OpSpec, attrs: Attrs) -> Traits:
    """The traits of an instance: by its name, or by the declaration of a user's op."""
    return _core(op.id, attrs) if is_core(op) else _declared(op, attrs)


def _core(name: str, attrs: Attrs) -> Traits:
    pure = name in PURE
    limit = attrs["slope"] if name == "leaky" else attrs["alpha"] if name == "elu" else None
    nearest = name in {"upsample", "like"} and attrs["mode"] == "nearest"
    keeps = name in KEEPS_ZERO or (name in KEEPS_ZERO_WITHOUT_BIAS and attrs["bias"] is False)
    if name == "inorm":  # 0/0 where nothing is added to the variance
        keeps = attrs["eps"] != 0
    return Traits(
        pure,
        gathered=name in GATHERED,
        nesting=name in NESTING,
        merges_equal=name in {"max", "mean"},
        sums=name == "add",
        annihilates=name == "mul",
        joins_zeros=name == "cat",
        keeps_zero=keeps,
        makes_zero=name == "zero" or (name == "relu" and attrs["max"] == 0),
        elementwise=name in ELEMENTWISE,
        rising=name in RISING or (isinstance(limit, int | float) and limit >= 0),
        selects_max=name in MAX_POOLS,
        moves=name in MOVES or nearest,
        idempotent=name == "relu",
        point=name in POINTS,
        flat=name == "flatten",
    )


def _declared(op: OpSpec, attrs: Attrs) -> Traits:
    facts = op.all_facts(attrs)
    one = op.inputs == 1 and op.outputs == 1
    pure = op.weights is no_weights and Fact.RANDOM not in facts
    gathered, nesting = Fact.COMMUTATIVE in facts, Fact.ASSOCIATIVE in facts
    merges, sums = Fact.MERGES_EQUAL in facts, Fact.SUMS in facts
    annihilates, makes_zero = Fact.ANNIHILATES in facts, Fact.MAKES_ZERO in facts
    moves, selects = Fact.DATA_MOVEMENT in facts, Fact.SELECTS_MAX in facts
    keeps = Fact.ZERO_PRESERVING in facts or merges or sums or annihilates or moves or selects
    return Traits(
        pure,
        gathered=gathered,
        nesting=nesting,
        merges_equal=merges,
        sums=sums,
        annihilates=annihilates,
        joins_zeros=nesting and not gathered and keeps,  # f(0, 0) is 0, so f(x, 0, 0) is f(x, 0)
        keeps_zero=keeps or makes_zero,
        makes_zero=makes_zero,
        elementwise=Fact.ELEMENTWISE in facts and pure,
        rising=Fact.NON_DECREASING in facts,
        selects_max=selects and one,
        moves=moves and one,
        idempotent=Fact.IDEMPOTENT in facts or Fact.CAPPED in facts,
        point=Fact.KEEPS_POINTS in facts and pure,
        flat=Fact.KEEPS_FLAT in facts and pure,
    )


def cap(op: OpSpec, attrs: Attrs) -> str | None:
    """The name of the attribute that caps an op of which the smaller cap is enough (A2)."""
    if is_core(op):
        return "max" if op.id == "relu" else None
    capped = Fact.CAPPED in op.all_facts(attrs)
    return next((p.name for p in op.params if p.optional), None) if capped else None


def is_identity(op: OpSpec, attrs: Attrs) -> bool:
    """S3: the attributes alone make the instance return its input."""
    if not is_core(op):
        return op.identity_if(attrs)
    name, value = op.id, {name: plain(v) for name, v in attrs.items()}
    return (
        name == "identity"
        or (name in GATHERED | {"cat", "split"} and value["n"] == 1)
        or (name == "shuffle" and value["groups"] == 1)
        or (name == "upsample" and value["s"] == 1)
        or (name == "shift" and value["n"] == 0)
        or (name == "crop" and value["o"] == 0)
        or (name in {"maxpool", "avgpool"} and value["k"] == 1 and value["stride"] == 1)
        or (name in {"dropout", "droppath"} and value["p"] == 0)
        or (name == "noise" and value["sigma"] == 0)
        or (name == "leaky" and value["slope"] == 1)
    )


def is_relu(op: OpSpec, attrs: Attrs) -> bool:
    """A6: `leaky` and `elu` of 0 are `relu`."""
    return (op.id == "leaky" and attrs["slope"] == 0) or (op.id == "elu" and attrs["alpha"] == 0)


def fixed(op: OpSpec, attrs: Attrs) -> Interval | None:
    """A5: the values that an instance leaves as they are."""
    if op.id == "relu":
        limit = attrs["max"]
        return (0.0, float(limit) if isinstance(limit, int | float) else inf)
    return (0.0, inf) if op.id in {"leaky", "elu"} else None


def known(op: OpSpec, attrs: Attrs) -> Interval | None:
    """A5: where the results of an instance lie, whatever comes in."""
    if op.id == "relu":
        return fixed(op, attrs)
    return (0.0, 1.0) if op.id in {"sigmoid", "hsigmoid", "softmax"} else None


# -- attributes ------------------------------------------------------------------------------------


def plain(value: object) -> Plain:
    """An attribute by value: 6.0 is 6, (3, 3) is 3, a width without letters is its number."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, Dim):
        return str(value) if value.number is None else plain(value.number)
    if isinstance(value, tuple):
        parts = tuple(plain(part) for part in value)
        same = len(set(parts)) == 1 and not isinstance(parts[0], tuple)
        return parts[0] if same else parts
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    assert isinstance(value, int | Fraction), value
    return value


def plain_pad(value: object) -> Plain:
    """Padding is a (before, after) pair per axis; equal pairs are one, and stay a pair."""
    assert isinstance(value, tuple)
    return value[:1] if len(set(value)) == 1 else value


def compared(op: OpSpec, attrs: Attrs) -> Plains:
    """The attributes of an instance that tell architectures apart."""
    kept: dict[str, Plain] = {}
    for name, value in attrs.items():
        param = op.param(name)
        trains = (op.id, name) in NOT_COMPARED if is_core(op) else param and is_training(param.role)
        counted = is_core(op) and name == "n" and op.id in GATHERED | NESTING
        if not trains and not counted:
            kept[name] = plain_pad(value) if name == "pad" and is_core(op) else plain(value)
    if op.id in {"conv", "tconv"}:
        kept["dilation"] = plain(_dilation(attrs["k"], attrs["dilation"]))
    return tuple(sorted(kept.items()))


def is_training(role: Role) -> bool:
    """Whether a user's attribute says nothing about what is computed."""
    return role is not Role.FUNCTION


def _dilation(kernel: object, dilation: object) -> object:
    """S3: where a kernel is 1 its dilation is 1."""
    kernels = kernel if isinstance(kernel, tuple) else (kernel,)
    steps = dilation if isinstance(dilation, tuple) else (dilation,)
    rank = max(len(kernels), len(steps))
    kernels, steps = kernels * (rank // len(kernels)), steps * (rank // len(steps))
    return tuple(1 if k == 1 else d for k, d in zip(kernels, steps, strict=True))
