"""Which words of a graph become classes, and what flows in and out of them.

A word's scope is a *part* if it has weights and its nodes stand together in the graph's order. The
nodes of other words are steps of the part around them, their modules kept in plain containers so
that state_dict keys hold. Instances that are the identity are no steps: their value is their
input's.

>>> from snaplang.api import lower
>>> graph = lower("def twice { conv3 relu conv3 } twice twice add1", inputs=["N,8,H,W"])
>>> root = tree(graph)
>>> [(step.path, step.inputs, step.outputs) for step in root.steps]
[(('twice1',), (0,), (3,)), (('twice2',), (3,), (6,))]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from snaplang.graph import Graph, Node

Path = tuple[str, ...]


@dataclass(eq=False)
class Leaf:
    """A node as a step: values in and out are those of the graph, identities resolved."""

    node: Node
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def path(self) -> Path:
        """The node's path."""
        return self.node.path


@dataclass(eq=False)
class ScopePart:
    """A word's scope as a module, or the whole graph.

    `inputs` are in the order of first use, so that instances of a word can be matched.
    """

    path: Path
    steps: list[Step] = field(default_factory=list)
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()

    def leaves(self) -> Iterator[Leaf]:
        """All nodes within, in order."""
        for step in self.steps:
            if isinstance(step, Leaf):
                yield step
            else:
                yield from step.leaves()

    def parts(self) -> Iterator[ScopePart]:
        """The parts within and then this one."""
        for step in self.steps:
            if isinstance(step, ScopePart):
                yield from step.parts()
        yield self


Step = Leaf | ScopePart


@dataclass
class _Extent:
    """Where the nodes of a scope stand."""

    first: int
    last: int
    count: int = 0
    weights: bool = False

    @property
    def is_part(self) -> bool:
        return self.weights and self.last - self.first + 1 == self.count


def _leaves(graph: Graph) -> tuple[list[Leaf], list[int]]:
    """The nodes that do something, and for each value the one it is."""
    same = list(range(len(graph.shapes)))
    leaves = []
    for node in graph.nodes:
        inputs = tuple(same[v] for v in node.inputs)
        if (
            node.ask(node.op.identity_if, node.attrs)
            and not graph.weights(node)
            and len(inputs) == 1
        ):
            for value in node.outputs:
                same[value] = inputs[0]
        else:
            leaves.append(Leaf(node, inputs, node.outputs))
    return leaves, same


def _extents(graph: Graph, leaves: Sequence[Leaf]) -> dict[Path, _Extent]:
    extents: dict[Path, _Extent] = {}
    for place, leaf in enumerate(leaves):
        owns = bool(graph.weights(leaf.node))
        for depth in range(1, len(leaf.path)):
            extent = extents.setdefault(leaf.path[:depth], _Extent(place, place))
            extent.last, extent.count = place, extent.count + 1
            extent.weights |= owns
    return extents


def tree(graph: Graph) -> ScopePart:
    """The whole graph as nested parts; a graph's inputs and outputs are the root's."""
    leaves, same = _leaves(graph)
    outputs = tuple(same[v] for v in graph.outputs)
    builder = _Builder(leaves, _extents(graph, leaves), outputs)
    inputs = tuple(range(len(graph.inputs)))
    return ScopePart((), builder.steps((), 0, len(leaves)), inputs, outputs)


class _Builder:
    """Cuts a row of nodes into parts."""

    def __init__(
        self, leaves: Sequence[Leaf], extents: dict[Path, _Extent], outputs: tuple[int, ...]
    ) -> None:
        self.leaves, self.extents = leaves, extents
        self.made = {v: place for place, leaf in enumerate(leaves) for v in leaf.outputs}
        self.used = {v: place for place, leaf in enumerate(leaves) for v in leaf.inputs}
        self.used |= dict.fromkeys(outputs, len(leaves))

    def steps(self, path: Path, first: int, end: int) -> list[Step]:
        """The steps of the part at `path`, which is leaves `first` to `end`."""
        steps: list[Step] = []
        place = first
        while place < end:
            leaf = self.leaves[place]
            inner = self._part_of(leaf.path, len(path))
            if inner is None:
                steps.append(leaf)
                place += 1
            else:
                last = self.extents[inner].last
                steps.append(self._part(inner, place, last + 1))
                place = last + 1
        return steps

    def _part_of(self, path: Path, depth: int) -> Path | None:
        """The outermost scope below `depth` that is a part."""
        for length in range(depth + 1, len(path)):
            if self.extents[path[:length]].is_part:
                return path[:length]
        return None

    def _part(self, path: Path, first: int, end: int) -> ScopePart:
        inner = self.leaves[first:end]
        inputs: dict[int, None] = {}
        for leaf in inner:
            inputs |= dict.fromkeys(v for v in leaf.inputs if self.made.get(v, -1) < first)
        outputs = tuple(v for leaf in inner for v in leaf.outputs if self.used.get(v, -1) >= end)
        return ScopePart(path, self.steps(path, first, end), tuple(inputs), outputs)
