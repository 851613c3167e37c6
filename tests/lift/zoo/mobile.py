"""Small networks: depthwise convolutions, shuffles, squeezes."""

# mypy: disable-error-code="no-any-return"
# What a module returns is Any, and code that people write passes it on.

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


def depthwise_separable() -> nn.Module:
    """The block of MobileNetV1, stride 2."""
    return nn.Sequential(
        nn.Conv2d(8, 8, 3, 2, 1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Conv2d(8, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
    )  # fmt: skip


class InvertedResidual(nn.Module):
    """Wide in the middle; a skip where shapes allow it."""

    def __init__(self, inside: int, out: int, stride: int, expand: int) -> None:
        super().__init__()
        hidden = inside * expand
        self.use_res_connect = stride == 1 and inside == out
        self.conv = nn.Sequential(
            nn.Conv2d(inside, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden), nn.ReLU6(True),
            nn.Conv2d(hidden, out, 1, bias=False), nn.BatchNorm2d(out),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        if self.use_res_connect:
            return x + self.conv(x)
        return self.conv(x)


class SqueezeExcitation(nn.Module):
    """By convolutions on a 1x1 map, with any activations."""

    def __init__(self, width: int, squeezed: int, act: nn.Module, gate: nn.Module) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = nn.Conv2d(width, squeezed, 1), nn.Conv2d(squeezed, width, 1)
        self.activation, self.scale_activation = act, gate

    def forward(self, x: Tensor) -> Tensor:
        s = self.fc2(self.activation(self.fc1(self.avgpool(x))))
        return self.scale_activation(s) * x


class MobileNetV3(nn.Module):
    """Hard swish and squeeze; the addition is in place."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(8, 16, 1, bias=False), nn.BatchNorm2d(16, eps=0.001, momentum=0.01),
            nn.Hardswish(),
            nn.Conv2d(16, 16, 5, 1, 2, groups=16, bias=False),
            nn.BatchNorm2d(16, eps=0.001, momentum=0.01), nn.Hardswish(),
            SqueezeExcitation(16, 4, nn.ReLU(), nn.Hardsigmoid()),
            nn.Conv2d(16, 8, 1, bias=False), nn.BatchNorm2d(8, eps=0.001, momentum=0.01),
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        result = self.block(input)
        result += input
        return result


class MBConv(nn.Module):
    """The block of EfficientNet."""

    def __init__(self) -> None:
        super().__init__()
        self.expand, self.bn0 = nn.Conv2d(8, 24, 1, bias=False), nn.BatchNorm2d(24)
        self.depthwise = nn.Conv2d(24, 24, 3, stride=1, padding=1, groups=24, bias=False)
        self.bn1 = nn.BatchNorm2d(24)
        self.se = SqueezeExcitation(24, 2, nn.SiLU(), nn.Sigmoid())
        self.project, self.bn2 = nn.Conv2d(24, 8, 1, bias=False), nn.BatchNorm2d(8)

    def forward(self, x: Tensor) -> Tensor:
        y = F.silu(self.bn0(self.expand(x)))
        y = F.silu(self.bn1(self.depthwise(y)))
        return self.bn2(self.project(self.se(y))) + x


def shuffle(x: Tensor, groups: int) -> Tensor:
    """Channel shuffle by views."""
    n, c, h, w = x.size()
    x = x.view(n, groups, c // groups, h, w)
    return torch.transpose(x, 1, 2).contiguous().view(n, -1, h, w)


class ShuffleNetV1(nn.Module):
    """Grouped 1x1 convolutions with a shuffle between."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(12, 12, 1, groups=3, bias=False)
        self.bn1 = nn.BatchNorm2d(12)
        self.depth = nn.Conv2d(12, 12, 3, padding=1, groups=12, bias=False)
        self.last = nn.Conv2d(12, 12, 1, groups=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = shuffle(torch.relu(self.bn1(self.first(x))), 3)
        return torch.relu(x + self.last(self.depth(y)))


class ShuffleNetV2(nn.Module):
    """Half of the channels go through the branch."""

    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(8, 8, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8),
            nn.Conv2d(8, 8, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x1, x2 = x.chunk(2, dim=1)
        return shuffle(torch.cat((x1, self.branch(x2)), dim=1), 2)


class Ghost(nn.Module):
    """Half of the maps are made of the other half."""

    def __init__(self) -> None:
        super().__init__()
        self.primary = nn.Sequential(nn.Conv2d(8, 6, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU())
        self.cheap = nn.Sequential(
            nn.Conv2d(6, 6, 3, 1, 1, groups=6, bias=False), nn.BatchNorm2d(6), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        one = self.primary(x)
        return torch.cat([one, self.cheap(one)], dim=1)


class RegNetY(nn.Module):
    """A grouped bottleneck with squeeze and a projection."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(8, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.b = nn.Sequential(
            nn.Conv2d(16, 16, 3, 2, 1, groups=2, bias=False), nn.BatchNorm2d(16), nn.ReLU()
        )
        self.se = SqueezeExcitation(16, 2, nn.ReLU(), nn.Sigmoid())
        self.c = nn.Sequential(nn.Conv2d(16, 16, 1, bias=False), nn.BatchNorm2d(16))
        self.proj = nn.Sequential(nn.Conv2d(8, 16, 1, 2, bias=False), nn.BatchNorm2d(16))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.proj(x) + self.c(self.se(self.b(self.a(x)))))


_MV3 = "bn(eps=0.001, momentum=0.01)"
MOBILE = (
    Sample(
        "depthwise separable",
        depthwise_separable,
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        "dwconv(3, stride=2, bias=false) bn relu conv(1, out=16, bias=false) bn relu",
        folds=True,
    ),
    Sample(
        "inverted residual",
        lambda: InvertedResidual(8, 8, 1, 3),
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        "dup conv(1, out=3*c, bias=false) bn relu6 dwconv3(bias=false) bn relu6"
        " conv1(bias=false) bn add",
        folds=True,
    ),
    Sample(
        "inverted residual with a stride",
        lambda: InvertedResidual(8, 12, 2, 2),
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        "conv(1, out=16, bias=false) bn relu6 dwconv(3, stride=2, bias=false) bn relu6"
        " conv(1, out=12, bias=false) bn",
        folds=True,
    ),
    Sample(
        "mobilenet v3",
        MobileNetV3,
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        f"dup conv(1, out=16, bias=false) {_MV3} hswish dwconv5(bias=false) {_MV3} hswish"
        " dup gap conv(1, out=4) relu conv(1, out=16) hsigmoid mul"
        f" conv1(bias=false) {_MV3} add",
        folds=True,
    ),
    Sample(
        "mbconv",
        MBConv,
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        "dup conv(1, out=24, bias=false) bn silu dwconv3(bias=false) bn silu"
        " dup gap conv(1, out=2) silu conv(1, out=24) sigmoid mul conv1(bias=false) bn add",
        folds=True,
    ),
    Sample(
        "shufflenet v1",
        ShuffleNetV1,
        ("N,12,H,W",),
        ((2, 12, 9, 8),),
        "dup conv(1, groups=3, bias=false) bn relu shuffle3 dwconv3(bias=false)"
        " conv(1, groups=3, bias=false) add relu",
        folds=True,
    ),
    Sample(
        "shufflenet v2",
        ShuffleNetV2,
        ("N,16,H,W",),
        ((2, 16, 9, 8),),
        "split conv(1, out=8, bias=false) bn relu dwconv3(bias=false) bn conv(1, out=8, bias=false)"
        " bn relu cat shuffle2",
        folds=True,
    ),
    Sample(
        "ghost",
        Ghost,
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        "conv(1, out=6, bias=false) bn relu dup dwconv3(bias=false) bn relu cat",
        folds=True,
    ),
    Sample(
        "regnet y",
        RegNetY,
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        "[ conv(1, out=16, bias=false) bn relu conv(3, out=16, stride=2, groups=2, bias=false) bn"
        " relu dup gap conv(1, out=2) relu conv(1, out=16) sigmoid mul conv(1, out=16, bias=false)"
        " bn | conv(1, out=16, stride=2, pad=0, bias=false) bn ] add relu",
        folds=True,
    ),
)
