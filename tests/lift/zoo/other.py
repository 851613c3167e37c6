"""One and three dimensions, perceptrons, activations and norms, and what torch.fx cannot trace."""

# mypy: disable-error-code="no-any-return"
# What a module returns is Any, and code that people write passes it on.

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


class TimeSeries(nn.Module):
    """Convolutions in one dimension, and the mean over time."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(channels, 12, kernel_size=7, padding="same")
        self.bn1 = nn.BatchNorm1d(12)
        self.conv2 = nn.Conv1d(12, 16, kernel_size=5, stride=2, padding=2)
        self.bn2 = nn.BatchNorm1d(16)
        self.fc = nn.Linear(16, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.max_pool1d(x, kernel_size=2)
        return self.fc(x.mean(dim=-1))


def video() -> nn.Module:
    """A convolution in space, one in time, and one in both."""
    return nn.Sequential(
        nn.Conv3d(3, 8, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1), bias=False),
        nn.BatchNorm3d(8), nn.ReLU(inplace=True),
        nn.Conv3d(8, 8, (3, 1, 1), padding=(1, 0, 0), bias=False),
        nn.BatchNorm3d(8), nn.ReLU(inplace=True), nn.MaxPool3d(2),
        nn.Conv3d(8, 12, 3, padding=1, groups=2), nn.AdaptiveAvgPool3d(1), nn.Flatten(),
    )  # fmt: skip


class DiffusionBlock(nn.Module):
    """Group norm and SiLU in front of each convolution, a 1x1 on the skip."""

    def __init__(self, inside: int, out: int, groups: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(
            nn.GroupNorm(groups, inside), nn.SiLU(), nn.Conv2d(inside, out, 3, padding=1)
        )
        self.out_layers = nn.Sequential(
            nn.GroupNorm(groups, out, eps=1e-6), nn.SiLU(), nn.Dropout(p=0.1),
            nn.Conv2d(out, out, 3, padding=1),
        )  # fmt: skip
        self.skip = nn.Conv2d(inside, out, 1) if inside != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.out_layers(self.in_layers(x)) + self.skip(x)


class StyleResidual(nn.Module):
    """Instance norms, as style transfer has them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, 1, 1)
        self.in1 = nn.InstanceNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.in1(self.conv1(x)).relu()
        return F.instance_norm(self.conv2(y), eps=1e-3) + x


