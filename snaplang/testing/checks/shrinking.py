"""Smaller graphs that still fail: outputs and instances dropped greedily.

>>> from snaplang.api import lower
>>> graph = lower("-> x x tanh relu x sigmoid out 2", ["N,8,4"])
>>> small = shrunk(graph, lambda g: any(n.op.name == "tanh" for n in g.live().nodes))
>>> [node.op.name for node in small.nodes]
['tanh']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from snaplang.graph import Graph
from snaplang.testing.generators.draft import MISFITS, Draft, Wire

Fails = Callable[[Graph], bool]
MOST = 400  # graphs that are tried


def shrunk(graph: Graph, fails: Fails) -> Graph:
    """A small graph for which `fails` holds, as it does for `graph`."""
    tried = 0
    smaller = True
    while smaller and tried < MOST:
        smaller = False
        for draft in _candidates(graph):
            tried += 1
            try:
                candidate = draft.graph().live()
                if not fails(candidate):
                    continue
            except (*MISFITS, ValueError):
                continue
            graph, smaller = candidate, True
            break
    return graph


def _candidates(graph: Graph) -> Iterator[Draft]:
    """Drafts with one thing less, the largest steps first."""
    yield from _fewer_outputs(graph)
    shapes = graph.shapes
    for node in graph.nodes:
        for value in range(node.outputs[0]):
            if any(shapes[value] == shapes[v] for v in node.outputs):
                draft = Draft.of(graph)
                wires = _in_order(draft)
                for result in node.outputs:
                    if shapes[value] == shapes[result]:
                        draft.reroute(wires[result], wires[value])
                yield draft
    for i, node in enumerate(graph.nodes):
        if node.op.input_count(node.attrs) > 1 and "n" in node.attrs:
            for at in range(len(node.inputs)):
                draft = Draft.of(graph)
                item = draft.items[i]
                del item.inputs[at]
                item.attrs = type(item.attrs)({"n": len(item.inputs)})
                yield draft


def _in_order(draft: Draft) -> list[Wire]:
    """The values as the graph numbers them, of which the draft was made."""
    found: list[Wire] = [(None, i) for i in range(len(draft.base.inputs))]
    for item in draft.items:
        found += [(item, port) for port in range(item.op.output_count(item.attrs))]
    return found


def _fewer_outputs(graph: Graph) -> Iterator[Draft]:
    for i in range(len(graph.outputs)):
        if len(graph.outputs) > 1:
            draft = Draft.of(graph)
            del draft.outputs[i]
            yield draft
    for i in range(len(graph.outputs)):
        maker = Draft.of(graph).outputs[i][0]
        for at in range(len(maker.inputs) if maker else 0):
            draft = Draft.of(graph)
            item = draft.outputs[i][0]
            assert item is not None
            draft.outputs[i] = item.inputs[at]
            yield draft
