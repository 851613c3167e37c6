"""Who reads whom among tied values, and with which weight.

A wire joins a value and one that reads it. Its weight is the multiplicity in a sum (1 in a set), or
the powers that stand for the places in which an op in order, or a sequence, has it; those in a
sequence are taken modulo a prime. Which end reads needs no telling: tied values have
equal colours, so that a whole class stands above another or below it.

Sums are meant flat. Written flat they could be quadratic; so what several sums hold in common stays
a *hub* where it is large, and what goes through it is added up once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from snaplang.canonical.colours import BASE, PRIME, Colours, place
from snaplang.canonical.kinds import Form
from snaplang.canonical.normal import Normal

Pairs = list[tuple[int, int]]  # an end, and the weight
INLINE = 24  # ends that are written out rather than reached through a hub


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

    def components(self, nodes: Iterable[int]) -> list[list[int]]:
        """Nodes that wires among them join."""
        left = set(nodes)
        found = []
        plain = not (self.heavy or self.placed or self.hubs.held)
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
                if new:
                    left -= new
                    component += new
            found.append(component)
        return found

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


def users_heard(form: Normal, colours: Colours, tied: Iterable[int]) -> dict[int, int]:
    """What tied values hear of all that reads them, whose colours are the numbers."""
    kinds, args, times = form.terms.kinds, form.terms.args, form.terms.times
    found = dict.fromkeys(tied, 0)
    residues = dict[int, int]()
    flow: dict[int, int] = {}  # through nested sums, which pass it on
    for v in reversed(form.held):
        kind, inputs = kinds[v], args[v]
        mine = int.from_bytes(colours[v]) if v in colours else 0
        if kind.form is Form.PLAIN:
            for index, a in enumerate(inputs):
                if a in found:
                    found[a] += mine * place(index)
        elif kind.form is Form.SEQUENCE:
            mine = (mine + flow.get(v, 0)) % PRIME
            for a, weight in powers(form, v):
                if kinds[a] is kind:
                    flow[a] = flow.get(a, 0) + weight * mine
                else:
                    residues[a] = residues.get(a, 0) + weight * mine
        else:
            mine += flow.get(v, 0)
            for a, m in zip(inputs, times[v], strict=True):
                if kind.nests and kinds[a] is kind:
                    flow[a] = flow.get(a, 0) + m * mine
                elif a in found:
                    found[a] += m * mine
    for a in found.keys() & residues.keys():
        found[a] += residues[a] % PRIME
    return found


def powers(form: Normal, v: int) -> Pairs:
    """The items of a sequence, nested ones too, each with the power of its place."""
    kinds, factor, found = form.terms.kinds, 1, []
    for a in form.terms.args[v]:
        found.append((a, factor))
        size = form.terms.size(a) if kinds[a] is kinds[v] else 1
        factor = factor * (BASE if size == 1 else pow(BASE, size, PRIME)) % PRIME
    return found


def wires_among(form: Normal, number: Mapping[int, int]) -> Wires:
    """The wires among tied values; `number` says which node each is."""
    kinds, args, times = form.terms.kinds, form.terms.args, form.terms.times
    wires = Wires(len(number))
    for v, node in number.items():
        kind = kinds[v]
        if kind.form is Form.PLAIN:
            for index, a in enumerate(args[v]):
                if a in number:
                    wires.join(node, number[a], place(index))
        elif kind.form is Form.BAG:
            for a, m in zip(args[v], times[v], strict=True):
                if a in number:
                    wires.join(node, number[a], m)
    _Nests(form, number, wires).add()
    return wires


class _Nests:
    """Adds what sums and sequences hold, nested ones opened as far as that stays short."""

    def __init__(self, form: Normal, number: Mapping[int, int], wires: Wires) -> None:
        self.form, self.number, self.wires = form, number, wires
        self.terms, self.kinds = form.terms, form.terms.kinds
        self.content: dict[int, tuple[dict[int, int], dict[int, int]]] = {}  # nodes, hubs
        self.uses: dict[int, int] = {}  # of what is nested in sums that count
        for v in reversed(form.held):
            if self.kinds[v].nests and (v in number or v in self.uses):
                for a in self.terms.args[v]:
                    if self.kinds[a] is self.kinds[v]:
                        self.uses[a] = self.uses.get(a, 0) + 1

    def add(self) -> None:
        """Go through all, the inner ones first."""
        for v in self.form.held:
            if not self.kinds[v].nests or not (v in self.number or v in self.uses):
                continue
            nodes, hubs = self._opened(v)
            if v in self.number:
                ordered = self.kinds[v].form is Form.SEQUENCE
                node = self.number[v]
                for other, weight in nodes.items():
                    self.wires.join(node, other, weight, ordered)
                if hubs:
                    self.wires.hubs.of[node] = list(hubs.items())
                for hub, weight in hubs.items():
                    self.wires.hubs.users[hub].append((node, weight))
            if v in self.uses and (nodes or hubs):
                self.content[v] = nodes, hubs

    def _opened(self, v: int) -> tuple[dict[int, int], dict[int, int]]:
        """The nodes and hubs in a value, with weights."""
        ordered = self.kinds[v].form is Form.SEQUENCE
        pairs = powers(self.form, v) if ordered else self._counted(v)
        nodes: dict[int, int] = {}
        hubs: dict[int, int] = {}
        for a, weight in pairs:
            if self.kinds[a] is not self.kinds[v]:
                if a in self.number:
                    _add(nodes, self.number[a], weight, ordered)
            elif a in self.content:
                inner, outer = self.content[a]
                alone = self.uses[a] == 1 and a not in self.number
                if alone and weight == 1 and len(inner) > len(nodes):
                    del self.content[a]
                    (nodes, inner), (hubs, outer) = (inner, nodes), (outer, hubs)
                elif len(inner) + len(outer) > INLINE:
                    self._hub(a)
                    inner, outer = {}, {a: 1}
                for into, part in ((nodes, inner), (hubs, outer)):
                    for end, times in part.items():
                        _add(into, end, weight * times, ordered)
        return nodes, hubs

    def _counted(self, v: int) -> Pairs:
        return list(zip(self.terms.args[v], self.terms.times[v], strict=True))

    def _hub(self, a: int) -> None:
        """Make a hub of a value, once."""
        hubs = self.wires.hubs
        if a in hubs.held:
            return
        nodes, inner = self.content[a]
        hubs.held[a], hubs.inner[a] = list(nodes.items()), list(inner.items())
        for node, weight in nodes.items():
            hubs.around[node].append((a, weight))
        for hub, weight in inner.items():
            hubs.outer[hub].append((a, weight))
        if self.kinds[a].form is Form.SEQUENCE:
            hubs.ordered.add(a)


def _add(into: dict[int, int], end: int, weight: int, ordered: bool) -> None:
    total = into.get(end, 0) + weight
    into[end] = total % PRIME if ordered else total
