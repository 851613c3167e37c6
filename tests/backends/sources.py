"""Emitted sources, whole: what people get to read. Each stands beside its program and inputs."""

from __future__ import annotations

RESIDUAL = (
    """
def cbr(out=c, stride=1) { conv(3, out=out, stride=stride, bias=false) bn relu }
def basic(c) { dup cbr conv3 add }
{ basic(c) }*2 cbr(4*c, 2) basic(4*c)
""",
    ["N,16,H,W"],
    '''\
"""Net: [N, 16, H, W] -> [N, 64, ceil(H/2), ceil(W/2)]. Made by snaplang; needs PyTorch alone."""

import torch.nn.functional as F
from torch import Tensor, nn


class Cbr(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:  # [N, in_channels, H, W]
        x = self.conv1(x)  # [N, out_channels, ceil(H/stride), ceil(W/stride)]
        x = self.bn1(x)    # [N, out_channels, ceil(H/stride), ceil(W/stride)]
        x = F.relu(x)      # [N, out_channels, ceil(H/stride), ceil(W/stride)]
        return x


class Basic(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(channels, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:  # [N, channels, H, W]
        y = self.cbr1(x)   # [N, channels, H, W]
        y = self.conv1(y)  # [N, channels, H, W]
        x = x + y          # [N, channels, H, W]
        return x


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.basic1 = Basic(16)
        self.basic2 = Basic(16)
        self.cbr1 = Cbr(16, 64, stride=2)
        self.basic3 = Basic(64)

    def forward(self, x: Tensor) -> Tensor:  # [N, 16, H, W]
        x = self.basic1(x)  # [N, 16, H, W]
        x = self.basic2(x)  # [N, 16, H, W]
        x = self.cbr1(x)    # [N, 64, ceil(H/2), ceil(W/2)]
        x = self.basic3(x)  # [N, 64, ceil(H/2), ceil(W/2)]
        return x
''',
)

CELL = (
    """
in h0 h1;
h0 conv3 -> a
h1 maxpool(2, stride=2) upsample2 a cat split3 add3 -> b
out b a
""",
    ["N,6,H,W", "N,6,H,W"],
    '''\
"""Cell. Made by snaplang; needs PyTorch alone.

[N, 6, H, W], [N, 6, H, W]
-> [N, 4, H, W], [N, 6, H, W]
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Cell(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, h0: Tensor, h1: Tensor) -> tuple[Tensor, Tensor]:
        # h0: [N, 6, H, W]
        # h1: [N, 6, H, W]
        if h0.shape[2] % 2:
            raise ValueError(f"H must be a multiple of 2, not {h0.shape[2]}")
        if h0.shape[3] % 2:
            raise ValueError(f"W must be a multiple of 2, not {h0.shape[3]}")
        x = self.conv1(h0)                    # [N, 6, H, W]
        y = F.max_pool2d(h1, 2)               # [N, 6, floor(H/2), floor(W/2)]
        y = F.interpolate(y, scale_factor=2)  # [N, 6, 2*floor(H/2), 2*floor(W/2)]
        y = torch.cat((y, x), dim=1)          # [N, 12, H, W]
        y, z, u = y.chunk(3, dim=1)           # 3 x [N, 4, H, W]
        y = y + z + u                         # [N, 4, H, W]
        return y, x
''',
)

SOURCES = {"Net": RESIDUAL, "Cell": CELL}
