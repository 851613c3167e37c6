"""Dense networks, decoders, and networks that merge several scales."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


class DenseLayer(nn.Module):
    def __init__(self, inside: int, growth: int) -> None:
        super().__init__()
        self.norm1, self.relu1 = nn.BatchNorm2d(inside), nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inside, 2 * growth, 1, bias=False)
        self.norm2, self.relu2 = nn.BatchNorm2d(2 * growth), nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False)

    def forward(self, features: list[Tensor]) -> Tensor:
        x = torch.cat(features, 1)
        return self.conv2(self.relu2(self.norm2(self.conv1(self.relu1(self.norm1(x))))))


class DenseBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DenseLayer(8 + 4 * i, 4) for i in range(3))

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(features))
        return torch.cat(features, 1)


def transition() -> nn.Module:
    return nn.Sequential(
        nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1, bias=False), nn.AvgPool2d(2, stride=2)
    )


class DoubleConv(nn.Module):
    def __init__(self, inside: int, out: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(inside, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(True),
            nn.Conv2d(out, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(True),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inc, self.down = DoubleConv(4, 8), nn.Sequential(nn.MaxPool2d(2), DoubleConv(8, 16))
        self.up = nn.ConvTranspose2d(16, 8, kernel_size=2, stride=2)
        self.conv, self.outc = DoubleConv(16, 8), nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        y = self.up(self.down(x1))
        return self.outc(self.conv(torch.cat([x1, y], dim=1)))


class UNetUpsample(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(8, 8, 3, stride=2, padding=1)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.merge = nn.Conv2d(16, 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(self.merge(torch.cat([self.up(F.elu(self.down(x))), x], 1)), 0.2)


class Pyramid(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ModuleList([nn.Conv2d(6, 8, 1), nn.Conv2d(12, 8, 1)])
        self.layer = nn.ModuleList([nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)])

    def forward(self, fine: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        low = self.inner[1](coarse)
        lateral = self.inner[0](fine)
        high = lateral + F.interpolate(low, size=lateral.shape[-2:], mode="nearest")
        return self.layer[0](high), self.layer[1](low)


class ASPP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        rates = (2, 3)
        self.first = nn.Sequential(nn.Conv2d(8, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.convs = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(8, 4, 3, padding=r, dilation=r, bias=False), nn.BatchNorm2d(4), nn.ReLU()
            )
            for r in rates
        )
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU())
        self.project = nn.Conv2d(16, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.first(x), *[conv(x) for conv in self.convs]]
        size = x.shape[-2:]
        parts.append(F.interpolate(self.pool(x), size=size, mode="bilinear", align_corners=False))
        return self.project(torch.cat(parts, dim=1))


_CBR = "bias=false) bn relu"
_DOUBLE = "conv(3, out={0}, bias=false) bn relu conv(3, out={0}, bias=false) bn relu"
_LAYER = "bn relu conv(1, out=8, bias=false) bn relu conv(3, out=4, bias=false)"
DENSE = (
    Sample(
        "dense block",
        DenseBlock,
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        f"dup {_LAYER} cat dup {_LAYER} cat dup {_LAYER} cat",
        folds=True,
    ),
    Sample(
        "transition",
        transition,
        ("N,8,H,W",),
        ((2, 8, 7, 8),),
        "bn relu conv(1, out=c/2, bias=false) avgpool(2, stride=2)",
    ),
    Sample(
        "unet",
        UNet,
        ("N,4,32,48",),
        ((1, 4, 32, 48),),
        f"{_DOUBLE.format(8)} dup maxpool(2, stride=2) {_DOUBLE.format(16)}"
        f" tconv(2, out=8, stride=2) cat {_DOUBLE.format(8)} conv(1, out=2)",
        folds=True,
    ),
    Sample(
        "unet that upsamples",
        UNetUpsample,
        ("N,8,16,24",),
        ((2, 8, 16, 24),),
        "dup conv(3, stride=2) elu upsample(2, mode=linear) swap cat conv3 leaky(0.2)",
    ),
    Sample(
        "feature pyramid",
        Pyramid,
        ("N,6,H,W", "N,12,H2,W2"),
        ((2, 6, 9, 11), (2, 12, 4, 5)),
        "in fine coarse; coarse conv(1, out=8) -> low fine conv(1, out=8) -> side"
        " side low side like add conv(3, out=8) low conv(3, out=8) out 2",
        reroutes=True,
    ),
    Sample(
        "aspp",
        ASPP,
        ("N,8,H,W",),
        ((2, 8, 9, 11),),
        f"-> x x conv(1, out=4, {_CBR} x conv(3, out=4, dilation=2, {_CBR}"
        f" x conv(3, out=4, dilation=3, {_CBR} x gap conv(1, out=4) relu x like(linear)"
        " cat4 conv(1, out=8)",
        folds=True,
    ),
)
