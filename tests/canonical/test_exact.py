"""Fingerprints against an oracle that shares no code: the same verdicts, everywhere tried.

`python -m tests.canonical.test_exact 6` tries every program of the small vocabulary up to a length,
`python -m tests.canonical.test_exact random 2000` so many long random ones.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

import snaplang as snap
from snaplang.diagnostics.source import Source
from snaplang.graph import Graph
from snaplang.lowering.lower import extended, words_of
from snaplang.testing.oracle import certificate
from snaplang.testing.sampling.laws import rewrite
from snaplang.testing.sampling.sketch import Sketch
from tests.canonical.corpus import families, programs_up_to

LEVELS = ("structure", "algebra")
SMALL = ["dup", "swap", "over", "drop", "add", "cat", "conv1", "conv3", "relu", "zero", "identity"]
LARGE = (
    "dup dup dup swap over rot drop add add cat mul max mean conv1 conv3 relu relu relu6 sigmoid "
    "zero identity maxpool3 bn split2 dropout(0.1) conv(3,bias=false) gelu add3 max3"
)


class Partition:
    """Fingerprints and certificates seen so far; two graphs agree in both or in neither."""

    def __init__(self, level: str) -> None:
        self.level = level
        self.certificates: dict[str, object] = {}
        self.fingerprints: dict[object, str] = {}

    def add(self, text: str, graph: Graph) -> None:
        """Note a graph; fails where the two ways of telling graphs apart disagree."""
        found, oracle = snap.fingerprint(graph, self.level), certificate(graph, self.level)
        assert self.certificates.setdefault(found, oracle) == oracle, f"merged: {text}"
        assert self.fingerprints.setdefault(oracle, found) == found, f"split: {text}"


def exhaustive(length: int) -> dict[str, int]:
    """Partition all programs up to a length at both levels; how many architectures there are."""
    partitions = [Partition(level) for level in LEVELS]
    programs = 0
    for text, graph in programs_up_to(length, SMALL):
        programs += 1
        for partition in partitions:
            partition.add(text, graph)
    return {"programs": programs} | {p.level: len(p.certificates) for p in partitions}


def test_every_small_program() -> None:
    assert exhaustive(5) == {"programs": 25142, "structure": 8007, "algebra": 3941}


def long_program(rng: random.Random, length: int) -> Graph:
    """A random well-typed program of so many symbols; all that is left at its end is put out."""
    words, items = words_of(Source("vocabulary", LARGE))
    graph = snap.lower("")
    for _ in range(length):
        for _ in range(20):
            after = extended(graph, rng.choice(items), words)
            if after is not None and 0 < len(after.outputs) < 7:
                graph = after
                break
    return graph


def related(rng: random.Random, graph: Graph) -> Iterator[Graph]:
    """Graphs that laws or chance make of one: most are the same, some are nearly so."""
    sketch = Sketch.of(graph)
    for level in LEVELS:
        yield rewrite(rng, sketch, 5, level).graph()
    nodes = list(graph.nodes)
    if len(nodes) > 1:
        index = rng.randrange(len(nodes))
        inputs = tuple(
            rng.choice([v for v in range(node_start(graph, index)) if same_shape(graph, v, w)])
            for w in nodes[index].inputs
        )
        nodes[index] = replace(nodes[index], inputs=inputs)
        yield replace(graph, nodes=tuple(nodes))


def node_start(graph: Graph, index: int) -> int:
    """The first value that a node makes."""
    return graph.nodes[index].outputs[0]


def same_shape(graph: Graph, left: int, right: int) -> bool:
    """Whether two values may take each other's place."""
    return graph.shapes[left] == graph.shapes[right]


def agree_at_random(seed: int, longest: int = 200) -> tuple[int, int]:
    """Compare verdicts on a long program and its relatives: how many are the same, and are not."""
    rng = random.Random(seed)
    graph = long_program(rng, rng.randint(5, longest))
    verdicts = [0, 0]
    for other in related(rng, graph):
        for level in LEVELS:
            same = certificate(graph, level) == certificate(other, level)
            assert snap.equivalent(graph, other, level=level) == same, (seed, level)
            verdicts[not same] += 1
    return verdicts[0], verdicts[1]


def test_long_random_programs() -> None:
    found = [agree_at_random(seed) for seed in range(40)]
    assert sum(same for same, _ in found) > 40
    assert sum(different for _, different in found) > 20


@pytest.mark.parametrize("level", LEVELS)
def test_where_colour_refinement_fails(level: str) -> None:
    count = 0
    for name, one, two, same in families():
        count += 1
        assert snap.equivalent(one, two, level=level) == same, name
    assert count > 60


BRANCHES = ["conv3", "conv3 bn relu", "conv1 dup mul", "dup conv3 swap conv1 add"]


@pytest.mark.parametrize("level", LEVELS)
def test_many_equal_branches(level: str) -> None:
    partition = Partition(level)
    for body in BRANCHES:
        for count in (2, 7, 8, 16):
            for rest in ("", "conv3", "relu", body):
                parts = [body] * count + [rest] * bool(rest)
                for order in (parts, parts[::-1]):
                    text = "-> x " + " ".join(f"x {part}" for part in order) + f" add{len(order)}"
                    partition.add(text, snap.lower(text))
    assert len(partition.certificates) > 40


def main(what: str, count: str = "") -> None:
    """Run as much as asked for."""
    if what == "random":
        found = [agree_at_random(seed) for seed in range(int(count))]
        same, different = (sum(pair[i] for pair in found) for i in range(2))
        print(f"{count} programs: {same} verdicts `same`, {different} `different`, all agreed")
    else:
        print(exhaustive(int(what)))


if __name__ == "__main__":
    main(*sys.argv[1:])
