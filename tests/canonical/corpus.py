"""Graphs to try sameness on: all small programs, and pairs on which colour refinement fails.

The pairs encode undirected graphs. Each vertex is a `conv1` of the input (or, layered, an op of
its neighbours), each edge an op that joins its ends, and the sum of all is the output: the two
architectures are the same exactly where the undirected graphs are isomorphic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import networkx as nx

import snaplang as snap
from snaplang.diagnostics import SnapError
from snaplang.graph import Graph
from snaplang.testing.generators.hard_graphs import Edges, cfi, cycles, rook, shrikhande, shuffled

EFFECT = {  # tensors taken and left; all other words take one and leave one
    **{"dup": (1, 2), "drop": (1, 0), "swap": (2, 2), "over": (2, 3), "rot": (3, 3)},
    **{"add": (2, 1), "mul": (2, 1), "max": (2, 1), "mean": (2, 1), "cat": (2, 1), "like": (2, 1)},
    **{f"{op}3": (3, 1) for op in ("add", "mul", "max", "mean", "cat")},
    **{"split": (1, 2), "split2": (1, 2), "split3": (1, 3)},
}
EDGE_OPS = ("add relu", "max", "mul", "mean", "add conv1")


def lowered(text: str) -> Graph:
    """The graph of a program."""
    return snap.lower(snap.parse(text))


def programs_up_to(length: int, vocabulary: Sequence[str]) -> Iterator[tuple[str, Graph]]:
    """All valid programs of one input up to this many words, each behind its beginning.

    Whatever is on the stack at the end is an output: `out 2` is added where two are left. A
    beginning that does not lower (its shapes do not fit) has no longer program that does.
    """
    yield from _continued([], 1, length, vocabulary)


def _continued(
    words: list[str], height: int, length: int, vocabulary: Sequence[str]
) -> Iterator[tuple[str, Graph]]:
    text = " ".join([*words, f"out {height}"] if height > 1 else words)
    try:
        graph = lowered(text)
    except SnapError:
        return
    yield text, graph
    for word in vocabulary if length > 0 else ():
        takes, leaves = EFFECT.get(word, (1, 1))
        after = height - takes + leaves
        if height >= takes and after > 0:
            yield from _continued([*words, word], after, length - 1, vocabulary)


def encoded(edges: Edges, edge_op: str) -> Graph:
    """An undirected graph as an architecture: convolutions joined in pairs, and summed."""
    count = 1 + max(max(edge) for edge in edges)
    makes = [f"dup conv1 -> v{v}" for v in range(count)]
    joins = [f"v{a} v{b} {edge_op}" for a, b in edges]
    return lowered(" ".join([*makes, "drop", *joins, f"add{len(joins)}"]))


def layered(edges: Edges, ops: tuple[str, str]) -> Graph:
    """An undirected graph in two layers: what each vertex makes of its neighbours, summed.

    A vertex of the second layer gathers the first-layer twins of its neighbours with the first op;
    the second op acts on what it gathered. This is the graph's bipartite double cover, so twins are
    kept together by a term of each pair.
    """
    count = 1 + max(max(edge) for edge in edges)
    near: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    makes = [f"dup conv1 -> v{v}" for v in range(count)]
    gathers = [
        " ".join([*(f"v{b}" for b in near[a]), f"{ops[0]}{len(near[a])} {ops[1]} -> w{a}"])
        for a in range(count)
    ]
    twins = [f"v{a} w{a} mul" for a in range(count)]
    return lowered(" ".join([*makes, "drop", *gathers, *twins, f"add{count}"]))


def _pairs() -> Iterator[tuple[str, Edges, Edges, bool]]:
    """Undirected pairs that colour refinement does not tell apart."""
    yield "rook and Shrikhande", rook(), shrikhande(), False
    for n in (3, 4, 7):
        yield f"a cycle of {2 * n} and two of {n}", cycles(2 * n), cycles(n, n), False
    bases = {
        "K4": nx.complete_graph(4),
        "K33": nx.complete_bipartite_graph(3, 3),
        "cube": nx.cubical_graph(),
    }
    for name, graph in bases.items():
        base = list(graph.edges)
        yield f"CFI of {name}, one twist", cfi(base, 0), cfi(base, 1), False
        yield f"CFI of {name}, two twists", cfi(base, 0), cfi(base, 2), True
    for degree, count in ((3, 10), (3, 20), (4, 12)):
        for seed in range(3):
            one, two = (nx.random_regular_graph(degree, count, seed=2 * seed + i) for i in (0, 1))
            verdict = nx.is_isomorphic(one, two)
            yield f"{degree}-regular, {count}, {seed}", list(one.edges), list(two.edges), verdict


def families() -> Iterator[tuple[str, Graph, Graph, bool]]:
    """Adversarial pairs: a name, two graphs, and whether they are the same architecture.

    Neither law nor level matters: the answer is the same at both.
    """
    for seed, (name, one, two, same) in enumerate(_pairs()):
        op = EDGE_OPS[seed % len(EDGE_OPS)]
        ops = (("add", "relu"), ("max", "conv1"), ("mean", "tanh"))[seed % 3]
        one_again, two = shuffled(one, seed), shuffled(two, seed + 1)
        yield f"{name} ({op})", encoded(one, op), encoded(two, op), same
        yield f"{name} ({op}), twin", encoded(one, op), encoded(one_again, op), True
        yield f"{name} (layers of {ops[0]})", layered(one, ops), layered(two, ops), same
        yield f"{name} (layers of {ops[0]}), twin", layered(one, ops), layered(one_again, ops), True
