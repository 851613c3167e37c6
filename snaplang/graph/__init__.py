"""The checked graph: what lowering makes and every backend reads.

    graph       Graph, Node, Input, Choice, Condition
    checks      shape rules that collect errors and conditions
    builder     instances put together one after the other
    conditions  what sizes must satisfy, and which conditions say something
    specialize  the same graph at other sizes, ranks and widths
    inference   the graph as it is in eval mode
    weights     parameters: their names, shapes and initial values

Lowering builds it, nothing changes it: what wants another graph makes one.
"""

from __future__ import annotations

from snaplang.graph.graph import (
    Choice,
    Condition,
    Graph,
    Input,
    Misfit,
    Node,
    Space,
    needed,
    rebuild,
    validate,
)

__all__ = [
    "Choice",
    "Condition",
    "Graph",
    "Input",
    "Misfit",
    "Node",
    "Space",
    "needed",
    "rebuild",
    "validate",
]
