"""One normal form: whatever the order, however often, in every process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import pytest

import snaplang as snap
from snaplang.canonical.normal import normal
from snaplang.canonical.normal.laws import LAWS
from snaplang.canonical.order import final_colours
from snaplang.canonical.program.graph import canonical_graph
from snaplang.graph import Graph
from snaplang.lowering.lower import block_names
from snaplang.printing.printer import input_texts
from tests.canonical.sound import generated

LEVELS = ("structure", "algebra")
ALGEBRA = sorted({law.name for law in LAWS if law.level == "algebra"})
EXAMPLES = sorted(Path("examples").rglob("*.snap"))


def of_file(path: Path) -> Iterator[Graph]:
    """The blocks of an example, first members of spaces."""
    program = snap.parse(path)
    for name in block_names(program):
        graph = snap.lower(program, block=name)
        yield snap.lower(program, block=name, choose="random") if graph.open_choices else graph


def identity(graph: Graph, level: str, rng: random.Random) -> bytes:
    """What a fingerprint hashes, nodes taken and laws tried in random order."""
    colours = final_colours(normal(graph, level, rng))
    return blake2b(b"".join(sorted(colours.values()))).digest()


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_order(seed: int) -> None:
    graph = generated(seed)
    for level in LEVELS:
        found = {identity(graph, level, random.Random(order)) for order in range(6)}
        assert len(found) == 1


@pytest.mark.parametrize("seed", range(60))
def test_laws_may_come_one_after_the_other(seed: int) -> None:
    graph = generated(seed)
    rng = random.Random(seed)
    changed = graph
    for _ in range(3):  # some laws of algebra first, then others, then all
        names = rng.sample(ALGEBRA, 4)
        changed = canonical_graph(changed, normal(changed, "+".join(["structure", *names])))
    assert snap.equivalent(graph, changed)


@pytest.mark.parametrize("seed", range(80))
def test_twice_changes_nothing(seed: int) -> None:
    check_canonical(generated(seed))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_in_order(path: Path) -> None:
    for graph in of_file(path):
        check_canonical(graph)


def check_canonical(graph: Graph) -> None:
    """Canonicalizing again changes nothing, nor do printing and parsing."""
    for level in LEVELS:
        canon = snap.canonicalize(graph, level=level)
        again = snap.canonicalize(canon, level=level)
        assert again == canon
        text = snap.format(canon)
        assert snap.format(again) == text
        read = snap.lower(text, inputs=input_texts(canon))
        assert snap.format(snap.canonicalize(read, level=level)) == text
        value = snap.fingerprint(graph, level=level)
        assert {snap.fingerprint(g, level=level) for g in (canon, read)} == {value}


def test_the_order_of_definition_leaves_no_trace() -> None:
    graph = generated(7)
    other = replace(graph, name="other", nodes=tuple(replace(n, path=()) for n in graph.nodes))
    assert snap.fingerprint(graph) == snap.fingerprint(other)
    one = "def a { conv3 relu } def b { conv5 relu } dup a swap b add"
    two = "def b { conv5 relu } def a { conv3 relu } -> x x b -> y x a y add"
    assert snap.format(snap.canonicalize(one)) == snap.format(snap.canonicalize(two))


SCRIPT = """
import sys
import snaplang as snap
for path in sys.argv[1:]:
    for block in [*snap.parse(open(path).read()).tree.definitions][:1] or [None]:
        print(snap.fingerprint(open(path).read(), choose="random"))
"""


def test_whatever_the_process() -> None:
    paths = [str(p) for p in EXAMPLES if len(block_names(snap.parse(p))) == 1]
    paths = [p for p in paths if "use " not in Path(p).read_text("utf-8")]
    assert len(paths) > 15
    outputs = set()
    for seed in ("0", "1", "12345"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", SCRIPT, *paths]
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1


def test_every_law_is_switched_off_somewhere() -> None:
    """No law is idle: without it, its example parts."""
    for law in LAWS:
        if law.level == "algebra":
            rest = {row.name for row in LAWS if row.level == "algebra"} - {law.name}
            level = "+".join(["structure", *sorted(rest)])
            one, two = (snap.lower(text) for text in law.example)
            rng = random.Random(0)
            assert identity(one, level, rng) != identity(two, level, rng), law
