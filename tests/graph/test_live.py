"""What outputs need is found in one place, which graphs and what is not yet one both ask."""

from __future__ import annotations

import pytest

from snaplang.diagnostics.source import Source
from snaplang.graph import needed
from snaplang.lowering.lower import lower
from snaplang.syntax.parser import parse


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("relu tanh", [0, 1]),
        ("dup relu drop tanh", [1]),
        ("dup conv3 relu drop conv3", [2]),
        ("split2 conv3 drop relu", [0, 2]),  # one result of two is enough
        ("in x; x x relu drop", []),
    ],
)
def test_what_no_output_needs_is_left_out(text: str, numbers: list[int]) -> None:
    graph = lower(parse(Source("-", text)), inputs=["N,8,8,8"])
    assert needed(graph.nodes, graph.outputs) == numbers
    assert graph.live_nodes() == [graph.nodes[number] for number in numbers]
    live = graph.live()
    assert [node.op for node in live.nodes] == [node.op for node in graph.live_nodes()]
    assert live.live() is live


def test_outputs_are_what_is_asked_for() -> None:
    graph = lower(parse(Source("-", "in x; x relu -> a x tanh -> b out a b")))
    assert [needed(graph.nodes, (value,)) for value in graph.outputs] == [[0], [1]]
    assert needed(graph.nodes, ()) == []
