"""The prelude's words compute what their sources define: each beside a module written by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

import snaplang as snap
from snaplang.lowering.words import prelude
from snaplang.torch import Block

C = 16


def conv(k: int, i: int = C, o: int = C, stride: int = 1, groups: int = 1, d: int = 1) -> nn.Module:
    """A convolution without bias that keeps sizes at stride 1."""
    return nn.Conv2d(i, o, k, stride, d * (k // 2), d, groups, bias=False)


def unit(k: int, i: int = C, o: int = C, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Convolution and norm."""
    return [conv(k, i, o, stride, groups), nn.BatchNorm2d(o)]


class Sum(nn.Module):
    """The sum of branches."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Branches on the same tensor."""
        return torch.stack([branch(x) for branch in self.branches]).sum(0)


class Squeeze(nn.Module):
    """Squeeze and excitation from `c` to `squeezed` channels."""

    def __init__(self, c: int, squeezed: int, act: nn.Module, gate: nn.Module) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(c, squeezed, 1), nn.Conv2d(squeezed, c, 1)
        self.act, self.gate = act, gate

    def forward(self, x: Tensor) -> Tensor:
        """Channels weighed by their means."""
        weights: Tensor = self.gate(self.second(self.act(self.first(x.mean((2, 3), keepdim=True)))))
        return x * weights


class Factorized(nn.Module):
    """DARTS's FactorizedReduce."""

    def __init__(self, o: int) -> None:
        super().__init__()
        self.even, self.odd = conv(1, C, o // 2, 2), conv(1, C, o // 2, 2)
        self.norm = nn.BatchNorm2d(o)

    def forward(self, x: Tensor) -> Tensor:
        """Even pixels on one half of the channels, odd pixels on the other."""
        x = x.relu()
        found: Tensor = self.norm(torch.cat([self.even(x), self.odd(x[:, :, 1:, 1:])], 1))
        return found


def separable(k: int, stride: int, o: int, d: int = 1) -> list[nn.Module]:
    """ReLU, depthwise, pointwise, norm."""
    return [nn.ReLU(), conv(k, stride=stride, groups=C, d=d), conv(1, o=o), nn.BatchNorm2d(o)]


def inverted(squeeze: nn.Module | None, act: nn.Module, stride: int, o: int) -> nn.Module:
    """An inverted residual without its skip, expanding six times."""
    wide = 6 * C
    depthwise = [*unit(5, wide, wide, stride, wide), act]
    middle = [squeeze] if squeeze else []
    return nn.Sequential(*unit(1, C, wide), act, *depthwise, *middle, *unit(1, wide, o))


def narrow(o: int, mid: int, stride: int = 1, groups: int = 1) -> nn.Module:
    """A bottleneck without its skip."""
    first, middle = unit(1, C, mid), unit(3, mid, mid, stride, groups)
    return nn.Sequential(*first, nn.ReLU(), *middle, nn.ReLU(), *unit(1, mid, o))


SIGMOID = nn.Sigmoid()
WORDS: dict[str, Callable[[], nn.Module]] = {
    "cb3": lambda: nn.Sequential(*unit(3)),
    "cb(5, 2, 2*c, 4)": lambda: nn.Sequential(*unit(5, C, 2 * C, 2, 4)),
    "cbr3": lambda: nn.Sequential(*unit(3), nn.ReLU()),
    "cbr(1, stride=2, out=8)": lambda: nn.Sequential(*unit(1, C, 8, 2), nn.ReLU()),
    "residual({ cb3 })": lambda: Sum(nn.Sequential(*unit(3)), nn.Identity()),
    "shortcut": lambda: nn.Sequential(*unit(1)),
    "shortcut(2, 8)": lambda: nn.Sequential(*unit(1, C, 8, 2)),
    "bottleneck": lambda: nn.Sequential(Sum(narrow(C, C // 4), nn.Identity()), nn.ReLU()),
    "bottleneck(2, 2*c, c, 4, project=true)": lambda: nn.Sequential(
        Sum(narrow(2 * C, C, 2, 4), nn.Sequential(*unit(1, C, 2 * C, 2))), nn.ReLU()
    ),
    "se": lambda: Squeeze(C, C // 16, nn.ReLU(), SIGMOID),
    "se(4, hswish, hsigmoid)": lambda: Squeeze(C, C // 4, nn.Hardswish(), nn.Hardsigmoid()),
    "mbconv5": lambda: Sum(
        inverted(Squeeze(6 * C, C // 4, nn.SiLU(), SIGMOID), nn.SiLU(), 1, C), nn.Identity()
    ),
    "mbconv(5, out=8, stride=2, act=relu6, squeeze={})": lambda: inverted(None, nn.ReLU6(), 2, 8),
    "mbconv(5, act=relu6, squeeze={}, path={ droppath(0.1) })": lambda: Sum(
        inverted(None, nn.ReLU6(), 1, C), nn.Identity()
    ),
    "sepconv3": lambda: nn.Sequential(*separable(3, 1, C), *separable(3, 1, C)),
    "sepconv(5, 2, 8)": lambda: nn.Sequential(*separable(5, 2, C), *separable(5, 1, 8)),
    "dilconv3": lambda: nn.Sequential(*separable(3, 1, C, 2)),
    "dilconv(5, 2, 8)": lambda: nn.Sequential(*separable(5, 2, 8, 2)),
    "facred": lambda: Factorized(C),
    "facred(2*c)": lambda: Factorized(2 * C),
}


def _weigh(module: nn.Module) -> None:
    """Weights far from where they start."""
    torch.manual_seed(0)
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape) + 0.5 if tensor.dim() == 1 else tensor * 2)


@pytest.mark.parametrize("text", WORDS)
def test_words_compute_what_their_sources_define(text: str) -> None:
    block, wanted = Block(text, channels=C).eval(), WORDS[text]().eval()
    _weigh(wanted)
    ours, theirs = block.state_dict(), wanted.state_dict()
    assert [t.shape for t in ours.values()] == [t.shape for t in theirs.values()]
    block.load_state_dict(dict(zip(ours, theirs.values(), strict=True)))
    x = torch.randn(2, C, 8, 8)
    with torch.no_grad():
        assert torch.allclose(block(x), wanted(x), rtol=1e-4, atol=1e-5)


def test_every_word_stands_beside_a_module() -> None:
    tried = {text.partition("(")[0].rstrip("0123456789") for text in WORDS}
    assert tried == set(prelude().own)


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("sizes", ["L", "H,W", "D,H,W"])
def test_words_have_every_rank(text: str, sizes: str) -> None:
    graph = snap.lower(text, inputs=[f"N,64,{sizes}"])
    assert graph.shapes[graph.outputs[0]].rank == sizes.count(",") + 1
    assert snap.lower(text).outputs  # the width may stay open


def test_every_word_has_a_comment_above_it() -> None:
    lines = prelude().source.text.split("\n")
    for before, line in pairwise(lines):
        assert before.startswith("#") or not line.startswith("def "), line


def test_the_prelude_is_well_set() -> None:
    text = prelude().source.text
    assert snap.format(text) == text
