"""The order of what refinement cannot tell apart: search, component by component.

In a component, a member of the first of the smallest classes is marked and the partition refined;
what is still tied falls into components again. The outcome of a member is the records of the
rounds, then the certificates of the components, sorted; the least outcome of all members counts,
and makes the certificate: components have equal ones if and only if they are isomorphic. A
component whose nodes all have different names needs no search. Members in one orbit have equal
outcomes, so that one of them is enough: orbits come from exchanges of two members with what hangs
on each alone, and from outcomes that turn out equal (McKay, 1981). A component that has the
outcome of one that was searched before is that one again, and its search ends (as nauty goes back
to the common ancestor, and Traces compares whole rounds before it goes on).

Nothing is recursive, so that no depth is too deep.

>>> from snaplang.canonical.order.wires import Wires
>>> square = Wires.of(4, [(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 0, 1)])
>>> search = Search(Partition(square, [0] * 4))
>>> [len(found.order) for found in search.components(range(4), 1)]
[4]
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise

from snaplang.canonical.normal.layout import net, number
from snaplang.canonical.order.exchange import Mapped, Orbits, exchanges
from snaplang.canonical.order.partition import Cells, Partition, Records, Trail

Certificates = tuple[bytes, ...]
Outcome = tuple[Records, Certificates]
_CERTIFICATE = blake2b(digest_size=32, person=b"snap2 tie")


@dataclass(frozen=True)
class Found:
    """A component's certificate, and its nodes in canonical order."""

    certificate: bytes
    order: list[int]


@dataclass
class _Known:
    """What was found behind some records: certificates of components whose least outcome they
    begin, by the rest of the outcome; and the same for the components below.
    """

    best: dict[Certificates, bytes] = field(default_factory=dict)
    below: Memory = field(default_factory=dict)


Memory = dict[tuple[tuple[int, int], ...], dict[Records, _Known]]  # by names and sizes of classes


@dataclass(frozen=True)
class _Task:
    """A component to search: names given so far, marked nodes, what is known of its like."""

    nodes: list[int]
    count: int
    marked: frozenset[int]
    memory: Memory


Judge = Callable[[int, bytes], bool]
Steps = Generator[_Task, Found, Found]


