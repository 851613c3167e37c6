"""The public functions on sameness: canonical graphs, fingerprints, and what differs.

>>> equivalent("dup relu swap relu add", "relu dup add")
True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from snaplang.api import Snappable, graph_of
from snaplang.canonical.difference import Difference, difference
from snaplang.canonical.fingerprint import checked, fingerprint_of
from snaplang.canonical.normal import normal
from snaplang.canonical.program.graph import canonical_graph
from snaplang.diagnostics import SnapError
from snaplang.dims import Dim, letter
from snaplang.graph import Graph, Input
from snaplang.graph.specialize import reshaped, substituted
from snaplang.lowering.choices import Choose
from snaplang.lowering.lower import Parameters
from snaplang.printing.header import input_texts


def canonicalize(
    x: Snappable,
    level: str = "algebra",
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> Graph:
    """The canonical graph: equal architectures have equal ones, up to the paths of weights.

    `level` is "structure" (only the graph counts) or "algebra" (and the laws of algebra). Raises
    `SnapError`, also for open choices.
    """
    graph = graph_of(x, inputs, block, choose, params)
    return canonical_graph(graph, normal(graph, checked(level)))


def fingerprint(
    x: Snappable,
    level: str = "algebra",
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> str:
    """`snap2:` (algebra) or `snap2s:` (structure) and 32 hex digits: the architecture's identity.

    With `c` open it is that of the family, bound that of the member. Raises `SnapError`, also for
    open choices.
    """
    return fingerprint_of(graph_of(x, inputs, block, choose, params), level)


def equivalent(
    a: Snappable,
    b: Snappable,
    level: str = "algebra",
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> bool:
    """Whether two are the same architecture. The keywords are for both.

    Where the inputs of one are bound and the other's are open, the open side is bound to them.
    Raises `SnapError` where a side is rejected.
    """
    left, right = pair(a, b, inputs, block, choose, params)
    return fingerprint_of(left, level) == fingerprint_of(right, level)


def explain_difference(
    a: Snappable,
    b: Snappable,
    level: str = "algebra",
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> Difference | None:
    """Where two architectures part first, on both sides; None where they are the same.

    `str()` of it is a text for people; it says which law would have been needed if one is near.
    """
    left, right = pair(a, b, inputs, block, choose, params)
    return difference(left, right, checked(level))


Side = Callable[["Graph | None"], Graph]  # lowers; given a graph, on the inputs of that


def pair(
    a: Snappable,
    b: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> tuple[Graph, Graph]:
    """Two graphs to compare, the open side bound to the other's inputs."""

    def side(x: Snappable) -> Side:
        def lowered(other: Graph | None) -> Graph:
            if isinstance(x, Graph):
                return x if other is None else bound_to(x, other)
            shapes = inputs if other is None or inputs else input_texts(other)
            return graph_of(x, shapes, block, choose, params)

        return lowered

    return matched(side(a), side(b))


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
