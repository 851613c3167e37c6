"""Graphviz pictures: golden texts, what is drawn of unfinished graphs, and drawing itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import snaplang as snap
from snaplang.backends.pictures import dot
from snaplang.backends.pictures.dot import render, source
from snaplang.graph import Graph
from tests.pictures import golden

needs_graphviz = pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")


def lower(text: str) -> Graph:
    return snap.lower(text, inputs=["N,8,H,W"])


def line_of(text: str, start: str) -> str:
    (line,) = [line for line in text.splitlines() if line.strip().startswith(start)]
    return line


@pytest.mark.parametrize("path", golden.cases("dot"), ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    assert golden.made(path, "dot") == golden.expected(path, "dot")


def test_names_are_escaped() -> None:
    graph = lower("relu")
    changed = Graph(**{**vars(graph), "name": 'a "b" \\', "output_names": ("<&>",)})
    text = source(changed)
    assert text.startswith('digraph "a \\"b\\" \\\\" {')
    assert "y0 [label=<&lt;&amp;&gt;>" in text


def test_ports_are_numbered_where_order_matters() -> None:
    text = source(lower("split swap cat"))
    assert 'taillabel="2", headlabel="1"' in text
    assert "ordering=in" in line_of(text, "n1 [")
    assert "headlabel" not in source(lower("dup relu add"))


def test_only_what_no_output_needs_is_dashed() -> None:
    text = source(lower("dup relu drop tanh"))
    assert "dashed" in line_of(text, "n0 [label=<relu>")
    assert "dashed" not in line_of(text, "n1 [label=<tanh>")


def test_weights_are_left_out_where_the_rank_decides() -> None:
    assert "weights" not in source(snap.lower("conv3"))
    assert "c*c + c weights" in source(snap.lower("conv3 linear"))


def test_large_pictures_repeat_no_shapes() -> None:
    text = source(lower("{ relu }*200 conv(3, stride=2) {relu}*200"))
    shapes = [line for line in text.splitlines() if "->" in line and "label" in line]
    assert shapes == ['  n200 -> n201 [label=" [N, 8, ceil(H/2), ceil(W/2)]"];']


@needs_graphviz
@pytest.mark.parametrize(("kind", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
@pytest.mark.parametrize("path", golden.programs(), ids=lambda p: p.stem)
def test_drawn(path: Path, kind: str, magic: bytes) -> None:
    assert render(golden.graph(path), kind).startswith(magic)


def test_without_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(snap.SnapError) as caught:
        render(lower("relu"), "svg")
    assert str(caught.value) == (
        "error[E710]: drawing svg needs Graphviz, and there is no program `dot`\n"
        "  = hint: install Graphviz (Debian's package is `graphviz`), or use `--emit dot` or "
        "`mermaid`"
    )
    assert source(lower("relu"))


@needs_graphviz
def test_a_failure_of_graphviz_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "source", lambda graph: "digraph {")
    with pytest.raises(snap.SnapError, match=r"E716.*Graphviz failed: Error"):
        render(lower("relu"), "svg")


@pytest.mark.parametrize(
    ("text", "why"),
    [("{ relu }*3001", "3,001 ops is too large"), ("{ dup relu }*200 add201", "tangled")],
)
def test_what_would_take_minutes_is_refused(text: str, why: str) -> None:
    with pytest.raises(snap.SnapError, match=rf"E715.*{why}"):
        render(lower(text), "svg")


@needs_graphviz
def test_tangled_graphs_are_drawn_in_a_hurry() -> None:
    graph = lower("{ dup relu }*150 add151")
    assert "splines=line" in source(graph)
    assert render(graph, "svg")
