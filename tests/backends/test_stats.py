"""Costs against counts made by hand, open sizes included."""

from __future__ import annotations

from pathlib import Path

import pytest

import snaplang as snap
from snaplang.backends.stats import as_text
from snaplang.dims import letter
from tests.pictures import golden


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


@pytest.mark.parametrize("path", golden.cases("stats"), ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    assert golden.made(path, "stats") == golden.expected(path, "stats")


def test_depth_is_the_longest_path_without_identities() -> None:
    assert snap.stats("dup identity dropout0 relu tanh add").depth == 3
    assert snap.stats("dup dropout(0.5) add").depth == 2
    assert snap.stats("").depth == 0


def test_buffers_are_no_parameters() -> None:
    found = snap.stats("bn", inputs=["N,8,4,4"])
    assert (found.params, found.buffers) == (16, 17)


def test_rank_two_is_taken_where_nothing_fixes_it() -> None:
    assert snap.stats("conv3", params={"c": 4}).params == 4 * 4 * 9 + 4
    assert snap.stats("conv3", inputs=["N,4,L"]).params == 4 * 4 * 3 + 4


def test_costs_beside_convolutions() -> None:
    def macs(text: str) -> int | None:
        return snap.stats(text, inputs=["N,8,4,6"]).macs

    assert macs("dwconv3") == 8 * 9 * 24
    assert macs("conv(3, groups=2, stride=2)") == 8 * 4 * 9 * 2 * 3
    assert macs("tconv(2, stride=2)") == 8 * 8 * 4 * 24
    assert macs("gap linear(out=10)") == 80
    assert macs("mhsa2") == 4 * 24 * 8 * 8 + 2 * 24 * 24 * 8
    assert macs("bn relu dup add maxpool3") == 0


def test_long_polynomials_are_cut_in_the_table_alone() -> None:
    found = snap.stats("conv3 conv(3, stride=2) conv(5, stride=2) conv(3, stride=3)")
    last = as_text(found).splitlines()[-1]
    assert last.endswith("…")
    assert len(str(found.macs_dim)) > 60


def test_inference_drops_what_does_nothing_in_eval_mode() -> None:
    graph = snap.inference("conv3 dropout(0.5) dup noise(0.1) add")
    assert [node.op.name for node in graph.nodes] == ["conv", "add"]
    assert graph.nodes[1].inputs == (1, 1)
