"""What a graph costs: parameters, multiply-accumulates, depth, and both per op.

Read from the op table's weights and costs; nothing is run. Nodes that no output needs do not count.

>>> from snaplang.api import graph_of
>>> stats(graph_of("conv3", inputs=["N,8,H,W"])).params
584
"""

from __future__ import annotations

from dataclasses import dataclass

from snaplang.bind import require_closed, with_rank
from snaplang.dims import Dim, dim
from snaplang.graph import Graph, Node


@dataclass(frozen=True)
class Row:
    """One instance: its state_dict path, output shapes, trained parameters and MACs a sample."""

    key: str
    op: str
    shape: str
    params: int | Dim
    macs: int | Dim


@dataclass(frozen=True)
class Stats:
    """Totals: plain numbers where sizes are bound, else polynomials in the open letters.

    `macs` is per sample and None while spatial sizes or the width are open; `macs_dim` has the
    polynomial. `depth` counts the op instances on the longest path.
    """

    name: str
    params: int | Dim
    macs: int | None
    depth: int
    per_op: tuple[Row, ...]
    macs_dim: Dim


def stats(graph: Graph) -> Stats:
    """The cost of a graph; rank 2 is taken where nothing fixes it. Raises for open choices."""
    require_closed(graph)
    graph = with_rank(graph.live())
    rows = tuple(_row(graph, node) for node in graph.nodes)
    macs = _total([row.macs for row in rows])
    params = _total([row.params for row in rows])
    return Stats(graph.name, _plain(params), macs.whole(), _depth(graph), rows, macs)


def _total(values: list[int | Dim]) -> Dim:
    total = dim(0)
    for value in values:
        total = total + value
    return total


def _plain(value: Dim) -> int | Dim:
    number = value.whole()
    return value if number is None else number


def _row(graph: Graph, node: Node) -> Row:
    params = dim(0)
    for weight in graph.weights(node):
        size = dim(1)
        for axis in weight.shape:
            size = size * axis
        params = params + size if weight.trained else params
    ins, outs = graph.shapes_of(node.inputs), graph.shapes_of(node.outputs)
    macs = node.op.macs(node.attrs, ins, outs)
    shape = " ".join(s.text(graph.batch) for s in outs)
    return Row(node.key, node.op.name, shape, _plain(params), _plain(macs))


def _depth(graph: Graph) -> int:
    depth = dict.fromkeys(range(len(graph.inputs)), 0)
    for node in graph.nodes:
        below = 1 + max((depth[v] for v in node.inputs), default=0)
        depth.update(dict.fromkeys(node.outputs, below))
    return max((depth[v] for v in graph.outputs), default=0)


def as_text(found: Stats) -> str:
    """A table of all instances with totals below."""
    head = ("instance", "output", "parameters", "MACs")
    body = [(r.key, r.shape, _shown(r.params), _shown(r.macs)) for r in found.per_op]
    macs = found.macs if found.macs is not None else found.macs_dim
    last = (found.name, f"depth {found.depth}", _shown(found.params), _shown(macs))
    table = [head, *body, last]
    widths = [max(len(row[i]) for row in table) for i in range(4)]
    lines = [
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}"
        for a, b, c, d in table
    ]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _shown(value: int | Dim) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
