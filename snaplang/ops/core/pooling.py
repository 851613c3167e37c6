"""Pooling, and ops that change spatial sizes without weights."""

from __future__ import annotations

from collections.abc import Callable

from snaplang.dims import ONE, Dim, product
from snaplang.ops import folding
from snaplang.ops.rules import KERNEL, PAD, SPATIAL, STRIDE, positive, require_rank, sized
from snaplang.ops.spec import (
    Attrs,
    Case,
    Fact,
    OpSpec,
    Param,
    ParamKind,
    Rules,
    Shape,
)

MODE = Param(
    "mode", ParamKind.WORD, "nearest", "`nearest` or `linear`.", words=("nearest", "linear")
)
_MOVES = frozenset((Fact.ZERO_PRESERVING, Fact.DATA_MOVEMENT))
_KEEPS_ZERO = frozenset((Fact.ZERO_PRESERVING,))
_KEEPS_POINTS = frozenset((Fact.ZERO_PRESERVING, Fact.KEEPS_POINTS))


def _pool(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "pooling")
    shape = rules.inputs[0]
    rank = len(shape.spatial)
    kernel, pads = rules.attrs.axes("k", rank), rules.attrs.pads("pad", rank)
    if any(2 * max(pair) > k for k, pair in zip(kernel, pads, strict=True)):
        rules.reject("a pool's padding is at most half its kernel", "use a smaller `pad`")
    return (shape.with_spatial(sized(rules, rules.attrs)),)


def _to_one(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "global pooling")
    shape = rules.inputs[0]
    return (shape.with_spatial((ONE,) * len(shape.spatial)),)


def _upsample(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "`upsample`")
    shape = rules.inputs[0]
    factors = rules.attrs.axes("s", len(shape.spatial))
    return (shape.with_spatial(tuple(n * s for n, s in zip(shape.spatial, factors, strict=True))),)


def _like(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "`like`")
    lower, upper = rules.inputs
    if (lower.open, len(lower.spatial)) != (upper.open, len(upper.spatial)):
        rules.reject("these tensors have different numbers of axes")
    return (Shape(lower.channels, upper.spatial, upper.open),)


def _flatten(rules: Rules) -> tuple[Shape, ...]:
    (shape,) = rules.inputs
    total: Dim = shape.channels
    for size in shape.spatial:
        total = total * (product(size) if shape.open else size)
    return (Shape(total),)


def _crop(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "`crop`")
    (shape,) = rules.inputs
    offset = rules.attrs.axes("o", len(shape.spatial))
    sizes = tuple(n - o for n, o in zip(shape.spatial, offset, strict=True))
    for size in sizes:
        positive(rules, size, "cropping {} by {}", shape.text(), rules.attrs["o"])
    return (shape.with_spatial(sizes),)


def _all_equal(name: str, value: int) -> Callable[[Attrs], bool]:
    return lambda attrs: attrs[name] == value


def _point_pool(attrs: Attrs) -> bool:
    return attrs["k"] == 1 and attrs["stride"] == 1


def _pool_op(name: str, doc: str, *facts: Fact) -> OpSpec:
    largest = Fact.SELECTS_MAX in facts
    cases = (
        Case(f"{name}3"),
        Case(f"{name}(3, stride=2)"),
        Case(f"{name}(3, stride=2)", sizes=(9,)),
        Case(f"{name}(2, stride=2)", sizes=(9,)),
        Case(f"{name}2"),
        Case(f"{name}(3, stride=2, pad=0)", sizes=(9,)),
        Case(f"{name}1"),
        Case(f"{name}(3x2, stride=2x1)", ranks=(2,)),
        Case(f"{name}3", sizes=(2,)),
    )
    return OpSpec(
        name,
        name,
        "pooling",
        doc,
        (KERNEL, STRIDE, PAD),
        shape=_pool,
        ranks=SPATIAL,
        facts=_KEEPS_POINTS | set(facts),
        identity_if=_point_pool,
        fold=folding.windows if largest else None,
        unfold=folding.window_symbols if largest else None,
        cases=cases,
    )


def _global(name: str, doc: str, *more: Fact) -> OpSpec:
    facts = (Fact.LEAVES_POINT, *more)
    return OpSpec(
        name,
        name,
        "pooling",
        doc,
        shape=_to_one,
        ranks=SPATIAL,
        facts=_KEEPS_POINTS | set(facts),
        cases=(Case(name),),
    )


POOLING = (
    _pool_op("maxpool", "The largest value of each window; padding never wins.", Fact.SELECTS_MAX),
    _pool_op("avgpool", "The mean of each window; padding is not counted."),
    _global("gap", "Global average pooling; the rank stays, every size becomes 1."),
    _global(
        "gmp", "Global maximum pooling; the rank stays, every size becomes 1.", Fact.SELECTS_MAX
    ),
    OpSpec(
        "upsample",
        "upsample",
        "size",
        "Enlarges each axis by a whole factor; `linear` aligns pixel areas, not corners.",
        (Param("s", ParamKind.KERNEL, doc="Factor, one or one per axis.", low=1, high=4096), MODE),
        shape=_upsample,
        ranks=SPATIAL,
        facts=_KEEPS_ZERO,
        facts_if=lambda a: _MOVES if a["mode"] == "nearest" else frozenset(),
        identity_if=_all_equal("s", 1),
        fold=folding.upsamplings,
        unfold=folding.upsampling_symbols,
        cases=(
            Case("upsample2", sizes=(5,)),
            Case("upsample(3, mode=linear)", sizes=(4,)),
            Case("upsample1"),
            Case("upsample2x3", sizes=(5,), ranks=(2,)),
        ),
    ),
    OpSpec(
        "like",
        "like",
        "size",
        "Takes two tensors and leaves the lower, resized to the upper's spatial sizes.",
        (MODE,),
        inputs=2,
        shape=_like,
        ranks=SPATIAL,
        facts=_KEEPS_ZERO | {Fact.TAKES_SIZES},
        facts_if=lambda a: _MOVES if a["mode"] == "nearest" else frozenset(),
        cases=(
            Case("in 2 like", (4, 3), (4, 8)),
            Case("in 2 like", (4, 3), (8, 5)),
            Case("in 2 like(mode=linear)", (4, 4), (4, 9)),
            Case("dup conv(3, stride=2) swap like(linear)", sizes=(9,)),
        ),
    ),
    OpSpec(
        "flatten",
        "flatten",
        "size",
        "All of a sample in one axis, channels first: `[N, C, H, W]` to `[N, C*H*W]`.",
        shape=_flatten,
        facts=_MOVES | {Fact.KEEPS_FLAT},
        cases=(Case("flatten"), Case("gap flatten", ranks=(1, 2, 3))),
    ),
    OpSpec(
        "crop",
        "crop",
        "size",
        "Drops the first `o` entries of each spatial axis.",
        (
            Param(
                "o",
                ParamKind.KERNEL,
                doc="Entries to drop, one or one per axis.",
                low=0,
                high=folding.FAR,
            ),
        ),
        shape=_crop,
        ranks=SPATIAL,
        facts=_MOVES,
        identity_if=_all_equal("o", 0),
        fold=folding.crops,
        unfold=folding.crop_symbols,
        cases=(Case("crop1"), Case("crop0"), Case("crop(2x0)", ranks=(2,))),
    ),
)
