"""A graph as a Mermaid flowchart: for Markdown pages that draw it themselves.

>>> from snaplang.api import graph_of
>>> print(source(graph_of("relu")))
flowchart TD
    x0(["x [N, c, *S]"])
    n0["relu"]
    x0 --> n0
    y0(["output [N, c, *S]"])
    n0 --> y0
"""

from __future__ import annotations

from snaplang.backends.labels import spelled
from snaplang.backends.outline import Scope, scopes
from snaplang.graph import Graph

_STEP = "    "


def source(graph: Graph) -> str:
    """The flowchart: words as subgraphs, ops as boxes, shapes at inputs and outputs."""
    maker: dict[int, str] = {}
    lines = ["flowchart TD"]
    for value, port in enumerate(graph.inputs):
        maker[value] = f"x{value}"
        lines.append(f'{_STEP}x{value}(["{_quoted(port.name)} {_shape(graph, value)}"])')
    lines += _boxes(graph, scopes(graph), 1)
    for number, node in enumerate(graph.nodes):
        maker.update(dict.fromkeys(node.outputs, f"n{number}"))
        lines += [f"{_STEP}{maker[value]} --> n{number}" for value in node.inputs]
    for place, value in enumerate(graph.outputs):
        name = graph.output_names[place] if graph.output_names else "output"
        lines.append(f'{_STEP}y{place}(["{_quoted(name)} {_shape(graph, value)}"])')
        lines.append(f"{_STEP}{maker[value]} --> y{place}")
    return "\n".join(lines)


def _boxes(graph: Graph, scope: Scope, depth: int) -> list[str]:
    """The nodes of a word and of the words inside it, in order."""
    gap = _STEP * depth
    lines = [f'{gap}n{i}["{_quoted(spelled(graph.nodes[i], graph))}"]' for i in scope.nodes]
    for name, inner in scope.inner.items():
        lines.append(f'{gap}subgraph {"_".join(inner.path)}["{_quoted(name)}"]')
        lines += [*_boxes(graph, inner, depth + 1), f"{gap}end"]
    return lines


def _shape(graph: Graph, value: int) -> str:
    return _quoted(graph.shapes[value].text(graph.batch))


def _quoted(text: str) -> str:
    """Text as Mermaid wants it between double quotes."""
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;")
