"""What ONNX nodes mean, as terms: elementwise ops and reductions, and the table of all nodes.

One rule per op type: a function of a `ModelNode` that gives its results, or None where it has no
such form. Layers with windows and weights stand in `layers.py`, what moves
data in `moves.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from snaplang.dims import dim
from snaplang.lift.onnx.layers import LAYERS, ModelNode, Rule
from snaplang.lift.onnx.moves import LARGE, MOVES
from snaplang.lift.terms import Const, Term, Value, folding
from snaplang.lift.terms.shapes import UnfitError

__all__ = ["NODES", "ModelNode"]


def _unary(kind: str, **fixed: Any) -> Rule:
    def rule(node: ModelNode) -> Sequence[Value] | None:
        (x,) = node.inputs[:1]
        if isinstance(x, Const):
            function = {"sqrt": np.sqrt, "exp": np.exp}.get(kind)
            if function is None:
                return None
            numbers = folding.numeric(x.array)
            if numbers.dtype == object:
                return None
            with np.errstate(all="ignore"):
                return [Const(np.asarray(function(numbers.astype(np.float64))))]
        return [node.terms.make(kind, x, **fixed)]

    return rule


def _with(kind: str, **names: tuple[str, float]) -> Rule:
    """An elementwise op whose parameters are attributes, with their defaults."""

    def rule(node: ModelNode) -> Sequence[Value] | None:
        params = {key: real(node.attrs.get(name, low)) for key, (name, low) in names.items()}
        return [node.terms.make(kind, node.inputs[0], **params)]

    return rule


def real(value: float) -> float:
    """A float32 as the shortest decimal that means it: 1e-05, not 9.99999974e-06."""
    return float(str(np.float32(value)))


def _binary(kind: str) -> Rule:
    def rule(node: ModelNode) -> Sequence[Value] | None:
        if len(node.inputs) == 1:
            return node.inputs
        first, *others = node.inputs
        for other in others:
            first = node.terms.combine(kind, first, other)
        return [first]

    return rule


def _mean(node: ModelNode) -> Sequence[Value] | None:
    if len(node.inputs) == 1:
        return node.inputs
    return [node.terms.make("mean", *node.inputs)]


def _identity(node: ModelNode) -> Sequence[Value] | None:
    return node.inputs[:1]


def _cast(node: ModelNode) -> Sequence[Value] | None:
    """Floats stay what they are; sizes may be rounded down."""
    (x,) = node.inputs
    kind = node.attrs["to"]
    if isinstance(x, Term):
        return [x] if kind in (1, 10, 11, 16) else None
    assert isinstance(x, Const)
    if kind in (6, 7):
        return [x if x.array.dtype == object else Const(x.array.astype(np.int64))]
    numbers = folding.numeric(x.array)
    if kind in (1, 10, 11, 16) and numbers.dtype.kind in "iub":
        return [Const(numbers.astype(np.float64))]
    return [x]


def _clip(node: ModelNode) -> Sequence[Value] | None:
    limits = [node.attrs.get("min"), node.attrs.get("max")]
    for i in (1, 2):
        value = node.input(i)
        if value is not None:
            limits[i - 1] = value.number() if isinstance(value, Const) else np.nan
    low, high = (None if v is None or abs(v) > 3e38 else real(v) for v in limits)
    if np.nan in (low, high):
        return None
    return [node.terms.make("clip", node.inputs[0], low=low, high=high)]


def _softmax(node: ModelNode) -> Sequence[Value] | None:
    x = node.term(0)
    axis = node.axis(node.attrs.get("axis", -1 if node.opset >= 13 else 1), x.rank)
    if node.opset < 13 and axis != x.rank - 1:
        return None  # over all axes from there on
    return [node.terms.make("softmax", x, axis=axis)]


def _dropout(node: ModelNode) -> Sequence[Value] | None:
    ratio = node.input(1)
    p = ratio.number() if isinstance(ratio, Const) else node.attrs.get("ratio", 0.5)
    if p is None:
        return None
    return [node.terms.make("dropout", node.inputs[0], p=real(p))]


def _gelu(node: ModelNode) -> Sequence[Value] | None:
    kind = node.attrs.get("approximate", "none")
    return [node.terms.make("gelu", node.inputs[0], approximate=kind)]


def _reduce(how: str) -> Rule:
    def rule(node: ModelNode) -> Sequence[Value] | None:
        x = node.inputs[0]
        axes = node.numbers(1) if node.input(1) is not None else node.attrs.get("axes")
        keep = bool(node.attrs.get("keepdims", 1))
        if not axes and node.attrs.get("noop_with_empty_axes", 0):
            return [x]
        if isinstance(x, Const):
            if how != "prod" or axes not in (None, [0]):
                return None
            total = dim(1)
            for size in folding.as_sizes(x.array):
                total = total * size
            return [Const(folding.sizes_array((total,)).reshape((1,) if keep else ()))]
        rank = node.term(0).rank
        places = tuple(a % rank for a in axes) if axes else tuple(range(rank))
        if how == "prod":
            return None
        return [node.terms.make("reduce", x, how=how, axes=places, keepdims=keep)]

    return rule


def guarded(rule: Rule) -> Rule:
    """A rule that is not asked about constants it might blow up."""

    def ask(node: ModelNode) -> Sequence[Value] | None:
        found = rule(node)
        for value in found or ():
            if isinstance(value, Const) and value.array.size > LARGE and not value.root:
                raise UnfitError(f"a constant of {value.array.size:,} numbers is computed")
        return found

    return ask


def _on_data(rule: Rule) -> Rule:
    """A rule that is asked about what depends on the inputs, not about constants."""

    def ask(node: ModelNode) -> Sequence[Value] | None:
        return rule(node) if isinstance(node.inputs[0], Term) else None

    return ask


_ELEMENTWISE: Mapping[str, Rule] = {
    "Relu": _unary("relu"),
    "Sigmoid": _unary("sigmoid"),
    "Tanh": _unary("tanh"),
    "Erf": _unary("erf"),
    "Sqrt": _unary("sqrt"),
    "Exp": _unary("exp"),
    "HardSwish": _unary("hswish"),
    "HardSigmoid": _on_data(_with("hsigmoid", alpha=("alpha", 0.2), beta=("beta", 0.5))),
    "LeakyRelu": _on_data(_with("leaky", slope=("alpha", 0.01))),
    "Elu": _on_data(_with("elu", alpha=("alpha", 1.0))),
    "Gelu": _on_data(_gelu),
    "PRelu": _on_data(lambda node: [node.terms.make("prelu", *node.inputs)]),
    "Clip": _on_data(_clip),
    "Softmax": _softmax,
    "Dropout": _on_data(_dropout),
    "Identity": _identity,
    "Cast": _cast,
    "Add": _binary("add"),
    "Sum": _binary("add"),
    "Sub": _binary("sub"),
    "Mul": _binary("mul"),
    "Div": _binary("div"),
    "Max": _binary("max"),
    "Min": _binary("min"),
    "Pow": _binary("pow"),
    "Mean": _mean,
    "ReduceMean": _reduce("mean"),
    "ReduceMax": _reduce("max"),
    "ReduceProd": _reduce("prod"),
}
NODES: Mapping[str, Callable[[ModelNode], Sequence[Value] | None]] = {
    name: guarded(rule) for name, rule in (*_ELEMENTWISE.items(), *MOVES.items())
} | dict(LAYERS)
"""Op type to rule."""
