"""Arguments for any op, at the values where laws begin and end, read off its declaration.

>>> import random
>>> from snaplang.dims import dim
>>> from snaplang.ops import TABLE
>>> shape = Shape(dim(4), (dim(6), dim(6)))
>>> seen = {str(arguments(random.Random(i), TABLE["relu"], shape)) for i in range(60)}
>>> {"{}", "{'max': None}", "{'max': Dim(0)}"} <= seen
True
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from fractions import Fraction

from snaplang.dims import Dim, dim, letter
from snaplang.graph import Graph, Input
from snaplang.ops.resolve import Argument
from snaplang.ops.spec import REQUIRED, OpSpec, Param, ParamKind, Shape

REALS = ("0", "0", "0", "1", "1", "0.5", "2", "6", "-0.5", "0.01", "1e-05", "-1", "3")


def unsaid(graph: Graph) -> set[str]:
    """The letters of sizes that only untyped inputs have: no program can say them."""
    spatial = [(info.written, shape.spatial) for info, shape in _inputs(graph)]
    said = {n for written, sizes in spatial if written for size in sizes for n in size.letters()}
    return {n for _, sizes in spatial for size in sizes for n in size.letters()} - said


def _inputs(graph: Graph) -> Iterator[tuple[Input, Shape]]:
    return zip(graph.inputs, graph.input_shapes(), strict=True)


def arguments(
    rng: random.Random, op: OpSpec, shape: Shape, silent: Collection[str] = ()
) -> dict[str, Argument]:
    """Arguments for an instance whose first input has this shape, as a program would give them.

    `silent` are letters that none can say (`unsaid`). They need not fit: an op may still reject
    what comes of them.
    """
    found: dict[str, Argument] = {}
    for param in op.params:
        if param.default is REQUIRED or rng.random() < 0.35:
            found[param.name] = argument(rng, op, param, shape, silent)
    return found


def argument(
    rng: random.Random, op: OpSpec, param: Param, shape: Shape, silent: Collection[str] = ()
) -> Argument:
    """An argument for one parameter."""
    if param.optional and rng.random() < 0.3:
        return None
    if param.kind is ParamKind.KERNEL:
        return _kernel(rng, param, shape)
    if param.kind is ParamKind.PAD:
        return "same" if rng.random() < 0.3 else _kernel(rng, param, shape)
    if param.kind is ParamKind.COUNT:
        return dim(_count(rng, op, param, shape))
    if param.kind is ParamKind.WIDTH:
        return _width(rng, param, shape, silent)
    if param.kind is ParamKind.REAL:
        return _real(rng, param)
    if param.kind is ParamKind.FLAG:
        return rng.random() < 0.5
    word = rng.choice(param.words)
    return None if word == "none" else word


def _kernel(rng: random.Random, param: Param, shape: Shape) -> Argument:
    """A size for all axes or one for each, equal ones too."""
    low = int(param.low or 0)
    sizes = [low, low + 1, low + 2, low + 2, low + 3, low + 4]
    if param.default is not REQUIRED:
        sizes = [low, low, low + 1, low + 1, low + 2]
    rank = len(shape.spatial)
    if rank > 1 and not shape.open and rng.random() < 0.3:
        equal = rng.random() < 0.25
        first = rng.choice(sizes)
        return tuple(first if equal else rng.choice(sizes) for _ in range(rank))
    return dim(rng.choice(sizes))


def _count(rng: random.Random, op: OpSpec, param: Param, shape: Shape) -> int:
    """A whole number: few for what counts tensors, else what may divide the channels, or 0."""
    low = int(param.low if param.low is not None else -4)
    if param.name in (op.inputs, op.outputs):
        return rng.choice((1, 2, 2, 2, 3, 4))
    if low < 0:
        return rng.choice((0, 1, 2, -1, -2, 3, 7))
    return max(low, rng.choice((1, 1, 2, 2, 3, 4, *_divisors(shape.channels))))


def _divisors(size: Dim) -> list[int]:
    number = size.whole()
    if number is None:
        factors = [v for _, v in size.terms if isinstance(v, int)]
        number = factors[0] if len(factors) == 1 else 1
    return [d for d in range(1, min(number, 64) + 1) if number % d == 0]


def _width(rng: random.Random, param: Param, shape: Shape, silent: Collection[str]) -> Argument:
    """A width: small numbers, the input's and its parts, those in `c`, and letters of sizes."""
    own, c = shape.channels, letter("c")
    known = [dim(1), dim(2), dim(4), own, own, own * 2]
    letters = {name for size in shape.spatial for name in size.letters()}
    hidden = sorted(letters.difference(silent))
    if not shape.open and hidden and rng.random() < 0.2:
        return letter(rng.choice(hidden))
    if param.default != "c":
        return rng.choice([dim(1), dim(2), own, own, dim(rng.choice(_divisors(own)))])
    return rng.choice(
        [*known, dim(3), dim(6)] + ([c, c * 2, c / 2] if "c" in own.letters() else [])
    )


def _real(rng: random.Random, param: Param) -> Dim:
    """A number within the parameter's range, its ends and its default among them."""
    texts = [*REALS]
    if isinstance(param.default, int | float):
        texts.append(repr(float(param.default)))
    numbers = [Fraction(text) for text in texts]
    numbers += [Fraction(bound) for bound in (param.low, param.high) if bound is not None]
    low = Fraction(param.low) if param.low is not None else None
    high = Fraction(param.high) if param.high is not None else None
    fit = [n for n in numbers if (low is None or n >= low) and (high is None or n <= high)]
    return dim(rng.choice(fit))
