"""A portrait of a graph that neither the order of nodes nor that of commuting inputs changes.

Each value's portrait is its op, its attributes and the portraits that it is made from; a graph's
is that of its outputs, and how often each stands for a node: one set of weights or two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from hashlib import blake2b

from snaplang.graph import Graph
from snaplang.ops.spec import Fact


def portrait(graph: Graph) -> Hashable:
    """Equal for graphs that are the same but for the order of nodes and of commuting inputs."""
    known = {i: f"input {i}" for i in range(len(graph.inputs))}
    found: Counter[str] = Counter()
    for node in graph.nodes:
        taken = [known[v] for v in node.inputs]
        if Fact.COMMUTATIVE in node.op.all_facts(node.attrs):
            taken.sort()
        text = f"{node.op.id} {node.attrs} {taken}"
        own = blake2b(text.encode(), digest_size=16).hexdigest()
        found[own] += 1
        known |= {value: f"{own}.{port}" for port, value in enumerate(node.outputs)}
    outputs = tuple(known[v] for v in graph.outputs)
    return graph.input_shapes(), outputs, frozenset(found.items())
