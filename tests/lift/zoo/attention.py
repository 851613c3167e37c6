"""Attention, by itself and in blocks of transformers; ConvNeXt, which is built like them."""

# mypy: disable-error-code="no-any-return"
# What a module returns is Any, and code that people write passes it on.

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.lift.zoo.sample import Sample


class Encoder(nn.Module):
    """A layer of the transformer's encoder on sequences `[N, C, L]`, normalised at the end."""

    def __init__(self, width: int, heads: int, p: float = 0.1) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.dropout1, self.norm1 = nn.Dropout(p), nn.LayerNorm(width)
        self.linear1, self.linear2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.dropout, self.dropout2 = nn.Dropout(p), nn.Dropout(p)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        attended, _ = self.self_attn(x, x, x, need_weights=False)
        x = self.norm1(x + self.dropout1(attended))
        y = self.linear2(self.dropout(F.relu(self.linear1(x))))
        return self.norm2(x + self.dropout2(y)).transpose(1, 2)


class Attention(nn.Module):
    """Attention by hand on tokens, with one projection for queries, keys and values."""

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = (dim // num_heads) ** -0.5
        self.qkv = nn.Linear(dim, dim * 3, bias=True)
        self.attn_drop, self.proj = nn.Dropout(0.0), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.num_heads, C // self.num_heads)
        qkv = qkv.permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        attn = (q @ k.transpose(-2, -1)) * self.scale
        attn = self.attn_drop(attn.softmax(dim=-1))
        return self.proj((attn @ v).transpose(1, 2).reshape(B, N, C))


class FusedAttention(nn.Module):
    """The same by PyTorch's own function."""

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads, self.head_dim = num_heads, dim // num_heads
        self.qkv, self.proj = nn.Linear(dim, dim * 3), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.size()
        qkv = self.qkv(x).view(b, n, 3, self.num_heads, self.head_dim)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).contiguous().view(b, n, c))


class SplitAttention(nn.Module):
    """One projection, cut into three before the heads are made."""

    def __init__(self, n_embd: int, n_head: int) -> None:
        super().__init__()
        self.n_embd, self.n_head = n_embd, n_head
        self.c_attn, self.c_proj = nn.Linear(n_embd, 3 * n_embd), nn.Linear(n_embd, n_embd)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(self.n_embd, dim=2)
        k = k.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        q = q.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        v = v.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(C // self.n_head))
        y = F.softmax(att, dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class ThreeLinears(nn.Module):
    """Queries, keys and values from three linear maps, scores divided by a root."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads, self.size = heads, hidden // heads
        self.query, self.key = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.value, self.out = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)

    def heads_of(self, x: Tensor) -> Tensor:
        """`[N, heads, L, size]`."""
        return x.view(*x.shape[:-1], self.heads, self.size).permute(0, 2, 1, 3)

    def forward(self, x: Tensor) -> Tensor:
        query, key = self.heads_of(self.query(x)), self.heads_of(self.key(x))
        value = self.heads_of(self.value(x))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.size)
        context = torch.matmul(nn.functional.softmax(scores, dim=-1), value)
        return self.out(context.permute(0, 2, 1, 3).contiguous().flatten(2))


class FusedThree(nn.Module):
    """Three linear maps and PyTorch's own function."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, length, _ = x.shape
        q = self.query(x).reshape(n, length, self.heads, -1).transpose(1, 2)
        k = self.key(x).reshape(n, length, self.heads, -1).transpose(1, 2)
        v = self.value(x).reshape(n, length, self.heads, -1).transpose(1, 2)
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=0.0)
        return self.out(y.transpose(1, 2).reshape(n, length, -1))


class Mlp(nn.Module):
    """The other half of a block."""

    def __init__(self, width: int, hidden: int, act: type[nn.Module] = nn.GELU) -> None:
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(width, hidden), act(), nn.Linear(hidden, width)
        self.drop = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.act(self.fc1(x))))


class LayerScale(nn.Module):
    """A learned factor per channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(1e-5 * torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x.mul_(self.gamma)


class TokenBlock(nn.Module):
    """A block of a vision transformer on tokens `[N, L, C]`."""

    def __init__(self, width: int, attention: nn.Module) -> None:
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width, eps=1e-6), attention
        self.ls1 = LayerScale(width)
        self.norm2, self.mlp = nn.LayerNorm(width, eps=1e-6), Mlp(width, 4 * width)
        self.ls2 = LayerScale(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class MapBlock(nn.Module):
    """A block on a map: made tokens, and a map again."""

    def __init__(self, width: int, attention: nn.Module) -> None:
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width), attention
        self.norm2, self.mlp = nn.LayerNorm(width), Mlp(width, 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        B, C, H, W = x.shape
        x = x.flatten(2).transpose(1, 2)
        x = x + self.attn(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return x.transpose(1, 2).reshape(B, C, H, W)


class ViT(nn.Module):
    """Patches, two blocks, a norm, the mean of all tokens, classes."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.patch_embed = nn.Conv2d(3, width, kernel_size=4, stride=4)
        blocks = (TokenBlock(width, FusedAttention(width, heads)) for _ in range(2))
        self.blocks = nn.Sequential(*blocks)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = self.norm(self.blocks(x))
        return self.head(x.mean(dim=1))


