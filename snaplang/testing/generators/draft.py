"""A graph that can be changed: instances joined by wires, inputs as they are.

>>> from snaplang.api import lower
>>> draft = Draft.of(lower("relu tanh", ["N,8,4"]))
>>> draft.outputs = [draft.items[0].wire()]
>>> [node.op.name for node in draft.graph().live().nodes]
['relu']
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from snaplang.diagnostics import SnapError
from snaplang.diagnostics.source import Source, Span
from snaplang.graph import Graph
from snaplang.graph.builder import Assembly, RankNeededError, RejectedError, attributes
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument, ArgumentError
from snaplang.ops.spec import Attrs, OpSpec, Shape
from snaplang.testing.generators.sizes import law_shapes

NOWHERE = Span(Source("<draft>", ""), 0, 0)
MISFITS = (RejectedError, RankNeededError, ArgumentError, SnapError)


@dataclass(eq=False)
class Item:
    """An instance. `path` is where its weights live."""

    op: OpSpec
    attrs: Attrs
    inputs: list[Wire]
    path: tuple[str, ...] = ()

    def wire(self, port: int = 0) -> Wire:
        """One of its results."""
        return (self, port)


Wire = tuple[Item | None, int]  # None: an input of the graph, by its number


@dataclass(eq=False)
class Draft:
    """Items in any order, and outputs; `base` is a graph with the same inputs."""

    base: Graph
    items: list[Item] = field(default_factory=list)
    outputs: list[Wire] = field(default_factory=list)

    @classmethod
    def of(cls, graph: Graph) -> Draft:
        """A draft of a graph."""
        draft = cls(graph)
        wires: list[Wire] = [(None, i) for i in range(len(graph.inputs))]
        for node in graph.nodes:
            item = Item(node.op, node.attrs, [wires[v] for v in node.inputs], node.path)
            draft.items.append(item)
            wires += [(item, port) for port in range(len(node.outputs))]
        draft.outputs = [wires[v] for v in graph.outputs]
        return draft

    def copy(self) -> Draft:
        """The same with items of its own."""
        twin: dict[Item, Item] = {item: replace(item) for item in self.items}

        def moved(wires: list[Wire]) -> list[Wire]:
            return [(twin[item] if item else None, port) for item, port in wires]

        for item in twin.values():
            item.inputs = moved(item.inputs)
        return Draft(self.base, list(twin.values()), moved(self.outputs))

    # -- changing ----------------------------------------------------------------------------

    def add(
        self, op: OpSpec | str, inputs: Sequence[Wire], args: Mapping[str, Argument] | None = None
    ) -> Wire:
        """The first result of a new instance; `args` are arguments as a program gives them."""
        spec = TABLE[op] if isinstance(op, str) else op
        attrs = attributes(spec, args or {}, self.base.width)
        return self.put(spec, attrs, inputs)

    def put(self, op: OpSpec, attrs: Attrs, inputs: Sequence[Wire]) -> Wire:
        """The first result of a new instance with resolved attributes."""
        item = Item(op, attrs, list(inputs))
        self.items.append(item)
        return item.wire()

    def uses(self, wire: Wire) -> list[tuple[list[Wire], int]]:
        """The places where a value is read: lists and indices to change them by."""
        return [(row, i) for row, i in self.places() if row[i] == wire]

    def places(self) -> Iterator[tuple[list[Wire], int]]:
        """All places where values are read."""
        for row in (*(item.inputs for item in self.items), self.outputs):
            for i in range(len(row)):
                yield row, i

    def reroute(self, old: Wire, new: Wire, but: Sequence[Item] = ()) -> None:
        """Have all readers of a value read another one, but some items."""
        kept = [item.inputs for item in but]
        for row, i in self.uses(old):
            if not any(row is other for other in kept):
                row[i] = new

    # -- reading -----------------------------------------------------------------------------

    def ordered(self) -> list[Item]:
        """The items, each behind those that it reads; a `ValueError` where there is a cycle."""
        done: dict[Item, None] = {}
        for first in self.items:
            stack = [first]
            while stack:
                missing = [i for i, _ in stack[-1].inputs if i is not None and i not in done]
                if not missing:
                    done[stack.pop()] = None
                elif missing[0] in stack:
                    raise ValueError("a cycle")
                else:
                    stack.append(missing[0])
        return list(done)

    def wires(self) -> list[Wire]:
        """All values, inputs first, each behind those that it depends on."""
        found: list[Wire] = [(None, i) for i in range(len(self.base.inputs))]
        for item in self.ordered():
            found += [(item, port) for port in range(item.op.output_count(item.attrs))]
        return found

    def shapes(self) -> dict[Wire, Shape]:
        """The shape of every value."""
        return dict(zip(self.wires(), self.graph().shapes, strict=True))

    def law_shapes(self) -> dict[Wire, tuple[Shape, bool]]:
        """The shape of every value as laws see it, and whether it is settled."""
        return dict(zip(self.wires(), law_shapes(self.graph()), strict=True))

    def below(self, wire: Wire) -> set[Wire]:
        """A value and all that depends on it."""
        found = {wire}
        for item in self.ordered():
            if not found.isdisjoint(item.inputs):
                found |= {(item, port) for port in range(item.op.output_count(item.attrs))}
        return found

    def graph(self) -> Graph:
        """The graph, dead nodes and all; raises one of `MISFITS` where an op does not fit."""
        base = self.base
        assembly = Assembly(shapes=list(base.input_shapes()))
        number: dict[Wire, int] = {(None, i): i for i in range(len(base.inputs))}
        taken = {item.path for item in self.items}
        for item in self.ordered():
            item.path = item.path or _fresh(item.op.name, taken)
            values = tuple(number[wire] for wire in item.inputs)
            results = assembly.apply(item.op, item.attrs, values, item.path, NOWHERE)
            number |= {(item, port): value for port, value in enumerate(results)}
        return replace(
            base,
            nodes=tuple(replace(node, span=None) for node in assembly.nodes),
            shapes=tuple(assembly.shapes),
            conditions=tuple(dict.fromkeys(assembly.conditions)),
            outputs=tuple(number[wire] for wire in self.outputs),
            output_names=(),
        )

    def fits(self) -> bool:
        """Whether it is a graph, and every op takes what it is given."""
        try:
            self.graph()
        except (*MISFITS, ValueError):
            return False
        return True


def _fresh(name: str, taken: set[tuple[str, ...]]) -> tuple[str, ...]:
    """A path that no instance has, `conv1`."""
    n = 1
    while (f"{name}{n}",) in taken:
        n += 1
    taken.add((f"{name}{n}",))
    return (f"{name}{n}",)


def some(rng: random.Random, values: Sequence[Wire]) -> Wire:
    """A value, later ones rather than earlier ones."""
    return values[max(rng.randrange(len(values)) for _ in range(2))]
