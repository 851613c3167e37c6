"""Ops as captions spell them, in pictures and tables: as the printer does where it can.

An instance that no symbol gives (pads that differ between two sides) reads as its attributes do.

>>> from snaplang.api import lower
>>> graph = lower("conv(3, stride=2) dwconv5 relu6", inputs=["N,8,H,W"])
>>> list(map(captions(graph), graph.nodes))
['conv3(stride=2)', 'dwconv5', 'relu6']
"""

from __future__ import annotations

from collections.abc import Callable

from snaplang.diagnostics import SnapError
from snaplang.graph import Graph, Node
from snaplang.printing.spelling import Speller


def captions(graph: Graph) -> Callable[[Node], str]:
    """What gives each node of a graph its caption, `c` being the graph's width."""
    spell = Speller(graph.width)

    def caption(node: Node) -> str:
        try:
            return spell(node, graph.shapes_of(node.inputs))
        except SnapError:
            return f"{node.op.name}({', '.join(f'{n}={v}' for n, v in node.attrs.items_)})"

    return caption
