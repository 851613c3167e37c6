"""Partitions of tied nodes into named classes, and their refinement in rounds.

In a round every node of a class of several hears the names that neighbours were given in the
round before, as a number: the tag of each name times the weight of the wire. Classes split
by what their members hear; the largest part (of equals the one that heard the least) keeps the
name, the others get new names, in the order of old names, then of what was heard. So a node is
named anew at most log2(n) times, and a round costs what has changed. Nothing here depends on how
nodes are numbered.

What was heard, by how many of each class, is the record of a round; records tell partitions of
different graphs apart before they are complete.

>>> path = Wires.of(5, [(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 4, 1)])
>>> partition = Partition(path, [0] * 5)
>>> cells, count = partition.cells(range(5)), 1
>>> partition.mark(0, cells, 1)
>>> records, count = partition.refine(cells, [0], 2, [])
>>> count, partition.names
(5, [1, 2, 3, 4, 0])
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b

from snaplang.canonical.normal.layout import net, number
from snaplang.canonical.order.wires import Wires

Cells = dict[int, set[int]]  # the members of each class by its name
Trail = list[tuple[int, int]]  # each new name, and the class that it was split from
Records = tuple[bytes, ...]
Judge = Callable[[int, bytes], bool]  # whether to go on after a round, given its record

_TAGS: list[int] = []
_TAG = blake2b(digest_size=32, person=b"snap2 tag")
_ROUND = blake2b(digest_size=32, person=b"snap2 round")


def tag(name: int) -> int:
    """The number that stands for a name."""
    while len(_TAGS) <= name:
        state = _TAG.copy()
        state.update(number(len(_TAGS)))
        _TAGS.append(int.from_bytes(state.digest()))
    return _TAGS[name]


class Partition:
    """The names of nodes. `loose` are those whose class has other members."""

    def __init__(self, wires: Wires, names: list[int]) -> None:
        self.wires, self.names = wires, names
        self.loose = bytearray(b"\1" * len(names))

    def cells(self, nodes: Iterable[int]) -> Cells:
        """The classes among some nodes."""
        found: Cells = {}
        for v in nodes:
            name = self.names[v]
            if name in found:
                found[name].add(v)
            else:
                found[name] = {v}
        return found

    def mark(self, node: int, cells: Cells, name: int) -> None:
        """Give one member of a class a new name."""
        rest = cells[self.names[node]]
        rest.discard(node)
        if len(rest) == 1:
            self.loose[next(iter(rest))] = 0
        self._rename([node], name, cells)

    def _rename(self, nodes: list[int], name: int, cells: Cells) -> None:
        cells[name] = set(nodes)
        for v in nodes:
            self.names[v] = name
        if len(nodes) == 1:
            self.loose[nodes[0]] = 0

    def refine(
        self,
        cells: Cells,
        renamed: list[int],
        count: int,
        trail: Trail,
        judge: Judge | None = None,
    ) -> tuple[Records | None, int]:
        """Rounds from some new names on, until no class splits; the records, and how many names
        there are then. None where the judge stopped it.
        """
        records: list[bytes] = []
        while renamed:
            told: dict[int, list[int]] = defaultdict(list)
            for v in renamed:
                told[tag(self.names[v])].append(v)
            heard = self.wires.heard(told, self.loose)
            if not heard:
                break
            said: list[bytes] = []
            renamed, count = self.split(cells, heard, count, trail, said)
            state = _ROUND.copy()
            state.update(b"".join(said))
            records.append(state.digest())
            if judge is not None and not judge(len(records) - 1, records[-1]):
                return None, count
        return tuple(records), count

    def split(
        self,
        cells: Cells,
        heard: Mapping[int, int],
        count: int,
        trail: Trail,
        said: list[bytes],
    ) -> tuple[list[int], int]:
        """Split classes by what their members heard; what was named anew, and how many names
        there are. `said` is given the record.
        """
        names = self.names
        groups: dict[int, dict[int, list[int]]] = {}
        for v, what in heard.items():
            parts = groups.setdefault(names[v], {})
            if what in parts:
                parts[what].append(v)
            else:
                parts[what] = [v]
        renamed: list[int] = []
        for name in sorted(groups):
            parts, cell = groups[name], cells[name]
            order = sorted(parts)
            pairs = [number(x) for what in order for x in (what, len(parts[what]))]
            said.append(net(number(name), number(len(order)), *pairs))
            rest = len(cell) - sum(map(len, parts.values()))
            if not rest and len(order) == 1:
                continue
            largest, keeps = rest, None
            for what in order:
                if len(parts[what]) > largest:
                    largest, keeps = len(parts[what]), what
            new = [parts[what] for what in order if what != keeps]
            if rest and keeps is not None:
                new.insert(0, list(cell.difference(*parts.values())))
            for part in new:
                cell.difference_update(part)
                self._rename(part, count, cells)
                trail.append((count, name))
                renamed += part
                count += 1
            if len(cell) == 1:
                self.loose[next(iter(cell))] = 0
        return renamed, count

    def undo(self, cells: Cells, trail: Trail) -> None:
        """Put classes together again, the latest split first."""
        for name, whole in reversed(trail):
            part, cell = cells.pop(name), cells[whole]
            if len(cell) == 1:
                self.loose[next(iter(cell))] = 1
            for v in part:
                self.names[v] = whole
                self.loose[v] = 1
            cell |= part
