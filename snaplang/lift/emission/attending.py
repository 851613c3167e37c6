"""Attention, from tiles to `mhsa`. Part of `rules.py`.

`attend` leaves an instance of an op of its own, which the table does not have: softmax(q k^T) v.
When a linear map follows, both and the projections before become one `mhsa`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snaplang.dims import dim
from snaplang.graph import Node
from snaplang.lift.emission.emission import Claim, Claims, Emission, LackingError
from snaplang.lift.patterns.algebra import near
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms.views import View, order, size_of
from snaplang.ops.spec import Attrs, OpSpec, Param, ParamKind

ATTEND = OpSpec(
    "lift.attend",
    "attend",
    "attention",
    "Weighted sums of values, by the softmax of queries times keys.",
    (Param("heads", ParamKind.COUNT),),
    inputs=3,
    shape=lambda rules: rules.inputs[-1:],
)


def attend(e: Emission, tile: Tile) -> View:
    """Queries, keys and values must lie as heads by positions by channels of a head."""
    query, key, value = (e.view(leaf) for leaf in tile.leaves)
    rank = len(query.axes)
    if not rank == len(key.axes) == len(value.axes) >= 3:
        raise LackingError("a product of matrices that is no attention over positions")
    heads = _heads(query, rank - 1, rank - 2)
    same = heads == _heads(key, rank - 2, rank - 1)
    turned = (rank - 2, rank - 1) if tile.given["turned"] else (rank - 1, rank - 2)
    if not same or heads != _heads(value, *turned):
        raise LackingError("an attention whose queries, keys and values lie differently")
    width = size_of(query.axes[-1]).whole()
    channels = e.shape(query.base).channels.whole()
    if width is None or channels is None or not near(tile.given["scale"], width**-0.5):
        raise LackingError(f"an attention with the scale {tile.given['scale']:g}")
    bases = (query.base, key.base, value.base)
    if len({e.shape(b) for b in bases}) > 1:
        raise LackingError("an attention between tensors of different shapes")
    (found,) = e.append(ATTEND, Attrs({"heads": channels // width}), bases)
    return value.on(found)


def _heads(view: View, inner: int, positions: int) -> tuple[object, ...]:
    """What stands before the last two axes, if these are channels of a head and positions."""
    atoms = view.atoms(1)
    wide = list(view.axes[inner])
    if atoms[len(atoms) - len(wide) :] != wide or list(view.axes[positions]) != view.spatial():
        raise LackingError("a product of matrices that is no attention over positions")
    rest = [atom for axis in view.axes[:-2] for atom in axis]
    outer = [a for a in rest if a.axis == 1]
    if outer != atoms[: len(atoms) - len(wide)] or any(a.axis > 1 for a in rest):
        raise LackingError("an attention whose heads lie in another order")
    return order(tuple(rest))


def attention_of(e: Emission, value: int, outer: Claims) -> int | None:
    """`mhsa` where `value` is attention and `outer` projects it; None for any other value."""
    node = _maker(e, value)
    if node is None or node.op is not ATTEND:
        return None
    channels = e.shape(value).channels
    if outer["weight"].array.shape[0] != channels.whole():
        raise LackingError("an attention whose last projection changes the width")
    outer = _with_bias(e, outer)
    found = _one_projection(e, node.inputs) or _three_projections(e, node.inputs)
    if found is None:
        raise LackingError("an attention without projections with biases of one tensor")
    source, inner = found
    claims = inner | {"out_proj.weight": outer["weight"], "out_proj.bias": outer["bias"]}
    return e.run("mhsa", [source], {"heads": dim(node.attrs.count("heads"))}, claims)[0]


def _with_bias(e: Emission, claims: Claims) -> Claims:
    """A projection with a bias: exporters drop one that is zero, modules say that there is none."""
    if "bias" in claims:
        return claims
    if e.foreign.origin != "ONNX":
        raise LackingError("an attention whose projections have no biases")
    e.note("attention without a bias is read as with one of 0")
    return {**claims, "bias": Claim(np.zeros(claims["weight"].array.shape[0], np.float32), ())}


def _maker(e: Emission, value: int) -> Node | None:
    """The node that makes a value."""
    number = e.makers.get(value)
    return None if number is None else e.assembly.nodes[number]


def _projection(e: Emission, value: int) -> tuple[Node, Claims] | None:
    """The linear map with a bias that makes a value."""
    node = _maker(e, value)
    if node is None or node.op.id != "linear":
        return None
    return node, _with_bias(e, e.claims[e.makers[value]])


def _one_projection(e: Emission, parts: Sequence[int]) -> tuple[int, dict[str, Claim]] | None:
    """Queries, keys and values as the three parts of one linear map."""
    node = _maker(e, parts[0])
    if node is None or node.op.id != "split" or tuple(node.outputs) != tuple(parts):
        return None
    found = _projection(e, node.inputs[0])
    if found is None or found[0].attrs.width("out") != 3 * e.shape(found[0].inputs[0]).channels:
        return None
    made, claims = found
    inner = {"in_proj_weight": claims["weight"], "in_proj_bias": claims["bias"]}
    return made.inputs[0], inner


def _three_projections(e: Emission, parts: Sequence[int]) -> tuple[int, dict[str, Claim]] | None:
    """Queries, keys and values from three linear maps of one tensor."""
    found = [_projection(e, value) for value in parts]
    known = [f for f in found if f is not None]
    sources = {node.inputs[0] for node, _ in known}
    if len(known) != 3 or len(sources) != 1:
        return None
    (source,) = sources
    inner = {}
    for name in ("weight", "bias"):
        data = [claims[name] for _, claims in known]
        roots = tuple(root for claim in data for root in claim.roots)
        inner[f"in_proj_{name}"] = Claim(np.concatenate([c.array for c in data]), roots)
    channels = e.shape(source).channels.whole() or 0
    if inner["in_proj_weight"].array.shape != (3 * channels, channels):
        return None
    return source, inner
