"""The hash of NAS-Bench-101 (Ying et al., 2019), written anew from its description.

As many rounds as there are vertices of MD5 over each vertex's label and its neighbours' hashes,
from an adjacency matrix and labels. It is no exact test: it merges what colour refinement cannot
tell apart.

>>> nasbench([[0, 1], [0, 0]], ["in", "out"]) == nasbench([[0, 0], [1, 0]], ["out", "in"])
True
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from snaplang import Graph

Matrix = list[list[int]]


def matrix_of(graph: Graph) -> tuple[Matrix, list[str]]:
    """An adjacency matrix with labels: inputs, nodes and outputs."""
    made = {v: i for i, v in enumerate(range(len(graph.inputs)))}
    labels = ["input"] * len(graph.inputs)
    edges = []
    for node in graph.nodes:
        made |= dict.fromkeys(node.outputs, len(labels))
        edges += [(made[v], len(labels)) for v in node.inputs]
        labels.append(f"{node.op.id} {node.attrs}")
    edges += [(made[v], len(labels)) for v in graph.outputs]
    labels.append("output")
    matrix = [[0] * len(labels) for _ in labels]
    for a, b in edges:
        matrix[a][b] = 1
    return matrix, labels


def nasbench(matrix: Matrix, labels: Sequence[str]) -> str:
    """The iterated hash."""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    size = range(len(labels))
    degrees = [(sum(matrix[v]), sum(row[v] for row in matrix)) for v in size]
    hashes = [md5(str((*degrees[v], labels[v]))) for v in size]
    for _ in size:
        hashes = [
            md5(
                "".join(sorted(hashes[u] for u in size if matrix[u][v]))
                + "|"
                + "".join(sorted(hashes[u] for u in size if matrix[v][u]))
                + "|"
                + hashes[v]
            )
            for v in size
        ]
    return md5(str(sorted(hashes)))
