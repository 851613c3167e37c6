"""What tests of ONNX models share: graphs from text, and what is read off a model."""

from __future__ import annotations

from typing import Any

import onnx
import pytest

import snaplang as snap
from snaplang import SnapError
from snaplang.graph import Graph
from snaplang.graph.specialize import prepare


def graph(text: str, *inputs: str, **keywords: Any) -> Graph:
    return prepare(snap.lower(text, inputs=inputs or ["N,4,H,W"], **keywords))


def values(infos: Any) -> dict[str, list[int | str]]:
    """Names and sizes of typed values."""
    return {
        info.name: [
            d.dim_value if d.HasField("dim_value") else d.dim_param
            for d in info.type.tensor_type.shape.dim
        ]
        for info in infos
    }


def nodes(proto: onnx.ModelProto) -> list[tuple[str, str]]:
    return [(node.name, node.op_type) for node in proto.graph.node]


def code_of(error: pytest.ExceptionInfo[SnapError]) -> set[str]:
    return {d.code for d in error.value.diagnostics}
