"""The table of emitters: what each core op becomes in ONNX, equal to what PyTorch computes.

One entry per op, by id; the longer ones stand in `layers.py`. Wiring leaves no nodes and has
no entry. Axes known only at run time are read with `Shape`; where a size is a number, it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sqrt
from types import MappingProxyType
from typing import Any

from onnx import TensorProto, helper

from snaplang.backends.onnx.emit import Emitter, Site
from snaplang.backends.onnx.layers import (
    avgpool,
    bn,
    conv,
    gn,
    inorm,
    linear,
    ln,
    maxpool,
    mhsa,
    tconv,
)
from snaplang.backends.onnx.sizes import crop, like, shift, shuffle, upsample


def _plain(kind: str, **attributes: Any) -> Emitter:
    """One node on all inputs, with the same attributes always."""
    return lambda site: site.op(kind, *site.inputs, **attributes)


def _real(kind: str, attribute: str, name: str) -> Emitter:
    """One node with one attribute, read from the instance's `name`."""
    return lambda site: _plain(kind, **{attribute: site.attrs.real(name)})(site)


def _add(site: Site) -> str:
    return site.op("Add" if len(site.inputs) == 2 else "Sum", *site.inputs)


def _mul(site: Site) -> str:
    """ONNX has no product of many; one alone is the tensor itself."""
    first, *others = site.inputs
    for other in others:
        first = site.op("Mul", first, other)
    return first


def _split(site: Site) -> tuple[str, ...]:
    n = len(site.results)
    return site.ops(n, "Split", *site.inputs, axis=1, num_outputs=n)


def _relu(site: Site) -> str:
    if site.attrs["max"] is None:
        return site.op("Relu", *site.inputs)
    cap = site.attrs.real("max")
    return site.op("Clip", *site.inputs, site.number(0.0), site.number(cap))


def _gelu(site: Site) -> str:
    (x,) = site.inputs
    word = site.attrs["approximate"]
    if site.opset >= 20:
        return site.op("Gelu", x, approximate=word)
    if word == "tanh":
        cube = site.op("Mul", site.op("Mul", x, x), x)
        inner = site.op("Add", x, site.op("Mul", cube, site.number(0.044715)))
        bell = site.op("Tanh", site.op("Mul", inner, site.number(sqrt(2 / pi))))
    else:
        bell = site.op("Erf", site.op("Mul", x, site.number(sqrt(0.5))))
    half = site.op("Mul", x, site.number(0.5))
    return site.op("Mul", half, site.op("Add", bell, site.number(1.0)))


def _silu(site: Site) -> str:
    (x,) = site.inputs
    return site.op("Mul", x, site.op("Sigmoid", x))


def _prelu(site: Site) -> str:
    return site.op("PRelu", *site.inputs, site.weight("weight"))


def _scale(site: Site) -> str:
    return site.op("Mul", *site.inputs, site.per_channel("weight"))


def _dropout(site: Site) -> str:
    """Inference leaves all as it is; the ratio is kept for readers, who want it below 1."""
    if site.attrs.real("p") >= 1:
        return _silent(site)
    return site.op("Dropout", *site.inputs, site.number(site.attrs.real("p")))


def _silent(site: Site) -> str:
    """An op that acts in training alone, and that ONNX has no node for."""
    return site.op("Identity", *site.inputs)


def _zero(site: Site) -> str:
    """Not x*0: an infinity would give NaN."""
    shape = site.op("Shape", *site.inputs)
    value = helper.make_tensor("value", TensorProto.FLOAT, [1], [0.0])
    return site.op("ConstantOfShape", shape, value=value)


EMITTERS: Mapping[str, Emitter] = MappingProxyType(
    {
        "add": _add,
        "mul": _mul,
        "max": _plain("Max"),
        "mean": _plain("Mean"),
        "cat": _plain("Concat", axis=1),
        "split": _split,
        "shuffle": shuffle,
        "conv": conv,
        "tconv": tconv,
        "linear": linear,
        "bn": bn,
        "gn": gn,
        "ln": ln,
        "inorm": inorm,
        "relu": _relu,
        "leaky": _real("LeakyRelu", "alpha", "slope"),
        "elu": _real("Elu", "alpha", "alpha"),
        "gelu": _gelu,
        "silu": _silu,
        "hswish": _plain("HardSwish"),
        "hsigmoid": _plain("HardSigmoid", alpha=1 / 6, beta=0.5),
        "sigmoid": _plain("Sigmoid"),
        "tanh": _plain("Tanh"),
        "softmax": _plain("Softmax", axis=1),
        "prelu": _prelu,
        "maxpool": maxpool,
        "avgpool": avgpool,
        "gap": _plain("GlobalAveragePool"),
        "gmp": _plain("GlobalMaxPool"),
        "upsample": upsample,
        "like": like,
        "flatten": _plain("Flatten", axis=1),
        "crop": crop,
        "mhsa": mhsa,
        "dropout": _dropout,
        "droppath": _silent,
        "noise": _silent,
        "identity": _plain("Identity"),
        "zero": _zero,
        "scale": _scale,
        "shift": shift,
    }
)
