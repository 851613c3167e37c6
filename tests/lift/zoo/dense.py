"""Networks that join maps: DenseNet, U-Net, pyramids, dilated branches."""

# mypy: disable-error-code="no-any-return"
# What a module returns is Any, and code that people write passes it on.

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


class DenseLayer(nn.Module):
    """BN, ReLU, 1x1, BN, ReLU, 3x3; it takes the list of all maps before it."""

    def __init__(self, inside: int, growth: int, drop_rate: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inside)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inside, 2 * growth, kernel_size=1, stride=1, bias=False)
        self.norm2 = nn.BatchNorm2d(2 * growth)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(2 * growth, growth, kernel_size=3, padding=1, bias=False)
        self.drop_rate = float(drop_rate)

    def forward(self, maps: Tensor | list[Tensor]) -> Tensor:
        maps = [maps] if not isinstance(maps, list) else maps
        y = self.conv1(self.relu1(self.norm1(torch.cat(maps, 1))))
        y = self.conv2(self.relu2(self.norm2(y)))
        if self.drop_rate > 0:
            y = F.dropout(y, p=self.drop_rate, training=self.training)
        return y


class DenseBlock(nn.Module):
    """Each layer sees the results of all before it."""

    def __init__(self, layers: int, inside: int, growth: int) -> None:
        super().__init__()
        widths = (inside + i * growth for i in range(layers))
        self.layers = nn.ModuleList(DenseLayer(width, growth) for width in widths)

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(features))
        return torch.cat(features, 1)


class DenseOne(DenseLayer):
    """A layer that joins its result to its input."""

    def forward(self, maps: Tensor | list[Tensor]) -> Tensor:
        assert not isinstance(maps, list)
        return torch.cat([maps, super().forward(maps)], dim=1)


class Transition(nn.Sequential):
    """Half the channels, half the size."""

    def __init__(self, inside: int, out: int) -> None:
        named = OrderedDict[str, nn.Module](
            norm=nn.BatchNorm2d(inside),
            relu=nn.ReLU(inplace=True),
            conv=nn.Conv2d(inside, out, 1, bias=False),
            pool=nn.AvgPool2d(kernel_size=2, stride=2),
        )
        super().__init__(named)


def double_conv(inside: int, out: int) -> nn.Sequential:
    """What each level of a U-Net does."""
    return nn.Sequential(
        nn.Conv2d(inside, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True),
        nn.Conv2d(out, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True),
    )  # fmt: skip


