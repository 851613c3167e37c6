"""Orbits of tied nodes: which of them automorphisms map on one another.

The automorphisms that most graphs have are exchanges of two nodes, with what hangs on each alone:
equal branches, equal terms. They are found here by looking at the neighbours of both, without
a search, and kept as what they move.

>>> from snaplang.canonical.wires import Wires
>>> star = Wires.of(4, [(0, 3, 1), (1, 3, 1), (2, 3, 1)])
>>> partition = Partition(star, [0, 0, 0, 1])
>>> exchanges(partition, [0, 1, 2], Orbits(frozenset()))
[{0: 1, 1: 0}, {1: 2, 2: 1}]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from snaplang.canonical.partition import Partition

Mapped = dict[int, int]  # an automorphism: nodes that it moves, and where to


class Orbits:
    """Which nodes automorphisms that keep some marked nodes are known to map on one another."""

    def __init__(self, marked: frozenset[int]) -> None:
        self.marked = marked
        self._parent: dict[int, int] = {}
        self._read = 0

    def learn(self, generators: Sequence[Mapped]) -> None:
        """Take in the generators that are new."""
        for index in range(self._read, len(generators)):
            generator = generators[index]
            if self.marked.isdisjoint(generator):
                for v, w in generator.items():
                    self._parent[self.root(v)] = self.root(w)
        self._read = len(generators)

    def root(self, v: int) -> int:
        """One node for each orbit."""
        parent = self._parent
        while (above := parent.get(v, v)) != v:
            parent[v] = v = parent.get(above, above)
        return v

    def representatives(self, members: list[int], generators: list[Mapped]) -> Iterator[int]:
        """One member for each orbit; what is learnt on the way counts."""
        tried: list[int] = []
        for v in members:
            self.learn(generators)
            if self.root(v) not in {self.root(w) for w in tried}:
                tried.append(v)
                yield v


def exchanges(partition: Partition, members: list[int], orbits: Orbits) -> list[Mapped]:
    """Exchanges of members that are next to each other once sorted by their neighbours.

    Failures may cost as much as looking at all wires of the members, once.
    """
    links = partition.wires.links
    found: list[Mapped] = []
    patience = sum(len(links(v)) for v in members) + 8
    ordered = sorted(members, key=lambda v: sorted(links(v)))
    for one, other in pairwise(ordered):
        if orbits.root(one) == orbits.root(other):
            continue
        if patience <= 0:
            break
        moved, cost = _exchange(partition, one, other)
        if moved is None:
            patience -= cost
        else:
            found.append(moved)
    return found


def _exchange(partition: Partition, one: int, other: int) -> tuple[Mapped | None, int]:
    """The exchange of two nodes and of what hangs on each alone, if that changes nothing."""
    names, links = partition.names, partition.wires.links
    moved = {one: other, other: one}
    pending = [(one, other)]
    cost, most = 1, 4 * len(links(one)) + 8
    while pending:
        a, b = pending.pop()
        left, right = links(a) - links(b), links(b) - links(a)
        cost += len(left) + 1
        if len(left) != len(right) or cost > most:
            return None, cost
        here = sorted([(how, w, names[u], u) if u >= 0 else (how, w, -1, u) for u, w, how in left])
        there = sorted(
            [(how, w, names[u], u) if u >= 0 else (how, w, -1, u) for u, w, how in right]
        )
        for (*met, u), (*its, w) in zip(here, there, strict=True):
            if met != its or u < 0 or moved.get(u, w) != w or moved.get(w, u) != u:
                return None, cost
            if u not in moved:
                moved[u], moved[w] = w, u
                pending.append((u, w))
    for v, w in moved.items():
        cost += len(links(v))
        if {(moved.get(u, u), weight, how) for u, weight, how in links(v)} != links(w):
            return None, cost
    return moved, cost
