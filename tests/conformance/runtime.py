"""ONNX Runtime for tests: one thread, no chatter."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper

Array = NDArray[np.float32]

onnxruntime.set_default_logger_severity(3)


def session(model: onnx.ModelProto | bytes) -> Any:
    """A session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def run(model: onnx.ModelProto | bytes, *inputs: Array) -> list[Array]:
    """The outputs for inputs in order."""
    opened = session(model)
    feed = {entry.name: x for entry, x in zip(opened.get_inputs(), inputs, strict=True)}
    return list(opened.run(None, feed))


@cache
def newest_opset() -> int:
    """The newest opset that both onnx and this ONNX Runtime know."""
    for opset in range(onnx.defs.onnx_opset_version(), 18, -1):
        imports = [helper.make_opsetid("", opset)]
        ends = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1]) for n in "xy"]
        graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:])
        version = helper.find_min_ir_version_for(imports)
        try:
            session(helper.make_model(graph, opset_imports=imports, ir_version=version))
        except Exception:
            continue
        return opset
    return 18