class UNet(nn.Module):
    """Two levels, the upper reached by a transposed convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.inc = double_conv(3, 8)
        self.pool = nn.MaxPool2d(2)
        self.down = double_conv(8, 16)
        self.up = nn.ConvTranspose2d(16, 8, kernel_size=2, stride=2)
        self.conv = double_conv(16, 8)
        self.outc = nn.Conv2d(8, 2, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        x2 = self.down(self.pool(x1))
        y = torch.cat([x1, self.up(x2)], dim=1)
        return self.outc(self.conv(y))


class UpsampledUNet(nn.Module):
    """Three levels in a loop, reached by bilinear enlargement; the skip lies behind."""

    def __init__(self, widths: tuple[int, ...] = (8, 12, 16)) -> None:
        super().__init__()
        pairs = list(pairwise(widths))
        self.downs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in pairs)
        self.ups = nn.ModuleList(nn.Conv2d(a + b, a, 3, padding=1) for a, b in reversed(pairs))
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for conv in self.downs:
            skips.append(x)
            x = F.relu(conv(F.max_pool2d(x, 2)))
        for conv, skip in zip(self.ups, skips[::-1], strict=True):
            x = F.relu(conv(torch.cat((self.upsample(x), skip), dim=1)))
        return x


class FPNMerge(nn.Module):
    """A lateral 1x1 and the level above, enlarged to its size."""

    def __init__(self) -> None:
        super().__init__()
        self.lateral = nn.Conv2d(8, 12, 1)
        self.smooth = nn.Conv2d(12, 12, 3, padding=1)

    def forward(self, feature: Tensor, top: Tensor) -> Tensor:
        lateral = self.lateral(feature)
        top_down = F.interpolate(top, size=lateral.shape[2:], mode="nearest")
        return self.smooth(lateral + top_down)


class Pyramid(nn.Module):
    """Two levels in, two levels out."""

    def __init__(self, widths: tuple[int, int], out: int) -> None:
        super().__init__()
        self.inner = nn.ModuleList(nn.Conv2d(width, out, kernel_size=1) for width in widths)
        self.layer = nn.ModuleList(nn.Conv2d(out, out, kernel_size=3, padding=1) for _ in widths)

    def forward(self, fine: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        last = self.inner[1](coarse)
        lateral = self.inner[0](fine)
        h, w = lateral.shape[-2:]
        merged = lateral + F.interpolate(last, size=(h, w))
        return self.layer[0](merged), self.layer[1](last)


class ASPPPooling(nn.Sequential):
    """The branch that sees the whole image."""

    def __init__(self, inside: int, out: int) -> None:
        conv = nn.Conv2d(inside, out, 1, bias=False)
        super().__init__(nn.AdaptiveAvgPool2d(1), conv, nn.BatchNorm2d(out), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[-2:]
        for mod in self:
            x = mod(x)
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class ASPP(nn.Module):
    """Dilated branches and the whole image, side by side."""

    def __init__(self, inside: int, rates: tuple[int, ...], out: int) -> None:
        super().__init__()
        first = nn.Conv2d(inside, out, 1, bias=False)
        modules: list[nn.Module] = [nn.Sequential(first, nn.BatchNorm2d(out), nn.ReLU())]
        for rate in rates:
            conv = nn.Conv2d(inside, out, 3, padding=rate, dilation=rate, bias=False)
            modules.append(nn.Sequential(conv, nn.BatchNorm2d(out), nn.ReLU()))
        modules.append(ASPPPooling(inside, out))
        self.convs = nn.ModuleList(modules)
        self.project = nn.Sequential(
            nn.Conv2d(len(modules) * out, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
            nn.Dropout(0.5),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.project(torch.cat([conv(x) for conv in self.convs], dim=1))


_LAYER = "bn relu conv(1, out=8, bias=false) bn relu conv(3, out=4, bias=false)"
_DOUBLE = "conv(3, out=8) bn relu conv(3, out=8) bn relu"
DENSE = (
    Sample(
        "dense layer",
        lambda: DenseOne(8, 4, drop_rate=0.2),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        f"[ | {_LAYER} dropout(0.2) ] cat",
        folds=True,
    ),
    Sample(
        "dense block",
        lambda: DenseBlock(3, 8, 4),
        ("N,8,H,W",),
        ((2, 8, 6, 8),),
        f"{{ dup {_LAYER} cat }}*3",
        folds=True,
    ),
    Sample(
        "transition",
        lambda: Transition(16, 8),
        ("N,16,H,W",),
        ((2, 16, 6, 9),),
        "bn relu conv(1, out=c/2, bias=false) avgpool(2, stride=2)",
    ),
    Sample(
        "unet",
        UNet,
        ("N,3,H,W",),
        ((1, 3, 12, 16),),
        f"{_DOUBLE} [ | maxpool(2, stride=2) {_DOUBLE.replace('8', '16')}"
        f" tconv(2, stride=2, out=8) ] cat {_DOUBLE} conv(1, out=2)",
        folds=True,
    ),
    Sample(
        "unet by bilinear enlargement",
        UpsampledUNet,
        ("N,8,H,W",),
        ((1, 8, 12, 16),),
        "dup maxpool(2, stride=2) conv(3, out=12) relu"
        " dup maxpool(2, stride=2) conv(3, out=16) relu"
        " upsample(2, mode=linear) swap cat conv(3, out=12) relu"
        " upsample(2, mode=linear) swap cat conv(3, out=8) relu",
    ),
    Sample(
        "pyramid merge",
        FPNMerge,
        ("N,8,H,W", "N,12,P,Q"),
        ((2, 8, 11, 12), (2, 12, 5, 6)),
        "in fine top; fine conv(1, out=12) -> side side top side like add conv(3, out=12)",
        reroutes=True,
    ),
    Sample(
        "pyramid with two outputs",
        lambda: Pyramid((8, 16), 12),
        ("N,8,H,W", "N,16,P,Q"),
        ((2, 8, 10, 12), (2, 16, 5, 6)),
        "in fine coarse;"
        " fine conv(1, out=12) -> side coarse conv(1, out=12) -> last"
        " side last side like add conv(3, out=12) -> big last conv(3, out=12) -> small"
        " out big small",
        reroutes=True,
    ),
    Sample(
        "aspp",
        lambda: ASPP(8, (2, 4), 6),
        ("N,8,H,W",),
        ((2, 8, 13, 11),),
        "[ cbr(1, out=6) | conv(3, dilation=2, out=6, bias=false) bn relu"
        " | conv(3, dilation=4, out=6, bias=false) bn relu"
        " | dup gap cbr(1, out=6) swap like(mode=linear) ] cat4 cbr(1, out=6) dropout(0.5)",
        folds=True,
    ),
)
