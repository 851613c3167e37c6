"""ONNX models straight from graphs: protobuf alone, no torch, no tracing.

`model` gives a `ModelProto`; `encoded` its bytes, without ever holding the weights twice. How ops
look stands in `ops.py`. Letters of the inputs' shapes become dynamic axes of that name,
initializers bear the state_dict keys of the torch module, nodes the paths of their instances.

>>> from snaplang.api import lower
>>> proto = model(lower("conv3 relu", inputs=["N,8,H,W"]))
>>> [node.op_type for node in proto.graph.node], [w.name for w in proto.graph.initializer]
(['Conv', 'Relu'], ['conv1.weight', 'conv1.bias'])
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import defs

from snaplang.backends.onnx.build import initializers, skeleton
from snaplang.backends.onnx.wire import (
    GRAPH,
    INITIALIZER,
    frame,
    header,
    lead,
    parted,
    size_in_bytes,
)
from snaplang.diagnostics import fail
from snaplang.graph import Graph
from snaplang.graph.specialize import prepare
from snaplang.graph.weights import Array, aboard, check, draw, load, sizes
from snaplang.ops.spec import Weight

# The first opset in which every op of the table has its natural form (Gelu came with 20). Newer
# ones bring nothing that we emit, and shut out older runtimes: ONNX Runtime takes 20 since 1.17.
DEFAULT_OPSET = 20
OLDEST_OPSET = 18


Weights = Mapping[str, Any] | str | os.PathLike[str] | None  # by state_dict key, or a file


def model(
    graph: Graph,
    weights: Weights = None,
    seed: int = 0,
    opset: int | None = None,
) -> onnx.ModelProto:
    """The ONNX model of a graph, in inference form.

    `weights` maps state_dict keys to arrays or tensors, or is a safetensors file; by default they
    are those of the model that the graph was lifted from, or drawn from `seed`. The same arguments
    give the same bytes. Raises `SnapError`: E507 and E508 for open choices and widths, E711 for an
    opset that onnx or we do not know, E712 for a user's op without emitter, E713 beyond 2 GB, E714
    where a user's emitter fails, E721 for weights that do not fit.
    """
    graph = prepare(graph)
    proto = skeleton(graph, _checked_opset(opset))
    array_of = _source(graph, weights, seed)
    waiting = []
    for key, weight in initializers(graph):
        tensor = proto.graph.initializer.add()
        tensor.MergeFrom(header(key, sizes(weight)))
        waiting.append((size_in_bytes(tensor.dims), key, weight, tensor))
    # The largest first: a copy on the way leaves a hole in memory, into which the next one fits.
    for _, key, weight, tensor in sorted(waiting, key=lambda entry: -entry[0]):
        tensor.raw_data = array_of(key, weight).tobytes()
    return proto


def encoded(
    graph: Graph,
    weights: Weights = None,
    seed: int = 0,
    opset: int | None = None,
) -> bytes:
    """`model(…).SerializeToString()`, byte for byte, in a fraction of its memory.

    Weights are drawn one by one and written behind each other, as protobuf lays them out.
    """
    graph = prepare(graph)
    proto = skeleton(graph, _checked_opset(opset))
    array_of = _source(graph, weights, seed)
    shapes = [(key, sizes(weight)) for key, weight in initializers(graph)]
    leads = [lead(key, shape) for key, shape in shapes]
    front, back = parted(proto.graph, INITIALIZER)
    length = sum(map(len, (front, *leads, back))) + sum(size_in_bytes(s) for _, s in shapes)
    proto.ClearField("graph")
    before, after = parted(proto, GRAPH)
    out = BytesIO()
    out.write(before + frame(GRAPH, length) + front)
    for top, (key, weight) in zip(leads, initializers(graph), strict=True):
        out.write(top)
        out.write(array_of(key, weight).data)
    out.write(back + after)
    return out.getvalue()


def _checked_opset(opset: int | None) -> int:
    newest = defs.onnx_opset_version()
    if opset is None:
        return DEFAULT_OPSET
    if not OLDEST_OPSET <= opset <= newest:
        hint = f"this version of onnx knows {OLDEST_OPSET} to {newest}"
        raise fail("E711", f"opset {opset} is not supported", hint=hint)
    return opset


def _source(graph: Graph, weights: Weights, seed: int) -> Callable[[str, Weight], Array]:
    """What gives an initializer, drawn when its turn comes, little-endian and contiguous."""
    if isinstance(weights, str | os.PathLike):
        weights = load(Path(weights), graph)
    weights = aboard(graph) if weights is None else weights
    given = None if weights is None else check(graph, weights)

    def array_of(key: str, weight: Weight) -> Array:
        array = draw(key, weight, seed) if given is None else given[key]
        return np.ascontiguousarray(array, "<f4")

    return array_of
