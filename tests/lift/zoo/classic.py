"""Networks before residuals, and those of many branches."""

# mypy: disable-error-code="no-any-return"
# What a module returns is Any, and code that people write passes it on.

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample, in_order


class ConvBN(nn.Module):
    """Convolution, norm with a larger epsilon, ReLU."""

    def __init__(self, inside: int, out: int, **options: object) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, out, bias=False, **options)  # type: ignore[arg-type]
        self.bn = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)), inplace=True)


def vgg() -> nn.Module:
    """A piece of VGG with its classifier."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(True), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(True),
        nn.MaxPool2d(2, 2), nn.Flatten(), nn.Linear(8 * 4 * 4, 16), nn.ReLU(True), nn.Dropout(),
        nn.Linear(16, 10),
    )  # fmt: skip


def alexnet() -> nn.Module:
    """The beginning of AlexNet."""
    return nn.Sequential(
        nn.Conv2d(3, 8, kernel_size=11, stride=4, padding=2), nn.ReLU(inplace=True),
        nn.MaxPool2d(kernel_size=3, stride=2), nn.Conv2d(8, 16, kernel_size=5, padding=2),
        nn.ReLU(inplace=True), nn.MaxPool2d(kernel_size=3, stride=2),
    )  # fmt: skip


class InceptionA(nn.Module):
    """Branches of 1x1, 5x5 and a pool whose padding is not counted."""

    def __init__(self) -> None:
        super().__init__()
        self.branch1x1 = ConvBN(16, 8, kernel_size=1)
        self.branch5x5_1 = ConvBN(16, 6, kernel_size=1)
        self.branch5x5_2 = ConvBN(6, 8, kernel_size=5, padding=2)
        self.branch_pool = ConvBN(16, 4, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        pool = F.avg_pool2d(x, kernel_size=3, stride=1, padding=1, count_include_pad=False)
        return torch.cat([self.branch1x1(x), five, self.branch_pool(pool)], 1)


class InceptionB(nn.Module):
    """Halves the size, nothing padded."""

    def __init__(self) -> None:
        super().__init__()
        self.branch3x3 = ConvBN(8, 12, kernel_size=3, stride=2)
        self.reduce = ConvBN(8, 6, kernel_size=1)
        self.last = ConvBN(6, 6, kernel_size=3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        outputs = [self.branch3x3(x), self.last(self.reduce(x))]
        outputs.append(F.max_pool2d(x, kernel_size=3, stride=2))
        return torch.cat(outputs, 1)


class InceptionC(nn.Module):
    """A 1x7 and a 7x1 beside their input."""

    def __init__(self) -> None:
        super().__init__()
        self.one = ConvBN(8, 4, kernel_size=(1, 7), padding=(0, 3))
        self.two = ConvBN(4, 8, kernel_size=(7, 1), padding=(3, 0))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x, self.two(self.one(x))), dim=1)


class Separable(nn.Module):
    """Depthwise, then 1x1."""

    def __init__(self, inside: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, inside, 3, 1, 1, groups=inside, bias=False)
        self.pointwise = nn.Conv2d(inside, out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.conv1(x))


class Xception(nn.Module):
    """A block of the entry flow; the skip is declared first and used last."""

    def __init__(self) -> None:
        super().__init__()
        self.skip = nn.Conv2d(8, 12, 1, stride=2, bias=False)
        self.skipbn = nn.BatchNorm2d(12)
        self.rep = nn.Sequential(
            nn.ReLU(inplace=False), Separable(8, 12), nn.BatchNorm2d(12), nn.ReLU(inplace=True),
            Separable(12, 12), nn.BatchNorm2d(12), nn.MaxPool2d(3, 2, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.rep(x) + self.skipbn(self.skip(x))


_CBR = "bias=false) bn(eps=0.001) relu"
CLASSIC = (
    Sample(
        "vgg",
        vgg,
        ("N,3,8,8",),
        ((2, 3, 8, 8),),
        "conv(3, out=8) relu conv(3, out=8) relu maxpool(2, stride=2) flatten linear16 relu"
        " dropout(0.5) linear10",
    ),
    Sample(
        "alexnet",
        alexnet,
        ("N,3,H,W",),
        ((1, 3, 63, 79),),
        "conv(11, out=8, stride=4, pad=2) relu maxpool(3, stride=2, pad=0) conv(5, out=16) relu"
        " maxpool(3, stride=2, pad=0)",
    ),
    Sample(
        "inception a",
        InceptionA,
        ("N,16,H,W",),
        ((2, 16, 9, 7),),
        f"[ conv(1, out=8, {_CBR} | conv(1, out=6, {_CBR} conv(5, out=8, {_CBR}"
        f" | avgpool3 conv(1, out=4, {_CBR} ] cat3",
        folds=True,
    ),
    Sample(
        "inception b",
        InceptionB,
        ("N,8,H,W",),
        ((2, 8, 9, 7),),
        f"[ conv(3, out=12, stride=2, pad=0, {_CBR} | conv(1, out=6, {_CBR}"
        f" conv(3, out=6, stride=2, pad=0, {_CBR} | maxpool(3, stride=2, pad=0) ] cat3",
        folds=True,
    ),
    Sample(
        "inception c",
        InceptionC,
        ("N,8,H,W",),
        ((2, 8, 9, 7),),
        f"dup conv(1x7, out=4, {_CBR} conv(7x1, out=8, {_CBR} cat",
        folds=True,
    ),
    Sample(
        "xception",
        Xception,
        ("N,8,H,W",),
        ((2, 8, 9, 8),),
        "[ relu dwconv3(bias=false) conv(1, out=12, bias=false) bn relu dwconv3(bias=false)"
        " conv(1, out=12, bias=false) bn maxpool(3, stride=2)"
        " | conv(1, out=12, stride=2, pad=0, bias=false) bn ] add",
        folds=True,
        convert=in_order(("rep", "skip")),
    ),
)
