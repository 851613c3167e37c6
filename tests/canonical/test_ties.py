"""Certificates of tied nodes against all permutations, on small graphs."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from snaplang.canonical.order.partition import Partition
from snaplang.canonical.order.ties import Search
from snaplang.canonical.order.wires import Wires

Edge = tuple[int, int, int]
Tied = tuple[tuple[tuple[int, ...], ...], frozenset[Edge]]  # nodes in cells, and wires among them


def certificates(tied: Tied) -> tuple[bytes, ...]:
    """Equal if and only if the graphs are isomorphic, cells respected."""
    cells, edges = tied
    count = sum(map(len, cells))
    names = [name for v in range(count) for name, cell in enumerate(cells) if v in cell]
    partition = Partition(Wires.of(count, edges), names)
    members = partition.cells(range(count))
    for cell in members.values():
        for v in cell:
            partition.loose[v] = len(cell) > 1
    every = list(range(count))
    said: list[bytes] = []
    renamed, names_now = partition.split(members, degrees(tied), len(cells), [], said)
    records, names_now = partition.refine(members, [*renamed, *every], names_now, [])
    loose = [v for v in every if partition.loose[v]]
    found = Search(partition).components(loose, names_now)
    ranked = [v for one in found for v in one.order]
    assert sorted(ranked) == loose
    sizes = sorted((name, len(cell)) for name, cell in members.items())
    head = repr((said, records, sizes)).encode()
    return head, *[one.certificate for one in found]


def degrees(tied: Tied) -> dict[int, int]:
    """A number for each node by which cells its wires lead to, and how."""
    cells, edges = tied
    heard = {v: 1 for cell in cells for v in cell}
    for a, b, weight in edges:
        for one, other in ((a, b), (b, a)):
            cell = next(i for i, found in enumerate(cells) if other in found)
            heard[one] += weight * 1000 ** (cell + 1)
    return heard


def least(tied: Tied) -> tuple[Edge, ...]:
    """The same by trying every order of every cell."""
    cells, edges = tied
    best: tuple[Edge, ...] | None = None
    for order in orders([list(cell) for cell in cells]):
        place = {v: i for i, v in enumerate(order)}
        found = tuple(sorted((*sorted((place[a], place[b])), how) for a, b, how in edges))
        best = found if best is None else min(best, found)  # type: ignore[assignment]
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
        pairs = {tuple(sorted((v, (v + s) % count))) for v in range(count) for s in steps}
    else:
        every = [(a, b) for a in range(count) for b in range(a)]
        pairs = set(rng.sample(every, rng.randint(0, min(8, len(every)))))
    weights = [1] if rng.random() < 0.7 else [1, 5]
    return cells, frozenset((a, b, rng.choice(weights)) for a, b in pairs)


def renumbered(rng: random.Random, tied: Tied) -> Tied:
    """The same graph with other numbers."""
    cells, edges = tied
    count = sum(map(len, cells))
    name = rng.sample(range(count), count)
    moved = tuple(tuple(rng.sample([name[v] for v in c], len(c))) for c in cells)
    return moved, frozenset((name[a], name[b], how) for a, b, how in edges)


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_the_same_classes_as_by_trying_everything(start: int) -> None:
    ours: dict[object, object] = {}
    theirs: dict[object, object] = {}
    for seed in range(start, start + 100):
        rng = random.Random(seed)
        tied = some_graph(rng)
        sizes = tuple(map(len, tied[0]))
        for graph in (tied, renumbered(rng, tied)):
            one, other = (sizes, certificates(graph)), (sizes, least(graph))
            assert ours.setdefault(one, other) == other
            assert theirs.setdefault(other, one) == one
