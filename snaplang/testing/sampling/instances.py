"""Drawing instances of ops: which symbols there are, and attributes that they may have.

Values come from an op's own sample cases where it has any, else from the kind of the parameter.

>>> import random
>>> from snaplang.dims import dim
>>> spec = next(s for s in specs() if s.name == "dropout")
>>> sorted({instance(random.Random(i), spec, (Shape(dim(8)),), dim(8))[1]["p"] for i in range(30)})
[0.0, 0.3, 0.5, 1.0]
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice, product

from snaplang.api import lower
from snaplang.dims import Dim, dim
from snaplang.graph.builder import spelled
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument, ArgumentError, resolve
from snaplang.ops.spec import (
    REQUIRED,
    Attrs,
    OpSpec,
    Param,
    ParamKind,
    Shape,
    no_weights,
)
from snaplang.printing import numbers
from snaplang.printing.spelling import argument_of

Accept = Callable[[OpSpec], bool]


def specs(accept: Accept | None = None, weights: bool = True) -> tuple[OpSpec, ...]:
    """The ops of the table, wiring aside, that `accept` and the ban on weights leave."""
    found = [s for s in TABLE.values() if s.moves is None and (accept is None or accept(s))]
    return tuple(s for s in found if weights or _target(s).weights is no_weights)


def _target(spec: OpSpec) -> OpSpec:
    """What a symbol lowers to."""
    return TABLE[spec.spells] if spec.spells else spec


def instance(
    rng: random.Random, spec: OpSpec, shapes: tuple[Shape, ...], width: Dim
) -> tuple[OpSpec, Attrs] | None:
    """An op and attributes for inputs of which the first is known; None where the draw failed."""
    given: dict[str, Argument] = {}
    for param in spec.params:
        if param.default is REQUIRED or rng.random() > 0.6:
            given[param.name] = _draw(rng, spec, param, shapes[0], width)
    try:
        attrs = resolve(spec, given, width)
    except ArgumentError:
        return None
    return spelled(spec, attrs, shapes) if spec.spells else (spec, attrs)


def _draw(rng: random.Random, spec: OpSpec, param: Param, shape: Shape, width: Dim) -> Argument:
    if param.kind is ParamKind.FLAG:
        return rng.random() > 0.5
    if param.kind is ParamKind.WORD:
        return rng.choice(param.words)
    if param.kind is ParamKind.WIDTH:
        return _width(rng, param, shape, width)
    if param.kind is ParamKind.PAD and rng.random() < 0.7:
        return "same"
    if param.name in (spec.inputs, spec.outputs):
        return dim(rng.choice((2, 2, 3, 1, 4)))
    rank = shape.rank or 0
    if param.kind in (ParamKind.KERNEL, ParamKind.PAD) and rank > 1 and rng.random() > 0.8:
        return tuple(rng.choice((1, 2, 3)) for _ in range(rank))
    pool = [v for v in _samples(spec.id).get(param.name, ()) if _has_rank(v, rank)]
    return rng.choice((*pool, *_plain(param)))


def _width(rng: random.Random, param: Param, shape: Shape, width: Dim) -> Dim:
    """Channels, or a number of groups, in some relation to the input's."""
    channels, pool = shape.channels, [dim(1), dim(2), shape.channels]
    if param.default == "c":
        pool = [channels, 2 * width, width, dim(4), width / 2, channels / 2]
    return rng.choice([w for w in pool if numbers.width(w) is not None])


def _has_rank(value: Argument, rank: int) -> bool:
    return not isinstance(value, tuple) or len(value) in (1, rank)


def _plain(param: Param) -> list[Argument]:
    """A few small values in range."""
    real = param.kind is ParamKind.REAL
    values = [dim(1) / 2, dim(1), dim(0)] if real else [dim(1), dim(2), dim(3)]
    low = -1 if param.low is None else param.low
    kept = [v for v in values if v.number is not None and v.number >= low]
    return [*kept, None] if param.optional else list(kept)


@lru_cache(maxsize=512)
def _samples(op_id: str) -> dict[str, tuple[Argument, ...]]:
    """The arguments that an op's cases use, by parameter."""
    spec = next(s for s in TABLE.values() if s.id == op_id)
    found: dict[str, dict[Argument, None]] = {p.name: {} for p in spec.params}
    for case in spec.cases:
        rank = (case.ranks or spec.ranks)[-1]
        shapes = ["N," + ",".join(map(str, shape)) for shape in case.shapes(rank)]
        for node in lower(case.text, inputs=shapes).nodes:
            if node.op is _target(spec):
                for param in spec.params:
                    given = argument_of(param, node.attrs[param.name])
                    if given is not None and param.kind is not ParamKind.WIDTH:
                        found[param.name][given[0]] = None
    return {name: tuple(values) for name, values in found.items()}


def identities() -> list[tuple[OpSpec, Attrs]]:
    """Instances whose attributes make them the identity."""
    found = []
    for spec in specs():
        pools = [_identity_pool(p) for p in spec.params]
        for values in islice(product(*pools), 64):
            given = {p.name: v for p, v in zip(spec.params, values, strict=True) if v is not ...}
            attrs = _resolved(spec, given)
            if attrs is not None and _is_identity(spec, attrs):
                found.append((spec, attrs))
    return found


def _identity_pool(param: Param) -> Iterable[object]:
    """The default (`...`) and the values that an identity may have."""
    numbers = param.kind in (ParamKind.COUNT, ParamKind.KERNEL, ParamKind.REAL)
    return ([] if param.default is REQUIRED else [...]) + ([dim(1), dim(0)] if numbers else [])


def _resolved(spec: OpSpec, given: dict[str, object]) -> Attrs | None:
    try:
        return resolve(spec, given, dim(1))  # type: ignore[arg-type]
    except ArgumentError:
        return None


def _is_identity(spec: OpSpec, attrs: Attrs) -> bool:
    one = spec.input_count(attrs) == spec.output_count(attrs) == 1
    return one and not spec.spells and spec.identity_if(attrs)
