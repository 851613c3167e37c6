"""What ONNX nodes with windows or weights mean, as terms; and `ModelNode`, which rules look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.lift.terms import Const, ModelTerms, Term, Value, folding
from snaplang.lift.terms.shapes import Sizes, UnfitError

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ModelNode:
    """A node being read: what its inputs stand for, its attributes, how many outputs it has."""

    terms: ModelTerms
    inputs: list[Value]
    attrs: Mapping[str, Any]
    outputs: int
    opset: int

    def input(self, index: int) -> Value:
        """An input; None where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def term(self, index: int) -> Term:
        """An input that must be computed from the model's inputs."""
        value = self.input(index)
        if not isinstance(value, Term):
            raise UnfitError("a constant stands where data is expected")
        return value

    def array(self, index: int) -> NDArray[Any]:
        """An input that must be known."""
        value = self.input(index)
        if not isinstance(value, Const):
            raise UnfitError("its sizes depend on the data")
        return value.array

    def sizes(self, index: int) -> Sizes:
        """Known sizes."""
        return folding.as_sizes(self.array(index))

    def numbers(self, index: int) -> list[int]:
        """Known whole numbers."""
        array = folding.numeric(self.array(index))
        if array.dtype.kind not in "iu":
            raise UnfitError("whole numbers are expected")
        return [int(v) for v in array.reshape(-1).tolist()]

    def axis(self, axis: int, rank: int) -> int:
        """An axis, counted from the front."""
        if not -rank <= axis < rank:
            raise UnfitError(f"axis {axis} of a tensor of {rank} axes")
        return axis % rank

    def real(self, name: str, default: float) -> float:
        """A float attribute, as the decimal that was meant."""
        return float(str(np.float32(self.attrs.get(name, default))))


Rule = Callable[[ModelNode], Sequence[Value] | None]


def _window(node: ModelNode, x: Term, kernel: Sequence[int]) -> dict[str, Any]:
    """Strides, dilations and pads per axis; `auto_pad` worked out where it can be."""
    rank = len(kernel)
    if x.rank != rank + 2:
        raise UnfitError(f"a window of {rank} axes on a tensor of {x.rank - 2}")
    strides = tuple(node.attrs.get("strides", [1] * rank))
    dilations = tuple(node.attrs.get("dilations", [1] * rank))
    flat = node.attrs.get("pads", [0] * 2 * rank)
    if (len(strides), len(dilations), len(flat)) != (rank, rank, 2 * rank):
        raise UnfitError(f"strides, dilations and pads are not those of {rank} axes")
    if min(*strides, *dilations, *kernel) < 1:
        raise UnfitError("a window, stride or dilation is below 1")
    pads = tuple((flat[i], flat[i + rank]) for i in range(rank))
    auto = node.attrs.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = tuple(
            _same(x.shape[i + 2].whole(), kernel[i], strides[i], dilations[i], auto)
            for i in range(rank)
        )
    elif auto == "VALID":
        pads = ((0, 0),) * rank
    return {"strides": strides, "dilations": dilations, "pads": pads}


def _same(n: int | None, k: int, s: int, d: int, auto: str) -> tuple[int, int]:
    """The pads that `auto_pad` means: they depend on the size where a stride is more than 1."""
    if n is None and s > 1:
        raise UnfitError("`auto_pad` with a stride on an axis whose size is not known")
    size = n if n is not None else s
    total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
    small, large = total // 2, total - total // 2
    return (small, large) if auto == "SAME_UPPER" else (large, small)


def _conv(node: ModelNode) -> Sequence[Value] | None:
    x, weight = node.term(0), node.input(1)
    if not isinstance(weight, Const) or isinstance(node.input(2), Term):
        return None
    kernel = weight.array.shape[2:]
    params = _window(node, x, kernel)
    group = node.attrs.get("group", 1)
    return [node.terms.make("conv", x, weight, node.input(2), groups=group, **params)]


def _tconv(node: ModelNode) -> Sequence[Value] | None:
    x, weight = node.term(0), node.input(1)
    auto = node.attrs.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID")
    if not isinstance(weight, Const) or "output_shape" in node.attrs or auto:
        return None
    kernel = weight.array.shape[2:]
    params = _window(node, x, kernel)
    extra = tuple(node.attrs.get("output_padding", [0] * len(kernel)))
    params |= {"groups": node.attrs.get("group", 1), "output_padding": extra}
    return [node.terms.make("tconv", x, weight, node.input(2), **params)]


def _gemm(node: ModelNode) -> Sequence[Value] | None:
    x, weight, bias = node.term(0), node.input(1), node.input(2)
    scaled = node.attrs.get("alpha", 1.0) != 1 or (bias and node.attrs.get("beta", 1.0) != 1)
    if not isinstance(weight, Const) or isinstance(bias, Term) or scaled:
        return None
    if node.attrs.get("transA", 0):
        return None
    if not node.attrs.get("transB", 0):
        weight = Const(weight.array.T, weight.root)
    if isinstance(bias, Const) and bias.array.ndim != 1:
        bias = Const(bias.array.reshape(-1), bias.root)
    return [node.terms.make("linear", x, weight, bias)]


