"""What a picture is made of, whatever draws it: words as nested frames, and edges.

Frames are read from the nodes' paths. Points are named `x0` (inputs), `n0` (ops), `y0` (outputs).

>>> from snaplang.api import lower
>>> graph = lower("def twice { conv3 relu conv3 } relu twice relu")
>>> root = scopes(graph)
>>> root.nodes, [(s.path, s.nodes) for s in root.inner.values()]
([0, 4], [(('twice1',), [1, 2, 3])])
>>> [(e.tail, e.head) for e in edges(graph)][-1]
('n4', 'y0')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from snaplang.graph import Graph
from snaplang.ops.spec import Fact

BIG = 100  # nodes; in a larger picture shapes stand only where an op changes them


@dataclass
class OutlineScope:
    """An expanded word: its path, its own nodes, the words inside it, in order."""

    path: tuple[str, ...] = ()
    nodes: list[int] = field(default_factory=list)
    inner: dict[str, OutlineScope] = field(default_factory=dict)


def scopes(graph: Graph) -> OutlineScope:
    """The tree of a graph's words; the root is the program."""
    root = OutlineScope()
    for number, node in enumerate(graph.nodes):
        scope = root
        for depth, name in enumerate(node.path[:-1], 1):
            scope = scope.inner.setdefault(name, OutlineScope(node.path[:depth]))
        scope.nodes.append(number)
    return root


@dataclass(frozen=True)
class Edge:
    """A value on its way from one point to another.

    `label` is its shape, or empty where that would say nothing new. `tail_port` and `head_port`
    count, from 1, outputs and inputs whose order matters; 0 where it does not.
    """

    tail: str
    head: str
    label: str
    tail_port: int = 0
    head_port: int = 0


def edges(graph: Graph) -> Iterator[Edge]:
    """All edges, by head and its inputs."""
    source = {v: (f"x{v}", "", 0) for v in range(len(graph.inputs))}  # inputs show their shapes
    for number, node in enumerate(graph.nodes):
        ordered = len(node.inputs) > 1 and Fact.COMMUTATIVE not in node.op.all_facts(node.attrs)
        for place, value in enumerate(node.inputs, 1):
            tail, label, port = source[value]
            yield Edge(tail, f"n{number}", label, port, place if ordered else 0)
        for place, value in enumerate(node.outputs, 1):
            port = place if len(node.outputs) > 1 else 0
            source[value] = (f"n{number}", _label(graph, number, value), port)
    for place, value in enumerate(graph.outputs):
        tail, label, port = source[value]
        yield Edge(tail, f"y{place}", label, port)


def _label(graph: Graph, number: int, value: int) -> str:
    before = graph.shapes_of(graph.nodes[number].inputs[:1])
    if len(graph.nodes) > BIG and before == (graph.shapes[value],):
        return ""
    return graph.shapes[value].text(graph.batch)


def tangle(graph: Graph) -> int:
    """How many layers all edges cross together, each op drawn one layer below its last input."""
    layer = [0] * len(graph.shapes)
    crossed = 0
    for node in graph.nodes:
        here = 1 + max((layer[v] for v in node.inputs), default=0)
        crossed += sum(here - layer[v] for v in node.inputs)
        for value in node.outputs:
            layer[value] = here
    return crossed


def output_names(graph: Graph) -> tuple[str, ...]:
    """The outputs' names: those of the program, else `out`, or `out1`, `out2`."""
    if graph.output_names:
        return graph.output_names
    count = len(graph.outputs)
    return ("out",) if count == 1 else tuple(f"out{i + 1}" for i in range(count))


def remark(graph: Graph) -> str:
    """What a reader must know of a picture of a search space; empty for an architecture."""
    count = len(graph.open_choices)
    if not count:
        return ""
    noun = "choice" if count == 1 else "choices"
    shown = graph.space.shown if graph.space else ""
    drawn = f"--choose {shown} is" if shown.strip("0,") else "the first alternatives are"
    return f"{count} open {noun}; {drawn} drawn"
