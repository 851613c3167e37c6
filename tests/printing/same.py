"""What it means that a printed program gives the graph back: node by node, nothing searched."""

from __future__ import annotations

from collections.abc import Sequence

from snaplang.api import lower
from snaplang.graph import Graph, Node, validate
from snaplang.ops.spec import Fact
from snaplang.printing.printer import Printout, input_texts, printout


def gives_back(graph: Graph, inputs: Sequence[str] | None) -> Printout:
    """Print, lower with `inputs`, and compare; the printout."""
    found = printout(graph)
    again = validate(lower(found.text, inputs=inputs))
    assert again.input_shapes() == graph.input_shapes()
    assert [i.bound for i in again.inputs] == [i.bound for i in graph.inputs]
    assert len(again.nodes) == len(found.nodes) == len(set(found.nodes))
    value = dict(enumerate(range(len(graph.inputs))))
    for node, index in zip(again.nodes, found.nodes, strict=True):
        old = graph.nodes[index]
        assert node.op is old.op and node.attrs == old.attrs
        _same_wiring(node, old, value)
        assert again.shapes_of(node.outputs) == graph.shapes_of(old.outputs)
        value |= dict(zip(node.outputs, old.outputs, strict=True))
    assert tuple(value[v] for v in again.outputs) == graph.outputs
    return found


def _same_wiring(node: Node, old: Node, value: dict[int, int]) -> None:
    taken = tuple(value[v] for v in node.inputs)
    if Fact.COMMUTATIVE in old.op.all_facts(old.attrs):
        assert sorted(taken) == sorted(old.inputs)
    else:
        assert taken == old.inputs


def round_trip(graph: Graph, alone: bool = True) -> Printout:
    """Both halves of the printer's contract; `alone`: the text needs no `inputs=`."""
    if alone:
        gives_back(graph, None)
    return gives_back(graph, input_texts(graph))
