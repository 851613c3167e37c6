"""A graph as it is in eval mode: without the instances that do nothing there.

Which ops those are (`dropout` and the like) the op table says.

>>> from snaplang.api import lower
>>> [node.op.name for node in inference(lower("conv3 dropout(0.5) relu")).nodes]
['conv', 'relu']
"""

from __future__ import annotations

from dataclasses import replace

from snaplang.graph.graph import Graph, Node, rebuild


def inference(graph: Graph) -> Graph:
    """The graph without what is the identity in eval mode; paths and spans stay."""
    same = {v: v for v in range(len(graph.shapes))}
    kept: list[Node] = []
    for node in graph.nodes:
        inputs = tuple(same[v] for v in node.inputs)
        if node.op.eval_identity:
            same[node.outputs[0]] = inputs[0]
        else:
            kept.append(replace(node, inputs=inputs))
    outputs = tuple(same[v] for v in graph.outputs)
    return rebuild(replace(graph, outputs=outputs), kept)
