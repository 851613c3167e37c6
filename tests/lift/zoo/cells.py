"""Operations of DARTS and a cell of two inputs."""

# mypy: disable-error-code="no-any-return"
# What a module returns is Any, and code that people write passes it on.

from __future__ import annotations

import torch
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample, in_order


class ReLUConvBN(nn.Module):
    """What brings a cell's inputs to its width."""

    def __init__(self, inside: int, out: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.op = nn.Sequential(
            nn.ReLU(inplace=False),
            nn.Conv2d(inside, out, kernel, stride=stride, padding=padding, bias=False),
            nn.BatchNorm2d(out, affine=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.op(x)


class DilConv(nn.Module):
    """A dilated depthwise convolution and a 1x1."""

    def __init__(self, width: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.op = nn.Sequential(
            nn.ReLU(inplace=False),
            nn.Conv2d(
                width, width, kernel_size=kernel, stride=stride, padding=kernel - 1, dilation=2,
                groups=width, bias=False,
            ),
            nn.Conv2d(width, width, kernel_size=1, padding=0, bias=False),
            nn.BatchNorm2d(width, affine=True),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.op(x)


class SepConv(nn.Module):
    """Depthwise and 1x1, twice."""

    def __init__(self, width: int, kernel: int, stride: int) -> None:
        super().__init__()
        half = kernel // 2
        self.op = nn.Sequential(
            nn.ReLU(inplace=False),
            nn.Conv2d(width, width, kernel, stride, half, groups=width, bias=False),
            nn.Conv2d(width, width, kernel_size=1, padding=0, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=False),
            nn.Conv2d(width, width, kernel, stride=1, padding=half, groups=width, bias=False),
            nn.Conv2d(width, width, kernel_size=1, padding=0, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.op(x)


class FactorizedReduce(nn.Module):
    """Two convolutions of stride 2, one of them shifted by a pixel."""

    def __init__(self, inside: int, out: int) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=False)
        self.conv_1 = nn.Conv2d(inside, out // 2, 1, stride=2, padding=0, bias=False)
        self.conv_2 = nn.Conv2d(inside, out // 2, 1, stride=2, padding=0, bias=False)
        self.bn = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(x)
        out = torch.cat([self.conv_1(x), self.conv_2(x[:, :, 1:, 1:])], dim=1)
        return self.bn(out)


class Zero(nn.Module):
    """The op that search spaces call none."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mul(0.0)


class Cell(nn.Module):
    """A normal cell whose ops and edges stand in lists; `indices` say what each op reads."""

    def __init__(self, before: int, last: int, width: int) -> None:
        super().__init__()
        self.preprocess0 = ReLUConvBN(before, width, 1, 1, 0)
        self.preprocess1 = ReLUConvBN(last, width, 1, 1, 0)
        self.indices = (0, 1, 0, 2, 1, 3)
        self.concat = (2, 3, 4)
        ops: list[nn.Module] = [
            SepConv(width, 3, 1), nn.Identity(), nn.MaxPool2d(3, stride=1, padding=1),
            DilConv(width, 5, 1), nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
            SepConv(width, 5, 1),
        ]  # fmt: skip
        self.ops = nn.ModuleList(ops)

    def forward(self, s0: Tensor, s1: Tensor) -> Tensor:
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        for i in range(len(self.ops) // 2):
            left, right = (self.ops[j](states[self.indices[j]]) for j in (2 * i, 2 * i + 1))
            states += [left + right]
        return torch.cat([states[i] for i in self.concat], dim=1)


class ReductionCell(nn.Module):
    """A cell of stride 2 after one that did not have it: the older input is reduced first."""

    def __init__(self, before: int, last: int, width: int) -> None:
        super().__init__()
        self.preprocess1 = ReLUConvBN(last, width, 1, 1, 0)
        self.preprocess0 = FactorizedReduce(before, width)
        self.op0 = nn.MaxPool2d(3, stride=2, padding=1)
        self.op1 = DilConv(width, 3, 2)

    def forward(self, s0: Tensor, s1: Tensor) -> Tensor:
        s0, s1 = self.preprocess0(s0), self.preprocess1(s1)
        s2 = self.op0(s0) + self.op1(s1)
        return torch.cat((s2, s2.tanh()), dim=1)


class NB201Cell(nn.Module):
    """Three nodes whose edges are ops, one of them nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.edge01 = ReLUConvBN(width, width, 3, 1, 1)
        self.edge02, self.edge12 = nn.Identity(), Zero()
        self.edge03 = ReLUConvBN(width, width, 1, 1, 0)
        self.edge13 = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        self.edge23 = ReLUConvBN(width, width, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        one = self.edge01(x)
        two = self.edge02(x) + self.edge12(one)
        return sum([self.edge03(x), self.edge13(one), self.edge23(two)])


_PRE = "relu conv(1, out=6, bias=false) bn"
CELLS = (
    Sample(
        "factorized reduction",
        lambda: FactorizedReduce(8, 12),
        ("N,8,H,W",),
        ((2, 8, 8, 6),),
        "facred(out=12)",
    ),
    Sample(
        "separable convolution",
        lambda: SepConv(8, 5, 2),
        ("N,8,H,W",),
        ((2, 8, 9, 6),),
        "sepconv(5, stride=2)",
        folds=True,
    ),
    Sample(
        "dilated convolution",
        lambda: DilConv(8, 3, 1),
        ("N,8,H,W",),
        ((2, 8, 9, 6),),
        "dilconv3",
        folds=True,
    ),
    Sample(
        "cell of two inputs",
        lambda: Cell(8, 12, 6),
        ("N,8,H,W", "N,12,H,W"),
        ((2, 8, 7, 6), (2, 12, 7, 6)),
        f"in before last; before {_PRE} -> s0 last {_PRE} -> s1"
        " s0 sepconv(3, out=6) s1 add -> s2 s0 maxpool3 s2 dilconv(5, out=6) add -> s3"
        " s1 avgpool3 s3 sepconv(5, out=6) add -> s4 s2 s3 s4 cat3",
        folds=True,
    ),
    Sample(
        "reduction cell",
        lambda: ReductionCell(8, 12, 6),
        ("N,8,12,8", "N,12,6,4"),
        ((2, 8, 12, 8), (2, 12, 6, 4)),
        f"in before last; before facred(out=6) -> s0 last {_PRE} -> s1"
        " s0 maxpool(3, stride=2) s1 dilconv(3, stride=2, out=6) add dup tanh cat",
        folds=True,
        convert=in_order(("preprocess0", "")),
    ),
    Sample(
        "cell with an edge that is nothing",
        lambda: NB201Cell(8),
        ("N,8,H,W",),
        ((2, 8, 7, 6),),
        "in x; x relu conv3(bias=false) bn -> one x one zero add -> two"
        " x relu conv1(bias=false) bn one avgpool3 two relu conv3(bias=false) bn add3",
        folds=True,
    ),
)
