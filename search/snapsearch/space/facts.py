"""What is known of a graph without training: live instances, depth, paths, parameters, MACs."""

from __future__ import annotations

import math
from collections import Counter

import snaplang as snap


def facts_of(graph: snap.Graph) -> dict[str, float]:
    """Counts of live instances by op (`op conv3`), their number, `depth` (instances on the longest
    way), `paths` (ways from the inputs to the outputs, as log(1 + n)), and where sizes are bound
    `params` and `macs`, as log(1 + n)."""
    live = graph.live()
    stats = snap.stats(live)
    found: dict[str, float] = {f"op {k}": n for k, n in Counter(r.op for r in stats.per_op).items()}
    found["instances"] = len(live.nodes)
    found["depth"] = stats.depth
    found["paths"] = math.log1p(_paths(live))
    for name, value in (("params", stats.params), ("macs", stats.macs)):
        if isinstance(value, int):
            found[name] = math.log1p(value)
    return found


def _paths(graph: snap.Graph) -> int:
    """How many ways lead from an input to an output."""
    ways = [1] * len(graph.inputs)
    for node in graph.nodes:
        ways += [sum(ways[v] for v in node.inputs)] * len(node.outputs)
    return sum(ways[v] for v in graph.outputs)
