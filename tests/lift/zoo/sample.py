"""A module of the zoo and the program that is the same architecture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Sample:
    """A module and its program.

    `inputs` are the shapes of `forward`'s arguments, `sizes` some numbers for them. `channels` is
    the place of the channels among the axes: -1 for tokens `[N, L, C]`. `folds` says that a batch
    norm stands behind a convolution, which exporters fold into it; `reroutes` that sizes are asked
    of a tensor between, which torch.export asks of an input of the same sizes.
    """

    name: str
    make: Callable[[], nn.Module]
    inputs: tuple[str, ...]
    sizes: tuple[tuple[int, ...], ...]
    program: str
    folds: bool = False
    channels: int = 1
    reroutes: bool = False

    def module(self) -> nn.Module:
        """The module in eval mode, all its numbers drawn anew from a fixed seed."""
        generator = torch.Generator().manual_seed(7)
        module = self.make().eval()
        with torch.no_grad():
            for name, tensor in (*module.named_parameters(), *module.named_buffers()):
                if not tensor.is_floating_point():
                    continue
                drawn = torch.rand(tensor.shape, generator=generator)
                one = tensor.ndim < 2 and "bias" not in name
                tensor.copy_(0.5 + drawn if one else (drawn - 0.5) * 0.5)
        return module

    def arguments(self) -> tuple[torch.Tensor, ...]:
        """Tensors for `forward`."""
        generator = torch.Generator().manual_seed(11)
        return tuple(torch.randn(size, generator=generator) for size in self.sizes)

    def given(self) -> list[str]:
        """The inputs as the program takes them: channels second."""
        found = []
        for text in self.inputs:
            sizes = text.split(",")
            if self.channels == -1:
                sizes = [sizes[0], sizes[-1], *sizes[1:-1]]
            found.append(",".join(sizes))
        return found
