"""Small functions and modules that emitted source brings along where it uses them.

Each is plain PyTorch; `{name}` is what it is called in the source, which may differ where a user's
op has taken the name.
"""

from __future__ import annotations

DROP_PATH = '''
def {name}(x: Tensor, p: float, training: bool) -> Tensor:
    """Zero whole samples with probability p in training, scale the others by 1/(1-p)."""
    if not training:
        return x
    kept = x.new_ones(x.shape[:1] + (1,) * (x.ndim - 1))
    return x * F.dropout(kept, p)
'''

ADD_NOISE = '''
def {name}(x: Tensor, sigma: float, training: bool) -> Tensor:
    """Add Gaussian noise of standard deviation sigma in training."""
    return x + sigma * torch.randn_like(x) if training else x
'''

ATTEND = '''
def {name}(attention: nn.MultiheadAttention, x: Tensor) -> Tensor:
    """Self-attention over the spatial positions of x, [N, C, *spatial]."""
    y = x.flatten(2).transpose(1, 2)  # [N, positions, C]
    y, _ = attention(y, y, y, need_weights=False)
    return y.transpose(1, 2).reshape(x.shape)
'''

INSTANCE_NORM = '''
def {name}(x: Tensor, eps: float = 1e-5) -> Tensor:
    """Instance normalisation, also of a single position, which PyTorch refuses."""
    fast = torch.backends.cudnn.enabled
    return torch.instance_norm(x, None, None, None, None, True, 0.1, eps, fast)
'''

GROUP_NORM = '''
def {name}(norm: nn.GroupNorm, x: Tensor) -> Tensor:
    """Group normalisation, also of a single number, which PyTorch refuses."""
    return torch.group_norm(x, norm.num_groups, norm.weight, norm.bias, norm.eps)
'''

SCALE = '''
class {name}(nn.Module):
    """Multiplies each channel by a learned factor."""

    def __init__(self, channels: int, init: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), init))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight.view(-1, *[1] * (x.ndim - 2))
'''

WEIGHTS = '''
class {name}(nn.Module):
    """Parameters by name."""

    def __init__(self, **tensors: Tensor) -> None:
        super().__init__()
        for name, tensor in tensors.items():
            self.register_parameter(name, nn.Parameter(tensor))
'''

_AVG_POOL = '''
def {name}(
    x: Tensor, kernel: {size}, stride: {size}, pad: tuple[int, ...]
) -> Tensor:
    """Average pooling with uneven padding (as in F.pad) that is not counted."""
    ones = F.pad(torch.ones_like(x[:1, :1]), pad)
    share = F.avg_pool{rank}d(ones, kernel, stride)
    return F.avg_pool{rank}d(F.pad(x, pad), kernel, stride) / share
'''


def _avg_pool(rank: int) -> str:
    size = "int" if rank == 1 else "int | tuple[int, ...]"
    return _AVG_POOL.replace("{rank}", str(rank)).replace("{size}", size)


HELPERS: dict[str, str] = {
    "drop_path": DROP_PATH,
    "add_noise": ADD_NOISE,
    "attend": ATTEND,
    "instance_norm": INSTANCE_NORM,
    "group_norm": GROUP_NORM,
    "uneven_avg_pool1d": _avg_pool(1),
    "uneven_avg_pool2d": _avg_pool(2),
    "uneven_avg_pool3d": _avg_pool(3),
    "Scale": SCALE,
    "Weights": WEIGHTS,
}
"""Helper to source, in the order of emission."""


def helper(key: str, name: str) -> str:
    """The source of a helper under a name."""
    return HELPERS[key].replace("{name}", name).strip("\n")
