"""What a graph's inputs are to its fingerprint, whatever their letters and sizes are called.

Channels count, and with all of them bound the rank; batch and spatial sizes never do. Letters take
the names of their places. Laws about zeros see spatial sizes as letters, so that they say the same
of every member of a family: untyped inputs share theirs, typed ones have those they are written
with, a number standing for a letter of its own (but 1, which stretches, is 1).

>>> from snaplang.api import graph_of
>>> family(graph_of("in x(K, H, W) y(2*K, H, W); x y cat"), True).inputs
('input 0 c', 'input 1 2*c')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from snaplang.dims import ONE, Dim, letter, substitute
from snaplang.graph import Graph, Input
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
    numbers: dict[Dim, Dim] = {ONE: ONE}
    fresh = (letter(f"L{i}") for i in count())
    shapes: list[Shape | None] = []
    pairs = list(zip(graph.inputs, graph.input_shapes(), strict=True))
    alike = len({shape.spatial for info, shape in pairs if info.written is None}) < 2
    for wide, (info, shape) in zip(channels, pairs, strict=True):
        sizes = _sizes(info, shape, alike, letters)
        for size in sizes:
            if size.number is not None and size not in numbers:
                numbers[size] = next(fresh)
        spatial = tuple(numbers.get(size, size) for size in sizes)
        shapes.append(Shape(wide, spatial, shape.open))
    return Family(texts, tuple(shapes), letters)


def _sizes(info: Input, shape: Shape, alike: bool, letters: dict[str, Dim]) -> tuple[Dim, ...]:
    """The spatial sizes as the program has them; untyped inputs given apart are as given."""
    if info.written is None and alike:
        return tuple(letter(f"S{i}") for i in range(len(shape.spatial)))
    sizes = shape.spatial if info.written is None else info.written
    return tuple(substitute(size, letters) for size in sizes)


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
