"""Graphs with many ties: small, symmetric, sums and sequences within each other; as programs.

>>> branches(2, "relu")
'dup relu roll1 relu roll1 add2'
"""

from __future__ import annotations

import random

from snaplang.api import lower
from snaplang.graph import Graph
from snaplang.testing.generators import hard_graphs as hard

JOINS = ("add", "mul", "max", "mean", "cat")


def branches(count: int, body: str) -> str:
    """Equal branches, summed."""
    parts = " ".join([f"{body} roll{count - 1}"] * count)
    return f"{'dup ' * (count - 1)}{parts} add{count}"


def butterfly(size: int, op: str) -> Graph:
    """As many layers as wires; each layer joins every wire with one at a distance."""
    lines = [f"x conv1 -> a0_{i}" for i in range(size)]
    for layer in range(size):
        for i in range(size):
            other = (i + (1 << layer % 5)) % size
            lines.append(f"a{layer}_{i} a{layer}_{other} {op} -> a{layer + 1}_{i}")
    last = " ".join(f"a{size}_{i}" for i in range(size))
    return lower(f"in x; {' '.join(lines)} {last} add{size}")


def of_edges(edges: hard.Edges, join: str, body: str = "relu") -> str:
    """A convolution for each vertex, a pair of them joined for each edge, all of that added."""
    count = 1 + max(max(edge) for edge in edges)
    lines = [f"x conv3 -> a{i}" for i in range(count)]
    lines += [f"a{i} a{j} {join} {body} -> b{k}" for k, (i, j) in enumerate(edges)]
    every = " ".join(f"b{k}" for k in range(len(edges)))
    return f"in x; {' '.join(lines)} {every} {'' if len(edges) == 1 else f'add{len(edges)}'}"


def of_neighbours(edges: hard.Edges, join: str, body: str = "relu") -> str:
    """A convolution for each vertex, and for each the join of its neighbours."""
    near: dict[int, list[int]] = {}
    for a, b in edges:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    lines = [f"x conv3 -> a{i}" for i in near]
    for i, found in near.items():
        one = f" {join}{len(found)}" if len(found) > 1 else ""
        lines.append(" ".join(f"a{j}" for j in found) + f"{one} {body} -> b{i}")
    return f"in x; {' '.join(lines)} {' '.join(f'b{i}' for i in near)} add{len(near)}"


def zigzag(count: int) -> str:
    """Products of neighbours in a row, summed: each step of refinement waits for the one before."""
    lines = [f"x conv3 -> a{i}" for i in range(count)]
    lines += [f"a{i} a{i + 1} mul -> b{i}" for i in range(count - 1)]
    every = " ".join(f"b{i}" for i in range(count - 1))
    return f"in x; {' '.join(lines)} {every} add{count - 1}"


