"""The inputs of a canonical graph: as general as its nodes allow, letters in order of appearance.

Sizes that do not count are not to be seen: a family's inputs are untyped where that gives the same
graph, and sizes are `H` and `W` whatever they were, numbers too, where nodes take them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice

from snaplang.canonical.normal.family import Sizes, letters_of, renamed
from snaplang.diagnostics import SnapError, fail
from snaplang.dims import AXES, ONE, Dim, dim, letter, substitute
from snaplang.graph import Graph, Input, Node
from snaplang.graph.specialize import reshaped
from snaplang.ops.resolve import asked_ranks
from snaplang.ops.spec import Attrs, Rules, Shape


@dataclass(frozen=True)
class GeneralInputs:
    """Inputs and their shapes; `letters` are names for the letters of places in attributes."""

    infos: tuple[Input, ...]
    shapes: tuple[Shape, ...]
    letters: Mapping[str, Dim] = field(default_factory=dict)


def own_inputs(graph: Graph) -> GeneralInputs:
    """The inputs of a graph in the letters of places."""
    known = letters_of(graph)
    sizes = Sizes(graph, known)
    given = any(info.bound for info in graph.inputs)  # untyped inputs stay alike: all or none
    infos = tuple(
        Input(name, info.bound, _written(info, shape, known, given), as_written=True)
        for name, info, shape in zip(_names(graph), graph.inputs, sizes.shapes, strict=True)
    )
    return GeneralInputs(infos, tuple(s.substitute(known) for s in graph.input_shapes()))


def _names(graph: Graph) -> list[str]:
    count = len(graph.inputs)
    return [f"x{i + 1}" for i in range(count)] if count > 1 else ["x"]


def general_inputs(graph: Graph, nodes: Sequence[Node]) -> Iterator[GeneralInputs]:
    """Inputs that nodes may be put on, the most general first, those of `graph` last.

    Whether nodes fit them, and mean the same on them, is for the caller to see.
    """
    own, names, known = own_inputs(graph), _names(graph), letters_of(graph)
    shapes, sizes = own.shapes, Sizes(graph, known)
    if not graph.bound:
        if len({s.rank for s in shapes}) == 1:
            yield GeneralInputs(tuple(map(Input, names)), _untyped(shapes, nodes))
        if not any(shape.open for shape in shapes):
            infos = zip(names, graph.inputs, sizes.shapes, strict=True)
            typed = tuple(Input(name, info.bound, s.spatial) for name, info, s in infos)
            yield _readable(typed, sizes.shapes)
    else:
        yield from (_bound(names, s) for s in _unified(_own_letters(sizes.shapes), nodes))
        yield _bound(names, sizes.by_place())
        yield _bound(names, sizes.shapes)
    if not any(shape.open for shape in shapes):
        numbers = tuple(
            Input(name, info.bound, shape.spatial)
            for name, info, shape in zip(names, graph.inputs, shapes, strict=True)
        )
        again = replace(graph, inputs=numbers)  # every number a letter, but 1
        if graph.bound:
            yield _bound(names, Sizes(again, known).by_place())
        yield _readable(numbers, shapes)
    yield _readable(own.infos, shapes)


def _untyped(shapes: tuple[Shape, ...], nodes: Sequence[Node]) -> tuple[Shape, ...]:
    """Shapes as untyped inputs have them, closed where an op asks for a rank."""
    ranks = {rank for node in nodes for rank in asked_ranks(node.op, node.attrs)}
    spatial = tuple(map(letter, AXES[min(ranks)])) if ranks else (letter("S"),)
    return tuple(Shape(s.channels, spatial, not ranks) for s in shapes)


def _bound(names: Sequence[str], shapes: tuple[Shape, ...]) -> GeneralInputs:
    infos = (Input(name, True, s.spatial) for name, s in zip(names, shapes, strict=True))
    return _readable(tuple(infos), shapes)


def _own_letters(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """A letter of its own for each axis of each input; a 1 that is written stays."""
    return tuple(
        s.with_spatial(
            tuple(
                ONE if size == ONE else letter(f"x{i}.{axis}")
                for axis, size in enumerate(s.spatial)
            )
        )
        for i, s in enumerate(shapes)
    )


def _unified(shapes: tuple[Shape, ...], nodes: Sequence[Node]) -> Iterator[tuple[Shape, ...]]:
    """The shapes in the fewest equal letters with which nodes fit them; none where no such do."""
    found = list(shapes)
    known: dict[str, Dim] = {}
    for node in nodes:
        rules = _Unifying(node.attrs, tuple(found[v].substitute(known) for v in node.inputs), known)
        try:
            found += node.op.shape(rules)
        except SnapError:  # a user's op that takes no letters
            return
        if rules.complaint:
            return
    yield tuple(s.substitute(known) for s in shapes)


class _Unifying(Rules):
    """Makes letters equal that must be equal; the earlier input's stays."""

    def __init__(self, attrs: Attrs, inputs: tuple[Shape, ...], known: dict[str, Dim]) -> None:
        super().__init__(attrs, inputs)
        self.known = known

    def again(self, inputs: tuple[Shape, ...]) -> _Unifying:
        """The same on other inputs."""
        return _Unifying(self.attrs, inputs, self.known)

    def also(self, other: Rules) -> None:
        """Conditions do not count here."""

    def agree(self, left: Dim, right: Dim) -> bool:
        """Whether sizes are equal by now."""
        return substitute(dim(left), self.known) == substitute(dim(right), self.known)

    def equal(self, left: Dim, right: Dim, what: str) -> None:
        """Note that two letters are one; anything else that differs may yet be a condition."""
        left, right = substitute(dim(left), self.known), substitute(dim(right), self.known)
        names = sorted({*left.letters(), *right.letters()})
        if left != right and len(names) == 2:
            stays, goes = names
            if substitute(left, {goes: letter(stays)}) == substitute(right, {goes: letter(stays)}):
                for name, size in self.known.items():
                    self.known[name] = substitute(size, {goes: letter(stays)})
                self.known[goes] = letter(stays)

    def multiple(self, value: Dim, of: Dim, what: str) -> None:
        """A condition, or known to hold."""

    def whole(self, value: Dim, what: str) -> None:
        """A condition, or known to hold."""

    def at_least(self, value: Dim, least: int, what: str) -> None:
        """A condition, or known to hold."""

    def complain(self, code: str, message: str, hint: str | None = None) -> None:
        """Nodes do not fit these shapes."""
        self.complaint = code, message, hint

    def reject(self, message: str, hint: str | None = None) -> None:
        """Nodes do not fit these shapes."""
        self.complain("E403", message, hint)


