"""Graphs to fingerprints, beside what others compute for the same graphs.

Peers start from their own natural input, made before timing: NAS-Bench-101's hash from matrix and
labels, networkx's Weisfeiler-Lehman hash from a DiGraph (both are no exact tests). For pynauty,
which is exact, building the graph is part of the work, as its graph is of no other use; shared
weights, ports and sums cost it vertices of their own. igraph is exact for the plain graph of
instances alone, built from the same matrix as NAS-Bench-101's hash: it knows no laws and no ports.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import snaplang as snap
from benchmarks import programs
from benchmarks.harness import HOW_FAST, Found, Turn, at_least, at_most, benchmark, exponent, turns
from snaplang import Graph

EXAMPLES = Path(__file__).parents[2] / "examples"
CELLS = "graph to fingerprint, 300 cells of 4 to 7 vertices"
BLOCKS = "graph to fingerprint, the residual blocks of the examples, 7 to 11 ops"
GROWTH = "`canonicalize`, growth from 1,000 to 100,000 nodes as an exponent"
SIZES = (1000, 3162, 10000, 31623, 99900)


def graphs(case: str) -> list[Graph]:
    """Cells at random, or the residual blocks among the examples."""
    if case == "blocks":
        return [snap.lower(path) for path in sorted(EXAMPLES.glob("res*.snap"))]
    rng = random.Random(0)
    return [snap.lower(programs.cell(rng)) for _ in range(300)]


def beside(case: str, theirs: Callable[[], object], made: list[Graph]) -> Iterator[Found]:
    """Our fingerprints of all graphs, beside a peer's."""
    yield from turns(lambda: [snap.fingerprint(graph) for graph in made], theirs, 11)


@benchmark(BLOCKS, "NAS-Bench-101's iterated MD5", HOW_FAST, case="blocks")
@benchmark(CELLS, "NAS-Bench-101's iterated MD5, from its matrix", at_least(3), case="cells")
def nasbench(case: str) -> Iterator[Found]:
    from benchmarks.peers import nasbench as peer

    made = graphs(case)
    matrices = [peer.matrix_of(graph) for graph in made]
    yield from beside(case, lambda: [peer.nasbench(*pair) for pair in matrices], made)


@benchmark(BLOCKS, "networkx's Weisfeiler-Lehman hash", HOW_FAST, case="blocks")
@benchmark(CELLS, "networkx's Weisfeiler-Lehman hash, 3 rounds", at_least(1), case="cells")
def networkx(case: str) -> Iterator[Found]:
    import networkx as nx

    from benchmarks.peers.nasbench import matrix_of

    made, networks = graphs(case), []
    for graph in made:
        matrix, labels = matrix_of(graph)
        network = nx.DiGraph()
        network.add_nodes_from((i, {"label": label}) for i, label in enumerate(labels))
        for a, to in enumerate(matrix):
            network.add_edges_from((a, b) for b, one in enumerate(to) if one)
        networks.append(network)

    def hashed() -> object:
        return [nx.weisfeiler_lehman_graph_hash(n, node_attr="label") for n in networks]

    yield from beside(case, hashed, made)


@benchmark(BLOCKS, "pynauty's certificate", HOW_FAST, case="blocks")
@benchmark(CELLS, "pynauty's certificate, building its graph", HOW_FAST, case="cells")
def pynauty(case: str) -> Iterator[Found]:
    from snaplang.testing.oracle import certificate

    made = graphs(case)
    yield from beside(case, lambda: [certificate(graph, "algebra") for graph in made], made)


@benchmark(BLOCKS, "igraph's canonical form (BLISS)", HOW_FAST, case="blocks")
@benchmark(CELLS, "igraph's canonical form (BLISS), building its graph", HOW_FAST, case="cells")
def igraph(case: str) -> Iterator[Found]:
    from benchmarks.peers.bliss import canonical
    from benchmarks.peers.nasbench import matrix_of

    made = graphs(case)
    matrices = [matrix_of(graph) for graph in made]
    yield from beside(case, lambda: [canonical(*pair) for pair in matrices], made)


