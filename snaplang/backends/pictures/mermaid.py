"""A graph as a Mermaid flowchart, for Markdown pages that draw it themselves.

The same picture as `dot.py`'s: ops are boxes coloured by family, words are subgraphs, edges bear
shapes. A number before or after a shape counts outputs and inputs whose order matters.

>>> from snaplang.api import lower
>>> print(source(lower("relu")), end="")
flowchart TD
    x0(["x<br/>[N, c, *S]"])
    n0["relu"]:::activation
    y0(["out"])
    x0 --> n0
    n0 -->|"[N, c, *S]"| y0
    classDef activation fill:#d9f0dc,stroke:#35913f,color:#333
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from snaplang.backends.labels import colours, weights_text
from snaplang.backends.outline import (
    Edge,
    OutlineScope,
    edges,
    output_names,
    remark,
    scopes,
)
from snaplang.graph import Graph, Node, needed
from snaplang.printing.caption import captions

_STEP = "    "


def source(graph: Graph) -> str:
    """The graph as Mermaid text; the same graph always gives the same text."""
    title = remark(graph)
    lines = [
        *(["---", f"title: {title}", "---"] if title else []),
        "flowchart TD",
        *(_STEP + line for line in _body(graph)),
    ]
    return "\n".join(lines) + "\n"


def _body(graph: Graph) -> Iterator[str]:
    for place, input_ in enumerate(graph.inputs):
        shape = graph.shapes[place].text(graph.batch)
        yield f'x{place}(["{_quoted(input_.name)}<br/>{_quoted(shape)}"])'
    yield from _boxes(graph, scopes(graph), captions(graph), count())
    for place, name in enumerate(output_names(graph)):
        yield f'y{place}(["{_quoted(name)}"])'
    yield from map(_arrow, edges(graph))
    for family in sorted({node.op.family for node in graph.nodes}):
        fill, line = colours(family)
        yield f"classDef {family} fill:{fill},stroke:{line},color:#333"
    dead = set(range(len(graph.nodes))).difference(needed(graph.nodes, graph.outputs))
    for number in sorted(dead):
        yield f"style n{number} stroke-dasharray:4 3"


def _boxes(
    graph: Graph, scope: OutlineScope, caption: Callable[[Node], str], numbers: Iterator[int]
) -> Iterator[str]:
    """A word's ops, then the words inside it, framed."""
    for number in scope.nodes:
        node = graph.nodes[number]
        weights = weights_text(node, graph)
        label = _quoted(caption(node)) + (f"<br/>{_quoted(weights)}" if weights else "")
        yield f'n{number}["{label}"]:::{node.op.family}'
    for name, inner in scope.inner.items():
        yield f'subgraph w{next(numbers)}["{_quoted(name)}"]'
        yield from (_STEP + line for line in _boxes(graph, inner, caption, numbers))
        yield "end"


def _arrow(edge: Edge) -> str:
    before = f"{edge.tail_port}: " if edge.tail_port else ""
    after = f" → {edge.head_port}" if edge.head_port else ""
    label = (before + edge.label + after).strip(" :")
    return f"{edge.tail} -->" + (f'|"{_quoted(label)}"|' if label else "") + f" {edge.head}"


def _quoted(text: str) -> str:
    """Text as Mermaid wants it between double quotes: `#` begins an entity."""
    for char, entity in (("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;")):
        text = text.replace(char, entity)
    return text
