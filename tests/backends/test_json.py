"""`snap-graph/1`: golden documents, and that they hold what the graph holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import snaplang as snap
from snaplang.graph import Graph
from snaplang.strategies import graphs
from tests.pictures import golden


@pytest.mark.parametrize("path", golden.cases("json"), ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    assert golden.made(path, "json") == golden.expected(path, "json")


def read(*args: Any, **kwargs: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(snap.to_json(*args, **kwargs))
    return document


def test_conditions() -> None:
    found = read("dup conv(3, stride=2) upsample2 add", inputs=["N,8,H,8"])
    assert found["conditions"] == [
        {
            "text": "H = 2*ceil(H/2)",
            "left": "H",
            "right": "2*ceil(H/2)",
            "of": 0,
            "modulus": 2,
            "least": None,
            "what": "spatial axis 1",
        }
    ]


def test_choices() -> None:
    space = "<p: relu | <tanh|elu>>"
    outer, inner = read(space)["choices"]
    assert outer == {
        "number": 0,
        "name": "p",
        "alternatives": ["relu", "<tanh | elu>"],
        "decided": None,
        "within": None,
    }
    assert inner["within"] == [0, 1]
    assert [c["decided"] for c in read(space, choose="1,0")["choices"]] == [1, 0]


def test_weights_are_unknown_where_the_rank_is() -> None:
    assert read("conv3")["nodes"][0]["weights"] is None
    assert read("ln")["nodes"][0]["weights"] == [
        {"name": "weight", "shape": ["c"], "trained": True},
        {"name": "bias", "shape": ["c"], "trained": True},
    ]


@settings(derandomize=True, deadline=None, max_examples=50, database=None)
@given(graphs())
def test_nothing_is_lost(graph: Graph) -> None:
    found = read(graph)
    assert [n["op"] for n in found["nodes"]] == [n.op.id for n in graph.nodes]
    assert [tuple(n["inputs"]) for n in found["nodes"]] == [n.inputs for n in graph.nodes]
    assert [tuple(n["outputs"]) for n in found["nodes"]] == [n.outputs for n in graph.nodes]
    assert [o["value"] for o in found["outputs"]] == list(graph.outputs)
    shapes = [i["shape"] for i in found["inputs"]]
    shapes += [shape for n in found["nodes"] for shape in n["shapes"]]
    texts = [f"[{', '.join(map(str, shape))}]" for shape in shapes]
    assert texts == [shape.text(graph.batch) for shape in graph.shapes]
