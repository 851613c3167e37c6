"""What pictures say about a graph: ops as a program spells them, weights, shapes, colours.

Everything is read from the op table. This module draws nothing; `dot.py` and `mermaid.py` do.

>>> from snaplang.api import graph_of
>>> graph = graph_of("conv(3, stride=2) dwconv5 relu6", inputs=["N,8,H,W"])
>>> [spelled(node, graph) for node in graph.nodes]
['conv(3, stride=2)', 'dwconv5', 'relu6']
>>> weights_text(graph.nodes[0], graph)
'584 weights'
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import prod
from typing import cast

from snaplang.dims import Dim, dim
from snaplang.graph import Graph, Node
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument, resolve, shown
from snaplang.ops.spec import REQUIRED, AttrValue, Kind, OpSpec, Param, Shape, Weight

# Family to fill and line colour; a family that does not stand here is drawn like a user's.
COLOURS: dict[str, tuple[str, str]] = {
    "wiring": ("#eeeeee", "#9e9e9e"),
    "merge": ("#fff3cd", "#c99700"),
    "split": ("#fdebd0", "#cf7a1c"),
    "convolution": ("#d6e6fb", "#2f6fc1"),
    "norm": ("#e3dcf5", "#7653b8"),
    "activation": ("#d9f0dc", "#35913f"),
    "pooling": ("#d3eff0", "#158a90"),
    "size": ("#e2f3d3", "#6b9632"),
    "attention": ("#fbdcea", "#c23a7b"),
    "regularisation": ("#ececec", "#7d7d7d"),
    "other": ("#f5f0e6", "#8a7a55"),
    "user": ("#fde0dc", "#c4483a"),
}


def colours(family: str) -> tuple[str, str]:
    """Fill and line colour of an op family, as `#rrggbb`."""
    return COLOURS.get(family, COLOURS["user"])


# -- ops ---------------------------------------------------------------------------------------


def spelled(node: Node, graph: Graph) -> str:
    """The op as a program spells it where `c` is the graph's width; defaults are left out.

    Where a derived symbol of the table is shorter (`dwconv3`), it is taken. Pads that differ
    between the two sides of an axis have no spelling and read `pad=0+1`.
    """
    values = dict(node.attrs)
    texts = [_call(node.op, values, graph.width)]
    for spec in TABLE.values():
        if spec.spells == node.op.name:
            derived = spec.derive(graph.shapes_of(node.inputs))
            told = derived.keys() | {p.name for p in spec.params}
            left = [p for p in node.op.params if p.name not in told]
            fits = all(values[n] == v for n, v in derived.items())
            if fits and all(_is_default(node.op, p, values, graph.width) for p in left):
                texts.append(_call(spec, values, graph.width))
    return min(texts, key=len)


def _call(spec: OpSpec, values: Mapping[str, AttrValue], width: Dim) -> str:
    """`relu`, `conv3`, `conv(3, stride=2)`."""
    told = [p for p in spec.params if not _is_default(spec, p, values, width)]
    if not told:
        return spec.name
    texts = [_text(values[p.name]) for p in told]
    if told == [spec.params[0]] and _suffix(values[told[0].name]):
        return spec.name + texts[0]
    plain = spec.params[0] if len(spec.params) == 1 or spec.params[0].default is REQUIRED else None
    named = [t if p is plain else f"{p.name}={t}" for p, t in zip(told, texts, strict=True)]
    return f"{spec.name}({', '.join(named)})"


def _is_default(spec: OpSpec, param: Param, values: Mapping[str, AttrValue], width: Dim) -> bool:
    value = values[param.name]
    if param.kind is Kind.PAD:
        rest = {p.name: _argument(values[p.name]) for p in spec.params if p is not param}
        return value == resolve(spec, rest, width)[param.name]
    if param.default == "c":
        return value == width
    return param.default is not REQUIRED and value == param.default


def _argument(value: AttrValue) -> Argument:
    """A resolved attribute as an argument that resolves to it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return dim(Fraction(value))
    return cast(Argument, value)


def _suffix(value: AttrValue) -> bool:
    """Whether a first argument may stand directly behind the name."""
    return _text(value).replace("x", "").isdecimal()


def _text(value: AttrValue) -> str:
    """An attribute as a program spells it."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e6 else repr(value)
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        sides = [pair for pair in value if isinstance(pair, tuple)]
        return "x".join(str(a) if a == b else f"{a}+{b}" for a, b in sides)
    return shown(cast(Argument, value))


# -- weights and shapes ------------------------------------------------------------------------


def known_weights(node: Node, graph: Graph) -> tuple[Weight, ...] | None:
    """What a node owns; None where that depends on a rank that is not known."""
    shapes = graph.shapes_of(node.inputs)
    if not any(shape.open for shape in shapes):
        return node.op.weights(node.attrs, shapes)
    one, two = (node.op.weights(node.attrs, tuple(_at_rank(s, r) for s in shapes)) for r in (1, 2))
    return one if one == two else None


def _at_rank(shape: Shape, rank: int) -> Shape:
    return Shape(shape.channels, shape.spatial * rank) if shape.open else shape


def weights_text(node: Node, graph: Graph) -> str:
    """`36,928 weights`, trained ones only; empty where there are none or the rank is open."""
    total = sum((weight_size(w) for w in known_weights(node, graph) or () if w.trained), dim(0))
    number = total.whole()
    if number == 0:
        return ""
    amount = str(total) if number is None else f"{number:,}"
    return f"{amount} weight" + "s" * (number != 1)


def weight_size(weight: Weight) -> Dim:
    """The number of entries of a weight."""
    return prod(weight.shape, start=dim(1))
