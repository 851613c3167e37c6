"""Sums, products and such of several tensors, and concatenation. Part of `rules.py`."""

from __future__ import annotations

from snaplang.dims import dim
from snaplang.lift.emission.emission import Emission, LackingError
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms.views import Axis, View, order


def merge(e: Emission, tile: Tile) -> View:
    """An op on tensors that lie alike; smaller ones are stretched first, or by `mul` itself."""
    views = [e.view(leaf) for leaf in tile.leaves]
    rank = max(len(v.axes) for v in views)
    views = [v.on(v.base) if len(v.axes) == rank else _widened(v, rank) for v in views]
    if not _alike(e, views):
        plain = [e.plainly(v) for v in views]
        views = [e.plain(value) for value in plain]
        if len({len(v.axes) for v in views}) > 1:
            raise LackingError("tensors of different ranks are merged")
    largest = max(views, key=lambda v: sum(map(len, v.axes)))
    bases = [v.base for v in views]
    if tile.op != "mul":
        bases = [_stretched(e, v, largest) for v in views]
    found = e.run(tile.op, bases, {"n": dim(len(bases))})[0]
    axes = tuple(_joint([v.axes[i] for v in views]) for i in range(len(largest.axes)))
    return View(found, axes)


def _widened(view: View, rank: int) -> View:
    """Missing axes stand in front, of size 1."""
    return View(view.base, ((),) * (rank - len(view.axes)) + view.axes)


def _joint(axes: list[Axis]) -> Axis:
    return max(axes, key=len)


def _alike(e: Emission, views: list[View]) -> bool:
    """Whether axes hold the same in all views, or nothing, and the values have one rank."""
    if len({len(e.shape(v.base).spatial) for v in views}) > 1:
        return False
    columns = zip(*(v.axes for v in views), strict=True)
    return all(len({order(a) for a in column if a}) <= 1 for column in columns)


def _stretched(e: Emission, view: View, largest: View) -> int:
    """A value in the spatial sizes of the largest; channels must agree."""
    mine, its = e.shape(view.base), e.shape(largest.base)
    if mine.channels == 1 and its.channels != 1:
        raise LackingError("one channel is stretched to many")
    small = [m == 1 and o != 1 for m, o in zip(mine.spatial, its.spatial, strict=True)]
    if not any(small):
        return view.base
    return e.once("like", [view.base, largest.base])[0]


def concat(e: Emission, tile: Tile) -> View:
    """Channels behind each other."""
    axis = tile.given["term"].params["axis"]
    if len(tile.leaves) != len(tile.given["term"].args):
        raise LackingError("a constant is joined to data")
    views = [e.view(leaf) for leaf in tile.leaves]
    ranks = {len(e.shape(v.base).spatial) for v in views}
    if len(ranks) > 1 or not _beside(views, axis):
        views = [e.plain(e.plainly(v)) for v in views]
        if not _beside(views, axis):
            raise LackingError("tensors are joined along an axis that is not the channels")
    found = e.run("cat", [v.base for v in views], {"n": dim(len(views))})[0]
    return views[0].on(found).with_axis(axis, e.channels(found))


def _beside(views: list[View], axis: int) -> bool:
    """Whether `axis` is the channels of all, and the other axes hold the same."""
    if not all(v.holds(axis, 1) for v in views):
        return False
    rest = [[order(a) for i, a in enumerate(v.axes) if i != axis] for v in views]
    return all(r == rest[0] for r in rest)
