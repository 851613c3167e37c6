"""What pictures share besides the spelling of ops: colours and numbers of weights.

Colours follow the op table's families, weights come from the table. Nothing is drawn here.

>>> from snaplang.api import lower
>>> graph = lower("conv3", inputs=["N,8,H,W"])
>>> weights_text(graph.nodes[0], graph)
'584 weights'
"""

from __future__ import annotations

from math import prod

from snaplang.dims import Dim, dim
from snaplang.graph import Graph, Node
from snaplang.ops.spec import Shape, Weight

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


def known_weights(node: Node, graph: Graph) -> tuple[Weight, ...] | None:
    """What a node owns; None where that depends on a rank that is not known."""
    shapes = graph.shapes_of(node.inputs)
    if not any(shape.open for shape in shapes):
        return graph.weights(node)
    ranks = [r for r in (1, 2, 3) if r in node.op.ranks][:2] or [1]
    found = [
        node.ask(node.op.weights, node.attrs, tuple(_at_rank(s, r) for s in shapes)) for r in ranks
    ]
    return found[0] if found[0] == found[-1] else None


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
