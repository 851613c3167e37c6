"""Shape rules and weights that several families share.

Sizes follow section 2 of the language reference: with K = dilation*(k-1)+1 a window gives
floor((n + before + after - K)/stride) + 1, and `pad=same` resolves to pads that give ceil(n/stride)
(floor for even K with K-stride even and not negative).
"""

from __future__ import annotations

from snaplang.dims import Dim, dim, floor, ratio
from snaplang.ops.spec import Attrs, Case, Init, Param, ParamKind, Rules, Shape, Weight

LARGEST_KERNEL = 4096
KERNEL = Param(
    "k",
    ParamKind.KERNEL,
    doc="Kernel size, one number or one per axis.",
    low=1,
    high=LARGEST_KERNEL,
)
OUT = Param("out", ParamKind.WIDTH, "c", "Channels of the result.", low=1)
STRIDE = Param("stride", ParamKind.KERNEL, 1, "Step of the window.", low=1, high=4096)
DILATION = Param(
    "dilation", ParamKind.KERNEL, 1, "Distance of the kernel's points.", low=1, high=4096
)
GROUPS = Param(
    "groups", ParamKind.WIDTH, 1, "Groups of channels that do not see each other.", low=1
)
BIAS = Param("bias", ParamKind.FLAG, True, "Whether a constant per channel is added.")
PAD = Param("pad", ParamKind.PAD, "same", "Zeros around each axis, both sides.", low=0, high=4096)
EPS = Param("eps", ParamKind.REAL, 1e-5, "Added to the variance.", low=0)
SPATIAL = (1, 2, 3)


def same_pad(kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """(before, after) of `pad=same` for a window."""
    size = dilation * (kernel - 1) + 1
    if size % 2 == 0 and size - stride >= 0 and (size - stride) % 2 == 0:
        return (size - stride) // 2, (size - stride) // 2
    return (size - 1) // 2, size // 2


def transposed_pad(kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """(before, after) that a transposed convolution cuts to give stride*n; negative adds zeros."""
    surplus = dilation * (kernel - 1) + 1 - stride
    return (0, surplus) if surplus < 0 else ((surplus + 1) // 2, surplus // 2)


def sized(rules: Rules, attrs: Attrs, transposed: bool = False) -> tuple[Dim, ...]:
    """The spatial sizes behind a window (or a transposed one); each is at least 1."""
    spatial = rules.inputs[0].spatial
    rank = len(spatial)
    kernel, stride = attrs.axes("k", rank), attrs.axes("stride", rank)
    dilation = attrs.axes("dilation", rank) if "dilation" in attrs else (1,) * rank
    pads = attrs.pads("pad", rank)
    sizes: list[Dim] = []
    for n, k, s, d, (lo, hi) in zip(spatial, kernel, stride, dilation, pads, strict=True):
        size = d * (k - 1) + 1
        if transposed:
            result = n * s + (size - s - lo - hi)
        elif s == 1 and lo + hi + 1 == size:
            result = n
        else:
            result = floor((n + (lo + hi - size)) / s) + 1
        positive(rules, result, "a window of {} on an axis of {} padded by {}+{}", size, n, lo, hi)
        sizes.append(result)
    return tuple(sizes)


def positive(rules: Rules, size: Dim, what: str, *parts: object) -> None:
    """A size must be at least 1; `what` made it, with `parts` for its braces."""
    number = size.number
    if number is None:
        rules.at_least(size, 1, what.format(*parts))
    elif number < 1:
        message = f"{what.format(*parts)} leaves nothing"
        rules.reject(message, "use a larger input, a smaller window or `pad=`")


def require_rank(rules: Rules, ranks: tuple[int, ...], what: str) -> None:
    """Reject inputs of a rank the op does not have."""
    rank = rules.inputs[0].rank
    if rank is not None and rank not in ranks:
        need = f"{min(ranks)} to {max(ranks)}"
        rules.reject(f"{what} needs a tensor with {need} spatial axes, this one has {rank}")


def whole_ratio(value: Dim, by: Dim) -> Dim:
    """value / by for shapes of weights; `value` itself where the rule has already complained."""
    found = ratio(value, by)
    return value if found is None else found


def fan_in_weights(out: Dim, fan: Dim, kernel: tuple[Dim, ...], bias: bool) -> tuple[Weight, ...]:
    """Weight and bias of a linear map: uniform in +-1/sqrt(fan-in), as in PyTorch."""
    total = fan
    for size in kernel:
        total = total * size
    init = Init("uniform", total, root=True)
    weight = Weight("weight", (out, fan, *kernel), init)
    return (weight, Weight("bias", (out,), init)) if bias else (weight,)


def affine(channels: Dim) -> tuple[Weight, ...]:
    """Scale and offset per channel, as norms have them."""
    one, zero = Init("constant", 1.0), Init("constant", 0.0)
    return Weight("weight", (channels,), one), Weight("bias", (channels,), zero)


def volume(shape: Shape) -> Dim:
    """The number of positions of a tensor."""
    total = dim(1)
    for size in shape.spatial:
        total = total * size
    return total


def merge_cases(name: str) -> tuple[Case, ...]:
    """The cases of an op that takes n tensors of one shape."""
    return (
        Case(f"in 2 {name}", (4, 4)),
        Case(f"in 3 {name}3", (4, 4, 4)),
        Case(f"{name}1"),
    )
