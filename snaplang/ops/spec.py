"""What it takes to declare an op: parameters, stack effect, shape rule, weights, facts, cases.

An `OpSpec` is frozen data with a few small functions. Checker, laws, backends, docs, the editor
grammar and the tests read it; none of them keeps a list of ops of its own. Shapes are
`[N, C, *spatial]`; N is the same everywhere in a graph and stays out of the rules.

>>> Shape(dim(8), (dim(5), dim(6)))
Shape('[N, 8, 5, 6]')
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Any

from snaplang.dims import Dim, Number, dim, substitute

AttrValue = bool | int | float | str | None | Dim | tuple[int, ...] | tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Shape:
    """Channels and spatial sizes of a tensor.

    `open` means that the rank is not known: `spatial` then holds one size, standing for every axis.
    """

    channels: Dim
    spatial: tuple[Dim, ...] = ()
    open: bool = False

    @property
    def rank(self) -> int | None:
        """The number of spatial axes, None where it is not known."""
        return None if self.open else len(self.spatial)

    def with_channels(self, channels: Dim) -> Shape:
        """The same axes, other channels."""
        return Shape(channels, self.spatial, self.open)

    def with_spatial(self, sizes: Iterator[Dim] | tuple[Dim, ...]) -> Shape:
        """The same channels, other axes."""
        return Shape(self.channels, tuple(sizes), self.open)

    def substitute(self, known: Mapping[str, Dim]) -> Shape:
        """The shape with letters replaced."""
        sizes = tuple(substitute(s, known) for s in self.spatial)
        return Shape(substitute(self.channels, known), sizes, self.open)

    def text(self, batch: Dim | str = "N") -> str:
        """`[N, 64, H, W]`; axes of an unknown rank stand as one, starred."""
        star = "*" if self.open else ""
        axes = [star + str(size) for size in self.spatial]
        return "[" + ", ".join([str(batch), str(self.channels), *axes]) + "]"

    def __repr__(self) -> str:
        return f"Shape({self.text()!r})"


class ParamKind(Enum):
    """What an argument may be, and how it is resolved."""

    KERNEL = "a size per axis, such as 3 or 1x7"  # whole, at least 1; a single number for all axes
    PAD = "a size per axis, or same"  # resolved to (before, after) per axis
    COUNT = "a whole number"
    WIDTH = "a width"  # a whole number or a polynomial in c
    REAL = "a number"
    FLAG = "true or false"
    WORD = "one of a few words"


Kind = ParamKind  # its name before 0.2


class Role(Enum):
    """What an attribute changes: only `FUNCTION` is part of an architecture."""

    FUNCTION = "what the op computes"
    TRAINING = "how it trains"
    START = "where its weights start"


class _Required:
    def __repr__(self) -> str:
        return "(required)"


REQUIRED = _Required()


@dataclass(frozen=True)
class Param:
    """A parameter of an op. `default` is a value, `"c"` for the width in scope, or `REQUIRED`."""

    name: str
    kind: ParamKind
    default: object = REQUIRED
    doc: str = ""
    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    optional: bool = False  # `none` is a value
    role: Role = Role.FUNCTION


class Fact(Enum):
    """Algebraic facts that switch laws on. Each holds for all weights and all inputs."""

    ELEMENTWISE = "acts on every element alone"
    NON_DECREASING = "x <= y gives f(x) <= f(y)"
    ZERO_PRESERVING = "zeros in, zeros out"
    COMMUTATIVE = "the order of its inputs does not matter"
    ASSOCIATIVE = "nested instances flatten"
    IDEMPOTENT = "twice is once"
    MERGES_EQUAL = "equal inputs give that input"
    SUMS = "a zero input is neutral"
    ANNIHILATES = "a zero input makes the result zero"
    JOINS_ZEROS = "neighbouring zero inputs join"
    MAKES_ZERO = "the result is zero, whatever the input"
    SELECTS_MAX = "each output is the maximum of some inputs"
    CAPPED = "of two in a row, the one with the smaller cap is enough"
    RANDOM = "two instances differ"
    DATA_MOVEMENT = "elements are moved, repeated or dropped, never changed"
    MAX_WITH_ZERO = "the larger of its input and zero"
    LARGEST = "the largest of its inputs, element by element"
    KEEPS_POINTS = "where all axes have size 1, before and after, it is the identity"
    LEAVES_POINT = "all axes of its result have size 1"
    KEEPS_FLAT = "without spatial axes it is the identity"
    TAKES_SIZES = "of its last input only the spatial sizes count; the same sizes: the identity"
    SPLITS_CHANNELS = "its outputs are equal parts of its input's channels, in order"
    JOINS_CHANNELS = "the channels of its inputs, in order"


class Attrs(Mapping[str, AttrValue]):
    """The resolved attributes of an instance: frozen, hashable, in the order of declaration."""

    __slots__ = ("_dict", "_hash", "items_")

    def __init__(self, values: Mapping[str, AttrValue] | None = None) -> None:
        self._dict = dict(values or {})
        self.items_ = tuple(self._dict.items())
        self._hash = hash(self.items_)

    def __getitem__(self, name: str) -> AttrValue:
        return self._dict[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attrs) and self.items_ == other.items_

    def __repr__(self) -> str:
        return f"Attrs({self._dict})"

    def count(self, name: str) -> int:
        """A whole number."""
        value = self._dict[name]
        assert isinstance(value, int)
        return value

    def real(self, name: str) -> float:
        """A float."""
        value = self._dict[name]
        assert isinstance(value, int | float)
        return float(value)

    def flag(self, name: str) -> bool:
        """A truth value."""
        return bool(self._dict[name])

    def width(self, name: str) -> Dim:
        """A width, as a Dim."""
        value = self._dict[name]
        assert isinstance(value, int | Dim)
        return dim(value)

    def axes(self, name: str, rank: int) -> tuple[int, ...]:
        """A size for each of `rank` axes."""
        value = self._dict[name]
        if isinstance(value, int):
            return (value,) * rank
        assert isinstance(value, tuple)
        return tuple(v for v in value if isinstance(v, int))

    def pads(self, name: str, rank: int) -> tuple[tuple[int, int], ...]:
        """(before, after) for each of `rank` axes."""
        value = self._dict[name]
        assert isinstance(value, tuple)
        pairs = tuple(v for v in value if isinstance(v, tuple))
        return pairs * rank if len(pairs) == 1 else pairs


@dataclass(frozen=True)
class Init:
    """How a weight starts: `uniform` in ±`bound`, `normal` with std `bound`, or `constant`."""

    kind: str
    bound: Dim | float = 0.0
    root: bool = False  # the bound is 1/sqrt(bound): PyTorch's default for layers with a fan-in
    glorot: bool = False  # the bound is sqrt(6/bound)

    def value(self) -> float:
        """The bound, standard deviation or constant as a number; sizes must be bound."""
        number: Number | float | None
        number = self.bound.number if isinstance(self.bound, Dim) else self.bound
        assert number is not None
        if self.root:
            return float(float(number) ** -0.5)
        return float((6.0 / float(number)) ** 0.5) if self.glorot else float(number)


@dataclass(frozen=True)
class Weight:
    """A tensor that an instance owns. `name` is its key below the instance's in a state_dict."""

    name: str
    shape: tuple[Dim, ...]
    init: Init
    trained: bool = True  # False: a buffer, not counted as a parameter
    whole: bool = False  # int64 instead of float32; a counter that inference does not need


