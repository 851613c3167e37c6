"""Undirected graphs that are hard to tell apart, as lists of edges between numbers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

Edges = list[tuple[int, int]]


def shuffled(edges: Edges, seed: int) -> Edges:
    """The same graph, with other numbers, order and directions."""
    rng = random.Random(seed)
    count = 1 + max(max(edge) for edge in edges)
    number = rng.sample(range(count), count)
    renamed = [(number[a], number[b]) for a, b in edges]
    turned = [(b, a) if rng.random() < 0.5 else (a, b) for a, b in renamed]
    return rng.sample(turned, len(turned))


def rook() -> Edges:
    """The 4x4 rook's graph: cells of a board, joined along rows and columns."""
    cells = [(r, c) for r in range(4) for c in range(4)]
    return _numbered([(p, q) for p, q in combinations(cells, 2) if p[0] == q[0] or p[1] == q[1]])


def shrikhande() -> Edges:
    """The other strongly regular graph (16, 6, 2, 2), on a torus."""
    steps = {(0, 1), (1, 0), (1, 1), (0, 3), (3, 0), (3, 3)}
    cells = [(r, c) for r in range(4) for c in range(4)]
    near = [(p, q) for p, q in combinations(cells, 2) if _step(p, q) in steps]
    return _numbered(near)


def _step(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
    return ((q[0] - p[0]) % 4, (q[1] - p[1]) % 4)


def petersen() -> Edges:
    """Petersen's graph: ten vertices of degree 3."""
    outer = [(i, (i + 1) % 5) for i in range(5)]
    return outer + [(i + 5, (i + 2) % 5 + 5) for i in range(5)] + [(i, i + 5) for i in range(5)]


def grid(rows: int, columns: int, torus: bool = False) -> Edges:
    """A grid; on a torus the ends of rows and columns meet."""
    edges: Edges = []
    for r in range(rows):
        for c in range(columns):
            if torus or c + 1 < columns:
                edges.append((r * columns + c, r * columns + (c + 1) % columns))
            if torus or r + 1 < rows:
                edges.append((r * columns + c, (r + 1) % rows * columns + c))
    return edges


def bipartite(left: int, right: int) -> Edges:
    """All pairs of a left and a right vertex."""
    return [(i, left + j) for i in range(left) for j in range(right)]


def complete(count: int) -> Edges:
    """All pairs."""
    return [(i, j) for i in range(count) for j in range(i)]


def hypercube(dimension: int) -> Edges:
    """Words of bits, joined where they differ in one."""
    bits = [1 << b for b in range(dimension)]
    return [(i, i ^ bit) for i in range(1 << dimension) for bit in bits if not i & bit]


def regular(count: int, degree: int, seed: int) -> Edges:
    """A random graph whose vertices all have one degree: ends are paired, and what is no simple
    graph is exchanged with other pairs.
    """
    rng = random.Random(seed)
    ends = [v for v in range(count) for _ in range(degree)]
    rng.shuffle(ends)
    edges = [(min(p), max(p)) for p in zip(ends[::2], ends[1::2], strict=True)]
    while True:
        times = Counter(edges)
        wrong = [i for i, (a, b) in enumerate(edges) if a == b or times[a, b] > 1]
        if not wrong:
            return edges
        for i in wrong:
            j = rng.randrange(count * degree // 2)
            (a, b), (c, d) = edges[i], edges[j]
            edges[i], edges[j] = (min(a, d), max(a, d)), (min(b, c), max(b, c))


def copies(edges: Edges, count: int) -> Edges:
    """A graph so many times, side by side."""
    size = 1 + max(max(edge) for edge in edges)
    return [(a + i * size, b + i * size) for i in range(count) for a, b in edges]


def beside(one: Edges, other: Edges) -> Edges:
    """Two graphs, side by side."""
    size = 1 + max(max(edge) for edge in one)
    return one + [(a + size, b + size) for a, b in other]


def cycles(*lengths: int) -> Edges:
    """Cycles beside each other."""
    edges: Edges = []
    for n in lengths:
        start = len(edges)
        edges += [(start + i, start + (i + 1) % n) for i in range(n)]
    return edges


def cfi(base: Edges, twists: int) -> Edges:
    """Cai, Fürer and Immerman: equal numbers of twists modulo 2 give isomorphic graphs, others not.

    A vertex (v, S) for each even set S of the edges at v; along an edge e two of them are joined
    where they agree about e, or, on the first `twists` edges, where they disagree.
    """
    at: dict[int, list[int]] = {v: [] for edge in base for v in edge}
    for e, (a, b) in enumerate(base):
        at[a].append(e)
        at[b].append(e)
    sets = {
        v: [s for k in range(0, len(es) + 1, 2) for s in combinations(es, k)]
        for v, es in at.items()
    }
    joined = [
        ((a, s), (b, t))
        for e, (a, b) in enumerate(base)
        for s in sets[a]
        for t in sets[b]
        if ((e in s) == (e in t)) != (e < twists)
    ]
    return _numbered(joined)


def _numbered(pairs: Sequence[tuple[object, object]]) -> Edges:
    names = dict.fromkeys(end for pair in pairs for end in pair)
    number = {name: i for i, name in enumerate(names)}
    return [(number[a], number[b]) for a, b in pairs]
