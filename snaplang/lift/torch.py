"""`from_torch`: an `nn.Module` into a graph, with its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from snaplang.graph import Graph
from snaplang.lift.lifting import lifted

if TYPE_CHECKING:
    from torch import nn


def from_torch(
    module: nn.Module, inputs: Sequence[str] | None = None, opaque: bool = False
) -> Graph:
    """The graph of a module, traced by torch.fx, or by torch.export where fx cannot.

    `inputs` are the shapes of `forward`'s arguments in the order that it takes them, as in
    `["N,3,224,224"]`; letters are sizes that may be any, a name before `=` says which argument. The
    graph is that of the mode the module is in: what `forward` leaves out in eval mode is left out;
    `nn.Dropout` stays. Weights are aboard (`Graph.state`), paths are those of the module.

    Raises `SnapError`: E810 with every op that the table lacks (kept with `opaque`), E813 and E815
    where the module cannot be traced, E814 for weights that two places use, E816 for inputs that
    are no inputs of it, E817 for what is no tensor `[N, C, …]`.
    """
    from snaplang.lift.torch_read import read_torch

    return lifted(read_torch(module, inputs), opaque)
