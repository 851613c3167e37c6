"""What is known of an architecture without training: ops, the paths through them, size, cost.

All is read off the canonical graph, so encodings of one architecture agree. A way leads from an
input to an output. That some ways pass few convolutions and others many is much of what tells good
blocks from bad ones; counts alone do not say it.

>>> facts = facts_of(snap.lower("dup conv3 relu add"))
>>> {name: value for name, value in facts.items() if name.endswith("conv3")}
{'op conv3': 1, 'share conv3': 0.5, 'most conv3': 1, 'least conv3': 0}
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import snaplang as snap


def facts_of(graph: snap.Graph) -> dict[str, float]:
    """The facts by name.

    Of each op (sums and joins of any number alike) `op conv3`, how many instances there are;
    `share conv3`, how many of them the ways pass on average; `most conv3` and `least conv3`, on
    the ways that pass most and fewest. Of all together `instances`, `depth` and `shortest`, and
    `paths`, the number of ways, as log(1 + n); where sizes are bound `params` and `macs`, as
    log(1 + n).
    """
    graph = snap.canonicalize(graph).live()
    stats = snap.stats(graph)
    rows = zip(stats.per_op, graph.nodes, strict=True)
    many = snap.Fact.ASSOCIATIVE
    labels = [node.op.name if many in node.op.facts else row.op for row, node in rows]
    found: dict[str, float] = {f"op {op}": n for op, n in Counter(labels).items()}
    ways = _Ways(graph)
    for label, share in zip(labels, ways.shares(), strict=True):
        found[f"share {label}"] = found.get(f"share {label}", 0.0) + share
    for op in dict.fromkeys(labels):
        counted = [label == op for label in labels]
        found[f"most {op}"], found[f"least {op}"] = ways.counts(counted)
    found["instances"] = len(labels)
    found["depth"], found["shortest"] = ways.counts([True] * len(labels))
    found["paths"] = math.log1p(ways.total)
    for name, value in (("params", stats.params), ("macs", stats.macs)):
        if isinstance(value, int):
            found[name] = math.log1p(value)
    return found


class _Ways:
    """The ways of a graph, counted without being listed."""

    def __init__(self, graph: snap.Graph) -> None:
        self.graph = graph
        self.to = [1] * len(graph.inputs)  # each value, from the inputs
        for node in graph.nodes:
            self.to += [sum(self.to[v] for v in node.inputs)] * len(node.outputs)
        self.total = sum(self.to[v] for v in graph.outputs)

    def shares(self) -> Iterator[float]:
        """Of each instance, the share of the ways that pass it."""
        on = [0] * len(self.to)  # from each value, to the outputs
        for v in self.graph.outputs:
            on[v] += 1
        for node in reversed(self.graph.nodes):
            for v in node.inputs:
                on[v] += sum(on[w] for w in node.outputs)
        for node in self.graph.nodes:
            ways = sum(self.to[v] * on[v] for v in node.outputs)
            yield ways / max(self.total, 1)

    def counts(self, counted: list[bool]) -> tuple[int, int]:
        """How many instances that count are on the way with most, and on that with fewest."""
        most, least = [0] * len(self.graph.inputs), [0] * len(self.graph.inputs)
        for node, one in zip(self.graph.nodes, counted, strict=True):
            most += [max(self._of(node, most)) + one] * len(node.outputs)
            least += [min(self._of(node, least)) + one] * len(node.outputs)
        ends = self.graph.outputs
        return max(most[v] for v in ends), min(least[v] for v in ends)

    def _of(self, node: snap.Node, values: list[int]) -> list[int]:
        return [values[v] for v in node.inputs] or [0]