class Rules:
    """What a shape rule sees and says: attributes and input shapes in, conditions out.

    `equal`, `multiple` and `at_least` note a condition, or an error if no sizes can meet it.
    `reject` is an error of the op's own. Subclasses decide where these go.
    """

    complaint: tuple[str, str, str | None] | None = None  # code, message, hint: the first one

    def __init__(self, attrs: Attrs, inputs: tuple[Shape, ...]) -> None:
        self.attrs, self.inputs = attrs, inputs

    def again(self, inputs: tuple[Shape, ...]) -> Rules:
        """The same attributes on other inputs, nothing noted yet."""
        raise NotImplementedError

    def also(self, other: Rules) -> None:
        """Note the conditions of another run."""
        raise NotImplementedError

    def agree(self, left: Dim, right: Dim) -> bool:
        """Whether two sizes are the same, by what was noted so far."""
        raise NotImplementedError

    def whole(self, value: Dim, what: str) -> None:
        """`value` must be a whole number, at least 1."""
        raise NotImplementedError

    def complain(self, code: str, message: str, hint: str | None = None) -> None:
        """The inputs cannot be used, for a reason of this code."""
        raise NotImplementedError

    def equal(self, left: Dim, right: Dim, what: str) -> None:
        """Both sizes must be the same; `what` names them in messages ("channels", "axis 1")."""
        raise NotImplementedError

    def multiple(self, value: Dim, of: Dim, what: str) -> None:
        """`value` must be a multiple of `of`."""
        raise NotImplementedError

    def at_least(self, value: Dim, least: int, what: str) -> None:
        """`value`, a size, must be at least `least`: that of a result 1, or nothing is left."""
        raise NotImplementedError

    def reject(self, message: str, hint: str | None = None) -> None:
        """The inputs cannot be used."""
        raise NotImplementedError