def large(name: str, nodes: int, seed: int = 1) -> str:
    """A graph of a family that is hard for some canonicalizer, of about so many nodes; with
    another seed it is written another way.
    """
    side, each = int((nodes / 3) ** 0.5), int((nodes / 2) ** 0.5)
    third = nodes // 3
    if name == "zigzag":
        return zigzag(nodes // 2)
    if name == "branches":
        return "-> x " + "x conv3 bn relu " * third + f"add{third}"
    if name in ("grid", "torus"):
        edges = hard.shuffled(hard.grid(side, side, name == "torus"), seed)
        return of_neighbours(edges, "add")
    mixed = hard.beside(*(hard.copies(g, nodes // 224) for g in (hard.shrikhande(), hard.rook())))
    found = {
        "six-cycles": (hard.copies(hard.cycles(6), nodes // 18), "add"),
        "petersen": (hard.copies(hard.petersen(), nodes // 40), "max"),
        "shrikhande": (hard.copies(hard.shrikhande(), nodes // 112), "mul"),
        "strongly regular": (mixed, "add"),
        "cfi": (hard.copies(hard.cfi(hard.complete(4), 0), nodes // 224), "add"),
        "cycle": (hard.cycles(third), "add"),
        "bipartite": (hard.bipartite(each, each), "add"),
        "complete": (hard.complete(int(nodes**0.5)), "max"),
        "hypercube": (hard.hypercube(6 if nodes < 1000 else 8), "add"),
        "regular": (hard.regular(nodes // 8 * 2, 3, 1), "add"),
        "regulars": (hard.copies(hard.regular(10, 4, 1), nodes // 50), "add"),
    }
    edges, join = found[name]
    return of_edges(hard.shuffled(edges, seed), join)


FAMILIES = (
    *("zigzag", "grid", "torus", "six-cycles", "petersen", "shrikhande", "strongly regular"),
    *("cfi", "cycle", "bipartite", "complete", "hypercube", "regular", "regulars", "branches"),
)


def some_edges(rng: random.Random) -> hard.Edges:
    """A few edges, mostly of a regular graph, often in several equal components."""
    n = rng.randint(3, 6)
    if rng.random() < 0.6:
        steps = rng.sample(range(1, n), rng.randint(1, 2))
        edges = [(v, (v + s) % n) for v in range(n) for s in steps]
    else:
        every = [(a, b) for a in range(n) for b in range(a)]
        edges = rng.sample(every, rng.randint(2, len(every)))
    if rng.random() < 0.3:  # a hub, which has no like in its own component
        edges += [(v, n) for v in {end for edge in edges for end in edge}]
        n += 1
    edges = list({(min(e), max(e)) for e in edges})
    copies = rng.choice([1, 1, 2, 3])
    edges = [(a + i * n, b + i * n) for i in range(copies) for a, b in edges]
    if rng.random() < 0.3:
        edges.pop()
    return edges or [(0, 1)]


def towers(rng: random.Random, most: int = 4) -> str:
    """Equal towers of nested sums or sequences beside each other, some with an end of their own."""
    join = rng.choice(("add", "max", "cat", "mul"))
    steps = rng.randint(2, most)
    body = rng.choice(("conv3", "conv3 relu", "dup conv1 swap conv1 add"))
    lines = []
    count = rng.randint(2, 3)
    cross = rng.random() < 0.4
    for i in range(count):
        lines.append(f"x conv1 -> t{i}_0")
    for k in range(steps):
        for i in range(count):
            other = (i + 1) % count if cross else i
            pair = f"t{i}_{k} t{other}_{k} {body}"
            lines.append(f"{pair if rng.random() < 0.9 else pair + ' relu'} {join} -> t{i}_{k + 1}")
    ends = " ".join(f"t{i}_{steps} conv1" for i in range(count))
    return f"in x; {' '.join(lines)} {ends} {rng.choice(('add', 'max', 'mean'))}{count}"


def layers(rng: random.Random, most: int = 4) -> str:
    """Layers of sums, each of all or some of the layer below."""
    width, count = rng.randint(2, 3), rng.randint(1, most)
    lines = [f"x conv1 -> l0_{i}" for i in range(width)]
    for k in range(count):
        less = rng.random() < 0.3
        for i in range(width):
            inputs = [f"l{k}_{j}" for j in range(width) if not (less and j == i)]
            join = f" add{len(inputs)}" if len(inputs) > 1 else ""
            lines.append(f"{' '.join(inputs)}{join} conv1 -> l{k + 1}_{i}")
    return f"in x; {' '.join(lines)} {' '.join(f'l{count}_{i}' for i in range(width))} add{width}"


def some(rng: random.Random) -> str:
    """One of these."""
    if rng.random() < 0.4:
        return rng.choice((towers, layers))(rng)
    body = rng.choice(("relu", "conv1", "conv3 bn", "gelu"))
    write = rng.choice((of_edges, of_neighbours))
    join = rng.choice(JOINS)
    return write(some_edges(rng), join, "conv1" if join == "cat" else body)
