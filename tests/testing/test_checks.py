"""A thousandth of what `python -m snaplang.testing` tries at length; and that it can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import snaplang as snap
from snaplang.graph import Graph
from snaplang.testing import checks
from snaplang.testing.checks import keys, sameness, texts, values
from snaplang.testing.checks.listing import program
from snaplang.testing.checks.shrinking import shrunk

COUNTS = {
    "laws": 100,
    "near": 34,
    "sizes": 50,
    "values": 10,
    "texts": 50,
    "programs": 50,
    "models": 20,
}


@pytest.mark.parametrize("what", COUNTS)
def test_a_thousandth(what: str) -> None:
    found = checks.Outcome()
    for seed in range(COUNTS[what]):
        found.add(checks.check(what)(seed))
    assert found.failures == []
    assert found.counts


@pytest.mark.xdist_group("batch")
def test_a_thousandth_of_rows() -> None:
    for seed in range(3):
        assert keys.keys(seed, 1000).failures == []
        assert keys.arrays(seed + 1, 1000).failures == []


def names(graph: Graph) -> set[str]:
    """The ops that outputs need."""
    return {node.op.name for node in graph.live().nodes}


def broken(monkeypatch: pytest.MonkeyPatch, module: object, verdict: Callable[..., str]) -> None:
    """Fingerprints that see less, or more, than there is."""
    monkeypatch.setattr(module, "print_of", verdict)


def test_laws_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, sameness, lambda graph, level: f"snap {len(graph.nodes)}")
    failed = [text for seed in range(5) for text in sameness.laws(seed).failures]
    assert failed and "changes the fingerprint" in failed[0]


def test_near_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, sameness, lambda graph, level: "snap")
    failed = [text for seed in range(5) for text in sameness.near(seed).failures]
    assert failed and "same by fingerprint, not by the oracle" in failed[0]


def test_a_crash_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, sameness, lambda graph, level: "ZeroDivisionError: 0")
    assert "ZeroDivisionError" in sameness.laws(0).failures[0]


def test_values_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "canonicalize", lambda graph, level: snap.lower("tanh", ["N,4,5"]))
    graph = snap.lower("relu", ["N,4,5"])
    assert values.compared(graph, "algebra", 0).startswith("differ: eval: output 0")


def test_texts_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "format", lambda graph: "tanh")
    assert texts.told(snap.lower("relu"), "algebra").startswith("another fingerprint")


def test_shrinking_keeps_what_fails() -> None:
    text = "-> x x conv3 relu x tanh add x sigmoid dup gelu swap cat out 2"
    graph = snap.lower(text, ["N,4,5"])
    small = shrunk(graph, lambda g: {"sigmoid", "cat"} <= names(g))
    assert names(small) == {"sigmoid", "cat"} and len(small.nodes) == 2


@pytest.mark.parametrize(
    "text",
    [
        "in x(8,H,W) y(8,W,H); x zero y maxpool(2,stride=1x2) -> a a out 2",
        "split3 -> a a conv(3,dilation=2,pad=0) drop cat",
        "dwconv3 relu6 dup leaky(-1) max",
    ],
)
def test_listings_are_programs(text: str) -> None:
    graph = snap.lower(text) if text.startswith("in") else snap.lower(text, ["N,6,9,9"])
    listed, given = program(graph)
    assert snap.fingerprint(listed, inputs=given or None) == snap.fingerprint(graph)
