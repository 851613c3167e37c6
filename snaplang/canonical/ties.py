"""Ranks for what colours cannot tell apart: the least leaf of a tree of individualisations.

Only instances whose colour is shared matter, and the edges among them. While a cell of their
partition has several members, the first of the smallest is taken and each member marked in turn;
of all outcomes the least counts: its splits on the way, then its edges by place. Members that an
automorphism maps on one another give the same outcome, so that one of them is enough. Exchanges of
two members, with what hangs on each alone, are tried first; other automorphisms show as equal
leaves. The outcome depends on the tied graph alone (the scheme of McKay, 1981).

>>> square = Tied(((0, 1, 2, 3),), frozenset({(0, 1, 0), (1, 2, 0), (2, 3, 0), (3, 0, 0)}))
>>> sorted(ranks(square))
[0, 1, 2, 3]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from snaplang.canonical.partition import Partition, Trace

Edge = tuple[int, int, int]  # reader, what is read, and how: a port, a multiplicity, a digest
Mapped = dict[int, int]


@dataclass(frozen=True)
class Tied:
    """Nodes 0 to n-1 in cells, in the order of their colours, and the edges among them."""

    cells: tuple[tuple[int, ...], ...]
    edges: frozenset[Edge]


def ranks(tied: Tied) -> list[int]:
    """The place of each node in the least leaf."""
    search = _Search(tied)
    partition = Partition.of(tied.cells)
    partition.refine(list(partition.cells), search.near)
    search.explore(_Way(partition))
    assert search.best is not None
    return search.best[1]


@dataclass
class _Way:
    """How far a search has come: marked nodes, the splits that followed, orbits of what is left."""

    partition: Partition
    marked: set[int] = field(default_factory=set)
    trace: list[Trace] = field(default_factory=list)

    def marking(self, node: int, near: list[list[tuple[int, int]]]) -> _Way:
        """The way with one more node marked, beside this one."""
        below = _Way(self.partition.copy(), {*self.marked}, [*self.trace])
        below.mark(node, near)
        return below

    def mark(self, node: int, near: list[list[tuple[int, int]]]) -> None:
        """Mark one more node."""
        self.trace.append(self.partition.mark(node, near))
        self.marked.add(node)


class _Orbits:
    """Which members automorphisms that keep a way's marks are known to map on one another."""

    def __init__(self, marked: set[int]) -> None:
        self.marked = marked
        self._parent: dict[int, int] = {}
        self._read = 0

    def learn(self, generators: list[Mapped]) -> None:
        """Take in the generators that are new."""
        for generator in generators[self._read :]:
            if self.marked.isdisjoint(generator):
                for v, w in generator.items():
                    self._parent[self.root(v)] = self.root(w)
        self._read = len(generators)

    def root(self, v: int) -> int:
        """One member for each orbit."""
        while self._parent.get(v, v) != v:
            self._parent[v] = self._parent.get(self._parent[v], self._parent[v])
            v = self._parent[v]
        return v


class _Search:
    """One search. `best` is the least outcome so far and the places of nodes in it."""

    def __init__(self, tied: Tied) -> None:
        size = sum(map(len, tied.cells))
        self.edges = tied.edges
        self.near: list[list[tuple[int, int]]] = [[] for _ in range(size)]
        names = {how: i for i, how in enumerate(sorted({how for *_, how in tied.edges}))}
        for reader, read, how in tied.edges:
            self.near[reader].append((read, 2 * names[how]))
            self.near[read].append((reader, 2 * names[how] + 1))
        for near in self.near:
            near.sort()
        self.near_set = [frozenset(near) for near in self.near]
        self.best: tuple[list[Trace], list[int], tuple[Edge, ...]] | None = None
        self.generators: list[Mapped] = []

    def explore(self, way: _Way) -> None:
        """Look at all outcomes below, but for those that automorphisms repeat."""
        while way.partition.open:
            orbits = _Orbits(way.marked)
            members = way.partition.smallest()
            different = self._different(way.partition, members, orbits)
            if len(different) == 1:
                way.mark(different[0], self.near)
                if self._worse(way):
                    return
                continue
            tried: set[int] = set()
            for node in different:
                orbits.learn(self.generators)
                if orbits.root(node) not in {orbits.root(v) for v in tried}:
                    tried.add(node)
                    below = way.marking(node, self.near)
                    if not self._worse(below):
                        self.explore(below)
            return
        self._leaf(way)

    def _worse(self, way: _Way) -> bool:
        return self.best is not None and way.trace > self.best[0][: len(way.trace)]

    def _leaf(self, way: _Way) -> None:
        at = way.partition.at
        edges = tuple(sorted((at[a], at[b], how) for a, b, how in self.edges))
        best = self.best
        if best is None or (way.trace, edges) < (best[0], best[2]):
            self.best = way.trace, at, edges
        elif (way.trace, edges) == (best[0], best[2]):
            back = {place: v for v, place in enumerate(best[1])}
            self.generators.append({v: back[p] for v, p in enumerate(at) if back[p] != v})

    # -- automorphisms -----------------------------------------------------------------------

    def _different(self, partition: Partition, members: list[int], orbits: _Orbits) -> list[int]:
        """The members that no known or simple automorphism maps on an earlier one."""
        orbits.learn(self.generators)
        roots, found = {orbits.root(members[0])}, [members[0]]
        for before, node in pairwise(members):
            if orbits.root(node) in roots:
                continue
            exchange = self._exchange(partition, before, node)
            if exchange is not None:
                self.generators.append(exchange)
                orbits.learn(self.generators)
            if orbits.root(node) not in {orbits.root(v) for v in roots}:
                found.append(node)
                roots.add(node)
            roots = {orbits.root(v) for v in roots}
        return found

    def _exchange(self, partition: Partition, one: int, other: int) -> Mapped | None:
        """The exchange of two members and of what hangs on each alone, if that changes nothing."""
        at, near, known = partition.at, self.near, self.near_set
        moved = {one: other, other: one}
        pending = [(one, other)]
        while pending:
            a, b = pending.pop()
            left = [(h, at[u], u) for u, h in near[a] if (u, h) not in known[b]]
            right = [(h, at[u], u) for u, h in near[b] if (u, h) not in known[a]]
            if len(left) != len(right):
                return None
            for (h, place, u), (k, spot, w) in zip(sorted(left), sorted(right), strict=True):
                if (h, place) != (k, spot):
                    return None
                if moved.get(u, w) != w or moved.get(w, u) != u:
                    return None
                if u not in moved:
                    moved[u], moved[w] = w, u
                    pending.append((u, w))
        return moved if self._keeps_edges(moved) else None

    def _keeps_edges(self, moved: Mapped) -> bool:
        near = self.near
        return all(
            sorted((moved.get(u, u), how) for u, how in near[v]) == near[w]
            for v, w in moved.items()
        )
