"""The normal form as a coloured graph, and nauty's word on it.

>>> from snaplang.api import lower
>>> judged(lower("dup relu add"), "algebra").doubtful
False
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from snaplang.diagnostics import fail
from snaplang.graph import Graph
from snaplang.testing.oracle.normal import NormalForm

Label = tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A certificate, and whether it rests on a size that the laws leave open."""

    certificate: Hashable
    doubtful: bool


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
        try:
            import pynauty
        except ImportError:
            hint = '`pip install pynauty`, or `pip install "snaplang[test]"`'
            raise fail("E515", "the oracle needs pynauty", hint=hint) from None
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
    return _drawn(NormalForm(graph, level))


def _drawn(form: NormalForm) -> Drawing:
    drawing = Drawing()
    value: dict[int, int] = {}
    for number in form.live():
        term = form.terms[number]
        ports = [drawing.vertex(("port", str(i)), value[a]) for i, a in enumerate(term.args)]
        ports += [drawing.vertex(("times", str(times)), value[a]) for a, times in term.bag]
        label = ("term", term.op, repr(term.attrs), term.says)
        value[number] = drawing.vertex(("value",), drawing.vertex(label, *ports))
    for i, number in enumerate(form.outputs):
        drawing.vertex(("output", str(i)), value[number])
    return drawing


def judged(graph: Graph, level: str) -> Judged:
    """The certificate of a graph: equal for two if and only if they are the same architecture.

    The level is `structure` or `algebra`. The two must have the same inputs: the shapes of zeros
    are compared in the letters that their inputs have.
    """
    form = NormalForm(graph, level)
    return Judged(_drawn(form).answer(), form.doubtful)


def certificate(graph: Graph, level: str) -> Hashable:
    """What `judged` says, without its doubts."""
    return judged(graph, level).certificate


def same(left: Graph, right: Graph, level: str) -> bool:
    """Whether two graphs on the same inputs are the same architecture."""
    return certificate(left, level) == certificate(right, level)
