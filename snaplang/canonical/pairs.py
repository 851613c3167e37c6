"""Two graphs to compare: an open one is bound to the inputs of the other.

Some programs are well-typed for some widths only, so a side is a function that lowers it, on the
inputs of the other where there are any.

>>> from snaplang.api import lower
>>> sides = lambda other: lower("conv3"), lambda other: lower("relu", inputs=["N,8,H,W"])
>>> [graph.width for graph in matched(*sides)]
[Dim(c), Dim(8)]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from snaplang.diagnostics import SnapError
from snaplang.dims import Dim, letter
from snaplang.graph import Graph, Input
from snaplang.graph.specialize import reshaped, substituted

Side = Callable[["Graph | None"], Graph]  # lowers; given a graph, on the inputs of that


def matched(one: Side, two: Side) -> tuple[Graph, Graph]:
    """Both sides lowered, an open one on the inputs of a bound one.

    Some programs are well-typed for some widths only: an open side may be rejected at first. Raises
    `SnapError` with what is wrong with both.
    """
    left, right = _tried(one), _tried(two)
    if isinstance(left, Graph) and left.bound and not (isinstance(right, Graph) and right.bound):
        right = _tried(two, left)
    elif isinstance(right, Graph) and right.bound and not (isinstance(left, Graph) and left.bound):
        left = _tried(one, right)
    if isinstance(left, Graph) and isinstance(right, Graph):
        return left, right
    found = [d for x in (left, right) if isinstance(x, SnapError) for d in x.diagnostics]
    raise SnapError(found)


def _tried(side: Side, other: Graph | None = None) -> Graph | SnapError:
    try:
        return side(other)
    except SnapError as error:
        return error


def bound_to(graph: Graph, other: Graph) -> Graph:
    """A graph with open inputs on the inputs of another; the graph itself where they do not fit.

    Raises `SnapError` where an op rejects the shapes.
    """
    known: dict[str, Dim] = {}
    for mine, its in zip(graph.input_shapes(), other.input_shapes(), strict=False):
        for name in mine.channels.letters():
            if mine.channels == letter(name):
                known.setdefault(name, its.channels)
    if len(graph.inputs) != len(other.inputs):
        return graph
    fixed = substituted(graph, known)
    shapes = fixed.input_shapes()
    if any(a.channels != b.channels for a, b in zip(shapes, other.input_shapes(), strict=True)):
        return fixed
    inputs = tuple(
        Input(info.name, its.bound, info.written)
        for info, its in zip(fixed.inputs, other.inputs, strict=True)
    )
    return replace(reshaped(fixed, other.input_shapes()), inputs=inputs)