def _matmul(node: ModelNode) -> Sequence[Value] | None:
    a, b = node.inputs
    if isinstance(a, Term) and isinstance(b, Const) and b.array.ndim == 2:
        return [node.terms.make("linear", a, Const(b.array.T, b.root), None)]
    return [node.terms.make("matmul", a, b)]


def _batch_norm(node: ModelNode) -> Sequence[Value] | None:
    if any(not isinstance(node.input(i), Const) for i in range(1, 5)):
        return None
    eps, momentum = node.real("epsilon", 1e-5), node.real("momentum", 0.9)
    rest = float(str(np.float32(1 - momentum)))
    rest = round(1 - momentum, 7) if abs(rest - round(1 - momentum, 7)) < 1e-7 else rest
    return [node.terms.make("bn", *node.inputs[:5], eps=eps, momentum=rest)]


def _norm(kind: str) -> Rule:
    def rule(node: ModelNode) -> Sequence[Value] | None:
        x, weight, bias = (node.input(i) for i in range(3))
        if isinstance(weight, Term) or isinstance(bias, Term):
            return None
        params: dict[str, Any] = {"eps": node.real("epsilon", 1e-5)}
        if kind == "ln" and node.attrs.get("axis", -1) % node.term(0).rank != node.term(0).rank - 1:
            return None
        if kind == "gn":
            params["groups"] = node.attrs["num_groups"]
            per_group = isinstance(weight, Const) and weight.array.shape == (params["groups"],)
            if per_group and node.opset < 21:  # opset 18 to 20 had one factor per group
                return None
        return [node.terms.make(kind, x, weight, bias, **params)]

    return rule


def _pool(how: str) -> Rule:
    def rule(node: ModelNode) -> Sequence[Value] | None:
        x, kernel = node.term(0), tuple(node.attrs["kernel_shape"])
        if node.outputs > 1 or node.attrs.get("storage_order", 0):
            return None
        params = _window(node, x, kernel)
        counted = bool(node.attrs.get("count_include_pad", 0))
        ceil = bool(node.attrs.get("ceil_mode", 0))
        made = node.terms.make(
            "pool", x, how=how, kernel=kernel, ceil=ceil, counted=counted, **params
        )
        return [made]

    return rule


def _global(how: str) -> Rule:
    def rule(node: ModelNode) -> Sequence[Value] | None:
        axes = tuple(range(2, node.term(0).rank))
        return [node.terms.make("reduce", node.inputs[0], how=how, axes=axes, keepdims=True)]

    return rule


def _resize(node: ModelNode) -> Sequence[Value] | None:
    """`Resize` as PyTorch means it: nearest by floor, or linear without aligned corners."""
    x = node.term(0)
    mode = node.attrs.get("mode", "nearest")
    way = node.attrs.get("coordinate_transformation_mode", "half_pixel")
    right = {"nearest": ("asymmetric",), "linear": ("half_pixel", "pytorch_half_pixel")}
    floor = mode != "nearest" or node.attrs.get("nearest_mode", "round_prefer_floor") == "floor"
    if way not in right.get(mode, ()) or not floor or node.attrs.get("antialias", 0):
        return None
    axes = [a % x.rank for a in node.attrs.get("axes", range(x.rank))]
    sizes = list(x.shape)
    if node.input(3) is not None:
        for axis, size in zip(axes, node.sizes(3), strict=True):
            sizes[axis] = size
        return [node.terms.make("resize", x, sizes=tuple(sizes), mode=mode, factors=None)]
    scales = folding.numeric(node.array(2)).reshape(-1).tolist()
    factors = [1] * x.rank
    for axis, scale in zip(axes, scales, strict=True):
        if not isinstance(scale, int | float) or scale != int(scale) or scale < 1:
            return None
        sizes[axis] = sizes[axis] * int(scale)
        factors[axis] = int(scale)
    if factors[:2] != [1, 1]:
        return None
    shape, spatial = tuple(sizes), tuple(factors[2:])
    return [node.terms.make("resize", x, sizes=shape, mode=mode, factors=spatial)]


def _upsample(node: ModelNode) -> Sequence[Value] | None:
    """The older form of `Resize`, as exporters wrote it before opset 10."""
    scales = node.attrs.get("scales") or folding.numeric(node.array(1)).reshape(-1).tolist()
    x = node.term(0)
    whole = all(s == int(s) >= 1 for s in scales) and list(scales[:2]) == [1, 1]
    if node.attrs.get("mode", "nearest") != "nearest" or not whole:
        return None
    factors = tuple(map(int, scales[2:]))
    sizes = tuple(s * int(f) for s, f in zip(x.shape, scales, strict=True))
    return [node.terms.make("resize", x, sizes=sizes, mode="nearest", factors=factors)]


LAYERS: Mapping[str, Rule] = {
    "Conv": _conv,
    "ConvTranspose": _tconv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _norm("inorm"),
    "LayerNormalization": _norm("ln"),
    "GroupNormalization": _norm("gn"),
    "MaxPool": _pool("max"),
    "AveragePool": _pool("avg"),
    "GlobalAveragePool": _global("mean"),
    "GlobalMaxPool": _global("max"),
    "Resize": _resize,
    "Upsample": _upsample,
}
