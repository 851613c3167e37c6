"""What the strategies generate: well typed, as asked for, and of everything there is."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from hypothesis import given, settings

from snaplang.api import lower
from snaplang.graph import Graph
from snaplang.graph.builder import RankNeededError, RejectedError
from snaplang.ops import CORE, TABLE, remove
from snaplang.ops.spec import Case
from snaplang.ops.user import op
from snaplang.strategies import (
    different_programs,
    equivalent_programs,
    graphs,
    programs,
)
from snaplang.testing.sampling.differ import differ, makes_no_zero, signature
from snaplang.testing.sampling.encode import encode
from snaplang.testing.sampling.grow import SketchPlan, grow
from snaplang.testing.sampling.laws import LAWS, rewrite
from snaplang.testing.sampling.sketch import Sketch
from snaplang.testing.sampling.wrap import Style
from tests.support.portrait import portrait

CHECK = settings(derandomize=True, deadline=None, max_examples=50, database=None)


@CHECK
@given(programs(max_size=8))
def test_programs_are_well_typed_and_no_larger_than_asked_for(text: str) -> None:
    assert len(lower(text).live().nodes) <= 8


@CHECK
@given(programs(choices=True))
def test_spaces_are_well_typed(text: str) -> None:
    assert lower(text, choose=random.Random(0)).open_choices == ()


@CHECK
@given(graphs(weights=False, bound=True, ranks=(3,)))
def test_parameters_hold(graph: Graph) -> None:
    assert graph.bound
    assert graph.rank == 3
    assert not any(graph.weights(node) for node in graph.nodes)


@CHECK
@given(programs(ops=("relu", "conv", "cat", "dwconv")))
def test_only_the_ops_that_were_asked_for(text: str) -> None:
    assert {node.op.name for node in lower(text).nodes} <= {"relu", "conv", "cat"}


@CHECK
@given(equivalent_programs(), different_programs())
def test_pairs_are_well_typed(same: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = map(lower, same)
    assert first.input_shapes() == second.input_shapes()
    assert first.shapes_of(first.outputs) == second.shapes_of(second.outputs)
    assert all(map(lower, other))


def texts(count: int, style: Style) -> list[str]:
    found = []
    for seed in range(count):
        rng = random.Random(seed)
        found.append(encode(rng, grow(rng, SketchPlan()).graph(), style))
    return found


SYNTAX = {
    "suffix": r"\bconv[135]",
    "kernel": r"\d+x\d+",
    "argument by place": r"\w\(\d+, \d",
    "argument by name": r"stride=",
    "expression": r"2\*c",
    "repeat": r"\}\*[23]",
    "no repeat": r"\}\*(0|false)",
    "conditional": r"\}\*true",
    "branch": r"\[ \| ",
    "two branches": r"\[ [a-z][^]]*\| [a-z]",
    "name": r"-> \w",
    "named outputs": r"out [a-z]",
    "outputs": r"out [23]",
    "inputs": r"in [23]",
    "named inputs": r"in [a-z]+ [a-z]+;",
    "typed inputs": r"in [a-z]+\(2\*c, H, W\)",
    "word": r"def \w+ \{",
    "parameter": r"def \w+\(k\)",
    "default": r"def \w+\(k=",
    "body": r"def \w+\(body\)",
    "block": r"block \w+ \{",
    "choice": r"<[^:>]*\|",
    "named choice": r"<\w+: ",
    "comment": r"# ",
}


def test_programs_use_all_of_the_syntax() -> None:
    found = "\x00".join(texts(600, Style(choices=True, wraps=5)))
    missing = [name for name, form in SYNTAX.items() if not re.search(form, found, re.MULTILINE)]
    assert not missing


def test_programs_use_every_op() -> None:
    named = " ".join(texts(600, Style(wraps=0)))
    missing = [spec.name for spec in CORE if not re.search(rf"\b{spec.name}(?![a-z])", named)]
    assert not missing


def test_programs_use_the_ops_of_users() -> None:
    source = "def swish(x, beta):\n    return x"
    spec = op("me/swish/1", torch=source, params={"beta": 1.0}, cases=(Case("swish(0.25)"),))
    try:
        assert any("swish" in text for text in texts(200, Style(wraps=0)))
    finally:
        remove(spec)
    assert "swish" not in TABLE


@pytest.mark.parametrize("seed", range(100))
def test_an_encoding_is_the_graph_that_was_encoded(seed: int) -> None:
    rng = random.Random(seed)
    graph = grow(rng, SketchPlan(max_size=10)).graph()
    text = encode(rng, graph, Style(names=rng.random(), wraps=rng.randint(0, 10)))
    assert portrait(lower(text)) == portrait(graph)


def test_the_same_seed_gives_the_same_program() -> None:
    assert texts(20, Style()) == texts(20, Style())


def sketches(count: int, **plan: object) -> list[tuple[random.Random, Sketch]]:
    found = []
    for seed in range(count):
        rng = random.Random(seed)
        found.append((rng, grow(rng, SketchPlan(max_size=8, **plan))))  # type: ignore[arg-type]
    return found


# Ops among which every law finds something to do
RICH = {"zero", "cat", "add", "max", "relu", "maxpool", "sigmoid", "conv"}


@pytest.mark.parametrize("name", LAWS)
def test_every_law_finds_work_and_keeps_inputs_and_outputs(name: str) -> None:
    for law in LAWS[name]:
        worked = 0
        for rng, sketch in sketches(150, accept=lambda spec: spec.name in RICH):
            changed = sketch.copy()
            try:
                law(rng, changed)
                shapes = changed.shapes()
            except (RejectedError, RankNeededError):
                continue
            before = sketch.shapes()
            worked += portrait(changed.graph()) != portrait(sketch.graph()) or name == "S4"
            assert [shapes[w] for w in changed.outputs] == [before[w] for w in sketch.outputs]
        assert worked >= 3, law.__name__


def test_structure_laws_alone_leave_every_instance_with_weights() -> None:
    for rng, sketch in sketches(60):
        changed = rewrite(rng, sketch, 8, "structure").graph().live()
        assert _weighted(changed) == _weighted(sketch.graph().live())


def _weighted(graph: Graph) -> Counter[str]:
    return Counter(f"{n.op.id} {n.attrs}" for n in graph.nodes if graph.weights(n))


def test_no_law_touches_a_signature_and_every_change_does() -> None:
    for rng, sketch in sketches(200, accept=makes_no_zero):
        before = signature(sketch)
        assert signature(differ(rng, sketch)) != before
        again = sketch.copy()
        for name, laws in LAWS.items():
            for law in laws if name != "A3" else ():
                changed = again.copy()
                try:
                    law(rng, changed)
                    changed.shapes()
                except (RejectedError, RankNeededError):
                    continue
                again = changed
        assert signature(again) == before
