"""Emitters that resize, cut or reorder tensors, on axes that may be known only at run time.

Not the table (`ops.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto

from snaplang.backends.onnx.emit import Site
from snaplang.dims import Dim, ceil_div, floor_div, ratio

_END = 2**63 - 1  # past the end of every axis


def _resize(site: Site, *sizes: str, **more: Any) -> str:
    """`Resize` as PyTorch: `nearest` takes floor(i*n/m), `linear` aligns areas, not corners."""
    if site.attrs["mode"] == "nearest":
        more |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        more |= {"coordinate_transformation_mode": "half_pixel"}
    return site.op("Resize", site.inputs[0], "", *sizes, mode=site.attrs["mode"], **more)


def upsample(site: Site) -> str:
    """`Resize` by scales."""
    return _resize(site, site.reals(1, 1, *site.attrs.axes("s", site.rank)))


def like(site: Site) -> str:
    """`Resize` of the spatial axes to the sizes of the other tensor, or rows picked one by one."""
    before, after = site.shape.spatial, site.results[0].spatial
    if site.attrs["mode"] == "nearest" and not all(map(_agrees, before, after)):
        return _picked(site)
    known = [size for size in map(Dim.whole, after) if size is not None]
    target = site.op("Shape", site.inputs[1], start=2) if len(known) < len(after) else ""
    return _resize(site, "", target or site.ints(*known), axes=list(range(2, site.rank + 2)))


def _agrees(before: Dim, after: Dim) -> bool:
    """Whether runtimes, dividing by the float m/n, pick the rows that PyTorch, times n/m, picks.

    They part where i*n/m is whole and one of them falls short of it (14 to 2). That cannot be where
    the ratio is a float (n/m a power of two), nor where m = 2n - 1 or 2n + 1, which share no factor
    with n (tried: the first exception is 2095 to 4189). Whole factors up to 40 were tried too; 41
    is the first that PyTorch gets wrong.
    """
    grown, shrunk = ratio(after, before), ratio(before, after)
    if grown is not None and (factor := grown.whole()) is not None:
        return factor <= 40
    if shrunk is not None and (factor := shrunk.whole()) is not None:
        return factor & (factor - 1) == 0
    return before in (floor_div(after, 2), ceil_div(after, 2))


def _picked(site: Site) -> str:
    """Nearest rows, their numbers rounded as PyTorch does: floor(i * (n/m)) in float32."""
    x, other = site.inputs
    for axis, (n, m) in enumerate(zip(site.shape.spatial, site.results[0].spatial, strict=True)):
        size, target = n.whole(), m.whole()
        if n == m:
            continue
        if size is not None and target is not None:
            step = np.float32(size) / np.float32(target)
            rows = site.array((np.arange(target, dtype=np.float32) * step).astype(np.int64))
        else:
            rows = _late_rows(site, _size(site, x, axis), _size(site, other, axis))
        x = site.op("Gather", x, rows, axis=axis + 2)
    return x


def _size(site: Site, x: str, axis: int) -> str:
    """A spatial size as a float scalar."""
    size = site.op("Squeeze", site.op("Shape", x, start=axis + 2, end=axis + 3))
    return site.op("Cast", size, to=TensorProto.FLOAT)


def _late_rows(site: Site, size: str, target: str) -> str:
    places = site.op("Range", site.number(0.0), target, site.number(1.0))
    rows = site.op("Mul", places, site.op("Div", size, target))
    return site.op("Cast", rows, to=TensorProto.INT64)


def crop(site: Site) -> str:
    """`Slice` from the offset to the end."""
    offsets = site.ints(*site.attrs.axes("o", site.rank))
    ends, axes = site.ints(*[_END] * site.rank), site.ints(*range(2, site.rank + 2))
    return site.op("Slice", *site.inputs, offsets, ends, axes)


def shift(site: Site) -> str:
    """The last axis, cut at -n modulo its size, its two parts exchanged."""
    (x,) = site.inputs
    n, size, last = site.attrs.count("n"), site.shape.spatial[-1].whole(), site.rank + 1
    if n == 0:
        return x
    if size is None:
        return site.op("Gather", x, _rolled(site, x, n), axis=last)
    cut, axis = site.ints(-n % size), site.ints(last)
    front = site.op("Slice", x, site.ints(0), cut, axis)
    back = site.op("Slice", x, cut, site.ints(_END), axis)
    return site.op("Concat", back, front, axis=last)


def _rolled(site: Site, x: str, n: int) -> str:
    """(i - n) modulo size for each i of the last axis; a cut known late would hide the shape."""
    size = site.op("Squeeze", site.op("Shape", x, start=-1))
    places = site.op("Range", site.whole(0), size, site.whole(1))
    return site.op("Mod", site.op("Sub", places, site.whole(n)), size)


def shuffle(site: Site) -> str:
    """Channels as a matrix of `groups` rows, turned."""
    (x,) = site.inputs
    groups = site.attrs.count("groups")
    if groups == 1:
        return x
    if site.shape.channels.whole() is None:  # those of a flattened map: there are no positions
        rows = site.op("Reshape", x, site.ints(0, groups, -1))
        return site.op("Reshape", site.op("Transpose", rows, perm=[0, 2, 1]), site.ints(0, -1))
    rows = site.op("Reshape", x, site.ints(0, groups, site.channels // groups, -1))
    return site.reshaped(site.op("Transpose", rows, perm=[0, 2, 1, 3]), x)
