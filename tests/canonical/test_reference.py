"""`snap2` by value: the same digits as the plainest means give, and as nauty tells apart."""

from __future__ import annotations

import random
from hashlib import blake2b

import pytest

import snaplang as snap
from snaplang.canonical.normal import normal
from snaplang.canonical.normal.kinds import kind_of, resolved
from snaplang.canonical.order import final_colours, readers
from snaplang.ops import TABLE
from snaplang.ops.spec import Attrs
from snaplang.testing.generators import hard_graphs as hard
from snaplang.testing.generators import tied
from snaplang.testing.oracle import certificate
from tests.canonical.corpus import programs_up_to
from tests.canonical.reference import fingerprint
from tests.canonical.test_exact import SMALL, long_program

LEVELS = ("structure", "algebra")


def agree(graph: snap.Graph, what: object) -> None:
    """The same digits, whichever way."""
    for level in LEVELS:
        assert snap.fingerprint(graph, level) == fingerprint(graph, level), (what, level)


def test_every_small_program() -> None:
    for text, graph in programs_up_to(3, SMALL):
        agree(graph, text)


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_random_programs(start: int) -> None:
    for seed in range(start, start + 20):
        rng = random.Random(seed)
        agree(long_program(rng, rng.randint(5, 60)), seed)


@pytest.mark.parametrize("inline", [0, 2, readers.INLINE])
def test_ties_however_sums_are_opened(monkeypatch: pytest.MonkeyPatch, inline: int) -> None:
    monkeypatch.setattr(readers, "INLINE", inline)
    monkeypatch.setattr(readers, "SHORT", inline)
    hubs = 0
    for seed in range(60):
        text = tied.some(random.Random(seed))
        graph = snap.lower(text)
        agree(graph, text)
        form = normal(graph, "structure")
        hubs += bool(readers.wires_among(form, {v: i for i, v in enumerate(form.live)}).hubs.held)
    assert hubs > 10 or inline == readers.INLINE


@pytest.mark.parametrize("edges", [hard.cycles(3, 3), hard.cycles(6), hard.cycles(4, 5)], ids=str)
def test_small_regular_graphs(edges: hard.Edges) -> None:
    for join in ("add", "max", "mean"):
        agree(snap.lower(tied.of_edges(edges, join)), join)
        agree(snap.lower(tied.of_neighbours(edges, join)), join)


def test_near_misses_and_other_writings_as_nauty_has_them() -> None:
    by_print: dict[object, object] = {}
    by_nauty: dict[object, object] = {}
    for seed in range(60):
        rng = random.Random(seed)
        edges, join = tied.some_edges(rng), rng.choice(tied.JOINS)
        ends = sorted({end for edge in edges for end in edge})
        near = [edges, hard.shuffled(edges, seed), edges[1:] or edges]
        near.append([*edges[1:], (ends[0], ends[-1])])
        for one in near:
            graph = snap.lower(tied.of_edges(renumbered(one), join))
            for level in LEVELS:
                ours, theirs = snap.fingerprint(graph, level), certificate(graph, level)
                assert by_print.setdefault((level, ours), theirs) == theirs, (seed, level)
                assert by_nauty.setdefault((level, theirs), ours) == ours, (seed, level)
    assert len(by_print) > 100


def renumbered(edges: hard.Edges) -> hard.Edges:
    """Ends from 0 on, without gaps."""
    number = {v: i for i, v in enumerate(sorted({end for edge in edges for end in edge}))}
    return [(number[a], number[b]) for a, b in edges]


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_nodes_leaves_no_trace(seed: int) -> None:
    graph = snap.lower(tied.some(random.Random(seed)))
    for level in LEVELS:
        found = {
            tuple(sorted(final_colours(normal(graph, level, random.Random(order))).values()))
            for order in range(4)
        }
        assert len(found) == 1


def test_the_bytes_of_a_kind() -> None:
    def colour(data: bytes) -> bytes:
        return blake2b(data, digest_size=32, person=b"snap2 kind").digest()

    relu = TABLE["relu"]
    kind = kind_of(relu, Attrs({"max": 6.0}), "algebra")
    data = b"2:op,4:relu,0:,1:1,3:max,9:d\x40\x18" + bytes(6) + b","
    assert resolved(relu, kind.attrs) == data and kind.colour == colour(data)
    assert resolved(relu, Attrs({"max": None})) == b"2:op,4:relu,0:,1:0,"
    form = normal(snap.lower("relu6"), "algebra")
    x, y = form.live
    own = [colour(b"4:name,9:input 0 c,"), colour(b"7:outputs,32:%b,1:0," % kind.colour)]
    up = blake2b(own[1] + own[0], digest_size=32, person=b"snap2 up").digest()
    assert final_colours(form) == {x: own[0], y: up}
    last = blake2b(b"".join(sorted((own[0], up))), digest_size=16, person=b"snap2")
    assert snap.fingerprint("relu6") == f"snap2:{last.hexdigest()}"
