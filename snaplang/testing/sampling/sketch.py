"""A graph that can still be changed: items joined by wires, checked by the ops' own shape rules.

>>> from snaplang.dims import dim
>>> from snaplang.ops import TABLE
>>> from snaplang.ops.spec import Attrs
>>> sketch = Sketch([Shape(dim(4), (dim(8),))])
>>> relu = sketch.add(TABLE["relu"], Attrs({"max": None}), [(None, 0)])
>>> sketch.outputs = [(relu, 0)]
>>> sketch.graph().shapes[-1]
Shape('[N, 4, 8]')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from snaplang.diagnostics.source import Source, Span
from snaplang.dims import Dim, letter
from snaplang.graph import Graph, Input
from snaplang.graph.builder import Assembly, RejectedError
from snaplang.ops.spec import Attrs, OpSpec, Shape

_NOWHERE = Span(Source("<sketch>", ""), 0, 0)


@dataclass(eq=False)
class SketchItem:
    """An instance of an op in a sketch."""

    op: OpSpec
    attrs: Attrs
    inputs: list[Wire]

    def wires(self) -> list[Wire]:
        """What it leaves."""
        return [(self, port) for port in range(self.op.output_count(self.attrs))]


Wire = tuple[
    SketchItem | None, int
]  # the item that leaves it (None: an input), and which of its results


@dataclass
class Sketch:
    """Inputs, items in any order, outputs. `bound` is each input's, as in `graph.Input`."""

    inputs: list[Shape]
    items: list[SketchItem] = field(default_factory=list)
    outputs: list[Wire] = field(default_factory=list)
    bound: bool = False

    @classmethod
    def of(cls, graph: Graph) -> Sketch:
        """A sketch of a graph, to change it."""
        sketch = cls(list(graph.input_shapes()), bound=graph.bound)
        wires: dict[int, Wire] = {i: (None, i) for i in range(len(graph.inputs))}
        for node in graph.nodes:
            item = sketch.add(node.op, node.attrs, [wires[v] for v in node.inputs])
            wires |= dict(zip(node.outputs, item.wires(), strict=True))
        sketch.outputs = [wires[v] for v in graph.outputs]
        return sketch

    def add(self, op: OpSpec, attrs: Attrs, inputs: list[Wire]) -> SketchItem:
        """A new item."""
        item = SketchItem(op, attrs, inputs)
        self.items.append(item)
        return item

    def copy(self) -> Sketch:
        """The same, with items of its own."""
        twin: dict[SketchItem | None, SketchItem | None] = {None: None}
        twin |= {item: replace(item) for item in self.items}
        items = [t for t in (twin[item] for item in self.items) if t is not None]
        for item in items:
            item.inputs = [(twin[maker], port) for maker, port in item.inputs]
        outputs = [(twin[maker], port) for maker, port in self.outputs]
        return Sketch(list(self.inputs), items, outputs, self.bound)

    def ordered(self) -> list[SketchItem]:
        """The items, each behind those that it takes from; a cycle is a `ValueError`."""
        done: dict[SketchItem, None] = {}
        for item in self.items:
            waiting = [item]
            while waiting:
                missing = [m for m, _ in waiting[-1].inputs if m is not None and m not in done]
                if missing:
                    if missing[0] in waiting:
                        raise ValueError("a sketch with a cycle")
                    waiting.append(missing[0])
                else:
                    done[waiting.pop()] = None
        return list(done)

    def wires(self) -> list[Wire]:
        """All values."""
        results = [wire for item in self.ordered() for wire in item.wires()]
        return [*((None, i) for i in range(len(self.inputs))), *results]

    def uses(self) -> Iterator[tuple[list[Wire], int]]:
        """Every place where a value is used: a list and an index to change it by."""
        for places in (*(item.inputs for item in self.items), self.outputs):
            for index in range(len(places)):
                yield places, index

    def shapes(self) -> dict[Wire, Shape]:
        """The shape of every value; raises `RejectedError` where an op does not fit."""
        return self._assembled()[1]

    def graph(self) -> Graph:
        """The graph, dead nodes and all; raises `RejectedError` where an op does not fit."""
        assembly, _, number = self._assembled()
        outputs = tuple(number[wire] for wire in self.outputs)
        names = ["x"] if len(self.inputs) == 1 else [f"x{i + 1}" for i in range(len(self.inputs))]
        inputs = tuple(Input(name, self.bound) for name in names)
        nodes, shapes = tuple(assembly.nodes), tuple(assembly.shapes)
        return Graph("program", inputs, nodes, outputs, shapes, self.width())

    def width(self) -> Dim:
        """What `c` is for a program on these inputs."""
        letters = {name for shape in self.inputs for name in shape.channels.letters()}
        return self.inputs[0].channels if "c" not in letters else letter("c")

    def _assembled(self) -> tuple[Assembly, dict[Wire, Shape], dict[Wire, int]]:
        assembly = Assembly(shapes=list(self.inputs))
        number: dict[Wire, int] = {(None, i): i for i in range(len(self.inputs))}
        for place, item in enumerate(self.ordered()):
            taken = tuple(number[wire] for wire in item.inputs)
            path = (f"{item.op.name}{place + 1}",)
            results = assembly.apply(item.op, item.attrs, taken, path, _NOWHERE)
            number |= dict(zip(item.wires(), results, strict=True))
        return assembly, {wire: assembly.shapes[v] for wire, v in number.items()}, number

    def behind(self, wire: Wire) -> set[SketchItem]:
        """The items that depend on a value."""
        found: set[SketchItem] = set()
        for item in self.ordered():
            if any(w == wire or w[0] in found for w in item.inputs):
                found.add(item)
        return found

    def fits(self) -> bool:
        """Whether every op accepts what it is given."""
        try:
            self.shapes()
        except RejectedError:
            return False
        return True
