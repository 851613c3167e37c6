"""What `Block` costs: its forward, and making another one, against the same module by hand.

Two pairs: a residual block of 64 channels, and a ResNet of eight such blocks in three widths. Both
modules of a pair have the same weights and must compute the same before they are timed. The two are
timed in turns, in one process, each turn starting with the other one; a figure is the median of the
turns' ratios, with the quartiles beside it. Prints JSON; exits 1 where the median of a forward is
above the limit.

    python benchmarks/block_forward.py [--turns 41]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from snaplang.torch import Block

FORWARD_LIMIT = 1.03
SECONDS = 0.05  # how long one side of a turn takes, about

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


@dataclass
class Pair:
    """The same module twice, and an input."""

    ours: Callable[[], nn.Module]
    theirs: Callable[[], nn.Module]
    x: Tensor


PAIRS = {
    "residual": Pair(
        lambda: Block(RESIDUAL, channels=64), lambda: Residual(64), torch.randn(4, 64, 32, 32)
    ),
    "small residual": Pair(
        lambda: Block(RESIDUAL, channels=8), lambda: Residual(8), torch.randn(1, 8, 8, 8)
    ),
    "resnet": Pair(lambda: Block(RESNET, channels=3), ResNet, torch.randn(4, 3, 32, 32)),
}


def seconds(function: Callable[[], object], times: int) -> float:
    """How long `times` calls take."""
    start = time.perf_counter()
    for _ in range(times):
        function()
    return time.perf_counter() - start


def compare(ours: Callable[[], object], theirs: Callable[[], object], turns: int) -> dict[str, Any]:
    """The median ratio of ours to theirs over interleaved turns, with quartiles."""
    times = max(1, round(SECONDS / min(seconds(theirs, 1) for _ in range(5))))
    ratios: list[float] = []
    mine: list[float] = []
    other: list[float] = []
    for turn in range(turns):
        sides = [(mine, ours), (other, theirs)]
        for found, function in sides if turn % 2 else sides[::-1]:
            found.append(seconds(function, times) / times)
        ratios.append(mine[-1] / other[-1])
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "ratio": round(middle, 4),
        "quartiles": [round(low, 4), round(high, 4)],
        "ours_us": round(statistics.median(mine) * 1e6, 1),
        "theirs_us": round(statistics.median(other) * 1e6, 1),
    }


def measure(pair: Pair, turns: int) -> dict[str, Any]:
    """Forward in eval mode, forward and backward in training, and construction."""
    ours, theirs = pair.ours(), pair.theirs()
    theirs.load_state_dict(ours.state_dict())
    assert torch.allclose(ours.eval()(pair.x), theirs.eval()(pair.x), atol=1e-5)
    with torch.no_grad():
        forward = compare(lambda: ours(pair.x), lambda: theirs(pair.x), turns)
    for module in (ours, theirs):
        module.train()
    training = compare(
        lambda: ours(pair.x).sum().backward(), lambda: theirs(pair.x).sum().backward(), turns
    )
    return {
        "forward": forward,
        "training": training,
        "construction": compare(pair.ours, pair.theirs, turns),
    }


def main() -> int:
    """Print the figures; 1 where a forward is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=41)
    turns = parser.parse_args().turns
    torch.manual_seed(0)
    torch.set_num_threads(1)
    found = {name: measure(pair, turns) for name, pair in PAIRS.items()}
    print(json.dumps({"torch": torch.__version__, "turns": turns, **found}, indent=2))
    worst = max(figures["forward"]["ratio"] for figures in found.values())
    return int(worst > FORWARD_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
