"""Elementwise functions that wait until it is known what goes below them.

Laws A4 and A8 put pools and movement below elementwise functions, which are then made anew. Where
they alternate in a row, each would be made again and again: so a function that only the next
instance reads waits, and is made where the row ends. The form is the same.

>>> from snaplang.api import lower
>>> from snaplang.canonical.normal import normal
>>> len(normal(lower("{ shuffle2 gelu }*100"), "algebra").terms.kinds)
201
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from snaplang.canonical.normal import rules
from snaplang.canonical.normal.kind import Kind
from snaplang.canonical.normal.terms import Terms
from snaplang.graph import Graph, Node

Chain = list[tuple[Kind, Node]]


class Waiting:
    """The functions that were not made yet, by the values of the graph that are their results.

    `values` holds what they are to be made of.
    """

    def __init__(
        self, terms: Terms, graph: Graph, nodes: Sequence[Node], values: dict[int, int]
    ) -> None:
        self.terms, self.values = terms, values
        self.chains: dict[int, Chain] = {}
        reads = Counter([v for node in nodes for v in node.inputs])
        self.once = {v for v, count in reads.items() if count == 1}.difference(graph.outputs)

    def takes(self, kind: Kind, node: Node) -> bool:
        """Whether an instance waits, or has gone below what waits. If not, its inputs are made."""
        first, *others = node.inputs or (-1,)
        for v in others:
            self._make(v)
        out = node.outputs[0]
        if kind.elementwise and out in self.once:
            self.values[out] = self.values[first]
            chain = self.chains[out] = self.chains.pop(first, [])
            chain.append((kind, node))
            return True
        if first not in self.chains or not self._goes_below(kind, first):
            self._make(first)
            return False
        args = tuple([self.values[v] for v in node.inputs])
        (self.values[out],) = self.terms.apply(kind, args, node)
        self.chains[out] = self.chains.pop(first)
        if out not in self.once:
            self._make(out)
        return True

    def _goes_below(self, kind: Kind, value: int) -> bool:
        """Whether laws put an instance below all that waits on its first input."""
        if kind.elementwise or not kind.carries:
            return False
        if rules.move in kind.rules:
            return True
        rising = all(inner.non_decreasing for inner, _ in self.chains[value])
        return rules.sink in kind.rules and rising

    def _make(self, value: int) -> None:
        for kind, node in self.chains.pop(value, ()):
            (self.values[value],) = self.terms.apply(kind, (self.values[value],), node)
