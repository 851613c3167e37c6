"""From a graph to its normal form: the terms that its inputs and outputs need.

>>> from snaplang.api import graph_of
>>> form = normal(graph_of("dup relu6 swap relu relu6 max"), "algebra")
>>> [form.terms.kinds[v].op for v in form.live]
[None, <op relu>]
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from snaplang.bind import require_closed
from snaplang.canonical.family import Family, family
from snaplang.canonical.kinds import kind_of, named
from snaplang.canonical.terms import Terms, Values
from snaplang.graph import Graph
from snaplang.ops.spec import Fact

LEVELS = ("structure", "algebra")


@dataclass(frozen=True)
class Normal:
    """A normal form. `live` are the values that are there, in an order of definition; `held` also
    has the nested sums that only other sums need: these are no instances, only shorthand.
    """

    terms: Terms
    inputs: Values
    outputs: Values
    live: Values
    held: Values


def normal(graph: Graph, level: str, shuffle: random.Random | None = None) -> Normal:
    """The normal form of a graph without open choices at a level.

    With `shuffle`, nodes are taken and laws tried in random order: the result is the same.
    """
    require_closed(graph)
    live = graph.live()
    zeros = level != "structure" and any(Fact.MAKES_ZERO in n.op.facts for n in live.nodes)
    seen = family(live, zeros)
    terms = Terms(level, zeros, shuffle)
    values: dict[int, int] = {}
    for place, (text, shape) in enumerate(zip(seen.inputs, seen.shapes, strict=True)):
        values[place] = terms.source(named(text), shape)
    for index in _order(live, shuffle):
        node = live.nodes[index]
        kind = kind_of(node.op, seen.attrs(node.attrs), level)
        args = tuple([values[v] for v in node.inputs])
        values.update(zip(node.outputs, terms.apply(kind, args, node), strict=True))
    outputs = tuple(values[v] for v in live.outputs)
    return needed(terms, tuple(range(len(live.inputs))), outputs)


def _order(graph: Graph, shuffle: random.Random | None) -> Iterator[int]:
    """The nodes in order, or in any other in which inputs stand before their users."""
    if shuffle is None:
        yield from range(len(graph.nodes))
        return
    known = set(range(len(graph.inputs)))
    left = list(range(len(graph.nodes)))
    while left:
        ready = [i for i in left if known.issuperset(graph.nodes[i].inputs)]
        index = shuffle.choice(ready)
        left.remove(index)
        known.update(graph.nodes[index].outputs)
        yield index


def needed(terms: Terms, inputs: Values, outputs: Values) -> Normal:
    """What outputs need, and all inputs."""
    live = set(inputs)
    inner: set[int] = set()
    pending = list(outputs)
    while pending:
        value = pending.pop()
        if value not in live:
            live.add(value)
            pending += _below(terms, value, inner)
    held = tuple(sorted(live | inner)) if inner else tuple(sorted(live))
    return Normal(terms, inputs, outputs, tuple(sorted(live)), held)


def _below(terms: Terms, value: int, inner: set[int]) -> list[int]:
    """The inputs of a value, nested sums opened; those are added to `inner`."""
    kind = terms.kinds[value]
    if not terms.nests(value):
        return list(terms.args[value])
    found: list[int] = []
    stack = [value]
    while stack:
        for a in terms.args[stack.pop()]:
            if terms.kinds[a] is not kind:
                found.append(a)
            elif a not in inner:
                inner.add(a)
                stack.append(a)
    return found


__all__ = ["LEVELS", "Family", "Normal", "needed", "normal"]
