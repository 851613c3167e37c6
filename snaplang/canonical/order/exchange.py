"""Orbits of tied nodes: which of them automorphisms map on one another.

The automorphisms that most graphs have are exchanges of two nodes, with what hangs on each alone:
equal branches, equal terms. They are found here by looking at the neighbours of both, without
a search, and kept as what they move.

>>> from snaplang.canonical.order.wires import Wires
>>> star = Wires.of(4, [(0, 3, 1), (1, 3, 1), (2, 3, 1)])
>>> partition = Partition(star, [0, 0, 0, 1])
>>> exchanges(partition, Orbits([0, 1, 2], frozenset()))
[{0: 1, 1: 0}, {1: 2, 2: 1}]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from snaplang.canonical.order.partition import Partition

Link = tuple[int, int, int]  # the end of a wire, its weight and sort
Mapped = dict[int, int]  # an automorphism: nodes that it moves, and where to


class Orbits:
    """Which members of a class automorphisms that keep some marked nodes map on one another, as
    far as is known.
    """

    def __init__(self, members: list[int], marked: frozenset[int]) -> None:
        self.members, self.marked = members, marked
        self._parent = {v: v for v in members}
        self._read = 0

    def learn(self, generators: Sequence[Mapped]) -> bool:
        """Take in the generators that are new, if there are any."""
        parent, before = self._parent, self._read
        for index in range(self._read, len(generators)):
            generator = generators[index]
            if self.marked.isdisjoint(generator):
                few = generator if len(generator) < len(self.members) else self.members
                for v in few:
                    w = generator.get(v, v)
                    if v != w and v in parent and w in parent:
                        parent[self.root(v)] = self.root(w)
        self._read = len(generators)
        return self._read > before

    def root(self, v: int) -> int:
        """One member for each orbit."""
        parent = self._parent
        while (above := parent[v]) != v:
            parent[v] = v = parent[above]
        return v

    def representatives(self, generators: list[Mapped]) -> Iterator[int]:
        """One member for each orbit; what is learnt on the way counts."""
        tried: set[int] = set()  # by their roots, which change only where something is learnt
        for v in self.members:
            if self.learn(generators):
                tried = {self.root(w) for w in tried}
            root = self.root(v)
            if root not in tried:
                tried.add(root)
                yield v


def exchanges(partition: Partition, orbits: Orbits) -> list[Mapped]:
    """Exchanges of members that are next to each other once sorted by their neighbours.

    Failures may cost as much as looking at all wires of the members, once.
    """
    links = partition.wires.links
    found: list[Mapped] = []
    patience = sum(len(links(v)) for v in orbits.members) + 8
    ordered = sorted(orbits.members, key=lambda v: sorted(links(v)))
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
    links = partition.wires.links
    moved = {one: other, other: one}
    pending = [(one, other)]
    cost, most = 1, 16 * len(links(one)) + 32
    while pending:
        a, b = pending.pop()
        left, right = _unpaired(links(a) - links(b), links(b) - links(a), moved)
        cost += len(left) + 1
        if len(left) != len(right) or cost > most:
            return None, cost
        for (u, *met), (w, *its) in _paired(partition, a, b, left, right):
            if u < 0 or w < 0 or met != its or partition.names[u] != partition.names[w]:
                return None, cost
            if moved.get(u, w) != w or moved.get(w, u) != u:
                return None, cost
            if u not in moved:
                moved[u], moved[w] = w, u
                pending.append((u, w))
    for v, w in moved.items():
        cost += len(links(v))
        if {(moved.get(u, u), weight, how) for u, weight, how in links(v)} != links(w):
            return None, cost
    return moved, cost


def _unpaired(
    left: frozenset[Link], right: frozenset[Link], moved: Mapped
) -> tuple[frozenset[Link], frozenset[Link]]:
    """What hangs on two nodes without ends that are exchanged already, which may hold much."""
    known = [(u, *how) for u, *how in left if u in moved and (moved[u], *how) in right]
    return left.difference(known), right.difference([(moved[u], *how) for u, *how in known])


def _paired(
    partition: Partition, a: int, b: int, left: frozenset[Link], right: frozenset[Link]
) -> list[tuple[Link, Link]]:
    """What hangs on two nodes in pairs: where ends have neighbours in common, those."""
    if len(left) == 1:
        return list(zip(left, right, strict=True))
    names, links = partition.names, partition.wires.links

    def sort(link: Link) -> Link:
        return link[1], link[2], names[link[0]] if link[0] >= 0 else -1

    beside: dict[tuple[Link, Link], Link] = {}
    for link in left:
        for end in links(link[0]) if link[0] >= 0 else ():
            if end[0] != a:
                beside[sort(link), end] = link
    pairs: dict[Link, Link] = {}
    rest = []
    for link in sorted(right):
        own = sort(link)
        for end in links(link[0]) if link[0] >= 0 else ():
            found = beside.get((own, end))
            if end[0] != b and found is not None and found not in pairs:
                pairs[found] = link
                break
        else:
            rest.append(link)
    alone = sorted(left - pairs.keys(), key=lambda link: (sort(link), link))
    rest.sort(key=lambda link: (sort(link), link))
    return [*pairs.items(), *zip(alone, rest, strict=True)]