class Search:
    """Looks for the least outcome of components of a refined partition."""

    def __init__(self, partition: Partition) -> None:
        self.partition, self.wires = partition, partition.wires
        self.generators: list[Mapped] = []  # of the component that is being searched

    def components(self, nodes: Iterable[int], count: int) -> list[Found]:
        """The components of some nodes in the order of their certificates; `count` names are in
        use.
        """
        loose, names = self.partition.loose, self.partition.names
        every = list(nodes)
        memory: Memory = {}
        found = []
        for v in every:
            loose[v] = 0
        for component in self.wires.components(every, self.wires.joined(every, names)):
            one = self._discrete(component)
            if one is None:
                self.generators = []
                one = self._run(component, count, memory)
                for v in component:
                    loose[v] = 0
            found.append(one)
        found.sort(key=lambda one: one.certificate)
        return found

    def _run(self, nodes: list[int], count: int, memory: Memory) -> Found:
        """Search a component, and whatever it needs searched first."""
        running = [self._search(_Task(nodes, count, frozenset(), memory))]
        result: Found | None = None
        while running:
            try:
                task = running[-1].send(result) if result else next(running[-1])
            except StopIteration as end:
                running.pop()
                result = end.value
            else:
                running.append(self._search(task))
                result = None
        assert result is not None
        return result

    def _discrete(self, nodes: list[int]) -> Found | None:
        """What is found where all names differ."""
        names = self.partition.names
        if len(nodes) == 1:
            return Found(net(number(names[nodes[0]])), nodes)
        order = sorted(nodes, key=names.__getitem__)
        if any(names[a] == names[b] for a, b in pairwise(order)):
            return None
        return Found(net(*[number(names[v]) for v in order]), order)

    # -- one component -----------------------------------------------------------------------

    def _search(self, task: _Task) -> Steps:
        partition = self.partition
        cells = partition.cells(task.nodes)
        for v in task.nodes:
            partition.loose[v] = len(cells[partition.names[v]]) > 1
        shape = tuple(sorted((name, len(cell)) for name, cell in cells.items()))
        known = task.memory.setdefault(shape, {})
        _, target = min((size, name) for name, size in shape if size > 1)
        orbits = Orbits(sorted(cells[target]), task.marked)
        orbits.learn(self.generators)
        self.generators += exchanges(partition, orbits)
        if any(one.best for one in known.values()):
            found = yield from self._again(task, cells, orbits, known)
            if found is not None:
                return found
        best: Outcome | None = None
        orders: dict[Outcome, list[int]] = {}
        for node in orbits.representatives(self.generators):
            trail: Trail = []
            records, count = self._marked(task, cells, node, trail, _no_more_than(best))
            if records is not None:
                one = known.setdefault(records, _Known())
                certificates, order = yield from self._below(task, node, count, one.below)
                outcome = records, certificates
                if outcome in orders:
                    self._learn(orders[outcome], order)
                else:
                    orders[outcome] = order
                best = outcome if best is None else min(best, outcome)
            partition.undo(cells, trail)
        assert best is not None
        certificate = _certificate(shape, best)
        known[best[0]].best[best[1]] = certificate
        return Found(certificate, orders[best])

    def _again(
        self,
        task: _Task,
        cells: Cells,
        orbits: Orbits,
        known: dict[Records, _Known],
    ) -> Generator[_Task, Found, Found | None]:
        """What was found for a component like this before, if this one has an outcome of it."""
        hoped = [records for records, one in known.items() if one.best]
        for node in orbits.representatives(self.generators):
            trail: Trail = []
            records, count = self._marked(task, cells, node, trail, _one_of(hoped))
            certificate = None
            if records is not None and records in known:
                one = known[records]
                certificates, order = yield from self._below(task, node, count, one.below)
                certificate = one.best.get(certificates)
            self.partition.undo(cells, trail)
            if certificate is not None:
                return Found(certificate, order)
        return None

    def _marked(
        self, task: _Task, cells: Cells, node: int, trail: Trail, judge: Judge
    ) -> tuple[Records | None, int]:
        """Mark a node and refine."""
        partition, count = self.partition, task.count
        trail.append((count, partition.names[node]))
        partition.mark(node, cells, count)
        records, count = partition.refine(cells, [node], count + 1, trail, judge)
        if records is not None and not judge(len(records), b""):
            records = None
        return records, count

    def _below(
        self, task: _Task, node: int, count: int, memory: Memory
    ) -> Generator[_Task, Found, tuple[Certificates, list[int]]]:
        """The certificates of the components that are left, and all nodes in order."""
        loose, names = self.partition.loose, self.partition.names
        order = sorted([v for v in task.nodes if not loose[v]], key=names.__getitem__)
        marked = task.marked | {node}
        opened = [v for v in task.nodes if loose[v]]
        joined = self.wires.joined(opened, names)
        results = []
        for v in opened:
            loose[v] = 0
        for component in self.wires.components(opened, joined):
            found = self._discrete(component)
            if found is None:
                found = yield _Task(component, count, marked, memory)
                for v in component:
                    loose[v] = 0
            results.append(found)
        for v in opened:
            loose[v] = 1
        results.sort(key=lambda one: one.certificate)
        for one in results:
            order += one.order
        pairs = [number(x) for (a, b), w in sorted(joined.pairs.items()) for x in (a, b, w)]
        return (net(*pairs), *[one.certificate for one in results]), order

    def _learn(self, order: list[int], other: list[int]) -> None:
        """Keep the automorphism that equal outcomes show."""
        moved = {v: w for v, w in zip(order, other, strict=True) if v != w}
        self.generators.append(moved)


def _certificate(shape: tuple[tuple[int, int], ...], outcome: Outcome) -> bytes:
    """A hash of a component's classes and its least outcome."""
    records, certificates = outcome
    state = _CERTIFICATE.copy()
    classes = net(*[number(x) for pair in shape for x in pair])
    state.update(net(classes, b"".join(records), *certificates))
    return state.digest()


def _no_more_than(best: Outcome | None) -> Judge:
    """Goes on as long as records may be the least ones."""
    if best is None:
        return lambda index, record: True
    least, below = best[0], False

    def judge(index: int, record: bytes) -> bool:
        nonlocal below
        if below:
            return True
        if index == len(least):
            return not record
        below = record < least[index]
        return below or record == least[index]

    return judge


def _one_of(hoped: list[Records]) -> Judge:
    """Goes on as long as records may be some of these."""
    left = hoped

    def judge(index: int, record: bytes) -> bool:
        nonlocal left
        left = [r for r in left if (r[index] == record if index < len(r) else not record)]
        return bool(left)

    return judge
