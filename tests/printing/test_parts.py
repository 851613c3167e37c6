"""Large programs with their repetition found again: short, exact, and well set."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snaplang as snap
from snaplang.printing.parts import parts
from snaplang.printing.printer import printed, printout
from snaplang.strategies import graphs

NETWORKS = Path(__file__).parents[2] / "examples" / "networks"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("resnet50", 16),
        ("densenet121", 12),
        ("mobilenet_v2", 18),
        ("efficientnet_b0", 30),
        ("convnext_tiny", 26),
        ("shufflenet_v2", 18),
    ],
)
def test_networks_read_as_a_page(name: str, lines: int) -> None:
    graph = snap.lower(NETWORKS / f"{name}.snap", inputs=["N,3,224,224"])
    text = printed(graph, repeats=True)
    again = snap.lower(text)
    assert snap.fingerprint(again, "structure") == snap.fingerprint(graph, "structure")
    assert snap.stats(again).params == snap.stats(graph).params
    assert snap.format(text) == text
    assert len(text.splitlines()) <= lines


@given(graphs())
@settings(max_examples=150)
def test_any_graph(graph: snap.Graph) -> None:
    text = printed(graph, repeats=True)
    assert snap.equivalent(text, graph, "structure", inputs=None) or not graph.bound
    assert snap.format(text) == text


STEPS = ("conv(3, out={0}) bn relu", "conv(1, out={0})", "dup conv(3, out={0}) add", "relu gelu bn")


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 6)), min_size=4, max_size=20))
@settings(max_examples=150)
def test_chains_of_other_widths(chosen: list[tuple[str, int]]) -> None:
    """Widths that repeat, or are multiples of each other, by chance or not."""
    texts, width = [], 4
    for step, factor in chosen:
        width = width if "dup" in step else 4 * factor
        texts.append(step.format(width))
    program = f"conv(1, out=4) {' '.join(texts)}".replace("dup conv(3, out=4) add", "dup relu add")
    try:
        graph = snap.lower(program, inputs=["N,8,H,W"])
    except snap.SnapError:
        return  # a residual branch of another width
    found = printout(graph, repeats=True)
    again = snap.lower(found.text)
    assert snap.fingerprint(again, "structure") == snap.fingerprint(graph, "structure")
    assert [n.op.id for n in again.nodes] == [graph.nodes[i].op.id for i in found.nodes]
    assert [n.attrs for n in again.nodes] == [graph.nodes[i].attrs for i in found.nodes]


def test_widths_become_parameters() -> None:
    step = "conv3(out={0}) bn conv1(out={1}) relu"
    items = [s for n in (8, 12, 20) for s in [*step.format(n, 2 * n).split(), f"tanh{n}"]]
    words, rest = parts(items, set())
    assert [w.opening for w in words] == ["def part1(a) {"]
    assert words[0].items == ("conv3(out=a)", "bn", "conv1(out=2*a)", "relu")
    assert rest == ["part1(8)", "tanh8", "part1(12)", "tanh12", "part1(20)", "tanh20"]


def test_names_of_values_stay_where_they_are() -> None:
    items = ["conv3", "-> a", "a", "bn", "relu", "a", "add"] * 4
    words, _ = parts(items, {"a"})
    assert all("a" not in word.items and "-> a" not in word.items for word in words)


def test_small_programs_stay_as_they_are() -> None:
    graph = snap.lower("dup conv3 bn relu conv3 bn add relu", inputs=["N,8,H,W"])
    assert "def" not in printed(graph, repeats=True)


def test_a_long_program_takes_no_long_time() -> None:
    """Beyond some thousand symbols words are not looked for."""
    graph = snap.lower("{ conv3 { relu gelu tanh }*3 bn }*800", inputs=["N,8,H,W"])
    assert snap.equivalent(printed(graph, repeats=True), graph)
