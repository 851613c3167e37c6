"""A graph as JSON, format `snap-graph/1`: stable, for programs.

Keys: `format`, `name`, `inputs` (name, value, shape), `nodes` (op id, path, attributes, numbers of
the values they read and leave, shapes), `outputs` (value numbers), `conditions`, `letters`. A shape
is a list of numbers and texts, the batch first; an axis of unknown rank begins with `*`.

>>> from snaplang.api import graph_of
>>> '"format": "snap-graph/1"' in document(graph_of("relu"))
True
"""

from __future__ import annotations

import json
from typing import Any

from snaplang.dims import Dim
from snaplang.graph import Graph
from snaplang.ops.spec import Shape

FORMAT = "snap-graph/1"


def document(graph: Graph) -> str:
    """The whole graph, dead nodes and all, as indented JSON."""
    record: dict[str, Any] = {
        "format": FORMAT,
        "name": graph.name,
        "width": _size(graph.width),
        "letters": list(graph.letters()),
        "inputs": [
            {"name": port.name, "value": i, "shape": _shape(graph.shapes[i], graph.batch)}
            for i, port in enumerate(graph.inputs)
        ],
        "nodes": [
            {
                "op": node.op.id,
                "path": node.key,
                "attributes": {name: _attribute(value) for name, value in node.attrs.items_},
                "inputs": list(node.inputs),
                "outputs": list(node.outputs),
                "shapes": [_shape(graph.shapes[v], graph.batch) for v in node.outputs],
            }
            for node in graph.nodes
        ],
        "outputs": list(graph.outputs),
        "conditions": [str(condition) for condition in graph.conditions],
        "choices": [
            {"number": c.number, "name": c.name, "alternatives": list(c.alternatives)}
            for c in graph.open_choices
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def _size(size: Dim) -> int | str:
    whole = size.whole()
    return str(size) if whole is None else whole


def _shape(shape: Shape, batch: Dim) -> list[int | str]:
    axes = [f"*{s}" if shape.open else _size(s) for s in shape.spatial]
    return [_size(batch), _size(shape.channels), *axes]


def _attribute(value: object) -> object:
    return _size(value) if isinstance(value, Dim) else value
