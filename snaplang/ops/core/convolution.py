"""Convolutions and linear maps: the ops whose weights mix channels."""

from __future__ import annotations

from typing import cast

from snaplang.dims import Dim, dim
from snaplang.ops.folding import without_idle_dilation
from snaplang.ops.rules import (
    BIAS,
    DILATION,
    GROUPS,
    KERNEL,
    OUT,
    PAD,
    SPATIAL,
    STRIDE,
    fan_in_weights,
    require_rank,
    sized,
    volume,
    whole_ratio,
)
from snaplang.ops.spec import Attrs, AttrValue, Case, Fact, OpSpec, Rules, Shape, Weight


def _without_bias(attrs: Attrs) -> frozenset[Fact]:
    return frozenset() if attrs.flag("bias") else frozenset((Fact.ZERO_PRESERVING,))


def _kernel(attrs: Attrs, shape: Shape) -> tuple[Dim, ...]:
    return tuple(dim(k) for k in attrs.axes("k", len(shape.spatial)))


def _grouped(rules: Rules) -> None:
    groups = rules.attrs.width("groups")
    rules.multiple(rules.inputs[0].channels, groups, "input channels")
    rules.multiple(rules.attrs.width("out"), groups, "output channels")


def _conv(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "a convolution")
    _grouped(rules)
    shape = rules.inputs[0]
    return (Shape(rules.attrs.width("out"), sized(rules, rules.attrs), shape.open),)


def _tconv(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "a transposed convolution")
    _grouped(rules)
    shape = rules.inputs[0]
    return (Shape(rules.attrs.width("out"), sized(rules, rules.attrs, True), shape.open),)


def _conv_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    (shape,) = inputs
    fan = whole_ratio(shape.channels, attrs.width("groups"))
    return fan_in_weights(attrs.width("out"), fan, _kernel(attrs, shape), attrs.flag("bias"))


def _tconv_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    """`[in, out/groups, *k]`; PyTorch takes its second axis as the fan-in."""
    (shape,) = inputs
    fan = whole_ratio(attrs.width("out"), attrs.width("groups"))
    kernel = _kernel(attrs, shape)
    weight, *_ = fan_in_weights(shape.channels, fan, kernel, False)
    bias = Weight("bias", (attrs.width("out"),), weight.init)
    return (weight, bias) if attrs.flag("bias") else (weight,)


def _conv_macs(attrs: Attrs, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Dim:
    return _point_cost(attrs, inputs[0]) * attrs.width("out") * volume(outputs[0])


def _tconv_macs(attrs: Attrs, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Dim:
    return _point_cost(attrs, inputs[0]) * attrs.width("out") * volume(inputs[0])


def _point_cost(attrs: Attrs, shape: Shape) -> Dim:
    cost = whole_ratio(shape.channels, attrs.width("groups"))
    for size in _kernel(attrs, shape):
        cost = cost * size
    return cost


def _linear(rules: Rules) -> tuple[Shape, ...]:
    return (rules.inputs[0].with_channels(rules.attrs.width("out")),)


def _linear_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    return fan_in_weights(attrs.width("out"), inputs[0].channels, (), attrs.flag("bias"))


def _linear_macs(attrs: Attrs, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Dim:
    return inputs[0].channels * attrs.width("out") * volume(outputs[0])


def _depthwise(shapes: tuple[Shape, ...]) -> dict[str, AttrValue]:
    channels = cast(AttrValue, shapes[0].channels)
    return {"out": channels, "groups": channels}


_WINDOW = (KERNEL, OUT, STRIDE, DILATION, GROUPS, BIAS, PAD)

_CONV_CASES = (
    Case("conv1"),
    Case("conv3"),
    Case("conv(3, stride=2)"),
    Case("conv(3, stride=2)", sizes=(9,)),
    Case("conv(3, out=6, bias=false)"),
    Case("conv(5, dilation=2, pad=1)", sizes=(11,)),
    Case("conv(3, dilation=2, out=2*c)"),
    Case("conv(3, groups=2)"),
    Case("conv2"),
    Case("conv(2, stride=2)"),
    Case("conv(4, stride=3)", sizes=(9,)),
    Case("conv(2, dilation=3)"),
    Case("conv(7, stride=2, pad=3)"),
    Case("conv1x7", ranks=(2,)),
    Case("conv(3x2, stride=1x2, pad=0x1)", ranks=(2,)),
    Case("conv3x1x2", sizes=(5,), ranks=(3,)),
)
_TCONV_CASES = (
    Case("tconv(2, stride=2)", sizes=(5,)),
    Case("tconv(3, stride=2)", sizes=(5,)),
    Case("tconv(4, stride=2, out=6, bias=false)", sizes=(5,)),
    Case("tconv(3, groups=2)", sizes=(5,)),
    Case("tconv2", sizes=(5,)),
    Case("tconv(2, stride=3)", sizes=(5,)),
    Case("tconv(3, stride=2, pad=1, dilation=2)", sizes=(5,)),
    Case("tconv(2x4, stride=2x1)", sizes=(5,), ranks=(2,)),
)

CONVOLUTION = (
    OpSpec(
        "conv",
        "conv",
        "convolution",
        "Convolution (cross-correlation, as in PyTorch) to `out` channels, with zero padding.",
        _WINDOW,
        shape=_conv,
        weights=_conv_weights,
        normal=without_idle_dilation,
        ranks=SPATIAL,
        facts_if=_without_bias,
        macs=_conv_macs,
        cases=_CONV_CASES,
    ),
    OpSpec(
        "tconv",
        "tconv",
        "convolution",
        "Transposed convolution; with `pad=same` sizes grow by exactly `stride`.",
        _WINDOW,
        shape=_tconv,
        weights=_tconv_weights,
        normal=without_idle_dilation,
        ranks=SPATIAL,
        facts_if=_without_bias,
        macs=_tconv_macs,
        pad_rule="tconv",
        cases=_TCONV_CASES,
    ),
    OpSpec(
        "linear",
        "linear",
        "convolution",
        "A linear map of the channels, the same at each position.",
        (OUT, BIAS),
        shape=_linear,
        weights=_linear_weights,
        facts_if=_without_bias,
        macs=_linear_macs,
        cases=(Case("linear"), Case("linear(out=7)"), Case("linear(6, bias=false)")),
    ),
    OpSpec(
        "dwconv",
        "dwconv",
        "convolution",
        "Depthwise convolution: `conv` with `out` and `groups` the channels of its input.",
        (KERNEL, STRIDE, DILATION, BIAS, PAD),
        ranks=SPATIAL,
        spells="conv",
        derive=_depthwise,
        cases=(Case("dwconv3"), Case("dwconv(5, stride=2, bias=false)"), Case("cat1 dwconv2")),
    ),
)
