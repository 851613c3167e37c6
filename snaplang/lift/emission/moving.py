"""Movements of data: reshaping, turning, cutting, resizing. Part of `rules.py`."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from snaplang.dims import Dim, dim
from snaplang.lift.emission.emission import Emission, LackingError
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import Term
from snaplang.lift.terms.extents import common_source
from snaplang.lift.terms.shapes import quotient
from snaplang.lift.terms.views import Axis, AxisPart, View, size_of
from snaplang.ops.resolve import Argument


def reshape(e: Emission, tile: Tile) -> View:
    """The same elements in other axes."""
    term: Term = tile.given["term"]
    view = e.view(tile.leaves[0])
    found = view.reshaped(term.shape)
    if found is None:
        raise LackingError(f"{e.describe(view)} is cut into {_text(term)}")
    return found


def _text(term: Term) -> str:
    return "[" + ", ".join(map(str, term.shape)) + "]"


def transpose(e: Emission, tile: Tile) -> View:
    """The axes in another order."""
    perm = tile.given["term"].params["perm"]
    view = e.view(tile.leaves[0])
    return view.transposed(tuple(p % len(view.axes) for p in perm))


def slice_(e: Emission, tile: Tile) -> View:
    """From somewhere to the end of spatial axes is `crop`; equal parts of the channels, `split`."""
    view = e.view(tile.leaves[0])
    if len(view.axes) == 2 and any(a.axis > 1 for a in view.axes[1]):
        view = e.plain(e.plainly(view))  # a map seen as vectors
    offsets: dict[int, int] = {}
    for place, (start, stop, step) in tile.given["term"].params["cuts"].items():
        axis = view.axes[place]
        size = size_of(axis)
        if step != 1:
            raise LackingError("every second entry or so of an axis is taken")
        if axis and all(a.axis == 1 for a in axis):
            view = _part(e, view, place, start, stop)
        elif axis and axis[0].axis > 1 and view.holds(place, axis[0].axis) and stop == size:
            offset = start.whole()
            if offset is None:
                raise LackingError("an axis is cut at a place that is not known")
            offsets[axis[0].axis - 2] = offset
        else:
            raise LackingError("an axis is cut, other than at its beginning or in equal parts")
    if offsets:
        view = _cropped(e, view, offsets)
    return view


def _cropped(e: Emission, view: View, offsets: dict[int, int]) -> View:
    rank = len(e.shape(view.base).spatial)
    found = e.once("crop", [view.base], {"o": tuple(offsets.get(i, 0) for i in range(rank))})[0]
    axes = []
    for axis in view.axes:
        cut = axis and axis[0].axis - 2 in offsets
        axes.append(e.plain(found).axes[axis[0].axis] if cut else axis)
    return View(found, tuple(axes))


def _part(e: Emission, view: View, place: int, start: Dim, stop: Dim) -> View:
    """Some of the channels: the outer factors of them must lie in this axis, alone and in order."""
    axis = view.axes[place]
    if set(axis) == set(view.atoms(1)) and not view.holds(place, 1):
        view = e.plain(e.plainly(view))  # shuffled before it is cut
        axis = view.axes[place]
    if list(axis) != view.atoms(1)[: len(axis)]:
        raise LackingError("inner parts of the channels are taken")
    wide = size_of(axis)
    unit = dim(1) if wide.whole() is not None else stop - start  # what open channels are cut into
    size, low, high = (_times(d, unit) for d in (wide, start, stop))
    if size is None or low is None or high is None or not 0 <= low < high <= size:
        raise LackingError("channels are cut at places that are not known")
    step = gcd(size, low, high)
    if (high - low) // step > 64:
        raise LackingError(f"channels {low} to {high} of {size} are taken, no equal parts")
    parts = e.once("split", [view.base], {"n": dim(size // step)})
    taken = list(parts[low // step : high // step])
    base = taken[0] if len(taken) == 1 else e.once("cat", taken, {"n": dim(len(taken))})[0]
    fresh: Axis = () if stop - start == 1 else (AxisPart(1, axis[0].place, stop - start),)
    return view.on(base).with_axis(place, fresh)


def _times(size: Dim, unit: Dim) -> int | None:
    """How many units a size is."""
    found = quotient(size, unit)
    return None if found is None else found.whole()


def roll(e: Emission, tile: Tile) -> View:
    """The last axis, rolled."""
    view = e.view(tile.leaves[0])
    rank = len(e.shape(view.base).spatial)
    if not rank or not view.holds(tile.given["axis"], rank + 1):
        raise LackingError("an axis is rolled that is not the last spatial one")
    return view.on(e.run("shift", [view.base], {"n": dim(tile.given["n"])})[0])


# -- sizes of other tensors ------------------------------------------------------------------------


def resize(e: Emission, tile: Tile) -> View:
    """By whole factors `upsample`, to the sizes of another tensor `like`."""
    term: Term = tile.given["term"]
    value = e.value(tile.leaves[0])
    mode, sizes = term.params["mode"], term.params["sizes"][2:]
    if term.params["factors"] is not None:
        return _enlarged(e, value, term.params["factors"], mode)
    source = common_source(sizes)
    target = _known(e, source) if source is not None else None
    if target is None:
        factors = _factors(e, value, sizes)
        if factors is not None:
            return _enlarged(e, value, factors, mode)
        target = _of_sizes(e, sizes, e.shape(value).channels)
    if term.params["sizes"][:2] != e.sizes(value)[:2] or target is None:
        raise LackingError(f"a tensor is resized to {_text(term)}, the sizes of no other")
    return e.plain(e.run("like", [value, target], {"mode": mode})[0])


def _enlarged(e: Emission, value: int, factors: Sequence[int], mode: str) -> View:
    given: dict[str, Argument] = {"s": tuple(factors), "mode": mode}
    return e.plain(e.run("upsample", [value], given)[0])


def _factors(e: Emission, value: int, sizes: tuple[Dim, ...]) -> list[int] | None:
    found = [quotient(s, n) for s, n in zip(sizes, e.shape(value).spatial, strict=True)]
    whole = [f.whole() for f in found if f is not None]
    if len(whole) != len(sizes) or not whole:
        return None
    return [w for w in whole if w] if all(whole) else None


def _known(e: Emission, source: Term) -> int | None:
    """The plain value of a term, where it has one."""
    view = e.views.get(source.number)
    if view is None:
        return None
    rank = len(e.shape(view.base).spatial)
    plain = len(view.axes) == rank + 2 and all(view.holds(i, i) for i in range(2, rank + 2))
    return view.base if plain else None


def _of_sizes(e: Emission, sizes: tuple[Dim, ...], channels: Dim) -> int | None:
    """The value made last that has these spatial sizes: all have the same result."""
    for value in range(len(e.assembly.shapes) - 1, -1, -1):
        if e.shape(value).spatial == sizes:
            return value
    return None


def like(e: Emission, tile: Tile) -> View:
    """To the sizes of another tensor, as our own exporter has written down."""
    value, other = (e.value(leaf) for leaf in tile.leaves)
    return e.plain(e.run("like", [value, other], {"mode": tile.given["term"].params["mode"]})[0])


def expand(e: Emission, tile: Tile) -> View:
    """Sizes of 1 stretched to those of another tensor."""
    term: Term = tile.given["term"]
    value = e.value(tile.leaves[0])
    sizes = term.shape
    if sizes[:2] != e.sizes(value)[:2] or len(sizes) != len(e.sizes(value)):
        raise LackingError(f"a tensor is stretched to {_text(term)}")
    source = common_source(term.params["sizes"][2:])
    target = _known(e, source) if source is not None else None
    if target is None:
        target = _of_sizes(e, sizes[2:], sizes[1])
    if target is None:
        raise LackingError(f"a tensor is stretched to {_text(term)}, the sizes of no other")
    return e.plain(e.once("like", [value, target])[0])


def fill(e: Emission, tile: Tile) -> View:
    """Zeros in the shape of another tensor."""
    term: Term = tile.given["term"]
    if term.params["value"] != 0:
        raise LackingError(f"a tensor of {term.params['value']:g}s")
    source = common_source(term.params["sizes"])
    view = e.views.get(source.number) if source is not None else None
    if view is not None:
        return view.on(e.run("zero", [view.base])[0])
    for value in range(len(e.assembly.shapes) - 1, -1, -1):
        if e.sizes(value) == term.shape:
            return e.plain(e.run("zero", [value])[0])
    raise LackingError("zeros in a shape that no other tensor has")
