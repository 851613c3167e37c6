"""What PyTorch's layers mean, as terms: convolutions, norms, pools, resizing, attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from snaplang.lift.terms import Const, Value
from snaplang.lift.terms.shapes import Sizes
from snaplang.lift.torch.attention import attention, matmul, multi_head
from snaplang.lift.torch.sizes import SymSize, as_dim
from snaplang.lift.torch.tensor import Traced, Tracing

Call = Callable[..., Any]


def _tuple(value: Any, rank: int) -> tuple[int, ...]:
    """A number or a sequence, one for each axis."""
    if isinstance(value, int):
        return (int(value),) * rank
    found = tuple(int(v) for v in value)
    return found * rank if len(found) == 1 else found


def _bias(t: Tracing, bias: Any) -> Value:
    return None if bias is None else t.value(bias)


def _conv(rank: int) -> Call:
    def call(
        t: Tracing,
        x: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        matrix = t.value(weight)
        if not isinstance(matrix, Const) or x.ndim != rank + 2:
            return NotImplemented
        strides, dilations = _tuple(stride, rank), _tuple(dilation, rank)
        pads = _pads(padding, matrix.array.shape[2:], dilations)
        made = t.terms.make(
            "conv", t.value(x), matrix, _bias(t, bias),
            groups=groups, strides=strides, dilations=dilations, pads=pads,
        )  # fmt: skip
        return t.wrap(made)

    return call


def _pads(padding: Any, kernel: Sequence[int], dilations: Sequence[int]) -> Any:
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilations, strict=True)]
        return tuple((n // 2, n - n // 2) for n in totals)
    sides = _tuple(0 if padding == "valid" else padding, len(kernel))
    return tuple((p, p) for p in sides)


def _tconv(rank: int) -> Call:
    def call(
        t: Tracing,
        x: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Any:
        matrix = t.value(weight)
        if not isinstance(matrix, Const) or x.ndim != rank + 2:
            return NotImplemented
        sides = _tuple(padding, rank)
        made = t.terms.make(
            "tconv", t.value(x), matrix, _bias(t, bias),
            groups=groups, strides=_tuple(stride, rank), dilations=_tuple(dilation, rank),
            pads=tuple((p, p) for p in sides), output_padding=_tuple(output_padding, rank),
        )  # fmt: skip
        return t.wrap(made)

    return call


def _linear(t: Tracing, x: Any, weight: Any, bias: Any = None) -> Any:
    matrix = t.value(weight)
    if not isinstance(matrix, Const):
        return NotImplemented
    return t.wrap(t.terms.make("linear", t.value(x), matrix, _bias(t, bias)))


# -- norms -----------------------------------------------------------------------------------------


def _batch_norm(
    t: Tracing,
    x: Any,
    mean: Any,
    variance: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
    *rest: Any,
) -> Any:
    if mean is None or variance is None:
        return NotImplemented  # of the batch at hand, in eval mode too
    parts = [_bias(t, v) for v in (weight, bias, mean, variance)]
    rate = 0.1 if momentum is None else float(momentum)
    return t.wrap(t.terms.make("bn", t.value(x), *parts, eps=float(eps), momentum=rate))


def _layer_norm(
    t: Tracing, x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any
) -> Any:
    if not isinstance(shape, int) and len(shape) != 1:
        return NotImplemented
    parts = _bias(t, weight), _bias(t, bias)
    return t.wrap(t.terms.make("ln", t.value(x), *parts, eps=float(eps)))


def _group_norm(
    t: Tracing,
    x: Any,
    num_groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    *_: Any,
) -> Any:
    parts = _bias(t, weight), _bias(t, bias)
    return t.wrap(t.terms.make("gn", t.value(x), *parts, groups=int(num_groups), eps=float(eps)))


def _instance_norm(
    t: Tracing,
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *_: Any,
) -> Any:
    if not use_input_stats:
        return NotImplemented
    parts = _bias(t, weight), _bias(t, bias)
    return t.wrap(t.terms.make("inorm", t.value(x), *parts, eps=float(eps)))


# -- pools and reductions --------------------------------------------------------------------------


def _max_pool(rank: int) -> Call:
    def call(
        t: Tracing,
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        if return_indices or x.ndim != rank + 2:
            return NotImplemented
        return _pooled(
            t, x, "max", rank, kernel_size, stride, padding, dilation=dilation, ceil=ceil_mode
        )

    return call


def _avg_pool(rank: int) -> Call:
    def call(
        t: Tracing,
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: Any = None,
    ) -> Any:
        if divisor_override is not None or x.ndim != rank + 2:
            return NotImplemented
        counted = bool(count_include_pad)
        return _pooled(
            t, x, "avg", rank, kernel_size, stride, padding, ceil=ceil_mode, counted=counted
        )

    return call


def _pooled(
    t: Tracing,
    x: Any,
    how: str,
    rank: int,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any = 1,
    ceil: bool = False,
    counted: bool = False,
) -> Any:
    given = list(kernel) if isinstance(kernel, list | tuple) else [kernel] * rank
    if any(isinstance(k, SymSize) for k in given):
        if tuple(map(as_dim, given)) != x.term.shape[2:] or padding:
            return NotImplemented
        axes = tuple(range(2, x.ndim))
        kind = "max" if how == "max" else "mean"
        return t.wrap(t.terms.make("reduce", x.term, how=kind, axes=axes, keepdims=True))
    sizes = _tuple(kernel, rank)
    steps = sizes if stride is None or stride == [] else _tuple(stride, rank)
    pads = tuple((p, p) for p in _tuple(padding, rank))
    made = t.terms.make(
        "pool", t.value(x), how=how, kernel=sizes, strides=steps, pads=pads,
        dilations=_tuple(dilation, rank), ceil=bool(ceil), counted=counted,
    )  # fmt: skip
    return t.wrap(made)


def _adaptive(how: str, rank: int) -> Call:
    def call(t: Tracing, x: Any, output_size: Any, *rest: Any, **kwargs: Any) -> Any:
        given = [output_size] * rank if isinstance(output_size, int) else list(output_size)
        spatial = x.term.shape[-rank:]
        sizes = [s if g is None else as_dim(g) for g, s in zip(given, spatial, strict=True)]
        if all(s == 1 for s in sizes):
            axes = tuple(range(x.ndim - rank, x.ndim))
            return t.wrap(t.terms.make("reduce", t.value(x), how=how, axes=axes, keepdims=True))
        if tuple(sizes) == tuple(spatial):
            return x
        numbers = [(n.whole(), s.whole()) for n, s in zip(spatial, sizes, strict=True)]
        if any(n is None or s is None or n % s for n, s in numbers):
            return NotImplemented
        kernel = [(n or 1) // (s or 1) for n, s in numbers]
        return _pooled(t, x, "max" if how == "max" else "avg", rank, kernel, kernel, 0)

    return call


def _reduce(how: str) -> Call:
    def call(t: Tracing, x: Any, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:
        keepdim = kwargs.get("keepdims", keepdim)
        given = kwargs.get("axis", dim)
        if how == "max" and given is None:
            return NotImplemented
        axes = range(x.ndim) if given is None else [given] if isinstance(given, int) else given
        places = tuple(int(a) % x.ndim for a in axes)
        return t.wrap(t.terms.make("reduce", t.value(x), how=how, axes=places, keepdims=keepdim))

    return call


def _variance(t: Tracing, x: Any, dim: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The mean of squares of what differs from the mean, as people write it out."""
    if args and isinstance(args[0], bool):  # var(x, dim, unbiased, keepdim)
        kwargs = {"unbiased": args[0]} | ({"keepdim": args[1]} if len(args) > 1 else {}) | kwargs
    biased = kwargs.get("correction", 1) == 0 or kwargs.get("unbiased") is False
    if not biased or dim is None:
        return NotImplemented
    value = t.value(x)
    axes = tuple(a % x.ndim for a in ([dim] if isinstance(dim, int) else dim))
    mean = t.terms.make("reduce", value, how="mean", axes=axes, keepdims=True)
    centred = t.terms.combine("sub", value, mean)
    square = t.terms.combine("mul", centred, centred)
    keep = bool(kwargs.get("keepdim", False))
    return t.wrap(t.terms.make("reduce", square, how="mean", axes=axes, keepdims=keep))


