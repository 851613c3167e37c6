"""How long a graph takes to become a fingerprint, beside what others compute for the same graphs.

The peers, each from its own natural input, prepared before timing:

- nasbench: the hash of NAS-Bench-101 (Ying et al., 2019): as many rounds as there are vertices of
  MD5 over each vertex's label and its neighbours' hashes, from an adjacency matrix and labels. It
  is no exact test: it merges what colour refinement cannot tell apart.
- networkx: `weisfeiler_lehman_graph_hash` with as many rounds as it takes by default (3), on a
  DiGraph with labels. Not exact either.
- pynauty: exact. The graph is built and its certificate computed; building is part of the work,
  as its graph is of no other use. Shared weights, ports and sums cost it vertices of their own.

Also measured: how time grows from 1,250 to 20,000 nodes, and symmetric graphs. Prints JSON; exits
1 where a ratio (the peer's median over ours) is below its aim.

    python benchmarks/fingerprint.py [--graphs 300] [--runs 7]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import networkx as nx

sys.path.insert(0, str(Path(__file__).parent.parent))

import snaplang as snap
from snaplang.graph import Graph
from tests.canonical.oracle import certificate
from tests.canonical.test_worst_case import branches, butterfly

AIMS = {"nasbench": 3.0, "networkx": 1.0}
OPS = ["conv3", "conv1", "maxpool3"]
BLOCK = "dup conv3 bn relu conv3 bn add relu"
Matrix = list[list[int]]


def cell(rng: random.Random) -> str:
    """A cell as NAS-Bench-101 has them: up to 7 vertices and 9 edges, joined inputs added."""
    count = rng.randint(4, 7)
    names = ["x"]
    lines = []
    for vertex in range(1, count):
        sources = rng.sample(names, min(len(names), rng.randint(1, 2)))
        total = f" add{len(sources)}" if len(sources) > 1 else ""
        op = f" {rng.choice(OPS)}" if vertex < count - 1 else ""
        lines.append(" ".join(sources) + total + op + f" -> v{vertex}")
        names.append(f"v{vertex}")
    return "in x; " + " ".join(lines) + f" v{count - 1}"


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
    """The iterated hash of NAS-Bench-101, written anew from its description."""

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


def digraph(graph: Graph) -> nx.DiGraph:
    """The same as a labelled graph of networkx."""
    matrix, labels = matrix_of(graph)
    found = nx.DiGraph()
    found.add_nodes_from((i, {"label": label}) for i, label in enumerate(labels))
    found.add_edges_from((a, b) for a, row in enumerate(matrix) for b, one in enumerate(row) if one)
    return found


def median(run: Callable[[Any], object], inputs: Sequence[Any], runs: int) -> float:
    """Microseconds for one input: the median over rounds through all."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        for item in inputs:
            run(item)
        times.append((time.perf_counter() - start) / len(inputs) * 1e6)
    return statistics.median(times)


def compared(graphs: Sequence[Graph], runs: int) -> dict[str, float]:
    """Microseconds per graph of each; ours at both levels."""
    matrices = [matrix_of(g) for g in graphs]
    networks = [digraph(g) for g in graphs]

    def wl(network: nx.DiGraph) -> object:
        return nx.weisfeiler_lehman_graph_hash(network, node_attr="label")

    return {
        "nodes": statistics.mean(len(g.nodes) for g in graphs),
        "snaplang": median(snap.fingerprint, graphs, runs),
        "snaplang_structure": median(lambda g: snap.fingerprint(g, "structure"), graphs, runs),
        "nasbench": median(lambda pair: nasbench(*pair), matrices, runs),
        "networkx": median(wl, networks, runs),
        "pynauty": median(lambda g: certificate(g, "algebra"), graphs, max(1, runs // 3)),
    }


def symmetric() -> dict[str, float]:
    """Seconds for graphs that naive individualisation takes for ever on; the aim is one."""
    programs: dict[str, str | Graph] = {
        "256 equal branches": branches(256, "conv3 bn relu"),
        "12 levels of dup and add": "{ dup add }*12",
        "12 levels of dup, two convolutions and add": "{ dup conv1 swap conv1 add }*12",
        "20x20 butterfly of means": butterfly(20, "mean"),
        "20x20 butterfly of means and convolutions": butterfly(20, "mean conv1"),
    }
    found = {}
    for name, program in programs.items():
        graph = snap.lower(program) if isinstance(program, str) else program
        start = time.perf_counter()
        snap.canonicalize(graph)
        found[name] = round(time.perf_counter() - start, 4)
    return found


def growth() -> dict[str, float]:
    """Seconds for residual networks of so many nodes."""
    found = {}
    for blocks in (179, 714, 2857):
        graph = snap.lower(f"{{ {BLOCK} }}*{blocks}")
        start = time.perf_counter()
        snap.fingerprint(graph)
        found[str(len(graph.nodes))] = round(time.perf_counter() - start, 4)
    return found


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--graphs", type=int, default=300)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(0)
    cells = [snap.lower(cell(rng)) for _ in range(options.graphs)]
    blocks = [snap.lower(p) for p in sorted(Path("examples").glob("res*.snap"))]
    report = {"cells": compared(cells, options.runs), "blocks": compared(blocks, options.runs)}
    ratios = {
        name: {peer: round(times[peer] / times["snaplang"], 2) for peer in (*AIMS, "pynauty")}
        for name, times in report.items()
    }
    figures = {"microseconds": report, "ratios": ratios}
    print(json.dumps({**figures, "growth_s": growth(), "symmetric_s": symmetric()}, indent=2))
    sys.exit(any(ratios["cells"][peer] < aim for peer, aim in AIMS.items()))


if __name__ == "__main__":
    main()
