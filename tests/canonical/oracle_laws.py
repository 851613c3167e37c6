"""What the laws of sameness say about ops, as lists of names written from the design text.

The oracle must not share knowledge with the canonicalizer that it judges, so nothing here reads the
facts of the op table: a wrong fact there and a wrong list here would have to be wrong alike.
"""

from __future__ import annotations

from fractions import Fraction

from snaplang.dims import Dim
from snaplang.ops.spec import Attrs, Shape

Plain = object  # a number, word, truth value, None, or tuple of such: hashable, compared by value
Plains = tuple[tuple[str, Plain], ...]  # attributes, sorted by name

# Fed as a multiset; the number of inputs says nothing that the multiset does not.
COMMUTATIVE = {"add", "mul", "max", "mean"}
FLATTENED = {"add", "mul", "max", "cat"}  # S4 and S5; `mean` is not associative

# A1: instances that own something, and instances that draw random numbers, never merge.
OWNS_WEIGHTS = {"conv", "tconv", "linear", "bn", "gn", "ln", "prelu", "scale", "mhsa"}
DRAWS_RANDOMLY = {"dropout", "droppath", "noise"}
PURE = {
    *("add", "mul", "max", "mean", "cat", "split", "shuffle", "identity", "zero", "shift"),
    *("relu", "leaky", "elu", "gelu", "silu", "hswish", "hsigmoid", "sigmoid", "tanh", "softmax"),
    *("maxpool", "avgpool", "gap", "gmp", "upsample", "like", "flatten", "crop", "inorm"),
}
KNOWN = OWNS_WEIGHTS | DRAWS_RANDOMLY | PURE

MAX_POOLS = {"maxpool", "gmp"}  # A4

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


def compared(op: str, attrs: Attrs) -> Plains:
    """The attributes of an instance that tell architectures apart."""
    counted = {"n"} if op in COMMUTATIVE | FLATTENED else set()
    kept = {n: v for n, v in attrs.items() if (op, n) not in NOT_COMPARED and n not in counted}
    return tuple(sorted((n, plain_pad(v) if n == "pad" else plain(v)) for n, v in kept.items()))


def is_identity(op: str, attrs: Attrs) -> bool:
    """S3: the attributes alone make the instance return its input."""
    value = {name: plain(v) for name, v in attrs.items()}
    return (
        op == "identity"
        or (op in COMMUTATIVE | {"cat", "split"} and value["n"] == 1)
        or (op == "shuffle" and value["groups"] == 1)
        or (op == "upsample" and value["s"] == 1)
        or (op == "shift" and value["n"] == 0)
        or (op == "crop" and value["o"] == 0)
        or (op in {"maxpool", "avgpool"} and value["k"] == 1 and value["stride"] == 1)
        or (op in {"dropout", "droppath"} and value["p"] == 0)
        or (op == "noise" and value["sigma"] == 0)
    )


def keeps_zero(op: str, attrs: Plains) -> bool:
    """A3: zero inputs make the outputs zero."""
    if op in KEEPS_ZERO_WITHOUT_BIAS:
        return dict(attrs)["bias"] is False
    if op == "inorm":  # 0/0 where nothing is added to the variance
        return dict(attrs)["eps"] != 0
    return op in KEEPS_ZERO


def rises(op: str, attrs: Plains) -> bool:
    """A4: an elementwise op of one input that never decreases."""
    if op in {"leaky", "elu"}:
        (limit,) = (v for name, v in attrs if name in {"slope", "alpha"})
        assert isinstance(limit, int | float)
        return limit >= 0
    return op in {"relu", "sigmoid", "hsigmoid", "tanh"}


def smaller_cap(one: Plain, other: Plain) -> Plain:
    """A2: the cap of two `relu` in a row; None is no cap."""
    caps = [cap for cap in (one, other) if isinstance(cap, int | float)]
    return min(caps, default=None)


def plainest(sizes: list[Dim]) -> Dim:
    """Of sizes that are equal under a condition the shortest text, as the shape rules take it."""
    return min(sizes, key=lambda size: (len(str(size)), str(size)))


def side_by_side(zeros: list[Shape]) -> Shape:
    """A3: the shape of zeros joined in a `cat`."""
    channels = zeros[0].channels
    for shape in zeros[1:]:
        channels = channels + shape.channels
    return Shape(channels, common_axes(zeros), zeros[0].open)


def common_axes(zeros: list[Shape]) -> tuple[Dim, ...]:
    """The spatial sizes of zeros that stand beside each other."""
    return tuple(plainest(list(axis)) for axis in zip(*(z.spatial for z in zeros), strict=True))


def all_alike(zeros: list[Shape]) -> Shape:
    """The one shape of zeros whose sizes must agree."""
    return Shape(plainest([z.channels for z in zeros]), common_axes(zeros), zeros[0].open)
