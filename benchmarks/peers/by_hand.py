"""Networks as a person writes them in PyTorch: the peers of `Block`.

`RESIDUAL` and `RESNET` are the same two as programs, with the same names of weights.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

RESIDUAL = "dup conv(3, bias=false) bn relu conv(3, bias=false) bn add relu"
RESNET = """
def cbr(out=c, stride=1) { conv(3, out=out, stride=stride, bias=false) bn relu }
def basic(c) { [ | cbr conv(3, bias=false) bn ] add relu }
def down(c) {
    [ cbr(c, 2) conv(3, bias=false) bn | conv(1, out=c, stride=2, bias=false) bn ] add relu
}
cbr(16) { basic(16) }*3 down(32) { basic(32) }*2 down(64) basic(64) gap flatten linear(10)
"""


class Residual(nn.Module):
    """`RESIDUAL` by hand."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(y)))


class Cbr(nn.Module):
    """Convolution, norm and activation."""

    def __init__(self, c: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn1(self.conv1(x)))


class Basic(nn.Module):
    """A residual block."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(c, c)
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.bn1(self.conv1(self.cbr1(x))))


class Down(nn.Module):
    """A residual block that halves the sizes."""

    def __init__(self, c: int, out: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(c, out, stride=2)
        self.conv1 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(c, out, 1, stride=2, bias=False)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn1(self.conv1(self.cbr1(x))) + self.bn2(self.conv2(x)))


class ResNet(nn.Module):
    """`RESNET` by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(3, 16)
        self.basic1, self.basic2, self.basic3 = Basic(16), Basic(16), Basic(16)
        self.down1 = Down(16, 32)
        self.basic4, self.basic5 = Basic(32), Basic(32)
        self.down2 = Down(32, 64)
        self.basic6 = Basic(64)
        self.linear1 = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.basic3(self.basic2(self.basic1(self.cbr1(x))))
        x = self.basic5(self.basic4(self.down1(x)))
        x = self.basic6(self.down2(x))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        x = self.linear1(x)
        return x
