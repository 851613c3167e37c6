"""A canonical form of labelled graphs by igraph, which calls BLISS (Junttila and Kaski, 2007).

>>> canonical([[0, 1], [0, 0]], ["in", "out"]) == canonical([[0, 0], [1, 0]], ["out", "in"])
True
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.nasbench import Matrix

Form = tuple[tuple[str, ...], tuple[tuple[int, int], ...]]


def canonical(matrix: Matrix, labels: Sequence[str]) -> Form:
    """Labels and edges in canonical order, from an adjacency matrix and labels."""
    from igraph import Graph

    edges = [(a, b) for a, row in enumerate(matrix) for b, one in enumerate(row) if one]
    numbers = {label: i for i, label in enumerate(sorted(set(labels)))}
    graph = Graph(n=len(labels), edges=edges, directed=True)
    places = graph.canonical_permutation(color=[numbers[label] for label in labels])
    ordered = sorted(range(len(labels)), key=places.__getitem__)
    moved = sorted((places[a], places[b]) for a, b in edges)
    return tuple(labels[i] for i in ordered), tuple(moved)