class ConvNeXt(nn.Module):
    """Channels last inside, a factor at the end."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1, self.act = nn.Linear(dim, 4 * dim), nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(1e-6 * torch.ones(dim), requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        input = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.pwconv2(self.act(self.pwconv1(self.norm(x))))
        x = self.gamma * x
        return input + x.permute(0, 3, 1, 2)


class LayerNorm2d(nn.Module):
    """Written out, over axis 1."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class ConvNeXtConv(nn.Module):
    """All by 1x1 convolutions; the factor lies as `[C, 1, 1]`."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(dim, dim, 7, padding=3, groups=dim), LayerNorm2d(dim),
            nn.Conv2d(dim, 4 * dim, 1), nn.GELU(), nn.Conv2d(4 * dim, dim, 1),
        )  # fmt: skip
        self.layer_scale = nn.Parameter(torch.full((dim, 1, 1), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layer_scale * self.block(x)


def three_as_one(state: Mapping[str, Tensor]) -> list[Tensor]:
    """The three projections of `ThreeLinears` as one."""
    names = ("query", "key", "value")
    made = [torch.cat([state[f"{n}.{kind}"] for n in names]) for kind in ("weight", "bias")]
    return [*made, state["out.weight"], state["out.bias"]]


def _three_inside(state: Mapping[str, Tensor]) -> list[Tensor]:
    """The same within a `MapBlock`."""
    inner = {k.removeprefix("attn."): v for k, v in state.items() if k.startswith("attn.")}
    outer = [v for k, v in state.items() if not k.startswith("attn.")]
    return [*outer[:2], *three_as_one(inner), *outer[2:]]


def _gamma_last(state: Mapping[str, Tensor]) -> list[Tensor]:
    """A parameter beside submodules comes first in a state; it is used last, and lies flat."""
    first, *rest = state.values()
    return [*rest, first.flatten()]


_VIT = "[ | ln(eps=1e-6) mhsa4 scale ] add [ | ln(eps=1e-6) linear64 gelu linear16 scale ] add"
_MAP = "[ | ln mhsa2 ] add [ | ln linear(2*c) gelu linear ] add"
ATTENTION = (
    Sample(
        "transformer encoder",
        lambda: Encoder(16, 4),
        ("N,16,L",),
        ((2, 16, 9),),
        "dup mhsa4 dropout(0.1) add ln"
        " dup linear(2*c) relu dropout(0.1) linear dropout(0.1) add ln",
    ),
    Sample(
        "attention by hand",
        lambda: Attention(16, 4),
        ("N,L,16",),
        ((2, 10, 16),),
        "mhsa4",
        channels=-1,
    ),
    Sample(
        "attention from three linear maps",
        lambda: ThreeLinears(16, 2),
        ("N,L,16",),
        ((2, 10, 16),),
        "mhsa2",
        channels=-1,
        convert=three_as_one,
        exported=True,
    ),
    Sample(
        "vit block from three linear maps",
        lambda: MapBlock(16, FusedThree(16, 2)),
        ("N,16,H,W",),
        ((2, 16, 4, 5),),
        _MAP,
        convert=_three_inside,
    ),
    Sample(
        "vit block on tokens",
        lambda: TokenBlock(16, Attention(16, 4)),
        ("N,L,16",),
        ((2, 10, 16),),
        _VIT,
        channels=-1,
    ),
    Sample(
        "vit block on a map",
        lambda: MapBlock(16, Attention(16, 2)),
        ("N,16,H,W",),
        ((2, 16, 4, 5),),
        _MAP,
    ),
    Sample(
        "vit block by the fused function",
        lambda: MapBlock(16, FusedAttention(16, 2)),
        ("N,16,H,W",),
        ((2, 16, 4, 5),),
        _MAP,
    ),
    Sample(
        "vit block with a split",
        lambda: MapBlock(16, SplitAttention(16, 2)),
        ("N,16,H,W",),
        ((2, 16, 4, 5),),
        _MAP,
    ),
    Sample(
        "vit",
        lambda: ViT(16, 4),
        ("N,3,H,W",),
        ((2, 3, 12, 16),),
        f"conv(4, out=16, stride=4) {{ {_VIT} }}*2 ln gap flatten linear10",
    ),
    Sample(
        "convnext",
        lambda: ConvNeXt(8),
        ("N,8,H,W",),
        ((2, 8, 9, 10),),
        "[ | dwconv7 ln(eps=1e-6) linear(4*c) gelu linear scale ] add",
        convert=_gamma_last,
    ),
    Sample(
        "convnext by convolutions",
        lambda: ConvNeXtConv(8),
        ("N,8,H,W",),
        ((2, 8, 9, 10),),
        "[ | dwconv7 ln(eps=1e-6) conv(1, out=4*c) gelu conv1 scale ] add",
        convert=_gamma_last,
    ),
)
