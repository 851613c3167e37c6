"""The inputs of a canonical graph: as general as its nodes allow, letters in order of appearance.

Sizes that do not count are not to be seen: a family's inputs are untyped where that gives the same
graph, and typed letters are `c`, `H`, `W` whatever they were called. Sizes that are numbers stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from snaplang.bind import reshaped
from snaplang.canonical.family import letters_of, spatial_names
from snaplang.dims import Dim, letter, substitute
from snaplang.graph import Graph, Input, Node
from snaplang.inputs import AXES
from snaplang.ops.resolve import kernel_ranks
from snaplang.ops.spec import Fact, Shape

Inputs = tuple[tuple[Input, ...], tuple[Shape, ...]]


def general_inputs(graph: Graph, nodes: Sequence[Node]) -> Iterator[Inputs]:
    """Inputs that nodes may be put on, the most general first, those of `graph` last.

    Where there are zeros, whose shapes count, typed inputs stay typed.
    """
    known = letters_of(graph)
    shapes = tuple(s.substitute(known) for s in graph.input_shapes())
    names = [f"x{i + 1}" if len(shapes) > 1 else "x" for i in range(len(shapes))]
    typed = any(info.written is not None for info in graph.inputs)
    zeros = any(Fact.MAKES_ZERO in node.op.facts for node in nodes)
    if not graph.bound and not (typed and zeros):
        infos = tuple(Input(name) for name in names)
        ranks = {rank for node in nodes for rank in kernel_ranks(node.attrs)}
        spatial = tuple(map(letter, AXES[min(ranks)])) if ranks else (letter("S"),)
        yield infos, tuple(Shape(s.channels, spatial, not ranks) for s in shapes)
    letters = _spatial(shapes)
    infos = tuple(
        Input(name, info.bound, _written(info, known))
        for name, info in zip(names, graph.inputs, strict=True)
    )
    yield infos, tuple(s.substitute(letters) for s in shapes)


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
    return reshaped(replace(graph, inputs=inputs, width=shapes[0].channels), shapes)