def _max(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
    """`torch.max` of two tensors; along an axis it has indices too."""
    if len(args) == 1 and isinstance(args[0], Traced | torch.Tensor):
        return t.wrap(t.terms.combine("max", t.value(x), t.value(args[0])))
    axis = kwargs.get("dim", args[0] if args else None)
    if not isinstance(axis, int):
        return NotImplemented
    keep = kwargs.get("keepdim", args[1] if len(args) > 1 else False)
    return (_reduce("max")(t, x, axis, keep), None)


# -- sizes -----------------------------------------------------------------------------------------


def _interpolate(
    t: Tracing,
    x: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> Any:
    rank = x.ndim - 2
    linear = ("linear", "bilinear", "trilinear")
    if mode not in ("nearest", *linear) or align_corners or antialias:
        return NotImplemented
    way = "nearest" if mode == "nearest" else "linear"
    factors: tuple[int, ...] | None = None
    if size is None:
        given = scale_factor if isinstance(scale_factor, list | tuple) else [scale_factor] * rank
        if any(f != int(f) or f < 1 for f in given):
            return NotImplemented
        factors = tuple(map(int, given))
        sizes: Sizes = tuple(n * f for n, f in zip(x.term.shape[2:], factors, strict=True))
    else:
        many = isinstance(size, list | tuple)
        sizes = tuple(map(as_dim, size)) if many else (as_dim(size),) * rank
    shape = (*x.term.shape[:2], *sizes)
    return t.wrap(t.terms.make("resize", t.value(x), sizes=shape, mode=way, factors=factors))


def _upsample(mode: str) -> Call:
    """aten's forms: sizes, aligned corners where there are such, factors."""

    def call(t: Tracing, x: Any, size: Any, *args: Any) -> Any:
        rest = list(args)
        align = rest.pop(0) if mode != "nearest" and rest and isinstance(rest[0], bool) else False
        factors = rest[0] if rest else None
        return _interpolate(t, x, size, None if size is not None else factors, mode, align)

    return call


def _pad(t: Tracing, x: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    if mode != "constant" or any(not isinstance(p, int) for p in pad):
        return NotImplemented
    rows = [(0, 0)] * x.ndim
    for i in range(len(pad) // 2):
        rows[x.ndim - 1 - i] = (int(pad[2 * i]), int(pad[2 * i + 1]))
    if not any(map(any, rows)):
        return x
    return t.wrap(t.terms.make("pad", t.value(x), pads=tuple(rows), value=float(value or 0.0)))


LAYERS: dict[str, Call] = {
    **{f"conv{n}d": _conv(n) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _tconv(n) for n in (1, 2, 3)},
    "linear": _linear,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    **{f"max_pool{n}d": _max_pool(n) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _avg_pool(n) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": _adaptive("mean", n) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive("max", n) for n in (1, 2, 3)},
    "mean": _reduce("mean"),
    "amax": _reduce("max"),
    "sum": _reduce("sum"),
    "var": _variance,
    "max": _max,
    "interpolate": _interpolate,
    "upsample_nearest1d": _upsample("nearest"),
    "upsample_nearest2d": _upsample("nearest"),
    "upsample_nearest3d": _upsample("nearest"),
    "upsample_linear1d": _upsample("linear"),
    "upsample_bilinear2d": _upsample("bilinear"),
    "upsample_trilinear3d": _upsample("trilinear"),
    "pad": _pad,
    "constant_pad_nd": lambda t, x, pad, value=0.0: _pad(t, x, pad, "constant", value),
    "matmul": matmul,
    "bmm": matmul,
    "mm": matmul,
    "scaled_dot_product_attention": attention,
    "multi_head_attention_forward": multi_head,
}
