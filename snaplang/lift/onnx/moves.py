"""What ONNX nodes mean that move data or compute with shapes, as terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from snaplang.dims import Dim, dim
from snaplang.lift.onnx.layers import ModelNode, Rule
from snaplang.lift.terms import Const, Term, Value, folding
from snaplang.lift.terms.extents import Extent, common_source
from snaplang.lift.terms.shapes import Sizes

LARGE = 1 << 24  # elements of what is folded


def _constant(node: ModelNode) -> Sequence[Value] | None:
    for name in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        if name in node.attrs:
            return [Const(np.asarray(node.attrs[name]))]
    return None


def _filled(node: ModelNode) -> Sequence[Value] | None:
    value = np.asarray(node.attrs.get("value", np.zeros(1, np.float32))).reshape(-1)[0]
    sizes = node.sizes(0)
    if node.terms.place.group is not None and isinstance(common_source(sizes), Term):
        return [node.terms.make("fill", sizes=sizes, value=float(value))]  # our own `zero`
    return [_fill(node, sizes, value)]


def _fill(node: ModelNode, sizes: Sizes, value: Any) -> Value:
    whole = [s.whole() for s in sizes]
    if None not in whole:
        count = int(np.prod([float(w or 0) for w in whole])) if whole else 1
        if count <= 4096:
            return Const(np.full([w or 0 for w in whole], value))
    return node.terms.make("fill", sizes=sizes, value=float(value))


def _reshape(node: ModelNode) -> Sequence[Value] | None:
    x = node.inputs[0]
    assert x is not None
    sizes = list(node.sizes(1) if node.input(1) is not None else map(dim, node.attrs["shape"]))
    if not node.attrs.get("allowzero", 0):
        sizes = [x.shape[i] if s == 0 else s for i, s in enumerate(sizes)]
    return [node.terms.reshape(x, tuple(sizes))]


def _flatten(node: ModelNode) -> Sequence[Value] | None:
    x = node.term(0)
    axis = node.attrs.get("axis", 1)
    if axis == 1 and x.rank == 2 and node.terms.place.group is not None:
        return [node.terms.make("flatten", x)]  # our own `flatten` of what is flat
    front = dim(1)
    for size in x.shape[:axis]:
        front = front * size
    return [node.terms.reshape(x, (front, dim(-1)))]


def _transpose(node: ModelNode) -> Sequence[Value] | None:
    x = node.inputs[0]
    assert x is not None
    rank = len(x.shape)
    perm = node.attrs.get("perm", list(range(rank))[::-1])
    return [node.terms.transpose(x, [p % rank for p in perm])]


def _axes(node: ModelNode) -> list[int] | None:
    if node.input(1) is not None:
        return node.numbers(1)
    found = node.attrs.get("axes")
    return None if found is None else list(found)


def _unsqueeze(node: ModelNode) -> Sequence[Value] | None:
    return [node.terms.unsqueeze(node.inputs[0], _axes(node) or [])]


def _squeeze(node: ModelNode) -> Sequence[Value] | None:
    return [node.terms.squeeze(node.inputs[0], _axes(node))]


def _expand(node: ModelNode) -> Sequence[Value] | None:
    x, sizes = node.inputs[0], node.sizes(1)
    if isinstance(x, Const):
        value = x.scalar()
        whole = [s.whole() for s in sizes]
        if value is not None:
            return [_fill(node, sizes, value)]
        if None in whole:  # a token or a position for each sample
            old = (*(dim(1),) * (len(sizes) - len(x.shape)), *x.shape)
            if len(old) != len(sizes):
                return None
            wanted = tuple(o if s == 1 else s for o, s in zip(old, sizes, strict=True))
            return [node.terms.opaque("parameter", [x], wanted)]
        shape = np.broadcast_shapes(x.array.shape, tuple(w or 0 for w in whole))
        return [Const(np.broadcast_to(x.array, shape))]
    sizes = tuple(dim(-1) if s == 1 else s for s in sizes)
    made = node.terms.make("expand", x, sizes=sizes)
    return [x if made.shape == node.term(0).shape else made]


def _slice(node: ModelNode) -> Sequence[Value] | None:
    x = node.inputs[0]
    assert x is not None
    if node.input(1) is None:
        starts, ends = node.attrs["starts"], node.attrs["ends"]
        axes = node.attrs.get("axes", range(len(starts)))
    else:
        starts, ends = folding.as_sizes(node.array(1)), folding.as_sizes(node.array(2))
        axes = node.numbers(3) if node.input(3) is not None else range(len(starts))
    steps = node.numbers(4) if node.input(4) is not None else [1] * len(starts)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if isinstance(x, Const):
            low, high = (dim(v).whole() for v in (start, end))
            if low is None or high is None:
                return None
            x = node.terms.cut(x, axis, low, high, step)
        elif step < 1:
            return None
        else:
            x = node.terms.cut(x, axis, start, end, step)
    return [x]


def _gather(node: ModelNode) -> Sequence[Value] | None:
    x, index = node.inputs
    axis = node.attrs.get("axis", 0)
    if isinstance(index, Term) and index.kind == "opaque":
        return None
    if isinstance(x, Const) and isinstance(index, Const):
        return [Const(np.asarray(x.array.take(index.array.astype(np.int64), axis)))]
    if not isinstance(x, Term):
        return None
    places = _rolled(index, x.shape[axis])
    if places is not None:
        return [node.terms.opaque("rolled", [x], x.shape, axis=axis % x.rank, n=places)]
    if isinstance(index, Const) and index.array.ndim == 0 and index.array.dtype != object:
        return [node.terms.select(x, axis, int(index.array))]
    return [node.terms.make("gather", x, index, axis=axis % x.rank)]


def _rolled(index: Value, size: Dim) -> int | None:
    """n, where an index is (i - n) modulo the size for each place i: a cyclic shift by n."""
    if not isinstance(index, Term) or index.kind != "mod":
        return None
    offset, by = index.args[0], index.const(1)
    n: float | None = 0.0
    row = offset
    if isinstance(offset, Term) and offset.kind == "add":
        row, added = offset.args[0], offset.const(1)
        n = added.number() if added is not None and added.array.dtype.kind in "iu" else None
    if not isinstance(row, Term) or row.kind != "range" or row.params["stop"] != size:
        return None
    same = by is not None and by.array.size == 1 and folding.as_sizes(by.array) == (size,)
    return -int(n) if same and n is not None else None


def _concat(node: ModelNode) -> Sequence[Value] | None:
    axis = node.attrs["axis"]
    if all(isinstance(v, Const) for v in node.inputs):
        arrays = [v.array for v in node.inputs if isinstance(v, Const)]
        if any(a.dtype == object for a in arrays):
            array = np.empty(sum(a.size for a in arrays), object)
            array[:] = [s for a in arrays for s in folding.as_sizes(a)]
            return [Const(array)]
        return [Const(np.concatenate(arrays, axis))]
    if len(node.inputs) == 1:
        return node.inputs
    terms = [v for v in node.inputs if isinstance(v, Term)]
    axis = node.axis(axis, terms[0].rank)
    full = [v for v in node.inputs if not isinstance(v, Term) or v.shape[axis].number != 0]
    if len(full) < 2:
        return full or node.inputs[:1]
    return [node.terms.make("concat", *full, axis=axis)]


def _split(node: ModelNode) -> Sequence[Value] | None:
    x = node.inputs[0]
    assert x is not None
    axis = node.attrs.get("axis", 0) % len(x.shape)
    if node.outputs == 1 and len(node.inputs) == 1:
        return [x]
    if node.input(1) is not None:
        parts: Sequence[Any] = folding.as_sizes(node.array(1))
    elif "split" in node.attrs:
        parts = node.attrs["split"]
    else:
        size, count = x.shape[axis].whole(), node.outputs
        if size is None:
            parts = [x.shape[axis] / count] * count
        else:
            each = -(-size // count)
            parts = [min(each, size - i * each) for i in range(count)]
    if isinstance(x, Const):
        cuts = np.cumsum([dim(p).whole() or 0 for p in parts])[:-1]
        return [Const(a) for a in np.split(x.array, cuts, axis)]
    return node.terms.split(x, axis, parts)


def _pad(node: ModelNode) -> Sequence[Value] | None:
    x = node.term(0)
    mode = node.attrs.get("mode", "constant")
    pads = node.numbers(1) if node.input(1) is not None else node.attrs["pads"]
    fill = node.input(2)
    value = fill.number() if isinstance(fill, Const) else node.attrs.get("value", 0.0)
    if mode != "constant" or value is None:
        return None
    axes = node.numbers(3) if node.input(3) is not None else list(range(x.rank))
    rows = [(0, 0)] * x.rank
    for i, axis in enumerate(axes):
        rows[axis % x.rank] = (pads[i], pads[i + len(axes)])
    if not any(map(any, rows)):
        return [x]
    return [node.terms.make("pad", x, pads=tuple(rows), value=float(value))]


# -- arithmetic on shapes --------------------------------------------------------------------------


def _shape(node: ModelNode) -> Sequence[Value] | None:
    value = node.inputs[0]
    assert value is not None
    sizes: Sizes = value.shape
    if isinstance(value, Term):
        sizes = tuple(Extent(size, value, axis) for axis, size in enumerate(sizes))
    chosen = sizes[slice(node.attrs.get("start", 0), node.attrs.get("end"))]
    array = np.empty(len(chosen), object)
    array[:] = chosen
    return [Const(array)]


def _size(node: ModelNode) -> Sequence[Value] | None:
    total = dim(1)
    for size in node.term(0).shape:
        total = total * size
    return [Const(folding.sizes_array((total,)).reshape(()))]


def _range(node: ModelNode) -> Sequence[Value] | None:
    """Numbers in a row: an array where the end is known, a symbolic index otherwise."""
    ends = [folding.numeric(node.array(i)).reshape(-1)[0] for i in range(3)]
    if not any(isinstance(e, Dim) for e in ends):
        if abs(ends[1] - ends[0]) > LARGE:
            return None
        return [Const(np.arange(*ends))]
    if ends[0] != 0 or ends[2] != 1:
        return None
    return [node.terms.opaque("range", (), (dim(ends[1]),), stop=dim(ends[1]))]


def _mod(node: ModelNode) -> Sequence[Value] | None:
    a, b = node.inputs
    if isinstance(a, Const) and isinstance(b, Const):
        return [Const(folding.combine("mod", a.array, b.array))]
    if isinstance(a, Term) and isinstance(b, Const):
        return [node.terms.opaque("mod", (a, b), a.shape)]
    return None


def _where(node: ModelNode) -> Sequence[Value] | None:
    if not all(isinstance(v, Const) for v in node.inputs):
        return None
    condition, a, b = (v.array for v in node.inputs if isinstance(v, Const))
    if object not in (condition.dtype, a.dtype, b.dtype):
        return [Const(np.where(condition, a, b))]
    rows = np.broadcast_arrays(condition, a, b)
    triples = zip(*(r.reshape(-1).tolist() for r in rows), strict=True)
    return [Const(folding.tidy([x if c else y for c, x, y in triples], rows[0].shape))]


def _equal(node: ModelNode) -> Sequence[Value] | None:
    a, b = node.inputs
    if isinstance(a, Const) and isinstance(b, Const):
        return [Const(folding.combine("equal", a.array, b.array).astype(bool))]
    return None


def _random(node: ModelNode) -> Sequence[Value] | None:
    value = node.inputs[0]
    assert value is not None
    return [node.terms.make("random", sizes=value.shape, how="normal")]


MOVES: Mapping[str, Rule] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Expand": _expand,
    "Slice": _slice,
    "Gather": _gather,
    "Concat": _concat,
    "Split": _split,
    "Pad": _pad,
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Shape": _shape,
    "Size": _size,
    "Range": _range,
    "Mod": _mod,
    "Where": _where,
    "Equal": _equal,
    "RandomNormalLike": _random,
}
"""Op type to rule."""
