"""A second opinion on sameness: the laws by the plainest means, isomorphism by nauty.

`certificate` is what fingerprints are judged by, so it shares nothing with the canonicalizer: a
tiny term representation, the laws as lists of names in `oracle_laws`, and nauty for the rest.

Terms are numbered, inputs before users, and equal terms have equal numbers. A term that is a
separate instance (of weights, of random numbers; at level `structure` of any op) carries the number
of its node, so that no other is equal to it. Building bottom-up with every law applied
where a term is made leaves nothing to rewrite: what a law produces is built by the same functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

import pynauty

from snaplang.graph import Graph, Node
from snaplang.ops.spec import Shape
from tests.canonical import oracle_laws as laws
from tests.canonical.oracle_laws import Plains

Label = tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """A value: what makes it and from what.

    `bag` holds (term, multiplicity) pairs where order does not count, else `args` the inputs in
    order. `instance` is its node where instances differ, None where equal terms are the same.
    """

    op: str
    attrs: Plains = ()
    args: tuple[int, ...] = ()
    bag: tuple[tuple[int, int], ...] = ()
    instance: int | None = None
    shape: Shape | None = None  # of a zero only: all that is left of it

    def inputs(self) -> tuple[int, ...]:
        """The terms it is made from."""
        return self.args or tuple(term for term, _ in self.bag)

    def label(self) -> Label:
        """What it is, apart from its place."""
        shape = self.shape.text() if self.shape else ""
        return (self.op, repr(self.attrs), shape)


class NormalForm:
    """The terms of a graph after the laws of a level."""

    def __init__(self, graph: Graph, level: str) -> None:
        assert level in {"structure", "algebra"}, level
        self.algebra = level == "algebra"
        self.terms: list[Term] = []
        self.number: dict[Term, int] = {}
        values: list[int] = []
        for i, given in enumerate(graph.inputs):
            sizes = f"{graph.shapes[i].channels}, {graph.shapes[i].rank}" if given.bound else ""
            values.append(self.term(Term("input", (("place", i), ("bound", sizes)))))
        for i, node in enumerate(graph.nodes):
            shapes = list(graph.shapes_of(node.outputs))
            values += self.outputs_of(i, node, [values[v] for v in node.inputs], shapes)
        self.inputs = values[: len(graph.inputs)]
        self.outputs = [values[v] for v in graph.outputs]

    def term(self, term: Term) -> int:
        """The number of a term; equal terms have one."""
        if term not in self.number:
            self.number[term] = len(self.terms)
            self.terms.append(term)
        return self.number[term]

    def zero(self, shape: Shape) -> int:
        """A3: zeros of a shape, wherever they come from."""
        return self.term(Term("zero", shape=shape))

    def zero_shapes(self, args: list[int]) -> list[Shape]:
        """The shapes of the zeros that A3 speaks of among some terms; none below `algebra`."""
        shapes = [self.terms[a].shape for a in args] if self.algebra else []
        return [shape for shape in shapes if shape is not None]

    def outputs_of(self, place: int, node: Node, args: list[int], shapes: list[Shape]) -> list[int]:
        """What a node leaves."""
        op = node.op.id
        if op not in laws.KNOWN:
            raise NotImplementedError(f"the oracle does not know the op `{op}`")
        if laws.is_identity(op, node.attrs):
            return args
        attrs = laws.compared(op, node.attrs)
        instance = None if self.algebra and op in laws.PURE else place
        if op in {"add", "mul", "max", "mean"}:
            return [self.gathered(op, args, shapes[0], instance)]
        if op == "cat":
            return [self.joined(args, shapes[0], instance)]
        if op == "split":
            return self.parts(args, shapes, instance)
        return [self.applied(op, attrs, args, shapes[0], instance)]

    def gathered(self, op: str, args: list[int], shape: Shape, instance: int | None) -> int:
        """S4, and what A2 and A3 say of these ops."""
        bag: Counter[int] = Counter()
        for arg, times in Counter(args).items():
            nested = op in laws.FLATTENED and self.terms[arg].op == op
            for atom, inner in self.terms[arg].bag if nested else ((arg, 1),):
                bag[atom] += times * inner
        if self.algebra:
            bag = self.reduced(op, bag, shape)
            if len(bag) == 1 and (op in {"max", "mean"} or bag.total() == 1):
                return next(iter(bag))
        return self.term(Term(op, bag=tuple(sorted(bag.items())), instance=instance))

    def reduced(self, op: str, bag: Counter[int], shape: Shape) -> Counter[int]:
        """The inputs that count; a single `zero` where the whole is zero."""
        zeros = self.zero_shapes(list(bag))
        if len(zeros) == len(bag) or (zeros and op == "mul"):
            return Counter({self.zero(shape): 1})
        others = Counter({a: n for a, n in bag.items() if self.terms[a].op != "zero"})
        if op == "add":
            return others
        if op == "max":  # a set; all its zeros are one, as if a `max` of their own held them
            kept = [*others, self.zero(laws.all_alike(zeros))] if zeros else list(others)
            return Counter(dict.fromkeys(kept, 1))
        return bag

    def joined(self, args: list[int], shape: Shape, instance: int | None) -> int:
        """S5, and A3 for neighbouring zeros."""
        row: list[int] = []
        for arg in args:
            row += self.terms[arg].args if self.terms[arg].op == "cat" else (arg,)
        if len(self.zero_shapes(row)) == len(row):
            return self.zero(shape)
        merged: list[int] = []
        run: list[Shape] = []
        for arg in [*row, -1]:
            zero = self.zero_shapes([arg]) if arg >= 0 else []
            if not zero and run:
                merged.append(self.zero(laws.side_by_side(run)))
            run = run + zero if zero else []
            merged += [arg] if not zero and arg >= 0 else []
        return merged[0] if len(merged) == 1 else self.ordered("cat", (), merged, instance)

    def ordered(self, op: str, attrs: Plains, args: list[int], instance: int | None) -> int:
        """A term that keeps its inputs as they are."""
        return self.term(Term(op, attrs, tuple(args), instance=instance))

    def parts(self, args: list[int], shapes: list[Shape], instance: int | None) -> list[int]:
        """The outputs of a `split`: one term for it, one for each part."""
        if self.zero_shapes(args):
            return [self.zero(shape) for shape in shapes]
        whole = self.ordered("split", (("n", len(shapes)),), args, instance)
        return [self.ordered("part", (("i", i),), [whole], None) for i in range(len(shapes))]

    def applied(
        self, op: str, attrs: Plains, args: list[int], shape: Shape, instance: int | None
    ) -> int:
        """Any other op, of one output and ordered inputs."""
        zeros = len(self.zero_shapes(args))
        vanishes = zeros == len(args) and laws.keeps_zero(op, attrs)
        if self.algebra and (op == "zero" or vanishes):
            return self.zero(shape)
        inner = self.terms[args[0]]
        if self.algebra and op == "relu" and inner.op == "relu":
            cap = laws.smaller_cap(dict(attrs)["max"], dict(inner.attrs)["max"])
            return self.applied("relu", (("max", cap),), list(inner.args), shape, None)
        if self.algebra and op in laws.MAX_POOLS and laws.rises(inner.op, inner.attrs):
            pooled = self.applied(op, attrs, list(inner.args), shape, None)
            return self.applied(inner.op, inner.attrs, [pooled], shape, None)
        return self.ordered(op, attrs, args, instance)

    def live(self) -> list[int]:
        """S2: the inputs, and the terms that outputs need."""
        seen = set(self.inputs)
        waiting = list(self.outputs)
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen.add(number)
                waiting += self.terms[number].inputs()
        return sorted(seen)


class Drawing:
    """A coloured graph for nauty: a vertex has a label, equal labels are one colour.

    Edges have no direction, which nauty is slow at. Instead a term is two vertices, a maker and
    the value it makes, and whatever reads a value stands at a vertex of its own, a port, between
    the value and the maker that reads it; so every edge tells by its ends which way it runs.
    """

    def __init__(self) -> None:
        self.labels: list[Label] = []
        self.edges: dict[int, list[int]] = {}

    def vertex(self, label: Label, *neighbours: int) -> int:
        """A new vertex joined to earlier ones."""
        self.labels.append(label)
        number = len(self.labels) - 1
        self.edges[number] = list(neighbours)
        return number

    def answer(self) -> Hashable:
        """Labels with counts, and nauty's certificate, which means something only beside them."""
        classes: dict[Label, set[int]] = {}
        for vertex, label in enumerate(self.labels):
            classes.setdefault(label, set()).add(vertex)
        order = sorted(classes)
        coloured = pynauty.Graph(
            len(self.labels),
            adjacency_dict=self.edges,
            vertex_coloring=[classes[label] for label in order],
        )
        counts = tuple((label, len(classes[label])) for label in order)
        return counts, pynauty.certificate(coloured)


def drawn(graph: Graph, level: str) -> Drawing:
    """The normal form of a graph as a coloured graph."""
    form = NormalForm(graph, level)
    drawing = Drawing()
    value: dict[int, int] = {}
    for number in form.live():
        term = form.terms[number]
        ports = [drawing.vertex(("port", str(i)), value[a]) for i, a in enumerate(term.args)]
        ports += [drawing.vertex(("times", str(times)), value[a]) for a, times in term.bag]
        value[number] = drawing.vertex(("value",), drawing.vertex(term.label(), *ports))
    for i, number in enumerate(form.outputs):
        drawing.vertex(("output", str(i)), value[number])
    return drawing


def certificate(graph: Graph, level: str) -> Hashable:
    """Equal if and only if two graphs are the same architecture at this level.

    The level is `structure` or `algebra`. Sizes of inputs should be letters: the shapes of zeros
    are compared as they are written.
    """
    return drawn(graph, level).answer()
