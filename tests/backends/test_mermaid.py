"""Mermaid flowcharts: golden texts and escaping."""

from __future__ import annotations

from pathlib import Path

import pytest

import snaplang as snap
from snaplang.backends.pictures.mermaid import source
from snaplang.graph import Graph
from tests.pictures import golden


@pytest.mark.parametrize("path", golden.cases("mmd"), ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    assert golden.made(path, "mmd") == golden.expected(path, "mmd")


def test_the_public_function_takes_text() -> None:
    assert snap.to_mermaid("relu") == source(snap.lower("relu"))


def test_words_named_like_nodes_stay_apart() -> None:
    text = source(snap.lower("def n { relu } n tanh"))
    assert 'subgraph w0["n1"]' in text
    assert text.count("n1[") == 1


def test_names_are_escaped() -> None:
    graph = snap.lower("relu")
    changed = Graph(**{**vars(graph), "output_names": ('"a" <b> #1 & c',)})
    assert 'y0(["#quot;a#quot; #lt;b> #35;1 #amp; c"])' in source(changed)
