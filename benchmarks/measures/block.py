"""`snaplang.torch.Block` beside the same module by hand: its forward, training, construction.

Both modules of a pair have the same weights and must compute the same before they are timed. The
allocator is told to keep its memory: by default glibc gives the top of the heap back when blocks
are freed, and whether a forward does that each time depends on where its blocks happen to lie. It
costs either side up to a tenth, in page faults, and says nothing of the modules.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.harness import Found, at_most, benchmark, between, turns

if TYPE_CHECKING:
    from torch import Tensor, nn

PEER = "the hand-written module"
CASES = {
    "small": "a residual block of 8 channels on 8x8",
    "large": "a residual block of 64 channels, 4 images of 32x32",
    "resnet": "a ResNet of eight blocks, 4 images of 32x32",
}


@dataclass
class Pair:
    """The same module twice, and an input."""

    ours: Callable[[], nn.Module]
    theirs: Callable[[], nn.Module]
    x: Tensor


def keep_memory() -> None:
    """Tell glibc to map no blocks of their own and to return nothing; elsewhere do nothing."""
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return
    for option, value in ((-3, 2**25), (-1, 2**31 - 1)):  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
        libc.mallopt(option, value)


def pair(case: str) -> Pair:
    """The pair of a case; torch with one thread, memory kept."""
    keep_memory()
    import torch

    from benchmarks.peers import by_hand
    from snaplang.torch import Block

    torch.manual_seed(0)
    torch.set_num_threads(1)
    if case == "resnet":
        ours = partial(Block, by_hand.RESNET, channels=3)
        return Pair(ours, by_hand.ResNet, torch.randn(4, 3, 32, 32))
    width, x = (8, torch.randn(1, 8, 8, 8)) if case == "small" else (64, torch.randn(4, 64, 32, 32))
    ours = partial(Block, by_hand.RESIDUAL, channels=width)
    return Pair(ours, partial(by_hand.Residual, width), x)


def modules(made: Pair) -> tuple[nn.Module, nn.Module]:
    """Both, with the same weights, after seeing that they compute the same."""
    import torch

    ours, theirs = made.ours(), made.theirs()
    theirs.load_state_dict(ours.state_dict())
    assert torch.allclose(ours.eval()(made.x), theirs.eval()(made.x), atol=1e-5)
    return ours, theirs


def forward(case: str) -> Iterator[Found]:
    """Eval mode, no gradients."""
    import torch

    made = pair(case)
    ours, theirs = modules(made)
    with torch.no_grad():
        yield from turns(lambda: ours(made.x), lambda: theirs(made.x), 101)


def training(case: str) -> Iterator[Found]:
    """Forward and backward in training mode."""
    made = pair(case)
    ours, theirs = (module.train() for module in modules(made))
    yield from turns(
        lambda: ours(made.x).sum().backward(), lambda: theirs(made.x).sum().backward(), 41
    )


def construction(case: str) -> Iterator[Found]:
    """Another module of a program that has been compiled, weights drawn and all."""
    made = pair(case)
    modules(made)
    yield from turns(made.ours, made.theirs, 41)


for _case, _what in CASES.items():
    benchmark(f"`Block` forward, eager: {_what}", PEER, between(0.98, 1.02), case=_case)(forward)
    benchmark(f"`Block` forward and backward: {_what}", PEER, case=_case)(training)
    benchmark(f"building a `Block` the second time: {_what}", PEER, at_most(1.5), case=_case)(
        construction
    )
