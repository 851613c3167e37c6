"""A module of the zoo and the program that is the same architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

Convert = Callable[[Mapping[str, torch.Tensor]], Sequence[torch.Tensor]]


def in_order(prefixes: Sequence[str]) -> Convert:
    """Weights by the prefix of their names, for modules that declare in another order than use."""
    return partial(_sorted, tuple(prefixes))


def _sorted(prefixes: Sequence[str], state: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
    rank = {name: next(i for i, p in enumerate(prefixes) if name.startswith(p)) for name in state}
    return [state[name] for name in sorted(state, key=rank.__getitem__)]


def as_declared(state: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
    """Weights in the order of declaration."""
    return list(state.values())


@dataclass(frozen=True)
class Sample:
    """A module and its program.

    `inputs` are the shapes of `forward`'s arguments, `sizes` some numbers for them. `channels` is
    the place of the channels among the axes: -1 for tokens `[N, L, C]`. `folds` says that a batch
    norm stands behind a convolution, which exporters fold into it. `convert` makes the weights of
    the program, in its order, of those of the module. `exported` says that torch.fx cannot trace
    the module, but torch.export can; `reroutes` that it asks a tensor between for sizes, which
    torch.export asks of an input of the same sizes; `still` that neither ONNX exporter follows it
    at sizes that may change, and that at fixed ones a window of the whole map is a plain pool.
    """

    name: str
    make: Callable[[], nn.Module]
    inputs: tuple[str, ...]
    sizes: tuple[tuple[int, ...], ...]
    program: str
    folds: bool = False
    channels: int = 1
    convert: Convert = as_declared
    exported: bool = False
    reroutes: bool = False
    still: bool = False

    def __str__(self) -> str:
        return self.name

    def module(self) -> nn.Module:
        """The module in eval mode, all its numbers drawn anew from a fixed seed."""
        generator = torch.Generator().manual_seed(7)
        module = self.make().eval()
        with torch.no_grad():
            for name, tensor in (*module.named_parameters(), *module.named_buffers()):
                if not tensor.is_floating_point():
                    continue
                tensor.copy_(_drawn(name, tensor, generator))
        return module

    def weights(self) -> Sequence[torch.Tensor]:
        """The weights and statistics of `module()` in the order of the program."""
        state = self.module().state_dict()
        return self.convert({k: v for k, v in state.items() if "num_batches" not in k})

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


def _drawn(name: str, tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Numbers that keep the size of what flows, so that no ReLU cuts everything away."""
    drawn = torch.rand(tensor.shape, generator=generator)
    if tensor.ndim >= 2:
        spread: float = 4.2 / (tensor.numel() / tensor.shape[0]) ** 0.5
        return (drawn - 0.5) * spread
    return drawn - 0.5 if "bias" in name or "mean" in name else drawn + 0.5
