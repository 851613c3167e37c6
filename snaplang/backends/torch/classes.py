"""From the parts of a graph to classes: instances that differ in numbers only share one.

Bottom up: a part's steps become items in local numbers (inputs first), which say nothing of where
the part stands; parts of a word with the same skeleton are instances of one class.

>>> from snaplang.api import lower
>>> from snaplang.backends.torch.scopes import tree
>>> text = "def cbr(out=c) { conv(3, out=out) bn relu } cbr cbr(2*c) cbr(2*c)"
>>> graph = lower(text, inputs=["N,8,H,W"])
>>> first, root = classes(graph, tree(graph), "Net")
>>> first.name, [(p.name, p.values) for p in first.parameters.found]
('Cbr', [('in_channels', (8, 8, 16)), ('out_channels', (8, 16, 16))])
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from snaplang.backends.torch.code import Call, Line, Writing, arguments, skeleton
from snaplang.backends.torch.names import Names, camel
from snaplang.backends.torch.ops import emit
from snaplang.backends.torch.parameters import Expression, Parameters
from snaplang.backends.torch.scopes import Leaf, ScopePart
from snaplang.backends.torch.windows import WindowSite
from snaplang.graph import Graph, Node


@dataclass
class ClassItem:
    """A step of a class: its emission, the place of its module, and local value numbers."""

    path: str
    emission: Writing
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def key(self) -> Hashable:
        """What instances of one class have in common."""
        pieces = tuple(map(skeleton, self.emission.pieces()))
        path = self.path if self.emission.module else ""
        return path, pieces, self.emission.function, self.inputs, self.outputs


@dataclass(eq=False)
class Class:
    """A module class: its instances, and the texts of all arguments.

    `texts` has one list per item, in the order of `Writing.pieces`. `order` lists the local
    numbers of the inputs in the order of `forward`'s parameters.
    """

    name: str
    parts: list[ScopePart]
    items: list[ClassItem]
    outputs: tuple[int, ...]
    order: tuple[int, ...]
    parameters: Parameters = field(default_factory=Parameters)
    texts: list[list[Expression]] = field(default_factory=list)

    def numbers(self, part: ScopePart) -> dict[int, int]:
        """Local number to value of the graph, for one instance."""
        return {local: value for value, local in _numbering(part).items()}


def _numbering(part: ScopePart) -> dict[int, int]:
    """Value of the graph to local number: inputs, then what the steps leave."""
    numbers = {value: local for local, value in enumerate(part.inputs)}
    for step in part.steps:
        for value in step.outputs:
            numbers[value] = len(numbers)
    return numbers


class _Grouping:
    """The classes found so far, and which part is an instance of which."""

    def __init__(self, graph: Graph, names: Names) -> None:
        self.graph, self.names = graph, names
        self.found: list[Class] = []
        self.instance: dict[ScopePart, tuple[Class, int]] = {}
        self._emitted: dict[Hashable, Writing] = {}

    def group(self, parts: Sequence[ScopePart]) -> None:
        """Make classes of parts that hold no part without a class."""
        groups: dict[Hashable, tuple[list[ScopePart], list[list[ClassItem]]]] = {}
        for part in parts:
            items = [self._item(part, step, numbers) for step, numbers in _each(part)]
            key = (camel(part.path[-1]), len(part.inputs), _outputs(part))
            members = groups.setdefault((*key, *(item.key() for item in items)), ([], []))
            members[0].append(part)
            members[1].append(items)
        for alike, bodies in groups.values():
            self.add(self.names.take(camel(alike[0].path[-1])), alike, bodies)

    def root(self, part: ScopePart, name: str) -> None:
        """The class of the whole graph."""
        self.add(name, [part], [[self._item(part, step, numbers) for step, numbers in _each(part)]])

    def add(self, name: str, parts: list[ScopePart], bodies: list[list[ClassItem]]) -> None:
        """A class with these instances, given as items too."""
        first = parts[0]
        order = sorted(range(len(first.inputs)), key=lambda local: first.inputs[local])
        made = Class(name, parts, bodies[0], _outputs(first), tuple(order))
        for items in zip(*bodies, strict=True):
            made.texts.append(list(_texts(made.parameters, items)))
        made.parameters.name(self._roles(parts))
        self.found.append(made)
        self.instance |= {part: (made, number) for number, part in enumerate(parts)}

    def _roles(self, parts: list[ScopePart]) -> list[tuple[str, tuple[int | None, ...]]]:
        """The channels of the first input and the first output in all instances."""

        def channels(ends: list[tuple[int, ...]]) -> tuple[int | None, ...]:
            return tuple(self.graph.shapes[values[0]].channels.whole() for values in ends)

        ins, outs = [p.inputs for p in parts], [p.outputs for p in parts]
        return [("in_channels", channels(ins)), ("out_channels", channels(outs))]

    def _item(self, part: ScopePart, step: Leaf | ScopePart, numbers: dict[int, int]) -> ClassItem:
        inputs = tuple(numbers[v] for v in step.inputs)
        outputs = tuple(numbers[v] for v in step.outputs)
        path = ".".join(step.path[len(part.path) :])
        if isinstance(step, Leaf):
            return ClassItem(path, self._emission(step.node), inputs, outputs)
        made, number = self.instance[step]
        given = [parameter.argument(number) for parameter in made.parameters.found]
        emission = Writing(Line("{m}({all})"), Call(made.name, *given))
        return ClassItem(path, emission, tuple(inputs[i] for i in made.order), outputs)

    def _emission(self, node: Node) -> Writing:
        """Equal instances on equal shapes are emitted once."""
        key = (node.op, node.attrs, self.graph.shapes_of(node.inputs))
        found = self._emitted.get(key)
        if found is None:
            found = self._emitted[key] = emit(WindowSite(self.graph, node))
        return found


def _each(part: ScopePart) -> Iterator[tuple[Leaf | ScopePart, dict[int, int]]]:
    numbers = _numbering(part)
    return ((step, numbers) for step in part.steps)


def _outputs(part: ScopePart) -> tuple[int, ...]:
    numbers = _numbering(part)
    return tuple(numbers[v] for v in part.outputs)


def _texts(parameters: Parameters, items: Sequence[ClassItem]) -> Iterator[Expression]:
    """The texts of one item's arguments, its instances side by side; `forward`'s stand behind."""
    rows = [[a for piece in i.emission.pieces() for a in arguments(piece)] for i in items]
    forward = sum(1 for _ in arguments(items[0].emission.line))
    for place, column in enumerate(zip(*rows, strict=True)):
        yield parameters.express(column, kept=place >= len(rows[0]) - forward)


def _height(part: ScopePart, heights: dict[ScopePart, int]) -> int:
    inner = [heights[step] for step in part.steps if isinstance(step, ScopePart)]
    return 1 + max(inner, default=0)


def classes(graph: Graph, root: ScopePart, name: str, names: Names | None = None) -> list[Class]:
    """The classes of a prepared graph, each behind those it uses; the root's is the last.

    Raises `SnapError` (E904) for a user's op without a usable function.
    """
    names = names or Names()
    grouping = _Grouping(graph, names)
    heights: dict[ScopePart, int] = {}
    levels: dict[int, list[ScopePart]] = {}
    for part in root.parts():
        heights[part] = _height(part, heights)
        if part is not root:
            levels.setdefault(heights[part], []).append(part)
    for _, parts in sorted(levels.items()):
        grouping.group(parts)
    grouping.root(root, name)
    return grouping.found
