"""Attention and what stands around it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, fused: bool) -> None:
        super().__init__()
        self.num_heads, self.fused = heads, fused
        self.scale = (width // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.num_heads, c // self.num_heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused:
            x = F.scaled_dot_product_attention(q, k, v)
        else:
            attn = (q * self.scale) @ k.transpose(-2, -1)
            x = attn.softmax(dim=-1) @ v
        return self.proj(x.transpose(1, 2).reshape(b, n, c))


class SeparateAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.width = heads, width // heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), self.heads, self.width).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / self.width**0.5
        mixed = torch.matmul(torch.softmax(scores, -1), v)
        return self.out(mixed.transpose(1, 2).flatten(2))


class ViTBlock(nn.Module):
    def __init__(self, attn: nn.Module) -> None:
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(12, eps=1e-6), attn
        self.norm2 = nn.LayerNorm(12, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(12, 24), nn.GELU(), nn.Linear(24, 12))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class MapAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(3, 12)
        self.attn = nn.MultiheadAttention(12, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        y = self.norm(x).flatten(2).transpose(1, 2)
        y, _ = self.attn(y, y, y, need_weights=False)
        return x + y.transpose(1, 2).reshape(b, c, h, w)


class ConvNeXt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(8, 8, kernel_size=7, padding=3, groups=8)
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.pwconv1, self.act, self.pwconv2 = nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8)
        self.gamma = nn.Parameter(1e-6 * torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        y = self.dwconv(x).permute(0, 2, 3, 1)
        y = self.gamma * self.pwconv2(self.act(self.pwconv1(self.norm(y))))
        return x + y.permute(0, 3, 1, 2)


class LayerNorm2d(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + 1e-6)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


def convnext_stem() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), LayerNorm2d(8), nn.Conv2d(8, 8, 1))


class ChannelAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1))
        self.two = nn.Sequential(nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1))

    def forward(self, x: Tensor) -> Tensor:
        mean, peak = self.one(F.adaptive_avg_pool2d(x, 1)), self.two(F.adaptive_max_pool2d(x, 1))
        return x * torch.sigmoid(mean + peak)


_VIT = "[ | ln(eps=1e-6) mhsa3 ] add [ | ln(eps=1e-6) linear24 gelu linear12 ] add"
ATTENTION = (
    Sample(
        "vit block",
        lambda: ViTBlock(Attention(12, 3, False)),
        ("N,L,12",),
        ((2, 7, 12),),
        _VIT,
        channels=-1,
    ),
    Sample(
        "vit block with fused attention",
        lambda: ViTBlock(Attention(12, 3, True)),
        ("N,L,12",),
        ((2, 7, 12),),
        _VIT,
        channels=-1,
    ),
    Sample(
        "vit block with separate projections",
        lambda: ViTBlock(SeparateAttention(12, 3)),
        ("N,L,12",),
        ((2, 7, 12),),
        _VIT,
        channels=-1,
    ),
    Sample(
        "attention on a map",
        MapAttention,
        ("N,12,H,W",),
        ((2, 12, 4, 5),),
        "[ | gn3 mhsa3 ] add",
    ),
    Sample(
        "convnext",
        ConvNeXt,
        ("N,8,H,W",),
        ((2, 8, 9, 10),),
        "[ | dwconv7 ln(eps=1e-6) linear32 gelu linear8 scale ] add",
    ),
    Sample(
        "convnext stem",
        convnext_stem,
        ("N,3,H,W",),
        ((2, 3, 16, 24),),
        "conv(4, out=8, stride=4, pad=0) ln(eps=1e-6) conv(1, out=8)",
    ),
    Sample(
        "channel attention",
        ChannelAttention,
        ("N,8,H,W",),
        ((2, 8, 9, 10),),
        "-> x x gap conv(1, out=2) relu conv1 x gmp conv(1, out=2) relu conv1 add sigmoid x mul",
    ),
)
