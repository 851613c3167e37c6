"""`from_onnx`: an ONNX model into a graph, with its weights."""

from __future__ import annotations

from snaplang.graph import Graph
from snaplang.lift.lifting import lifted
from snaplang.lift.onnx_file import Model
from snaplang.lift.onnx_read import read_onnx


def from_onnx(model: Model, opaque: bool = False) -> Graph:
    """The graph of an ONNX model: a path, its bytes, or a `ModelProto`.

    The graph has the model's weights aboard (`Graph.state`, by state_dict key), names of modules as
    paths, and in `Graph.notes` what there is to say of the reading. Axes that the model leaves open
    are letters. With `opaque`, ops that the table lacks are kept as opaque instances.

    Raises `SnapError`: E601 and E811 to E813 for files that cannot be read, E810 with every op that
    the table lacks, E814 for weights that two places use, E817 for inputs that are no tensors of
    floats `[N, C, …]`.
    """
    return lifted(read_onnx(model), opaque)
