"""Small random programs: all shapes agree, so that any wiring is well typed."""

from __future__ import annotations

import random

from snaplang.api import lower
from snaplang.graph import Graph

# op -> how many tensors it takes; `like` is the one whose inputs must not change places
TAKES = {"conv3": 1, "relu": 1, "add": 2, "max": 2, "like": 2, "like(linear)": 2, "add3": 3}
MOVES = {"dup": 1, "swap": 2, "over": 2, "rot": 3, "pick2": 3, "roll3": 4, "drop": 2}


def small_program(rng: random.Random, length: int) -> str:
    """`length` symbols, then an end: one sum, or all that is left."""
    depth = rng.choice((1, 1, 1, 2, 2, 3))
    symbols = [f"in {depth}"] if depth > 1 else []
    for _ in range(length):
        words = [w for w, n in (TAKES | MOVES).items() if n <= depth]
        word = rng.choice(words)
        symbols.append(word)
        depth += {"drop": -1}.get(word, 0) + (word in ("dup", "over", "pick2"))
        depth -= TAKES.get(word, 1) - 1
    if depth > 1:
        symbols.append(f"add{depth}" if rng.random() < 0.7 else f"out {depth}")
    return " ".join(symbols)


def small_graphs(seed: int, count: int, nodes: int = 6) -> list[Graph]:
    """Graphs of 1 to `nodes` live nodes, about as many of each size."""
    rng = random.Random(seed)
    found: list[Graph] = []
    while len(found) < count:
        graph = lower(small_program(rng, rng.randint(2, 4 * nodes))).live()
        if len(graph.nodes) == 1 + len(found) % nodes:
            found.append(graph)
    return found
