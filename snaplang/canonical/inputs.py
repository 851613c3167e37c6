"""The inputs of a canonical graph: as general as its nodes allow, letters in order of appearance.

Sizes that do not count are not to be seen: a family's inputs are untyped where that gives the same
graph, and sizes are `H` and `W` whatever they were, numbers too, where nodes take them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from snaplang.bind import reshaped
from snaplang.canonical.family import law_shapes, letters_of, spatial_names
from snaplang.dims import ONE, Dim, letter, substitute
from snaplang.graph import Graph, Input, Node
from snaplang.inputs import AXES
from snaplang.ops.resolve import asked_ranks
from snaplang.ops.spec import Fact, Shape

Inputs = tuple[tuple[Input, ...], tuple[Shape, ...]]


def general_inputs(graph: Graph, nodes: Sequence[Node]) -> Iterator[Inputs]:
    """Inputs that nodes may be put on, the most general first, those of `graph` last.

    Where there are zeros, whose shapes count, inputs keep what they have to do with each other.
    """
    known = letters_of(graph)
    shapes = tuple(s.substitute(known) for s in graph.input_shapes())
    names = [f"x{i + 1}" if len(shapes) > 1 else "x" for i in range(len(shapes))]
    typed = any(info.written is not None for info in graph.inputs)
    zeros = any(Fact.MAKES_ZERO in node.op.facts for node in nodes)
    if not graph.bound and not (typed and zeros):
        yield tuple(map(Input, names)), _untyped(shapes, nodes)
    if graph.bound and not zeros and len({s.rank for s in shapes}) == 1:
        yield _bound(names, tuple(_alike(s) for s in shapes))
    if graph.bound:
        yield _bound(names, tuple(_lettered(s) for s in law_shapes(graph, known)))
    infos = tuple(
        Input(name, info.bound, _written(info, known))
        for name, info in zip(names, graph.inputs, strict=True)
    )
    letters = _spatial(shapes)
    yield infos, tuple(s.substitute(letters) for s in shapes)


def _untyped(shapes: tuple[Shape, ...], nodes: Sequence[Node]) -> tuple[Shape, ...]:
    """Shapes as untyped inputs have them, closed where an op asks for a rank."""
    ranks = {rank for node in nodes for rank in asked_ranks(node.op, node.attrs)}
    spatial = tuple(map(letter, AXES[min(ranks)])) if ranks else (letter("S"),)
    return tuple(Shape(s.channels, spatial, not ranks) for s in shapes)


def _bound(names: Sequence[str], shapes: tuple[Shape, ...]) -> Inputs:
    infos = (Input(name, True, s.spatial) for name, s in zip(names, shapes, strict=True))
    return tuple(infos), shapes


def _alike(shape: Shape) -> Shape:
    """The same letters for every input; a size of 1, which stretches, stays."""
    axes = map(letter, AXES[len(shape.spatial)])
    pairs = zip(shape.spatial, axes, strict=True)
    return shape.with_spatial(size if size == ONE else axis for size, axis in pairs)


def _lettered(shape: Shape) -> Shape:
    """The letters of laws, which are numbered along each axis, by the axis's name."""
    spatial = []
    for size, axis in zip(shape.spatial, AXES[len(shape.spatial)], strict=True):
        names = {name: letter(axis + name[1:].lstrip("0")) for name in size.letters()}
        spatial.append(substitute(size, names))
    return shape.with_spatial(tuple(spatial))


def _written(info: Input, known: dict[str, Dim]) -> tuple[Dim, ...] | None:
    if info.written is None:
        return None
    return tuple(substitute(size, known) for size in info.written)


def _spatial(shapes: tuple[Shape, ...]) -> dict[str, Dim]:
    """New names for the letters of closed shapes that are not among the channels'."""
    wide = {name for s in shapes for name in s.channels.letters()}
    names = spatial_names()
    found: dict[str, Dim] = {}
    for shape in shapes:
        for size in () if shape.open else shape.spatial:
            for name in sorted(size.letters() - wide - found.keys()):
                found[name] = letter(next(names))
    return found


def placed(graph: Graph, inputs: tuple[Input, ...], shapes: tuple[Shape, ...]) -> Graph:
    """A graph on other inputs; raises `SnapError` where a node does not fit them."""
    general = replace(graph, inputs=inputs, width=shapes[0].channels, batch=letter("N"))
    return reshaped(general, shapes)


def loose_weights(graph: Graph) -> bool:
    """Whether a weight's shape depends on spatial sizes that are letters: behind a `flatten`."""
    wide = {name for s in graph.input_shapes() for name in s.channels.letters()}
    kinds = {(n.op, n.attrs, graph.shapes_of(n.inputs)) for n in graph.nodes}
    return any(
        not wide.issuperset(size.letters())
        for op, attrs, shapes in kinds
        for weight in op.weights(attrs, shapes)
        for size in weight.shape
    )
