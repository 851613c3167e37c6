"""Merging and splitting: many tensors to one, and channels to many tensors."""

from __future__ import annotations

from snaplang.dims import ONE, Dim, dim
from snaplang.ops.rules import merge_cases
from snaplang.ops.spec import Attrs, Case, Fact, OpSpec, Param, ParamKind, Rules, Shape

COUNT = Param("n", ParamKind.COUNT, 2, "How many tensors.", low=1, high=100_000)


def simplest(sizes: list[Dim]) -> Dim:
    """Of sizes that are equal under a condition, the one that says most plainly what it is."""
    return min(sizes, key=lambda s: (len(str(s)), str(s)))


def _ranks_agree(rules: Rules) -> bool:
    ranks = {(s.open, len(s.spatial)) for s in rules.inputs}
    if len(ranks) > 1:
        rules.reject("these tensors have different numbers of axes", "`gap` keeps the rank")
    return len(ranks) == 1


def _axis_name(axis: int) -> str:
    return f"spatial axis {axis + 1}"


def _equal_spatial(rules: Rules) -> tuple[Dim, ...]:
    first, *others = rules.inputs
    for other in others:
        for axis, (left, right) in enumerate(zip(first.spatial, other.spatial, strict=True)):
            rules.equal(left, right, _axis_name(axis))
    columns = zip(*(s.spatial for s in rules.inputs), strict=True)
    return tuple(simplest(list(column)) for column in columns)


def _same(rules: Rules) -> tuple[Shape, ...]:
    """All inputs have one shape, which is the result's."""
    if not _ranks_agree(rules):
        return rules.inputs[:1]
    first, *others = rules.inputs
    for other in others:
        rules.equal(first.channels, other.channels, "channels")
    channels = simplest([s.channels for s in rules.inputs])
    return (Shape(channels, _equal_spatial(rules), first.open),)


def _stretched(rules: Rules, sizes: list[Dim], what: str) -> Dim:
    wide = [s for s in sizes if s != ONE]
    for size in wide[1:]:
        rules.equal(wide[0], size, what)
    return simplest(wide) if wide else ONE


def _mul(rules: Rules) -> tuple[Shape, ...]:
    """Like `_same`, but sizes that are literally 1 stretch."""
    if not _ranks_agree(rules):
        return rules.inputs[:1]
    channels = _stretched(rules, [s.channels for s in rules.inputs], "channels")
    columns = zip(*(s.spatial for s in rules.inputs), strict=True)
    spatial = [_stretched(rules, list(col), _axis_name(i)) for i, col in enumerate(columns)]
    return (Shape(channels, tuple(spatial), rules.inputs[0].open),)


def _cat(rules: Rules) -> tuple[Shape, ...]:
    if not _ranks_agree(rules):
        return rules.inputs[:1]
    total = dim(0)
    for shape in rules.inputs:
        total = total + shape.channels
    return (Shape(total, _equal_spatial(rules), rules.inputs[0].open),)


def _split(rules: Rules) -> tuple[Shape, ...]:
    n = rules.attrs.count("n")
    (shape,) = rules.inputs
    rules.multiple(shape.channels, dim(n), "channels")
    return (shape.with_channels(shape.channels / n),) * n


def _shuffle(rules: Rules) -> tuple[Shape, ...]:
    rules.multiple(rules.inputs[0].channels, dim(rules.attrs.count("groups")), "channels")
    return rules.inputs


def _single(attrs: Attrs) -> bool:
    return attrs.count("n") == 1


def _merge(name: str, doc: str, *facts: Fact, cases: tuple[Case, ...] = ()) -> OpSpec:
    return OpSpec(
        name,
        name,
        "merge",
        doc,
        (COUNT,),
        inputs="n",
        shape={"mul": _mul, "cat": _cat}.get(name, _same),
        facts=frozenset((Fact.ZERO_PRESERVING, *facts)),
        identity_if=_single,
        cases=(*merge_cases(name), *cases),
    )


_C, _A = Fact.COMMUTATIVE, Fact.ASSOCIATIVE
_STRETCH = (
    Case("in 2 mul", (4, 4), (8, 1), (1, 2, 3)),
    Case("in 2 mul", (1, 4), (8, 8)),
    Case("dup gap sigmoid mul", ranks=(1, 2, 3)),
)

MERGE = (
    _merge("add", "The sum of `n` tensors of one shape.", _C, _A, Fact.SUMS),
    _merge("mul", "The product; sizes of 1 stretch.", _C, _A, Fact.ANNIHILATES, cases=_STRETCH),
    _merge("max", "The largest, element by element.", _C, _A, Fact.MERGES_EQUAL, Fact.LARGEST),
    _merge("mean", "The mean, element by element.", _C, Fact.MERGES_EQUAL),
    _merge(
        "cat",
        "Joins the channels of `n` tensors, the deepest first.",
        _A,
        Fact.JOINS_ZEROS,
        Fact.JOINS_CHANNELS,
        Fact.DATA_MOVEMENT,
        cases=(Case("in 2 cat", (4, 6)),),
    ),
    OpSpec(
        "split",
        "split",
        "split",
        "Cuts the channels into `n` equal parts; the first part lies deepest.",
        (COUNT,),
        outputs="n",
        shape=_split,
        facts=frozenset((Fact.ZERO_PRESERVING, Fact.DATA_MOVEMENT, Fact.SPLITS_CHANNELS)),
        identity_if=_single,
        cases=(Case("split relu add", (4,)), Case("split3 relu add3", (6,)), Case("split1")),
    ),
    OpSpec(
        "shuffle",
        "shuffle",
        "split",
        "Channel shuffle: channels in `groups` rows are read column by column (ShuffleNet, 2018).",
        (Param("groups", ParamKind.COUNT, doc="Rows to read across.", low=1, high=1_000_000),),
        shape=_shuffle,
        facts=frozenset((Fact.ZERO_PRESERVING, Fact.DATA_MOVEMENT)),
        identity_if=lambda a: a.count("groups") == 1,
        cases=(Case("shuffle2", (8,)), Case("shuffle3", (12,)), Case("shuffle1")),
    ),
)