def _readable(infos: tuple[Input, ...], shapes: tuple[Shape, ...]) -> GeneralInputs:
    """The same in letters as people write them, `H`, `W`, `D`, in order of appearance: in what a
    printed program says of the inputs, then in the rest of the shapes.
    """
    wide = {name for s in shapes for name in s.channels.letters()}
    names = (name for name in spatial_names() if name not in wide)
    closed = [() if s.open else s.spatial for s in shapes]
    pairs = zip(infos, closed, strict=True)
    rows = [*(own if info.written is None else info.written for info, own in pairs), *closed]
    found: dict[str, Dim] = {}
    for size in (size for row in rows for size in row):
        new = sorted(size.letters() - wide - found.keys())
        read = sorted(islice(names, len(new)))  # so that hidden ones stay in their order
        found |= zip(new, map(letter, read), strict=True)

    def said(row: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
        return None if row is None else tuple(substitute(size, found) for size in row)

    changed = tuple(replace(info, written=said(info.written)) for info in infos)
    return GeneralInputs(
        changed, tuple(s if s.open else s.substitute(found) for s in shapes), found
    )


def spatial_names() -> Iterator[str]:
    """Letters for spatial sizes, in the order in which they appear: H, W, D, H2, …"""
    return (f"{name}{n if n > 1 else ''}" for n in count(1) for name in "HWD")


def _written(
    info: Input, shape: Shape, known: dict[str, Dim], given: bool
) -> tuple[Dim, ...] | None:
    """The sizes that an input is written with; one that is 1 by chance is a letter."""
    if info.written:
        return tuple(substitute(size, known) for size in info.written)
    return shape.spatial if given and not shape.open else None


def admits(shapes: Sequence[Shape], given: Sequence[Shape]) -> bool:
    """Whether sizes can be given to letters so that shapes are those given; open ones take all."""
    known: dict[str, Dim] = {}
    pairs = [
        (size, its)
        for mine, other in zip(shapes, given, strict=True)
        if not mine.open
        for size, its in zip(mine.spatial, other.spatial, strict=False)
    ]
    for size, its in pairs:
        solved = _solved(size, its)
        if solved is not None:
            known.setdefault(*solved)
    return all(substitute(size, known) == its for size, its in pairs)


def merges(shapes: Sequence[Shape], given: Sequence[Shape]) -> bool:
    """Whether sizes of one axis that differ in the shapes given are one letter in the others."""
    known: dict[tuple[int, Dim | None], Dim] = {}
    for mine, other in zip(shapes, given, strict=True):
        sizes = [None] * len(other.spatial) if mine.open else mine.spatial
        for place, its in zip(enumerate(sizes), other.spatial, strict=False):
            if known.setdefault(place, its) != its:
                return True
    return False


def _solved(size: Dim, value: Dim) -> tuple[str, Dim] | None:
    """The letter of `a*H + b`, and what it is where that is `value`."""
    names = size.letters()
    if len(names) != 1:
        return None
    (name,) = names
    offset = substitute(size, {name: dim(0)})
    factor = (substitute(size, {name: ONE}) - offset).number
    if not factor or size != letter(name) * factor + offset:
        return None
    return name, (value - offset) / factor


def placed(graph: Graph, inputs: GeneralInputs) -> Graph:
    """A graph on other inputs; raises `SnapError` where a node does not fit them, or speaks of a
    size that they do not name.
    """
    nodes = tuple(replace(n, attrs=renamed(n.attrs, inputs.letters)) for n in graph.nodes)
    sizes = {size for s in inputs.shapes for size in (s.channels, *s.spatial)}
    sizes.update(size for info in inputs.infos for size in info.written or ())
    named = {name for size in sizes for name in size.letters()}
    for node in nodes:
        widths = (v for v in node.attrs.values() if isinstance(v, Dim))
        unknown = {name for width in widths for name in width.letters()} - named
        if unknown:
            raise fail("E404", f"`{node.op.name}` speaks of {min(unknown)}", node.span)
    width = inputs.shapes[0].channels
    general = replace(graph, nodes=nodes, inputs=inputs.infos, width=width, batch=letter("N"))
    return reshaped(general, inputs.shapes)


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