@benchmark(f"{GROWTH}: chains of residual blocks", aim=at_most(1.15), case="residual")
@benchmark(f"{GROWTH}: DenseNets", aim=at_most(1.15), case="dense")
@benchmark(f"{GROWTH}: random graphs", aim=at_most(1.15), case="tangle")
def growth(case: str) -> Iterator[Found]:
    made = [snap.lower(getattr(programs, case)(size)) for size in SIZES]
    nodes = [len(graph.nodes) for graph in made]
    seconds: dict[str, list[float]] = {}
    for _ in range(3):
        took = [_seconds(snap.canonicalize, graph) for graph in made]
        seconds["canonicalize"] = took
        yield exponent(nodes, took)
    seconds["fingerprint"] = [_seconds(snap.fingerprint, graph) for graph in made]
    yield {"nodes": nodes, "seconds": seconds}
    yield {"exponent_of_fingerprint": exponent(nodes, seconds["fingerprint"])}


def _seconds(work: Callable[[Graph], object], graph: Graph) -> float:
    start = time.perf_counter()
    work(graph)
    return time.perf_counter() - start


TIED = {  # each with the nodes that pynauty takes a few seconds for at most
    **dict.fromkeys(("zigzag", "grid", "torus", "cfi", "branches"), 2000),
    **dict.fromkeys(("shrikhande", "strongly regular", "hypercube", "complete"), 1000),
    **dict.fromkeys(("six-cycles", "petersen", "cycle", "bipartite"), 700),
    **dict.fromkeys(("regular", "regulars"), 400),
}


def ties(case: str) -> Iterator[Found]:
    """Graphs full of ties; both sides start from the lowered graph."""
    from snaplang.testing.generators import tied
    from snaplang.testing.oracle import certificate

    graph = snap.lower(tied.large(case, TIED[case]))
    yield {"nodes": len(graph.nodes)}
    for _ in range(3):
        yield Turn(_seconds(snap.fingerprint, graph), _seconds(_algebra(certificate), graph))


def _algebra(certificate: Callable[[Graph, str], object]) -> Callable[[Graph], object]:
    return lambda graph: certificate(graph, "algebra")


def ties_growth(case: str) -> Iterator[Found]:
    """How much longer larger members of a family of graphs take."""
    from snaplang.testing.generators import tied

    made = [snap.lower(tied.large(case, nodes)) for nodes in (500, 1000, 2000, 4000, 8000)]
    for _ in range(3):
        took = [_seconds(snap.canonicalize, graph) for graph in made]
        yield exponent([len(graph.nodes) for graph in made], took)


for _case, _nodes in TIED.items():
    _what = f"graph to fingerprint, graphs full of ties, {_nodes:,} nodes: {_case}"
    benchmark(_what, "pynauty's certificate, building its graph", at_most(3), case=_case)(ties)
    if _case != "hypercube":
        _what = f"`canonicalize`, growth from 500 to 8,000 nodes as an exponent: {_case}"
        benchmark(_what, aim=at_most(1.1), case=_case)(ties_growth)


SYMMETRIC = {
    "branches": "256 equal branches",
    "dup": "12 levels of `dup`, two convolutions and `add`",
    "means": "a 20x20 butterfly of means",
    "convolutions": "a 20x20 butterfly of means and convolutions",
}


def symmetric(case: str) -> Iterator[Found]:
    """Seconds for graphs that naive individualisation takes for ever on."""
    from snaplang.testing.generators.tied import branches, butterfly

    graph = {
        "branches": snap.lower(branches(256, "conv3 bn relu")),
        "dup": snap.lower("{ dup conv1 swap conv1 add }*12"),
        "means": butterfly(20, "mean"),
        "convolutions": butterfly(20, "mean conv1"),
    }[case]
    for _ in range(5):
        yield _seconds(snap.canonicalize, graph)


for _case, _what in SYMMETRIC.items():
    benchmark(f"seconds to canonicalize {_what}", aim=at_most(1), case=_case)(symmetric)
