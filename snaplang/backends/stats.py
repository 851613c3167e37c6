"""What a graph costs: parameters, multiply-accumulates, depth, and both per op.

Read from the op table's weights and costs; nothing is run. Nodes that no output needs do not count.

>>> from snaplang.api import lower
>>> print(as_text(stats(lower("dup conv3 bn add", inputs=["N,8,32,32"]))))
instance  op     output          parameters     MACs
----------------------------------------------------
conv1     conv3  [N, 8, 32, 32]         584  589,824
bn1       bn     [N, 8, 32, 32]          16        0
add1      add    [N, 8, 32, 32]           0        0
----------------------------------------------------
program          3 ops, depth 3         600  589,824
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod

from snaplang.dims import Dim, dim
from snaplang.graph import Graph, Node
from snaplang.graph.specialize import require_closed, with_rank
from snaplang.printing.caption import captions

_LONGEST = 60  # characters of a polynomial in the table; the API has it whole


@dataclass(frozen=True)
class Row:
    """One instance: its state_dict path, spelling, output shapes, trained parameters, and MACs.

    `macs` are per sample; both are polynomials in the letters where sizes are open.
    """

    key: str
    op: str
    shape: str
    params: int | Dim
    macs: int | Dim


@dataclass(frozen=True)
class Stats:
    """Totals: plain numbers where sizes are bound, else polynomials in the open letters.

    `params` are trained entries; `buffers` are kept beside them in the state_dict (statistics of
    norms). `macs` is per sample and None while spatial sizes or the width are open; `macs_dim` has
    the polynomial. `depth` is the number of ops, identities aside, on the longest path.
    """

    name: str
    params: int | Dim
    macs: int | None
    depth: int
    per_op: tuple[Row, ...]
    macs_dim: Dim
    buffers: int | Dim = 0


def stats(graph: Graph) -> Stats:
    """The cost of a graph; rank 2 is taken where nothing fixes it. Raises for open choices."""
    require_closed(graph)
    graph = with_rank(graph.live())
    caption = captions(graph)
    rows = tuple(_row(graph, node, caption) for node in graph.nodes)
    params = _total(row.params for row in rows)
    macs = _total(row.macs for row in rows)
    buffers = _total(_entries(graph, node, trained=False) for node in graph.nodes)
    depth = _depth(graph)
    return Stats(graph.name, _plain(params), macs.whole(), depth, rows, macs, _plain(buffers))


def _total(values: Iterable[int | Dim]) -> Dim:
    total = dim(0)
    for value in values:
        total = total + value
    return total


def _plain(value: Dim) -> int | Dim:
    number = value.whole()
    return value if number is None else number


def _row(graph: Graph, node: Node, caption: Callable[[Node], str]) -> Row:
    ins, outs = graph.shapes_of(node.inputs), graph.shapes_of(node.outputs)
    macs = node.ask(node.op.macs, node.attrs, ins, outs)
    shapes = [s.text(graph.batch) for s in outs]
    alike = len(shapes) > 1 and len(set(shapes)) == 1
    shape = f"{len(shapes)} x {shapes[0]}" if alike else " ".join(shapes)
    return Row(node.key, caption(node), shape, _plain(_entries(graph, node)), _plain(macs))


def _entries(graph: Graph, node: Node, trained: bool = True) -> Dim:
    """How many numbers a node keeps, as parameters or as buffers."""
    kept = [w for w in graph.weights(node) if w.trained is trained]
    return _total(prod(w.shape, start=dim(1)) for w in kept)


def _depth(graph: Graph) -> int:
    depth = [0] * len(graph.shapes)
    for node in graph.nodes:
        step = 0 if node.ask(node.op.identity_if, node.attrs) else 1
        for value in node.outputs:
            depth[value] = step + max((depth[v] for v in node.inputs), default=0)
    return max((depth[v] for v in graph.outputs), default=0)


def as_text(found: Stats) -> str:
    """A table of all instances with totals below; long polynomials are cut."""
    head = ("instance", "op", "output", "parameters", "MACs")
    body = [(r.key, r.op, r.shape, _shown(r.params), _shown(r.macs)) for r in found.per_op]
    macs = _shown(_plain(found.macs_dim))
    count = f"{len(body):,} op{'s' * (len(body) != 1)}, depth {found.depth:,}"
    table = [head, *body, (found.name, "", count, _shown(found.params), macs)]
    widths = [max(len(row[i]) for row in table) for i in range(5)]
    lines = [
        "  ".join(f"{cell:{'<<<>>'[i]}{widths[i]}}" for i, cell in enumerate(row)) for row in table
    ]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _shown(value: int | Dim) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