class MLP(nn.Module):
    """On vectors `[N, C]`; `relu` and `dropout` of each layer by hand."""

    def __init__(self, widths: tuple[int, ...], p: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for a, b in pairwise(widths):
            self.layers.append(nn.Linear(a, b))
        self.dropout = nn.Dropout(p)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = self.dropout(torch.relu(layer(x)))
        return self.layers[-1](x)


class GeluMLP(nn.Module):
    """The tanh form, without biases."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc = nn.Linear(width, 4 * width, bias=False)
        self.proj = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.proj(F.gelu(self.fc(x), approximate="tanh"))


class ByHand(nn.Module):
    """Activations written out, between 1x1 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in range(5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.convs[0](x)
        x = x * torch.sigmoid(x)
        x = self.convs[1](x)
        x = x * F.relu6(x + 3) / 6
        x = self.convs[2](x)
        x = 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
        x = self.convs[3](x)
        x = F.relu6(x + 3.0) / 6.0
        x = self.convs[4](x)
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class ChannelAttention(nn.Module):
    """As CBAM has it, but with an MLP for each of the two pools."""

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.mlp_avg = nn.Sequential(
            nn.Linear(width, squeezed), nn.ReLU(), nn.Linear(squeezed, width)
        )
        self.mlp_max = nn.Sequential(
            nn.Conv2d(width, squeezed, 1, bias=False), nn.ReLU(),
            nn.Conv2d(squeezed, width, 1, bias=False),
        )  # fmt: skip
        self.max_pool = nn.AdaptiveMaxPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        average = F.avg_pool2d(x, (x.size(2), x.size(3)), stride=(x.size(2), x.size(3)))
        average = self.mlp_avg(average.view(x.size(0), -1)).unsqueeze(2).unsqueeze(3)
        attention = average + self.mlp_max(self.max_pool(x))
        return x * F.sigmoid(attention)


class Generator(nn.Module):
    """Transposed convolutions from a small map, as of a GAN."""

    def __init__(self) -> None:
        super().__init__()
        self.up1 = nn.ConvTranspose2d(8, 12, 4, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(12)
        self.up2 = nn.ConvTranspose2d(12, 3, 3, stride=2, padding=1, output_padding=1)

    def forward(self, z: Tensor) -> Tensor:
        return torch.tanh(self.up2(F.relu(self.norm(self.up1(z)))))


class CheckedConv(nn.Module):
    """Refuses what it was not made for: torch.fx cannot ask."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width, self.conv = width, nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != self.width:
            raise ValueError(f"{self.width} channels are wanted, not {x.shape[1]}")
        y = F.leaky_relu(self.conv(x), 0.1)
        return y + x if y.shape == x.shape else y


class Scales(nn.Module):
    """A convolution for each part of the channels, which a loop over their number cuts out."""

    def __init__(self, width: int, parts: int) -> None:
        super().__init__()
        self.part = width // parts
        convs = (nn.Conv2d(self.part, self.part, 3, padding=1) for _ in range(parts))
        self.convs = nn.ModuleList(convs)

    def forward(self, x: Tensor) -> Tensor:
        outs = []
        for i in range(x.size(1) // self.part):
            y = x[:, i * self.part : (i + 1) * self.part]
            outs.append(F.relu(self.convs[i](y)))
        return torch.cat(outs, dim=1) + x


OTHER = (
    Sample(
        "time series",
        lambda: TimeSeries(3, 5),
        ("N,3,L",),
        ((2, 3, 21),),
        "conv(7, out=12) bn relu conv(5, out=16, stride=2) bn relu maxpool(2, stride=2)"
        " gap flatten linear5",
        folds=True,
    ),
    Sample(
        "video",
        video,
        ("N,3,T,H,W",),
        ((1, 3, 4, 9, 8),),
        "conv(1x3x3, out=8, stride=1x2x2, bias=false) bn relu"
        " conv(3x1x1, out=8, bias=false) bn relu maxpool(2, stride=2)"
        " conv(3, out=12, groups=2) gap flatten",
        folds=True,
    ),
    Sample(
        "diffusion block",
        lambda: DiffusionBlock(8, 12, 4),
        ("N,8,H,W",),
        ((2, 8, 7, 6),),
        "[ gn4 silu conv(3, out=12) gn(4, eps=1e-6) silu dropout(0.1) conv(3, out=12)"
        " | conv(1, out=12) ] add",
    ),
    Sample(
        "style block",
        lambda: StyleResidual(8),
        ("N,8,H,W",),
        ((2, 8, 7, 6),),
        "dup conv3 inorm relu conv3 inorm(eps=0.001) add",
    ),
    Sample(
        "perceptron",
        lambda: MLP((12, 16, 16, 4), 0.5),
        ("N,12",),
        ((3, 12),),
        "{ linear16 relu dropout(0.5) }*2 linear4",
    ),
    Sample(
        "perceptron with gelu",
        lambda: GeluMLP(8),
        ("N,8",),
        ((3, 8),),
        "dup linear(4*c, bias=false) gelu(tanh) linear(c, bias=false) add",
    ),
    Sample(
        "learned and leaky",
        lambda: nn.Sequential(
            nn.Conv2d(4, 8, 3, padding=1),
            nn.PReLU(),
            nn.Conv2d(8, 8, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(8, 6, 1),
            nn.ELU(alpha=0.5),
            nn.Tanh(),
        ),
        ("N,4,H,W",),
        ((2, 4, 7, 6),),
        "conv(3, out=8) prelu conv(3, out=8, stride=2) leaky(0.2) conv(1, out=6) elu(0.5) tanh",
    ),
    Sample(
        "activations by hand",
        lambda: ByHand(8),
        ("N,8,H,W",),
        ((2, 8, 4, 5),),
        "conv1 silu conv1 hswish conv1 gelu conv1 hsigmoid conv1 gelu(tanh)",
    ),
    Sample(
        "channel attention",
        lambda: ChannelAttention(8, 4),
        ("N,8,H,W",),
        ((2, 8, 5, 6),),
        "[ | [ gap linear4 relu linear"
        " | gmp conv(1, out=4, bias=false) relu conv1(bias=false) ] add sigmoid ] mul",
        still=True,
    ),
    Sample(
        "generator",
        Generator,
        ("N,8,H,W",),
        ((2, 8, 4, 5),),
        "tconv(4, stride=2, out=12, bias=false) bn relu tconv(3, stride=2, out=3) tanh",
        folds=True,
    ),
    Sample(
        "a check of the channels",
        lambda: CheckedConv(8),
        ("N,8,H,W",),
        ((2, 8, 5, 6),),
        "dup conv3 leaky(0.1) add",
        exported=True,
    ),
    Sample(
        "a loop over parts",
        lambda: Scales(12, 3),
        ("N,12,H,W",),
        ((2, 12, 5, 6),),
        "dup split3 conv(3, out=4) relu -> z conv(3, out=4) relu -> y conv(3, out=4) relu y z"
        " cat3 add",
        convert=lambda state: [list(state.values())[i] for i in (4, 5, 2, 3, 0, 1)],
        exported=True,
    ),
)
