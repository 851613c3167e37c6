"""What a graph's inputs are to its fingerprint, whatever their letters and sizes are called.

Channels count, and with all of them bound the ranks (where ranks differ, always); batch and spatial
sizes never do. Laws about shapes see spatial sizes as letters, so that they say the same of every
member of a family: a letter that the program writes is that letter wherever it stands; a number is
a letter of its own, all equal ones the same; untyped inputs share theirs, one for each axis. Only
a 1 that is written, which stretches, is itself.

A letter is called by where it stands first: `x0.1` is the second axis of the first input. So what a
colour says of a shape, or of a width, is true by itself, whatever else the inputs have in common.

>>> from snaplang.api import lower
>>> graph = lower("in x(8, H, W) y(16, W, H); x y flatten swap flatten drop")
>>> {name: str(size) for name, size in letters_of(graph).items()}
{'H': 'x0.0', 'W': 'x0.1'}
>>> sizes = Sizes(graph, letters_of(graph))
>>> [sizes.said(shape) for shape in sizes.shapes]
['8 [x0.0, x0.1]', '16 [x1.0, x1.1]']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count

from snaplang.canonical.normal.kind import Kind, named
from snaplang.dims import ONE, Dim, dim, letter, substitute
from snaplang.graph import Graph
from snaplang.graph.checks import Checked
from snaplang.ops.spec import Attrs, OpSpec, Shape

_C = letter("c")
_PLACES = "x{}.{}"


def input_kinds(graph: Graph, letters: Mapping[str, Dim]) -> tuple[Kind, ...]:
    """What the inputs are to colours: their places, channels, and where they count the ranks."""
    shapes = graph.input_shapes()
    channels = tuple([substitute(s.channels, letters) if letters else s.channels for s in shapes])
    ranks = tuple([s.rank for s in shapes])
    return _input_kinds(channels, ranks if graph.bound or len(set(ranks)) > 1 else ())


@lru_cache(maxsize=10_000)
def _input_kinds(channels: tuple[Dim, ...], ranks: tuple[int | None, ...]) -> tuple[Kind, ...]:
    behind = [f" {rank}" for rank in ranks] or [""] * len(channels)
    return tuple(named(f"input {i} {c}{behind[i]}") for i, c in enumerate(channels))


def letters_of(graph: Graph) -> dict[str, Dim]:
    """New names for the letters of channels, `c`, `c1` …, and of sizes that the program writes."""
    shapes = graph.input_shapes()
    typed = any(info.written for info in graph.inputs)
    if not typed and all(s.channels == _C or s.channels.number for s in shapes):
        return {}
    known: dict[str, Dim] = {}
    wide = (f"c{n or ''}" for n in count())
    written = _bare_first(graph)
    rows = [*(shape.channels for shape in shapes), *(size for size, _ in written)]
    for shape in shapes:
        for name in _in_order(shape.channels.letters() - known.keys(), rows):
            known[name] = letter(next(wide))
    for size, place in written:
        names = _in_order(size.letters() - known.keys(), rows)
        known |= _hidden(size, place, names)
    for i, (info, shape) in enumerate(zip(graph.inputs, shapes, strict=True)):
        for axis, size in enumerate(shape.spatial if info.written else ()):  # as it was given
            names = _in_order(size.letters() - known.keys(), rows)
            known |= _hidden(size, _PLACES.format(i, axis), names)
    return known


def _in_order(names: Iterable[str], sizes: Sequence[Dim]) -> list[str]:
    """Letters by what they are within all sizes. Those that are alike in all stand as they are
    called: exchanged, they might be the same, but never are two letters one.
    """
    return sorted(names, key=lambda name: ([_role(size, name) for size in sizes], name))


def _role(size: Dim, name: str) -> str:
    """What a letter is within a size, whatever it and the others are called."""
    others = dict.fromkeys(size.letters(), letter("_"))
    return str(substitute(size, {**others, name: letter("?")}))


def _hidden(size: Dim, place: str, names: Sequence[str]) -> dict[str, Dim]:
    """Names for letters that a size has first: its place, and their parts in it."""
    if [size] == [letter(name) for name in names]:
        return {names[0]: letter(place)}
    parts = [f"{place}({_role(size, name)})" for name in names]
    return {
        name: letter(part + "'" * parts[:i].count(part))
        for i, (name, part) in enumerate(zip(names, parts, strict=True))
    }


def _bare_first(graph: Graph) -> list[tuple[Dim, str]]:
    """Written sizes and their places, single letters before sizes in which letters are hidden."""
    sizes = [
        (size, _PLACES.format(i, axis))
        for i, info in enumerate(graph.inputs)
        for axis, size in enumerate(info.written or ())
    ]
    return sorted(sizes, key=lambda found: found[0] not in map(letter, found[0].letters()))


def renamed(attrs: Attrs, letters: Mapping[str, Dim]) -> Attrs:
    """Attributes in the names that letters take."""
    if not letters or not any(isinstance(v, Dim) and v.letters() for v in attrs.values()):
        return attrs
    return Attrs({n: substitute(v, letters) if isinstance(v, Dim) else v for n, v in attrs.items_})


class Sizes:
    """The shapes of a graph's inputs as laws see them, and what colours say of shapes.

    Sizes that the types of inputs make equal are one letter to the laws. A colour says each by a
    place on the axis where it is used, if there is one: so that `in x(8, H, H)` and `in x(8, H, W)`
    differ in nothing that the program does not ask for.
    """

    def __init__(self, graph: Graph, letters: Mapping[str, Dim]) -> None:
        self._known: dict[Dim, Dim] = {}  # sizes as written, to sizes in letters
        self._places: dict[str, dict[int, str]] = {}  # of letters: per axis, the first there
        self._letters = letters
        self._numbers: dict[str, Dim] = {}  # of letters, what they are where that is bound
        rows = _sizes(graph)
        shapes = graph.input_shapes()
        spatial = [[self._met(size, i, j) for j, size in enumerate(r)] for i, r in enumerate(rows)]
        self.shapes = tuple(
            Shape(substitute(shape.channels, letters), tuple(sizes), shape.open)
            for shape, sizes in zip(shapes, spatial, strict=True)
        )
        for sizes, shape in zip(spatial, shapes, strict=True):
            for size, bound in zip(sizes, () if shape.open else shape.spatial, strict=False):
                if bound.number is not None and size in map(letter, size.letters()):
                    self._numbers |= dict.fromkeys(size.letters(), bound)
        ranks = {shape.rank for shape in shapes}
        self._common = ranks.pop() if len(ranks) == 1 and not graph.bound else None

    def _met(self, size: Dim, index: int, axis: int) -> Dim:
        """A size in letters; the first place on each axis of a letter alone is noted."""
        if size == ONE:
            return ONE
        place = _PLACES.format(index, axis)
        if size.number is not None:
            found = self._known.setdefault(size, letter(place))
        else:
            names = sorted(size.letters() - self._letters.keys())
            for name, new in _hidden(size, place, names).items():
                self._known.setdefault(letter(name), new)
            unnamed = {name: self._known[letter(name)] for name in names}
            found = substitute(size, {**self._letters, **unnamed})
        for name in found.letters():
            if found == letter(name):
                self._places.setdefault(name, {}).setdefault(axis, place)
        return found

    def by_place(self) -> tuple[Shape, ...]:
        """The shapes in as many letters as places on an axis tell apart."""
        return tuple(
            shape.with_spatial(
                tuple(self._on_axis(s, axis) for axis, s in enumerate(shape.spatial))
            )
            for shape in self.shapes
        )

    # -- what instances leave ----------------------------------------------------------------

    def behind(self, op: OpSpec, attrs: Attrs, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shapes that an instance leaves. A size that is 1 by chance is a letter like others;
        where it stretches to an input's size, the result has that one.
        """
        found = op.shape(Checked(attrs, shapes, None))
        if len(set(shapes)) == 1 and op.family != "user":
            return found
        given = self._in_numbers(shapes)
        numbers = op.shape(Checked(attrs, given, None)) if given else found
        if numbers == found or self._in_numbers(found) == numbers:
            return found
        spatial = self._by_number({size for shape in shapes for size in shape.spatial})
        channels = self._by_number({shape.channels for shape in (*shapes, *found)})
        return tuple(
            Shape(
                channels.get(shape.channels, shape.channels),
                tuple(spatial.get(size, size) for size in shape.spatial),
            )
            for shape in numbers
        )

    def _by_number(self, sizes: set[Dim]) -> dict[Dim, Dim]:
        """Of sizes that are bound the first of each number."""
        return {substitute(s, self._numbers): s for s in sorted(sizes, key=str, reverse=True)}

    def _in_numbers(self, shapes: tuple[Shape, ...]) -> tuple[Shape, ...] | None:
        """Shapes as they are bound; None where a size is not."""
        found = tuple(shape.substitute(self._numbers) for shape in shapes)
        bound = all(size.number is not None for shape in found for size in shape.spatial)
        return found if bound and not any(shape.open for shape in shapes) else None

    # -- what colours say --------------------------------------------------------------------

    def said(self, shape: Shape) -> str:
        """A shape in full. Where ranks do not count, axes that are alike are said once."""
        axes = [self._on_axis(size, axis) for axis, size in enumerate(shape.spatial)]
        channels = str(self._spread(shape.channels))
        if shape.open:
            return f"{channels} *{_everywhere(axes[0], 0)}"
        if axes and len(axes) == self._common:
            once = {_everywhere(size, axis) for axis, size in enumerate(axes)}
            if len(once) == 1 and None not in once:
                return f"{channels} *{once.pop()}"
        return f"{channels} [{', '.join(map(str, axes))}]"

    def _on_axis(self, size: Dim, axis: int) -> Dim:
        """A size by places on its own axis where it has such."""
        known = {
            name: letter(places[axis])
            for name in size.letters()
            if axis in (places := self._places.get(name, {}))
        }
        return substitute(size, known)

    def _spread(self, size: Dim) -> Dim:
        """Channels, in which sizes of several axes may be multiplied: powers go over the axes."""
        total = dim(0)
        for monomial, factor in size.terms:
            part = dim(factor)
            uses: dict[str, int] = {}
            for atom in monomial:
                part = part * self._atom(Dim({(atom,): 1}), uses)
            total = total + part
        return total

    def _atom(self, size: Dim, uses: dict[str, int]) -> Dim:
        """A factor; `uses` counts how often each letter was met in the product."""
        known = {}
        for name in sorted(size.letters() & self._places.keys()):
            places = [self._places[name][axis] for axis in sorted(self._places[name])]
            known[name] = letter(places[uses.get(name, 0) % len(places)])
            uses[name] = uses.get(name, 0) + 1
        return substitute(size, known)


def _everywhere(size: Dim, axis: int) -> str | None:
    """A size with `*` for its axis; None where it speaks of others."""
    places = size.letters()
    if any("." in name and not name.endswith(f".{axis}") for name in places):
        return None
    stars = {name: letter(name[: name.rindex(".")] + ".*") for name in places if "." in name}
    return str(substitute(size, stars))


def _sizes(graph: Graph) -> list[tuple[Dim, ...]]:
    """The spatial sizes of the inputs as the program has them; untyped ones are the same.

    Unless they were given sizes that differ: then these count, as if they were written, but for a
    1, which is a letter too: nobody wrote it, so that it is 1 by chance.
    """
    pairs = list(zip(graph.inputs, graph.input_shapes(), strict=True))
    alike = len({shape.spatial for info, shape in pairs if not info.written}) < 2
    shared = tuple(letter(f"untyped {i}") for i in range(3))
    chance = letter("untyped 1 by chance")
    return [
        info.written
        or (
            shared[: len(shape.spatial)]
            if alike
            else tuple(chance if size == ONE else size for size in shape.spatial)
        )
        for info, shape in pairs
    ]
