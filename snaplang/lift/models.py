"""`from_onnx` and `from_torch`: models of others into graphs, with their weights.

The libraries are imported when a function is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from snaplang.graph import Graph

if TYPE_CHECKING:
    from torch import nn

    from snaplang.lift.onnx.file import Model


def from_onnx(model: Model, opaque: bool = False) -> Graph:
    """The graph of an ONNX model: a path, its bytes, or a `ModelProto`.

    The graph has the model's weights (`Graph.state`, by state_dict key), names of modules as
    paths, and in `Graph.notes` what there is to say of the reading. Axes that the model leaves open
    are letters. With `opaque`, ops that the table lacks are kept as opaque instances.

    Raises `SnapError`: E601 and E811 to E813 for files that cannot be read, E810 with every op that
    the table lacks, E814 for weights that two places use, E817 for inputs that are no tensors of
    floats `[N, C, …]`.
    """
    from snaplang.lift.lifting import lifted
    from snaplang.lift.onnx.read import read_onnx

    return lifted(read_onnx(model), opaque)


def from_torch(
    module: nn.Module, inputs: Sequence[str] | None = None, opaque: bool = False
) -> Graph:
    """The graph of a module, traced by torch.fx, or by torch.export where fx cannot.

    `inputs` are the shapes of `forward`'s arguments in the order that it takes them, as in
    `["N,3,224,224"]`; letters are sizes that may be any, a name before `=` says which argument. The
    graph is that of the mode the module is in: what `forward` leaves out in eval mode is left out;
    `nn.Dropout` stays. Weights are in `Graph.state`, paths are those of the module.

    Raises `SnapError`: E810 with every op that the table lacks (kept with `opaque`), E813 and E815
    where the module cannot be traced, E814 for weights that two places use, E816 for inputs that
    are no inputs of it, E817 for what is no tensor `[N, C, …]`.
    """
    from snaplang.lift.lifting import lifted
    from snaplang.lift.torch.read import read_torch

    return lifted(read_torch(module, inputs), opaque)
