"""Other ranks, other norms, activations written out, cells of searches."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


def one_axis() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(4, 8, 5, stride=2, padding=2), nn.ReLU(), nn.BatchNorm1d(8), nn.Conv1d(8, 8, 3),
        nn.Tanh(), nn.MaxPool1d(2),
    )  # fmt: skip


def three_axes() -> nn.Module:
    return nn.Sequential(
        nn.Conv3d(2, 4, 3, padding=1, bias=False), nn.BatchNorm3d(4), nn.LeakyReLU(0.1),
        nn.AvgPool3d(2), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


class Diffusion(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(4, 8, eps=1e-6), nn.Conv2d(8, 16, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(4, 16, eps=1e-6), nn.Conv2d(16, 16, 3, padding=1)
        self.dropout, self.shortcut = nn.Dropout(0.1), nn.Conv2d(8, 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(self.dropout(F.silu(self.norm2(h))))
        return self.shortcut(x) + h


class Style(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.in1 = nn.Conv2d(8, 8, 3, padding=1), nn.InstanceNorm2d(8, affine=True)
        self.conv2, self.in2 = nn.Conv2d(8, 8, 3, padding=1), nn.InstanceNorm2d(8, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.in2(self.conv2(torch.relu(self.in1(self.conv1(x))))) + x


class WrittenOut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)
        self.c, self.d = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        x = self.b(x * torch.sigmoid(x))
        x = self.c(x * F.relu6(x + 3.0) / 6.0)
        x = self.d(0.5 * x * (1.0 + torch.erf(x / math.sqrt(2.0))))
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x.pow(3))))


class FactorizedReduce(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(8, 4, 1, stride=2, padding=0, bias=False)
        self.conv_2 = nn.Conv2d(8, 4, 1, stride=2, padding=0, bias=False)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(x)
        return self.bn(torch.cat([self.conv_1(x), self.conv_2(x[:, :, 1:, 1:])], dim=1))


class Cell(nn.Module):
    """A cell of DARTS: two inputs, four kinds of edges."""

    def __init__(self) -> None:
        super().__init__()
        self.pre = nn.ModuleList(
            nn.Sequential(nn.ReLU(), nn.Conv2d(8, 8, 1, bias=False), nn.BatchNorm2d(8))
            for _ in range(2)
        )
        self.dil = nn.Sequential(
            nn.ReLU(), nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8, bias=False),
            nn.Conv2d(8, 8, 1, bias=False), nn.BatchNorm2d(8),
        )  # fmt: skip
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, s0: Tensor, s1: Tensor) -> Tensor:
        s0, s1 = self.pre[0](s0), self.pre[1](s1)
        first = self.dil(s0) + s1
        second = self.pool(s1) + F.avg_pool2d(first, 3, 1, 1, count_include_pad=False)
        return torch.cat([s0, s1, first, second], dim=1)


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.drop = nn.Linear(12, 20), nn.Linear(20, 5), nn.Dropout(0.25)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.drop(self.fc1(x).relu()))


class Controlled(nn.Module):
    """Code that asks for sizes, which torch.fx cannot follow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.act = nn.Conv2d(8, 8, 3, padding=1), nn.PReLU()

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != 8:
            raise ValueError("eight channels are needed")
        for _ in range(x.dim() - 2):
            x = self.act(x) if x.size(1) > 100 else x + F.hardsigmoid(x)
        return torch.maximum(self.conv(x), self.act(x))


_SIDE = "relu conv1(bias=false) bn"
OTHER = (
    Sample(
        "one axis",
        one_axis,
        ("N,4,L",),
        ((2, 4, 32),),
        "conv(5, out=8, stride=2) relu bn conv(3, out=8, pad=0) tanh maxpool(2, stride=2)",
    ),
    Sample(
        "three axes",
        three_axes,
        ("N,2,D,H,W",),
        ((2, 2, 4, 6, 8),),
        "conv(3, out=4, bias=false) bn leaky(0.1) avgpool(2, stride=2) gap flatten linear3",
        folds=True,
    ),
    Sample(
        "diffusion",
        Diffusion,
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "[ conv(1, out=16) | gn(4, eps=1e-6) silu conv(3, out=16) gn(4, eps=1e-6) silu"
        " dropout(0.1) conv(3, out=16) ] add",
    ),
    Sample(
        "style transfer",
        Style,
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "dup conv3 gn8 relu conv3 gn8 add",
    ),
    Sample(
        "activations written out",
        WrittenOut,
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "conv1 silu conv1 hswish conv1 gelu conv1 gelu(approximate=tanh)",
    ),
    Sample(
        "factorised reduction",
        FactorizedReduce,
        ("N,8,16,24",),
        ((2, 8, 16, 24),),
        "relu [ conv(1, out=4, stride=2, pad=0, bias=false)"
        " | crop1 conv(1, out=4, stride=2, pad=0, bias=false) ] cat bn",
    ),
    Sample(
        "cell",
        Cell,
        ("N,8,H,W", "N,8,H,W"),
        ((2, 8, 6, 8), (2, 8, 6, 8)),
        f"in a b; a {_SIDE} -> p b {_SIDE} -> q"
        " p relu dwconv(3, dilation=2, bias=false) conv1(bias=false) bn q add -> first"
        " q maxpool3 first avgpool3 add -> second p q first second cat4",
        folds=True,
    ),
    Sample("mlp", Mlp, ("N,12",), ((3, 12),), "linear20 relu dropout(0.25) linear5"),
    Sample(
        "controlled",
        Controlled,
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "dup hsigmoid add dup hsigmoid add -> x x conv3 x prelu max",
    ),
)
