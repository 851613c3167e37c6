"""Ranks of tied nodes against all permutations, on small graphs."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from snaplang.canonical.ties import Edge, Tied, ranks


def certificate(tied: Tied) -> tuple[Edge, ...]:
    """The edges by rank: equal if and only if the graphs are isomorphic, cells respected."""
    place = ranks(tied)
    assert sorted(place) == list(range(len(place)))
    return tuple(sorted((place[a], place[b], how) for a, b, how in tied.edges))


def least(tied: Tied) -> tuple[Edge, ...]:
    """The same by trying every order of every cell."""
    best: tuple[Edge, ...] | None = None
    for order in orders([list(cell) for cell in tied.cells]):
        place = {v: i for i, v in enumerate(order)}
        edges = tuple(sorted((place[a], place[b], how) for a, b, how in tied.edges))
        best = edges if best is None else min(best, edges)
    assert best is not None
    return best


def orders(cells: list[list[int]]) -> list[tuple[int, ...]]:
    """Every order of the nodes that keeps the order of the cells."""
    found: list[tuple[int, ...]] = [()]
    for cell in cells:
        found = [(*before, *now) for before in found for now in permutations(cell)]
    return found


def some_graph(rng: random.Random) -> Tied:
    """A graph of 2 to 6 nodes in one or two cells, often a regular one."""
    count = rng.randint(2, 6)
    middle = rng.choice([count, count, rng.randint(1, count - 1)])
    cells = tuple(c for c in (tuple(range(middle)), tuple(range(middle, count))) if c)
    if rng.random() < 0.5:
        steps = rng.sample(range(1, count), rng.randint(1, min(2, count - 1)))
        pairs = {(v, (v + s) % count) for v in range(count) for s in steps}
    else:
        every = [(a, b) for a in range(count) for b in range(count) if a != b]
        pairs = set(rng.sample(every, rng.randint(0, min(8, len(every)))))
    labels = [0] if rng.random() < 0.7 else [0, 5]
    return Tied(cells, frozenset((a, b, rng.choice(labels)) for a, b in pairs))


def renumbered(rng: random.Random, tied: Tied) -> Tied:
    """The same graph with other numbers."""
    count = sum(map(len, tied.cells))
    name = rng.sample(range(count), count)
    cells = tuple(tuple(rng.sample([name[v] for v in c], len(c))) for c in tied.cells)
    return Tied(cells, frozenset((name[a], name[b], how) for a, b, how in tied.edges))


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_the_same_classes_as_by_trying_everything(start: int) -> None:
    ours: dict[object, object] = {}
    theirs: dict[object, object] = {}
    for seed in range(start, start + 100):
        rng = random.Random(seed)
        tied = some_graph(rng)
        sizes = tuple(map(len, tied.cells))
        for graph in (tied, renumbered(rng, tied)):
            one, other = (sizes, certificate(graph)), (sizes, least(graph))
            assert ours.setdefault(one, other) == other
            assert theirs.setdefault(other, one) == one
