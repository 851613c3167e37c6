"""What a graph's inputs are to its fingerprint, whatever their letters and sizes are called.

Channels count, and with all of them bound the rank; batch and spatial sizes never do. Letters take
the names of their places. Laws about zeros see spatial sizes as letters, so that they say the same
of every member of a family: untyped inputs share theirs, typed ones have those they are written
with, a number standing for a letter of its own (but 1, which stretches, is 1). Each axis numbers
its letters from 0, so that shapes look the same at every rank.

>>> from snaplang.api import graph_of
>>> graph = graph_of("in x(K, H, W) y(2*K, H, W); x y cat")
>>> {name: str(size) for name, size in letters_of(graph).items()}
{'K': 'c', 'H': 'H', 'W': 'W'}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count

from snaplang.canonical.kinds import Kind, named
from snaplang.dims import ONE, Dim, letter, substitute
from snaplang.graph import Graph
from snaplang.ops.spec import Attrs, Shape


def input_kinds(graph: Graph, letters: Mapping[str, Dim]) -> tuple[Kind, ...]:
    """What the inputs are to colours: their places, channels, and where all is bound the rank."""
    shapes = graph.input_shapes()
    channels = tuple([substitute(s.channels, letters) if letters else s.channels for s in shapes])
    return _input_kinds(channels, tuple([s.rank for s in shapes]) if graph.bound else ())


@lru_cache(maxsize=10_000)
def _input_kinds(channels: tuple[Dim, ...], ranks: tuple[int | None, ...]) -> tuple[Kind, ...]:
    behind = [f" {rank}" for rank in ranks] or [""] * len(channels)
    return tuple(named(f"input {i} {c}{behind[i]}") for i, c in enumerate(channels))


def law_shapes(graph: Graph, letters: Mapping[str, Dim]) -> tuple[Shape, ...]:
    """The shapes of the inputs as laws see them."""
    axes: list[dict[Dim | str, Dim]] = []
    shapes = []
    for sizes, shape in zip(_sizes(graph), graph.input_shapes(), strict=True):
        axes += [{} for _ in sizes[len(axes) :]]
        spatial = tuple(map(_placed, sizes, axes))
        shapes.append(Shape(substitute(shape.channels, letters), spatial, shape.open))
    return tuple(shapes)


def renamed(attrs: Attrs, letters: Mapping[str, Dim]) -> Attrs:
    """Attributes in the names that letters take."""
    if not letters or not any(isinstance(v, Dim) and v.letters() for v in attrs.values()):
        return attrs
    return Attrs({n: substitute(v, letters) if isinstance(v, Dim) else v for n, v in attrs.items_})


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


def letters_of(graph: Graph) -> dict[str, Dim]:
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
