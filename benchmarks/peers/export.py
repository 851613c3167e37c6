"""The module that `compile.process` exports: run as `export.py OUT [WEIGHTS]`, a whole process.

A residual block as one writes it by hand, and `torch.onnx.export(dynamo=True)` with dynamic batch,
height and width. `WEIGHTS` is an ONNX model to take the weights of, for comparing results.
"""

from __future__ import annotations

import logging
import sys
import warnings

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """A residual block; its weights have the names that snaplang gives them."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(y)))


def exported(block: nn.Module, target: str | None = None) -> object:
    """PyTorch's own exporter on a block of 64 channels; to a file, or to the program in memory."""
    sizes = {0: torch.export.Dim("N"), 2: torch.export.Dim("H"), 3: torch.export.Dim("W")}
    return torch.onnx.export(
        block, (torch.zeros(2, 64, 8, 9),), target, dynamo=True,
        dynamic_shapes={"x": sizes}, external_data=False, verbose=False,
    )  # fmt: skip


def network(module: nn.Module, shape: tuple[int, ...]) -> object:
    """The same for any module with a dynamic batch."""
    return torch.onnx.export(
        module, (torch.zeros(shape),), None, dynamo=True,
        dynamic_shapes=({0: torch.export.Dim("N")},), verbose=False,
    )  # fmt: skip


def quiet() -> None:
    """Keep the exporter's warnings off the screen."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")


def loaded(block: nn.Module, model: str) -> None:
    """Give a block the weights of an ONNX model."""
    import onnx

    weights = onnx.load(model).graph.initializer
    state = {w.name: torch.from_numpy(onnx.numpy_helper.to_array(w).copy()) for w in weights}
    missing, unexpected = block.load_state_dict(state, strict=False)
    assert not unexpected and all(n.endswith("num_batches_tracked") for n in missing)


if __name__ == "__main__":
    made = Residual(64).eval()
    if len(sys.argv) > 2:
        loaded(made, sys.argv[2])
    exported(made, sys.argv[1])
