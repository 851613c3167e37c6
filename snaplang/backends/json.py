"""A graph as JSON for programs, format `snap-graph/1`: one object, stable, a line for each node.

    format      "snap-graph/1"; a change that breaks readers raises the number
    name        of the block
    width       `c`
    batch       the size of the first axis of every tensor
    letters     sizes that are not known yet, the batch first
    inputs      {name, value, shape}
    nodes       {op, path, attributes, inputs, outputs, shapes, weights}, each behind its inputs
    outputs     {name, value, shape}
    conditions  {text, left, right, of, modulus, least, what}: `left` = `right`, or, where `right`
                is null, `left` is a multiple of `of` (is whole, where that is 1); it holds when all
                letters are multiples of `modulus`; where `least` is a number, `left` is at least
                that, and `of` and `modulus` are 0
    choices     {number, name, alternatives, decided, within}; open where `decided` is null, the
                graph then shows the first member that fits; `within` is [choice, alternative] or
                null

Values are numbered, inputs first. `op` is the op's id, `path` its place in a state_dict. Attributes
are resolved: defaults filled in, pads per axis as [before, after], one pair where all axes agree.
A weight is {name, shape, trained}; `weights` is null where they depend on a rank that is not known.
A size is a whole number or a text (`"2*c"`, `"ceil(H/2)"`); a shape is a list of sizes, batch and
channels first; the axes of an unknown rank are one text that begins with `*`.

>>> from snaplang.api import lower
>>> print(document(lower("relu")).splitlines()[10])
    {"op": "relu", "path": "relu1", "attributes": {"max": null}, "inputs": [0], "outputs": [1], \
"shapes": [["N", "c", "*S"]], "weights": []}
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from snaplang.backends.labels import known_weights
from snaplang.backends.outline import output_names
from snaplang.dims import Dim
from snaplang.graph import Choice, Condition, Graph, Node

FORMAT = "snap-graph/1"


def document(graph: Graph) -> str:
    """The whole graph, dead nodes too; the same graph always gives the same text."""
    inputs = [i.name for i in graph.inputs]
    fields = {
        "format": FORMAT,
        "name": graph.name,
        "width": _size(graph.width),
        "batch": _size(graph.batch),
        "letters": graph.letters(),
        "inputs": [_port(graph, name, value) for value, name in enumerate(inputs)],
        "nodes": [_node(graph, node) for node in graph.nodes],
        "outputs": [
            _port(graph, name, value)
            for name, value in zip(output_names(graph), graph.outputs, strict=True)
        ],
        "conditions": list(map(_condition, graph.conditions)),
        "choices": list(map(_choice, graph.choices)),
    }
    lines = [f"  {_text(key)}: {_listed(value)}" for key, value in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _listed(value: object) -> str:
    """A list with a line for each of its objects; anything else on one line."""
    if not isinstance(value, list) or not value:
        return _text(value)
    return "[\n" + ",\n".join(f"    {_text(item)}" for item in value) + "\n  ]"


def _port(graph: Graph, name: str, value: int) -> Mapping[str, object]:
    return {"name": name, "value": value, "shape": _shape(graph, value)}


def _node(graph: Graph, node: Node) -> Mapping[str, object]:
    weights = known_weights(node, graph)
    return {
        "op": node.op.id,
        "path": node.key,
        "attributes": {name: _attribute(value) for name, value in node.attrs.items_},
        "inputs": node.inputs,
        "outputs": node.outputs,
        "shapes": [_shape(graph, value) for value in node.outputs],
        "weights": weights
        and [
            {"name": w.name, "shape": list(map(_size, w.shape)), "trained": w.trained}
            for w in weights
        ],
    }


def _condition(condition: Condition) -> Mapping[str, object]:
    return {
        "text": str(condition),
        "left": _size(condition.left),
        "right": None if condition.right is None else _size(condition.right),
        "of": condition.of,
        "modulus": condition.modulus,
        "least": condition.least,
        "what": condition.what,
    }


def _choice(choice: Choice) -> Mapping[str, object]:
    return {
        "number": choice.number,
        "name": choice.name,
        "alternatives": choice.alternatives,
        "decided": choice.decided,
        "within": choice.within,
    }


def _size(size: Dim) -> int | str:
    whole = size.whole()
    return str(size) if whole is None else whole


def _shape(graph: Graph, value: int) -> list[int | str]:
    shape = graph.shapes[value]
    axes = [f"*{size}" if shape.open else _size(size) for size in shape.spatial]
    return [_size(graph.batch), _size(shape.channels), *axes]


def _attribute(value: object) -> object:
    return _size(value) if isinstance(value, Dim) else value
