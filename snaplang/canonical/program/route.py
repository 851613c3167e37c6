"""From one shape to another: how a zero of any shape is written.

A zero forgets what it was made from, so its program may not depend on that: `route` finds the same
ops for the same two shapes. Sizes go by `gap`, `upsample`, `crop` and pools, channels by `cat` and
`split`, or a linear map where they have no ratio. What these cannot reach (`H*W`) has no route. A
route is one wherever the goal has entries: no step leaves nothing of a size that the goal has.

>>> from snaplang.dims import ceil_div, letter
>>> n, c = letter("N"), letter("c")
>>> [str(s) for s in route(Shape(c, (n,)), Shape(3 * c / 2, (ceil_div(n, 2),)))]
['maxpool(k=1, stride=2, pad=0)', 'cat(n=3)', 'split(n=2)']
>>> [str(s) for s in route(Shape(c, (n,)), Shape(c, (floor((n + 4) / 3),)))]  # where n is 1, too
['maxpool(k=2, stride=1, pad=0)', 'maxpool(k=2, stride=1, pad=0)', 'maxpool(k=1, stride=3, pad=0)']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from snaplang.dims import ONE, Dim, dim, floor, lowest, product, ratio
from snaplang.ops import TABLE
from snaplang.ops.resolve import resolve
from snaplang.ops.spec import Attrs, AttrValue, OpSpec, Shape

MOST = 4096  # of copies, and of steps by one
LONGEST = 16  # symbols of copies and parts; beyond, a linear map is clearer


@dataclass(frozen=True)
class RouteStep:
    """An instance on the way. `cat` takes copies of one tensor, `split`'s first part counts."""

    op: OpSpec
    attrs: Attrs

    @property
    def symbols(self) -> int:
        """How many symbols a program takes for it: copies and drops count."""
        return self.op.input_count(self.attrs) + self.op.output_count(self.attrs) - 1

    def __str__(self) -> str:
        shown = (f"{n}={v if isinstance(v, int | str) else 0}" for n, v in self.attrs.items_)
        return f"{self.op.name}({', '.join(shown)})"


class _NoRouteError(Exception):
    """These ops do not lead there."""


Change = tuple[str, int]  # up: times, crop: less, grow: more, stride: by steps


def route(start: Shape, goal: Shape) -> list[RouteStep] | None:
    """The steps from one shape to another, None where there are none."""
    try:
        if start.spatial and not goal.spatial:
            return list(_flat(start, goal.channels))
        if start.open != goal.open or len(start.spatial) != len(goal.spatial):
            return None
        return [*_sizes(start, goal), *_channels(start.channels, goal.channels, goal.rank)]
    except _NoRouteError:
        return None


def _channels(start: Dim, goal: Dim, rank: int | None) -> Iterator[RouteStep]:
    """Copies and parts; where widths have no ratio a linear map, which a zero makes nothing of."""
    share = ratio(goal, start)
    number = None if share is None else share.number
    steps = [] if number is None or number <= 0 else _shares(number.numerator, number.denominator)
    if number is not None and sum(step.symbols for step in steps) <= LONGEST:
        yield from steps
    elif any("." in name for name in goal.letters()):  # sizes are among the channels
        raise _NoRouteError
    elif rank == 0:
        yield _step("linear", out=goal, bias=False)
    else:
        yield RouteStep(
            TABLE["conv"], resolve(TABLE["conv"], {"k": dim(1), "out": goal, "bias": False}, goal)
        )


def _shares(copies: int, parts: int) -> list[RouteStep]:
    """Copies joined, parts taken, by prime factors: fewer symbols than all at once."""
    if copies > MOST or parts > MOST:
        return [_step("cat", n=MOST)]  # too long for any use
    joined = [_step("cat", n=prime) for prime in _primes(copies)]
    return joined + [_step("split", n=prime) for prime in _primes(parts)]


def _flat(start: Shape, goal: Dim) -> Iterator[RouteStep]:
    """Everything in one axis, with other channels before that if need be."""
    positions = dim(1)
    for size in start.spatial:
        positions = positions * (product(size) if start.open else size)
    yield from _channels(start.channels, _divided(goal, positions), start.rank)
    yield _step("flatten")


