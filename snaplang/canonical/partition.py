"""Ordered partitions of tied nodes, and their refinement.

A cell is named by its place: how many nodes stand before it. Cells split by how often their
members are read by, and read, the members of another cell; what splits, and into what, depends on
the graph and the order of the cells alone, never on how nodes are numbered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush

Near = Sequence[Sequence[tuple[int, int]]]  # for each node its neighbours, and how each is met
Trace = tuple[object, ...]


class Partition:
    """`at` is the place of each node's cell, `cells` the members by place, `open` the places of
    cells with several members.
    """

    def __init__(self, at: list[int], cells: dict[int, list[int]], open_: set[int]) -> None:
        self.at, self.cells, self.open = at, cells, open_
        self._smallest: list[tuple[int, int]] = [(len(cells[p]), p) for p in open_]
        heapify(self._smallest)

    @classmethod
    def of(cls, cells: Iterable[Sequence[int]]) -> Partition:
        """The partition with these cells."""
        ordered = [list(members) for members in cells]
        at = [0] * sum(map(len, ordered))
        named: dict[int, list[int]] = {}
        place = 0
        for members in ordered:
            named[place] = members
            for v in members:
                at[v] = place
            place += len(members)
        return cls(at, named, {p for p, m in named.items() if len(m) > 1})

    def copy(self) -> Partition:
        """A partition to change."""
        return Partition(self.at.copy(), self.cells.copy(), self.open.copy())

    def smallest(self) -> list[int]:
        """The members of the first of the smallest cells that have several."""
        heap = self._smallest
        while heap[0][1] not in self.open or len(self.cells[heap[0][1]]) != heap[0][0]:
            heappop(heap)
        return self.cells[heap[0][1]]

    def mark(self, node: int, near: Near) -> Trace:
        """Set a node before the others of its cell; the splits that follow."""
        place = self.at[node]
        rest = [v for v in self.cells[place] if v != node]
        self._put(place, [[node], rest])
        return self.refine([place], near)

    def _put(self, place: int, parts: Iterable[list[int]]) -> list[int]:
        """Parts in the place of a cell, in order; their places."""
        self.open.discard(place)
        places = []
        for part in parts:
            self.cells[place] = part
            for v in part:
                self.at[v] = place
            if len(part) > 1:
                self.open.add(place)
                heappush(self._smallest, (len(part), place))
            places.append(place)
            place += len(part)
        return places

    def refine(self, work: Iterable[int], near: Near) -> Trace:
        """Split cells until all members of each meet every other alike; the splits made."""
        trace: list[object] = []
        queue = sorted(work)
        waiting = set(queue)
        while queue and self.open:
            splitter = heappop(queue)
            waiting.discard(splitter)
            seen: dict[int, list[int]] = defaultdict(list)
            for u in self.cells[splitter]:
                for v, how in near[u]:
                    seen[v].append(how)
            for place in sorted({self.at[v] for v in seen} & self.open):
                for part in self._split(place, seen, trace, place in waiting):
                    if part not in waiting:
                        waiting.add(part)
                        heappush(queue, part)
        return tuple(trace)

    def _split(
        self, place: int, seen: Mapping[int, list[int]], trace: list[object], waiting: bool
    ) -> list[int]:
        """Split a cell by what its members meet; the places to look from next: all but the
        largest, which says nothing new unless the whole cell was still to be looked from.
        """
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for v in self.cells[place]:
            groups[tuple(sorted(seen[v])) if v in seen else ()].append(v)
        if len(groups) == 1:
            return []
        order = sorted(groups)
        trace.append((place, *((key, len(groups[key])) for key in order)))
        places = self._put(place, [groups[key] for key in order])
        largest = max(range(len(order)), key=lambda i: len(groups[order[i]]))
        return places if waiting else places[:largest] + places[largest + 1 :]
