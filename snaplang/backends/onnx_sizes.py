"""Emitters that resize, cut or reorder tensors, on axes that may be known only at run time.

Not the table (`onnx_ops.py`).
"""

from __future__ import annotations

from typing import Any

from snaplang.backends.onnx_emit import Site

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
    """`Resize` of the spatial axes to the sizes of the other tensor.

    `nearest` computes in floats: for few, uncommon pairs of sizes (14 to 2) ONNX Runtime rounds
    another way than PyTorch. Enlarging about two-fold, and halving, are exact in both.
    """
    spatial = [size.whole() for size in site.results[0].spatial]
    known = [size for size in spatial if size is not None]
    if len(known) == len(spatial):
        target = site.ints(*known)
    else:
        target = site.op("Shape", site.inputs[1], start=2)
    return _resize(site, "", target, axes=list(range(2, site.rank + 2)))


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
    rows = site.op("Reshape", x, site.ints(0, groups, site.channels // groups, -1))
    return site.reshaped(site.op("Transpose", rows, perm=[0, 2, 1, 3]), x)
