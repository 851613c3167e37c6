"""Costs against counts made by hand, open sizes included."""

from __future__ import annotations

import json

import pytest

import snaplang as snap
from snaplang.dims import letter


def test_a_residual_block_by_hand() -> None:
    found = snap.stats("dup conv3 bn relu conv3 bn add relu", inputs=["N,16,8,8"])
    assert found.params == 2 * (16 * 16 * 9 + 16) + 2 * 32
    assert found.macs == 2 * (16 * 16 * 9 * 64)
    assert found.depth == 7
    assert [row.key for row in found.per_op][:2] == ["conv1", "bn1"]


def test_open_sizes_stay_letters() -> None:
    found = snap.stats("conv(1, bias=false)")
    assert found.params == letter("c") * letter("c")
    assert found.macs is None
    assert found.macs_dim == letter("c") * letter("c") * letter("H") * letter("W")


def test_dead_nodes_cost_nothing() -> None:
    assert snap.stats("dup conv3 drop", inputs=["N,8,4,4"]).params == 0


def test_a_space_has_no_cost() -> None:
    with pytest.raises(snap.SnapError, match="E507"):
        snap.stats("<relu | tanh>")


def test_json_says_what_the_graph_is() -> None:
    found = json.loads(snap.to_json("dup conv(3, stride=2) upsample2 add", inputs=["N,8,H,W"]))
    assert found["inputs"] == [{"name": "x", "value": 0, "shape": ["N", 8, "H", "W"]}]
    assert [node["op"] for node in found["nodes"]] == ["conv", "upsample", "add"]
    assert found["nodes"][0]["shapes"] == [["N", 8, "ceil(H/2)", "ceil(W/2)"]]
    assert found["conditions"] == ["H = 2*ceil(H/2)", "W = 2*ceil(W/2)"]


def test_mermaid_draws_words_as_subgraphs() -> None:
    text = snap.to_mermaid("def f { conv3 relu } f")
    assert 'subgraph f1["f1"]' in text
    assert text.endswith("n1 --> y0")


def test_inference_drops_what_does_nothing_in_eval_mode() -> None:
    graph = snap.inference("conv3 dropout(0.5) dup noise(0.1) add")
    assert [node.op.name for node in graph.nodes] == ["conv", "add"]
    assert graph.nodes[1].inputs == (1, 1)
