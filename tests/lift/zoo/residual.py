"""Residual networks and relatives."""

# mypy: disable-error-code="no-any-return"
# What a module returns is Any, and code that people write passes it on.

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


class BasicBlock(nn.Module):
    """ResNet's block of two convolutions."""

    def __init__(self, inside: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample: nn.Module | None = None
        if stride != 1 or inside != out:
            shortcut = nn.Conv2d(inside, out, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class Bottleneck(nn.Module):
    """ResNet's block of three, ResNeXt's with groups."""

    def __init__(self, inside: int, width: int, out: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.short = (
            nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))
            if inside != out
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.short(x))


class PreActivation(nn.Module):
    """Norm and ReLU in front of each convolution."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(width), nn.Conv2d(width, width, 3, padding=1)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(torch.relu(self.bn1(x)))
        y = self.conv2(torch.relu(self.bn2(y)))
        return torch.add(x, y)


class WideBlock(nn.Module):
    """Wide, with dropout between its convolutions."""

    def __init__(self, width: int, p: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, padding=1, bias=False),
            nn.BatchNorm2d(2 * width), nn.ReLU(), nn.Dropout(p),
            nn.Conv2d(2 * width, width, 3, padding=1, bias=False),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class SEBasicBlock(BasicBlock):
    """Squeeze and excitation by convolutions, in front of the addition."""

    def __init__(self, width: int, reduction: int) -> None:
        super().__init__(width, width)
        squeezed = width // reduction
        self.pool = nn.AdaptiveAvgPool2d(output_size=1)
        self.reduce = nn.Conv2d(width, squeezed, kernel_size=1)
        self.restore = nn.Conv2d(squeezed, width, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), True)))
        s = self.restore(self.reduce(self.pool(y)).relu()).sigmoid()
        y = torch.mul(y, s)
        return y.add(x).relu_()


class SqueezeLinear(nn.Module):
    """Squeeze and excitation by linear maps, viewed to vectors and back."""

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.fc = nn.Sequential(
            nn.Linear(width, squeezed), nn.ReLU(inplace=True), nn.Linear(squeezed, width),
            nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        b, c, _, _ = y.size()
        s = F.adaptive_avg_pool2d(y, 1).view(b, c)
        return F.relu(x + y * self.fc(s).view(b, c, 1, 1).expand_as(y))


class SqueezeMean(nn.Module):
    """Squeeze by `mean` and back by indexing."""

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(width, squeezed), nn.Linear(squeezed, width)

    def forward(self, x: Tensor) -> Tensor:
        s = torch.sigmoid(self.up(F.silu(self.down(x.mean((2, 3))))))
        return x * s[:, :, None, None]


class ResNet(nn.Module):
    """A whole network: stem, two stages, classes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 8))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


_CBR = "conv(3, out=16, stride=2, bias=false) bn relu conv(3, out=16, bias=false) bn"
_BASIC = "dup conv(3, out=8, bias=false) bn relu conv(3, out=8, bias=false) bn add relu"
RESIDUAL = (
    Sample(
        "basic block",
        lambda: BasicBlock(8, 8),
        ("N,8,H,W",),
        ((2, 8, 10, 12),),
        "dup conv3(bias=false) bn relu conv3(bias=false) bn add relu",
        folds=True,
    ),
    Sample(
        "basic block with a stride",
        lambda: BasicBlock(8, 16, 2),
        ("N,8,H,W",),
        ((2, 8, 10, 12),),
        f"[ {_CBR} | conv(1, out=16, stride=2, bias=false, pad=0) bn ] add relu",
        folds=True,
    ),
    Sample(
        "bottleneck",
        lambda: Bottleneck(16, 8, 16),
        ("N,16,H,W",),
        ((2, 16, 6, 8),),
        "dup conv(1, out=8, bias=false) bn relu conv(3, out=8, bias=false) bn relu"
        " conv(1, bias=false) bn add relu",
        folds=True,
    ),
    Sample(
        "resnext",
        lambda: Bottleneck(16, 8, 24, 2, groups=4),
        ("N,16,H,W",),
        ((2, 16, 6, 8),),
        "[ conv(1, out=8, bias=false) bn relu"
        " conv(3, out=8, stride=2, groups=4, bias=false) bn relu conv(1, out=24, bias=false) bn"
        " | conv(1, out=24, stride=2, bias=false, pad=0) bn ] add relu",
        folds=True,
    ),
    Sample(
        "bottleneck with a projection",
        lambda: Bottleneck(8, 6, 12),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "bottleneck(out=12, mid=6, project=true)",
        folds=True,
    ),
    Sample(
        "squeeze and excitation by convolutions",
        lambda: SEBasicBlock(8, 4),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "[ | conv3(bias=false) bn relu conv3(bias=false) bn se4 ] add relu",
        folds=True,
    ),
    Sample(
        "preactivation",
        lambda: PreActivation(8),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "dup bn relu conv3 bn relu conv3 add",
        folds=True,
    ),
    Sample(
        "wide block",
        lambda: WideBlock(8, 0.3),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "dup bn relu conv(3, out=2*c, bias=false) bn relu dropout(0.3) conv3(bias=false) add",
        folds=True,
    ),
    Sample(
        "squeeze and excitation by linear",
        lambda: SqueezeLinear(8, 2),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "dup conv3 dup gap linear2 relu linear sigmoid mul add relu",
    ),
    Sample(
        "squeeze by a mean",
        lambda: SqueezeMean(8, 4),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        "dup gap linear4 silu linear sigmoid mul",
    ),
    Sample(
        "resnet",
        ResNet,
        ("N,3,H,W",),
        ((2, 3, 32, 40),),
        "conv(7, out=8, stride=2, pad=3, bias=false) bn relu maxpool(3, stride=2)"
        f" {{ {_BASIC} }}*2"
        f" [ {_CBR} | conv(1, out=16, stride=2, bias=false, pad=0) bn ] add relu"
        f" {_BASIC.replace('out=8', 'out=16')} gap flatten linear10",
        folds=True,
    ),
)
