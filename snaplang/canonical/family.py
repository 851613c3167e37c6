"""What a graph's inputs are to its fingerprint, whatever their letters and sizes are called.

Channels count, and with all of them bound the rank; batch and spatial sizes never do. Letters take
the names of their places. Laws about zeros see spatial sizes as letters, so that they say the same
of every member of a family: untyped inputs share theirs, typed ones have those they are written
with, a number standing for a letter of its own (but 1, which stretches, is 1). Each axis numbers
its letters from 0, so that shapes look the same at every rank.

>>> from snaplang.api import graph_of
>>> family(graph_of("in x(K, H, W) y(2*K, H, W); x y cat"), True).inputs
('input 0 c', 'input 1 2*c')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from snaplang.dims import ONE, Dim, letter, substitute
from snaplang.graph import Graph
from snaplang.ops.spec import Attrs, Shape


@dataclass(frozen=True)
class Family:
    """The texts that stand for the inputs, their shapes for laws (None where no law asks)."""

    inputs: tuple[str, ...]
    shapes: tuple[Shape | None, ...]
    letters: dict[str, Dim]

    def attrs(self, attrs: Attrs) -> Attrs:
        """Attributes in the names that letters take."""
        if not self.letters or not any(isinstance(v, Dim) and v.letters() for v in attrs.values()):
            return attrs
        known = self.letters
        return Attrs(
            {n: substitute(v, known) if isinstance(v, Dim) else v for n, v in attrs.items_}
        )


def family(graph: Graph, sized: bool) -> Family:
    """What counts of a graph's inputs; `sized` if shapes are wanted."""
    letters = _letters(graph)
    channels = [substitute(s.channels, letters) for s in graph.input_shapes()]
    rank = f" {graph.rank}" if graph.bound else ""
    texts = tuple(f"input {i} {c}{rank}" for i, c in enumerate(channels))
    if not sized:
        return Family(texts, (None,) * len(texts), letters)
    axes: list[dict[Dim | str, Dim]] = []
    shapes: list[Shape | None] = []
    for wide, sizes, shape in zip(channels, _sizes(graph), graph.input_shapes(), strict=True):
        axes += [{} for _ in sizes[len(axes) :]]
        spatial = tuple(map(_placed, sizes, axes))
        shapes.append(Shape(wide, spatial, shape.open))
    return Family(texts, tuple(shapes), letters)


def _sizes(graph: Graph) -> list[tuple[Dim, ...]]:
    """The spatial sizes of the inputs as the program has them; untyped ones are the same.

    Unless they were given sizes that differ: then these count, as if they were written.
    """
    pairs = list(zip(graph.inputs, graph.input_shapes(), strict=True))
    alike = len({shape.spatial for info, shape in pairs if info.written is None}) < 2
    shared = [letter(f"S{i}") for i in range(3)]
    return [
        info.written
        if info.written is not None
        else tuple(shared[: len(shape.spatial)] if alike else shape.spatial)
        for info, shape in pairs
    ]


def _placed(size: Dim, known: dict[Dim | str, Dim]) -> Dim:
    """A size in letters that are numbered along one axis; `known` has those so far."""
    if size == ONE:
        return ONE
    names: list[Dim | str] = [size] if size.number is not None else [*sorted(size.letters())]
    for name in names:
        known.setdefault(name, letter(f"L{len(known)}"))
    if size.number is not None:
        return known[size]
    return substitute(size, {name: known[name] for name in size.letters()})


def _letters(graph: Graph) -> dict[str, Dim]:
    """New names for letters by the places where they appear: in channels, then in sizes."""
    shapes = graph.input_shapes()
    typed = any(info.written for info in graph.inputs)
    if not typed and all(s.channels == _C or s.channels.number for s in shapes):
        return {}
    sizes = [size for info in graph.inputs for size in info.written or ()]
    sizes += [size for shape in shapes for size in shape.spatial]
    known: dict[str, Dim] = {}
    wide = (f"c{n or ''}" for n in count())
    for names, row in ((wide, [s.channels for s in shapes]), (spatial_names(), sizes)):
        for size in row:
            for name in sorted(size.letters() - known.keys()):
                known[name] = letter(next(names))
    return known


def spatial_names() -> Iterator[str]:
    """Letters for spatial sizes, in the order in which they appear: H, W, D, H2, …"""
    return (f"{name}{n if n > 1 else ''}" for n in count(1) for name in "HWD")


_C = letter("c")