Interval = tuple[float, float]
ANYTHING: Interval = (-inf, inf)
ShapeRule = Callable[[Rules], tuple[Shape, ...]]
Macs = Callable[[Attrs, tuple[Shape, ...], tuple[Shape, ...]], Dim]


@dataclass(frozen=True)
class Case:
    """A sample program for an op, and the inputs it is tried on.

    `channels` has one entry per input; `sizes` a first axis size per input, later axes one more
    each (1 means that every axis is 1); `ranks` restricts the ranks of the op.
    """

    text: str
    channels: tuple[int, ...] = (4,)
    sizes: tuple[int, ...] = (8,)
    ranks: tuple[int, ...] | None = None

    def shapes(self, rank: int) -> list[tuple[int, ...]]:
        """A shape `(C, *spatial)` for each input, at this rank."""
        sizes = self.sizes * len(self.channels) if len(self.sizes) == 1 else self.sizes
        spread = [[1] * rank if s == 1 else [s + i for i in range(rank)] for s in sizes]
        return [(c, *axes) for c, axes in zip(self.channels, spread, strict=True)]


def same_shapes(rules: Rules) -> tuple[Shape, ...]:
    """The shape rule of an op that keeps the shape of its one input."""
    return rules.inputs


def no_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    """The weights of an op that has none."""
    return ()


def no_macs(attrs: Attrs, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Dim:
    """The cost of an op that multiplies nothing with weights."""
    return dim(0)


def never(attrs: Attrs) -> bool:
    """For facts that never hold."""
    return False


def as_they_are(attrs: Attrs) -> Attrs:
    """For ops whose attributes all say different things."""
    return attrs


def any_value(attrs: Attrs) -> Interval:
    """For ops whose results may be anything."""
    return ANYTHING


def no_facts(attrs: Attrs) -> frozenset[Fact]:
    """For ops whose facts do not depend on attributes."""
    return frozenset()


@dataclass(frozen=True, eq=False)
class OpSpec:
    """The one declaration of an op."""

    id: str
    name: str
    family: str
    doc: str
    params: tuple[Param, ...] = ()
    inputs: int | str = 1  # a number, or the name of the attribute that counts them
    outputs: int | str = 1
    shape: ShapeRule = same_shapes
    weights: Callable[[Attrs, tuple[Shape, ...]], tuple[Weight, ...]] = no_weights
    ranks: tuple[int, ...] = (0, 1, 2, 3)
    facts: frozenset[Fact] = frozenset()
    facts_if: Callable[[Attrs], frozenset[Fact]] = no_facts
    identity_if: Callable[[Attrs], bool] = never
    normal: Callable[[Attrs], Attrs] = as_they_are  # of attributes that say the same, one
    alias: Callable[[Attrs], tuple[str, Attrs] | None] | None = None  # the op that it is instead
    values: Callable[[Attrs], Interval] = any_value  # what its results lie in, whatever comes in
    fixes: Callable[[Attrs], Interval] | None = None  # values that it leaves as they are
    fold: Callable[[Attrs, Attrs], Attrs | None] | None = None  # itself after itself, as one
    unfold: Callable[[Attrs], list[Attrs]] | None = None  # back, into what symbols can spell
    eval_identity: bool = False  # does nothing in eval mode
    macs: Macs = no_macs
    pad_rule: str = "conv"  # how `pad=same` resolves: "conv" or "tconv"
    cases: tuple[Case, ...] = ()
    torch: Any = None  # a user op's torch function; core ops stand in the backend's table
    onnx: Any = None  # a user op's ONNX emitter
    spells: str = ""  # another op that this symbol lowers to, `derive` giving the missing arguments
    derive: Callable[[tuple[Shape, ...]], dict[str, AttrValue]] = lambda shapes: {}
    moves: Callable[[Attrs], tuple[int, ...]] | None = None  # wiring: places taken, 0 the deepest

    def input_count(self, attrs: Attrs) -> int:
        """How many tensors an instance takes."""
        return self.inputs if isinstance(self.inputs, int) else attrs.count(self.inputs)

    def output_count(self, attrs: Attrs) -> int:
        """How many tensors an instance leaves."""
        return self.outputs if isinstance(self.outputs, int) else attrs.count(self.outputs)

    def all_facts(self, attrs: Attrs) -> frozenset[Fact]:
        """The facts that hold for an instance with these attributes."""
        return self.facts | self.facts_if(attrs)

    def param(self, name: str) -> Param | None:
        """The parameter of this name."""
        return next((p for p in self.params if p.name == name), None)

    def __repr__(self) -> str:
        return f"<op {self.id}>"

    def __deepcopy__(self, memo: object) -> OpSpec:
        return self
