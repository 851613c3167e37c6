"""Wires among nodes, and what goes over them.

A wire joins two nodes and has a weight, which may be large; those in sequences count modulo a
prime. Which end reads the other needs no telling where whole classes of nodes stand above others.
What several nodes hold in common may be a *hub*: what goes through it is added up once, instead of
over a wire for each pair.

>>> wires = Wires.of(3, [(0, 1, 1), (1, 2, 5)])
>>> wires.heard({7: [1]}, [1, 1, 1])
{0: 7, 2: 35}
>>> wires.components([0, 2]), wires.components([0, 1])
([[0], [2]], [[0, 1]])
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from snaplang.canonical.order.colours import PRIME

Pairs = list[tuple[int, int]]  # an end, and the weight


@dataclass
class Hubs:
    """What several sums hold, by number: hubs within a hub have smaller numbers.

    `held` are its direct nodes, `inner` its hubs, `users` the nodes that hold it. `of` are a
    node's hubs, `around` the hubs that hold a node, `outer` those that hold a hub.
    """

    held: dict[int, Pairs] = field(default_factory=dict)
    inner: dict[int, Pairs] = field(default_factory=dict)
    users: dict[int, Pairs] = field(default_factory=lambda: defaultdict(list))
    outer: dict[int, Pairs] = field(default_factory=lambda: defaultdict(list))
    of: dict[int, Pairs] = field(default_factory=dict)
    around: dict[int, Pairs] = field(default_factory=lambda: defaultdict(list))
    ordered: set[int] = field(default_factory=set)  # those of sequences


class Wires:
    """The wires among nodes 0 to n-1: `near` has those of weight 1, `heavy` others, `placed` those
    of sequences.
    """

    def __init__(self, count: int) -> None:
        self.near: list[list[int]] = [[] for _ in range(count)]
        self.heavy: dict[int, Pairs] = defaultdict(list)
        self.placed: dict[int, Pairs] = defaultdict(list)
        self.hubs = Hubs()
        self.reads: dict[int, dict[int, int]] = {}  # of short sums: what they read, with weights
        self._links: dict[int, frozenset[tuple[int, int, int]]] = {}

    @classmethod
    def of(cls, count: int, edges: Iterable[tuple[int, int, int]]) -> Wires:
        """Wires from (end, end, weight)."""
        wires = cls(count)
        for a, b, weight in edges:
            wires.join(a, b, weight)
        return wires

    def join(self, a: int, b: int, weight: int, ordered: bool = False) -> None:
        """Add a wire."""
        if ordered:
            self.placed[a].append((b, weight))
            self.placed[b].append((a, weight))
        elif weight == 1:
            self.near[a].append(b)
            self.near[b].append(a)
        else:
            self.heavy[a].append((b, weight))
            self.heavy[b].append((a, weight))

    # -- what is heard of neighbours ---------------------------------------------------------

    def heard(self, told: Mapping[int, Sequence[int]], listens: Sequence[int]) -> dict[int, int]:
        """For each node that listens: numbers of its neighbours, times the weights.

        `told` has nodes by the number that they tell.
        """
        near, heavy = self.near, self.heavy
        found: dict[int, int] = {}
        for number, nodes in told.items():
            for r in nodes:
                for v in near[r]:
                    if listens[v]:
                        if v in found:
                            found[v] += number
                        else:
                            found[v] = number
                if r in heavy:
                    for v, weight in heavy[r]:
                        if listens[v]:
                            found[v] = found.get(v, 0) + weight * number
        if self.placed or self.hubs.held:
            self._heard_farther(told, listens, found)
        return found

    def _heard_farther(
        self, told: Mapping[int, Sequence[int]], listens: Sequence[int], found: dict[int, int]
    ) -> None:
        """Add what comes through sequences and hubs."""
        residues: dict[int, int] = {}
        up: dict[int, int] = {}
        down: dict[int, int] = {}
        for number, nodes in told.items():
            for r in nodes:
                for v, weight in self.placed.get(r, ()):
                    residues[v] = residues.get(v, 0) + weight * number
                for hub, weight in self.hubs.around.get(r, ()):
                    up[hub] = up.get(hub, 0) + weight * number
                for hub, weight in self.hubs.of.get(r, ()):
                    down[hub] = down.get(hub, 0) + weight * number
        hubs = self.hubs
        self._flow(up, 1, hubs.users, hubs.outer, found, residues)
        self._flow(down, -1, hubs.held, hubs.inner, found, residues)
        for v in [v for v in found if not listens[v]]:
            del found[v]
        for v, number in residues.items():
            if listens[v]:
                found[v] = found.get(v, 0) + number % PRIME

    def _flow(
        self,
        flow: dict[int, int],
        sign: int,
        nodes: Mapping[int, Pairs],
        hubs: Mapping[int, Pairs],
        found: dict[int, int],
        residues: dict[int, int],
    ) -> None:
        """Pass numbers on through hubs, in the order of their numbers, to nodes."""
        pending = [sign * hub for hub in flow]
        heapify(pending)
        while pending:
            hub = sign * heappop(pending)
            number = flow[hub]
            into = found
            if hub in self.hubs.ordered:
                number, into = number % PRIME, residues
            for v, weight in nodes.get(hub, ()):
                into[v] = into.get(v, 0) + weight * number
            for other, weight in hubs.get(hub, ()):
                if other not in flow:
                    flow[other] = 0
                    heappush(pending, sign * other)
                flow[other] += weight * number

    def links(self, v: int) -> frozenset[tuple[int, int, int]]:
        """The ends of a node's wires, hubs as negative numbers, with weights and sorts."""
        found = self._links.get(v)
        if found is None:
            ends = [(u, 1, 0) for u in self.near[v]]
            ends += [(u, weight, 0) for u, weight in self.heavy.get(v, ())]
            ends += [(u, weight, 1) for u, weight in self.placed.get(v, ())]
            ends += [(-1 - hub, weight, 2) for hub, weight in self.hubs.of.get(v, ())]
            ends += [(-1 - hub, weight, 3) for hub, weight in self.hubs.around.get(v, ())]
            found = self._links[v] = frozenset(ends)
        return found

    # -- components --------------------------------------------------------------------------

    def components(self, nodes: Iterable[int], joined: Joined | None = None) -> list[list[int]]:
        """Nodes that wires among them join; those of classes that are joined do not count."""
        left = set(nodes)
        found = []
        plain = not (self.heavy or self.placed or self.hubs.held or joined)
        seen: tuple[set[int], set[int]] = set(), set()
        while left:
            first = left.pop()
            component = [first]
            at = 0
            while at < len(component) and left:
                v = component[at]
                at += 1
                new = left.intersection(self.near[v])
                if not plain:
                    new |= left.intersection(self._farther(v, seen))
                    if joined:
                        new = joined.without(v, new)
                if new:
                    left -= new
                    component += new
            found.append(component)
        return found

    def joined(self, nodes: Iterable[int], names: Sequence[int]) -> Joined:
        """The pairs of classes among some nodes of which the one reads the other alike: each
        member every member, with one weight. Only short sums are looked at.
        """
        sizes: dict[int, int] = {}
        readers: dict[int, list[int]] = {}
        every = set(nodes)
        for v in every:
            sizes[names[v]] = sizes.get(names[v], 0) + 1
            if v in self.reads:
                readers.setdefault(names[v], []).append(v)
        pairs: dict[tuple[int, int], int] = {}
        for name, members in readers.items():
            found = self._alike(members[0], every, names, sizes)
            for v in members[1:]:
                if not found:
                    break
                other = self._alike(v, every, names, sizes)
                found = {read: w for read, w in found.items() if other.get(read) == w}
            pairs.update({(name, read): weight for read, weight in found.items()})
        return Joined(names, pairs)

    def _alike(
        self, v: int, nodes: set[int], names: Sequence[int], sizes: Mapping[int, int]
    ) -> dict[int, int]:
        """The classes that a node reads alike, with the weight."""
        count: dict[int, int] = {}
        weights: dict[int, int] = {}
        for a, weight in self.reads[v].items():
            if a in nodes:
                name = names[a]
                if weights.setdefault(name, weight) == weight:
                    count[name] = count.get(name, 0) + 1
        return {name: weights[name] for name, found in count.items() if found == sizes[name]}

    def _farther(self, v: int, seen: tuple[set[int], set[int]]) -> list[int]:
        """The ends of a node's other wires; each hub is gone through once each way."""
        found = [u for u, _ in self.heavy.get(v, ())]
        found += [u for u, _ in self.placed.get(v, ())]
        hubs = self.hubs
        for ways, start, nodes, inner in (
            (seen[0], hubs.of, hubs.held, hubs.inner),
            (seen[1], hubs.around, hubs.users, hubs.outer),
        ):
            pending = [hub for hub, _ in start.get(v, ())]
            while pending:
                hub = pending.pop()
                if hub not in ways:
                    ways.add(hub)
                    found += [u for u, _ in nodes.get(hub, ())]
                    pending += [other for other, _ in inner.get(hub, ())]
        return found


class Joined:
    """Pairs of classes, by name, of which one reads the other alike; and the weights."""

    def __init__(self, names: Sequence[int], pairs: dict[tuple[int, int], int]) -> None:
        self.names, self.pairs = names, pairs

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def without(self, v: int, nodes: set[int]) -> set[int]:
        """Nodes that are not in a class joined with that of a node."""
        names, pairs, name = self.names, self.pairs, self.names[v]
        return {u for u in nodes if (name, names[u]) not in pairs and (names[u], name) not in pairs}
