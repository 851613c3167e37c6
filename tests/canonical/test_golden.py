"""Fingerprints are what they always were; see `golden.py`."""

from __future__ import annotations

import json

import pytest

from tests.canonical import golden

KEPT = json.loads(golden.FILE.read_text(encoding="utf-8"))


def test_every_example() -> None:
    assert {key: golden.both(graph) for key, graph in golden.examples()} == KEPT["examples"]


@pytest.mark.parametrize("start", range(0, golden.GENERATED, 20))
def test_generated_programs(start: int) -> None:
    rows = KEPT["programs"][start : start + 20]
    assert len(rows) == 20
    for text, *prints in rows:
        assert golden.both(text) == prints, text


def test_the_format() -> None:
    for _, algebra, structure in KEPT["programs"]:
        assert algebra.startswith("snap2:") and len(algebra) == len("snap2:") + 32
        assert structure.startswith("snap2s:") and len(structure) == len("snap2s:") + 32
