"""Graphs to ONNX models.

    export  a graph to a model
    build   the model of a graph; wire, emit and layers write its nodes
    ops     op to emitter, one table
    sizes   symbolic sizes as shape computations
    record  what the reader needs to read its own file back

Graph -> nodes and initializers -> model, checked by onnx. Nothing here imports torch.
"""

from __future__ import annotations

from snaplang.backends.onnx.export import (
    DEFAULT_OPSET,
    OLDEST_OPSET,
    encoded,
    model,
)

__all__ = [
    "DEFAULT_OPSET",
    "OLDEST_OPSET",
    "encoded",
    "model",
]
