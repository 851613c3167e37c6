"""Emitters of layers: convolutions, linear maps, norms, pools, attention.

Not the table (`ops.py`). Padding reaches us per side, as ONNX wants it. Weights keep the
shapes of the state_dict; views of them are taken in the model and folded by the runtime.
"""

from __future__ import annotations

from typing import Any

from snaplang.backends.onnx.emit import Site


def _window(site: Site) -> dict[str, Any]:
    """Kernel, stride and pads: all befores, then all behinds."""
    attrs, rank = site.attrs, site.rank
    pads = attrs.pads("pad", rank)
    return {
        "kernel_shape": list(attrs.axes("k", rank)),
        "strides": list(attrs.axes("stride", rank)),
        "pads": [lo for lo, _ in pads] + [hi for _, hi in pads],
    }


def _weights(site: Site) -> list[str]:
    return [site.weight(n) for n in (("weight", "bias") if site.attrs.flag("bias") else ["weight"])]


def conv(site: Site) -> str:
    """`Conv`."""
    return site.op(
        "Conv",
        *site.inputs,
        *_weights(site),
        **_window(site),
        dilations=list(site.attrs.axes("dilation", site.rank)),
        group=site.attrs.width("groups").whole(),
    )


def tconv(site: Site) -> str:
    """`ConvTranspose`: pads cut; one below zero, at the far side alone, is output padding."""
    window = _window(site)
    rank = site.rank
    extra = [max(-hi, 0) for hi in window["pads"][rank:]]
    window["pads"] = [max(pad, 0) for pad in window["pads"]]
    return site.op(
        "ConvTranspose",
        *site.inputs,
        *_weights(site),
        **window,
        output_padding=extra,
        dilations=list(site.attrs.axes("dilation", rank)),
        group=site.attrs.width("groups").whole(),
    )


def _pointwise(site: Site, x: str, weights: list[str], rank: int) -> str:
    """A linear map of the channels: a 1x1 convolution with a view of the `(out, in)` matrix."""
    matrix, *bias = weights
    kernel = site.op("Unsqueeze", matrix, site.ints(*range(2, rank + 2)))
    return site.op("Conv", x, kernel, *bias, kernel_shape=[1] * rank)


def linear(site: Site) -> str:
    """`Gemm` on vectors, a 1x1 `Conv` on maps."""
    (x,) = site.inputs
    if site.rank == 0:
        return site.op("Gemm", x, *_weights(site), transB=1)
    return _pointwise(site, x, _weights(site), site.rank)


def bn(site: Site) -> str:
    """`BatchNormalization`; its momentum is the weight of the old statistics, PyTorch's the new."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return site.op(
        "BatchNormalization",
        *site.inputs,
        *map(site.weight, parts),
        epsilon=site.attrs.real("eps"),
        momentum=1 - site.attrs.real("momentum"),
    )


def gn(site: Site) -> str:
    """`InstanceNormalization` over groups as channels, then scale and offset.

    Not `GroupNormalization` (opset 21): runtimes expand it to E[x²] - E[x]², which at a mean of 100
    loses four digits, where this and PyTorch lose none that matter.
    """
    (x,) = site.inputs
    groups = site.attrs.count("groups")
    rows = site.op("Reshape", x, site.ints(0, groups, -1))
    flat = _instance_norm(site, rows, groups)
    scaled = site.op("Mul", site.reshaped(flat, x), site.per_channel("weight"))
    return site.op("Add", scaled, site.per_channel("bias"))


def _instance_norm(site: Site, x: str, channels: int) -> str:
    ones, zeros = site.fill(1.0, channels), site.fill(0.0, channels)
    return site.op("InstanceNormalization", x, ones, zeros, epsilon=site.attrs.real("eps"))


def inorm(site: Site) -> str:
    """`InstanceNormalization` without scale and offset."""
    (x,) = site.inputs
    return _instance_norm(site, x, site.channels)


def ln(site: Site) -> str:
    """`LayerNormalization` with the channels moved last and back."""
    (x,) = site.inputs
    rank = site.rank
    if rank:
        x = site.op("Transpose", x, perm=[0, *range(2, rank + 2), 1])
    scale, offset, eps = site.weight("weight"), site.weight("bias"), site.attrs.real("eps")
    x = site.op("LayerNormalization", x, scale, offset, axis=-1, epsilon=eps)
    return site.op("Transpose", x, perm=[0, rank + 1, *range(1, rank + 1)]) if rank else x


def maxpool(site: Site) -> str:
    """`MaxPool`."""
    return site.op("MaxPool", *site.inputs, **_window(site))


def avgpool(site: Site) -> str:
    """`AveragePool`; padding is not counted."""
    return site.op("AveragePool", *site.inputs, **_window(site), count_include_pad=0)


def mhsa(site: Site) -> str:
    """Attention over the L positions, channels before positions, so that no weight is turned.

    `[N, C, L]` gives queries, keys and values `[N, heads, d, L]`; scores are `[N, heads, L, L]`.
    """
    (x,) = site.inputs
    heads, channels = site.attrs.count("heads"), site.channels
    width = channels // heads
    row = x if site.rank == 1 else site.op("Reshape", x, site.ints(0, channels, -1))
    inner = [site.weight("in_proj_weight"), site.weight("in_proj_bias")]
    parts = site.ops(3, "Split", _pointwise(site, row, inner, 1), axis=1, num_outputs=3)
    shape = site.ints(0, heads, width, -1)
    query, key, value = (site.op("Reshape", part, shape) for part in parts)
    query = site.op("Mul", query, site.number(width**-0.5))
    scores = site.op("MatMul", site.op("Transpose", query, perm=[0, 1, 3, 2]), key)
    shares = site.op("Transpose", site.op("Softmax", scores, axis=-1), perm=[0, 1, 3, 2])
    mixed = site.op("Reshape", site.op("MatMul", value, shares), site.ints(0, channels, -1))
    outer = [site.weight("out_proj.weight"), site.weight("out_proj.bias")]
    result = _pointwise(site, mixed, outer, 1)
    return result if site.rank == 1 else site.reshaped(result, x)
