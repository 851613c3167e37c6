"""The shapes of what nothing knows: what an ONNX model says of them, or onnx works out.

Where sizes are letters, onnx is asked at several sizes (`fitting.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx
from onnx import TensorProto, helper, shape_inference

from snaplang.diagnostics import fail
from snaplang.dims import Dim, dim, substitute
from snaplang.lift.onnx.names import axis_sizes
from snaplang.lift.terms import Const, Value
from snaplang.lift.terms.fitting import fitted
from snaplang.lift.terms.shapes import Sizes


def result_shapes(
    node: onnx.NodeProto, inputs: Sequence[Value], proto: onnx.ModelProto, known: dict[str, Dim]
) -> list[Sizes]:
    """The shapes of a node's results."""
    shapes = _worked_out(node, inputs, proto)
    if shapes is not None:
        return shapes
    said = {info.name: info for info in (*proto.graph.value_info, *proto.graph.output)}
    found = []
    for name in node.output:
        info = said.get(name)
        if info is None or not info.type.tensor_type.HasField("shape"):
            where = node.name or name
            message = f"the shape of what `{where}` ({node.op_type}) makes is not known"
            hint = "write shapes into the model: onnx.shape_inference.infer_shapes"
            raise fail("E810", message, hint=hint)
        found.append(axis_sizes(info, known))
    return found


def _worked_out(
    node: onnx.NodeProto, inputs: Sequence[Value], proto: onnx.ModelProto
) -> list[Sizes] | None:
    """What onnx infers, at several sizes of each letter."""
    if node.domain not in ("", "ai.onnx") or len(inputs) != len(node.input):
        return None
    shapes = [v.shape for v in inputs if v is not None]
    letters = sorted({n for shape in shapes for size in shape for n in size.letters()})

    def trial(sizes: dict[str, int]) -> list[list[int]] | None:
        return _inferred(node, inputs, proto, {n: dim(s) for n, s in sizes.items()})

    return fitted(letters, trial)


def _inferred(
    node: onnx.NodeProto, inputs: Sequence[Value], proto: onnx.ModelProto, known: dict[str, Dim]
) -> list[list[int]] | None:
    infos, initializers = [], []
    for name, value in zip(node.input, inputs, strict=True):
        if value is None:
            continue
        sizes = [substitute(s, known).whole() for s in value.shape]
        if None in sizes:
            return None
        if isinstance(value, Const) and value.array.dtype.kind in "iu" and value.array.size < 4096:
            initializers.append(onnx.numpy_helper.from_array(value.array, name))
        else:
            infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes))
    results = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
    graph = helper.make_graph([node], "one", infos, results, initializers)
    model = helper.make_model(graph, opset_imports=list(proto.opset_import))
    model.ir_version = min(model.ir_version, proto.ir_version or model.ir_version)
    try:
        done = shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # what cannot be worked out is asked elsewhere
        return None
    found = []
    for info in done.graph.output:
        if not info.type.tensor_type.HasField("shape"):
            return None
        found.append([a.dim_value for a in info.type.tensor_type.shape.dim])
        if not all(found[-1]):
            return None
    return found
