"""The sizes that laws compare: as a program writes them, whatever numbers they are bound to.

A size written in letters stands as it is. A number other than 1 stands as a letter of its own, one
per value. Untyped inputs share one letter per axis, unless they are given sizes that differ from
input to input: those count as if they were written, but for 1, a letter like other numbers.

>>> from snaplang.api import lower
>>> graph = lower("in x(8, H, 6) y(8, 1, 6); x y out 2", ["N,8,4,6", "N,8,1,6"])
>>> [shape.text() for shape in input_sizes(graph)]
['[N, 8, H, =6]', '[N, 8, 1, =6]']
"""

from __future__ import annotations

from snaplang.dims import ONE, Dim, letter
from snaplang.graph import Graph
from snaplang.ops.spec import Attrs, OpSpec, Rules, Shape


def input_sizes(graph: Graph) -> list[Shape]:
    """The shapes of a graph's inputs, spatial sizes as laws see them."""
    shapes = graph.input_shapes()
    untyped = [s for i, s in zip(graph.inputs, shapes, strict=True) if not i.written]
    shared = len({(s.spatial, s.open) for s in untyped}) == 1
    found = []
    for info, shape in zip(graph.inputs, shapes, strict=True):
        if info.written:
            spatial = tuple(map(as_written, info.written))
        elif shared:
            spatial = tuple(letter(f"axis {i}") for i in range(len(shape.spatial)))
        else:
            spatial = tuple(letter("=1") if s == ONE else as_written(s) for s in shape.spatial)
        found.append(shape.with_spatial(spatial))
    return found


def as_written(size: Dim) -> Dim:
    """A written size: numbers, but 1, are letters."""
    return size if size == ONE or size.number is None else letter(f"={size.number}")


class _Lenient(Rules):
    """Takes everything; remembers whether sizes that should be equal are so as they stand."""

    settled = True

    def equal(self, left: Dim, right: Dim, what: str) -> None:
        self.settled &= left == right

    def multiple(self, value: Dim, of: Dim, what: str) -> None:
        pass

    def whole(self, value: Dim, what: str) -> None:
        pass

    def at_least(self, value: Dim, least: int, what: str) -> None:
        pass

    def reject(self, message: str, hint: str | None = None) -> None:
        self.settled = False

    def complain(self, code: str, message: str, hint: str | None = None) -> None:
        self.settled = False

    def again(self, inputs: tuple[Shape, ...]) -> _Lenient:
        return _Lenient(self.attrs, inputs)

    def also(self, other: Rules) -> None:
        assert isinstance(other, _Lenient)
        self.settled &= other.settled

    def agree(self, left: Dim, right: Dim) -> bool:
        return left == right


def results(op: OpSpec, attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[tuple[Shape, ...], bool]:
    """The shapes that an op leaves, and whether they follow from the inputs' without a choice.

    A sum of tensors whose sizes are equal under a condition only, or by their numbers, has one of
    these sizes: which one, no law says.
    """
    rules = _Lenient(attrs, inputs)
    shapes = op.shape(rules)
    return shapes, rules.settled


def law_shapes(graph: Graph) -> list[tuple[Shape, bool]]:
    """The shape of every value as laws see it, and whether it is settled."""
    found = [(shape, True) for shape in input_sizes(graph)]
    for node in graph.nodes:
        given = [found[v] for v in node.inputs]
        shapes, settled = results(node.op, node.attrs, tuple(s for s, _ in given))
        settled = settled and all(s for _, s in given)
        found += [(shape, settled) for shape in shapes]
    return found