def _divided(value: Dim, by: Dim) -> Dim:
    """A polynomial by a monomial that divides all its terms."""
    ((divisor, factor), *more) = by.terms
    found = {}
    for monomial, v in value.terms:
        left = Counter(monomial)
        left.subtract(divisor)
        if more or min(left.values(), default=0) < 0:
            raise _NoRouteError
        found[tuple(sorted(left.elements()))] = Fraction(v) / factor
    return Dim(found)


def _primes(number: int) -> Iterator[int]:
    """The prime factors of a number, the smallest first."""
    prime = 2
    while number > 1:
        while number % prime == 0:
            yield prime
            number //= prime
        prime += 1


def _sizes(start: Shape, goal: Shape) -> Iterator[RouteStep]:
    """All axes at once where they change alike, else one after the other."""
    if start.spatial == goal.spatial:
        return
    if all(size.number is not None for size in goal.spatial):
        yield _step("gap")
        start = start.with_spatial(ONE for _ in start.spatial)
    changes = [_axis(a, b) for a, b in zip(start.spatial, goal.spatial, strict=True)]
    if all(c == changes[0] for c in changes):
        for change in changes[0]:
            yield from _changed(*change, (1,) * len(changes))
        return
    for axis, own in enumerate(changes):
        for change in own:
            yield from _changed(*change, tuple(int(axis == i) for i in range(len(changes))))


def _changed(what: str, by: int, axes: tuple[int, ...]) -> Iterator[RouteStep]:
    """A change of some axes; the neutral value goes to the others."""

    def each(value: int, neutral: int) -> AttrValue:
        return value if all(axes) else tuple(value if a else neutral for a in axes)

    def pad(value: int) -> AttrValue:
        sizes = tuple((value, value) if a else (0, 0) for a in axes)
        return sizes[:1] if all(axes) else sizes

    if what == "up":
        yield _step("upsample", s=each(by, 1), mode="nearest")
    elif what == "crop":
        yield _step("crop", o=each(by, 0))
    elif what == "stride":
        yield _step("maxpool", k=1, stride=each(by, 1), pad=((0, 0),))
    else:
        for _ in range(by):
            yield _step("maxpool", k=each(2, 1), stride=1, pad=pad(1))


def _axis(start: Dim, goal: Dim) -> list[Change]:
    """How one size becomes another: both are `a*X + b`, with X a letter or a floor."""
    if start == goal:
        return []
    linear = [(m, v) for m, v in goal.terms if m]
    constant = next((v for m, v in goal.terms if not m), 0)
    share = ratio(goal, start)
    whole = None if share is None else share.whole()
    if whole is not None:
        return [("up", whole)]
    if len(linear) != 1 or len(linear[0][0]) != 1:
        raise _NoRouteError
    (atom,), factor = linear[0]
    if not (isinstance(factor, int) and isinstance(constant, int)) or abs(constant) > MOST:
        raise _NoRouteError
    core = (goal - constant) / factor
    if core != start and constant > 0:  # partly within the floor, so that something is left of it
        most = -(-constant // factor)
        inside = next((m for m in range(most) if (lowest(core + m) or 0) >= 1), most)
        steps, constant = _core(start, core, atom.arg, inside), constant - factor * inside
    else:
        steps = [] if core == start else _core(start, core, atom.arg)
    steps += [("up", factor)] if factor > 1 else []
    return steps + (
        [("crop", -constant)] if constant < 0 else [("grow", constant)] * bool(constant)
    )


def _core(start: Dim, core: Dim, inner: Dim | None, more: int = 0) -> list[Change]:
    """A floor and so many more: `floor(P/g)` is every g-th entry of `P - g + 1`."""
    if inner is None:
        raise _NoRouteError
    for by in range(2, 65):
        below = (inner + more) * by - by + 1
        if all(v == int(v) for _, v in below.terms) and floor(inner) == core:
            return [*_axis(start, below), ("stride", by)]
    raise _NoRouteError


def _step(name: str, **attrs: AttrValue) -> RouteStep:
    return RouteStep(TABLE[name], Attrs(attrs))
