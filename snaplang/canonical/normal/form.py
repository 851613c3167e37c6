"""From a graph to its normal form: the terms that its inputs and outputs need.

>>> from snaplang.api import lower
>>> form = normal(lower("dup relu6 swap relu relu6 max"), "algebra")
>>> [form.terms.kinds[v].op for v in form.live]
[None, <op relu>]
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from snaplang.canonical.normal.family import Sizes, input_kinds, letters_of, renamed
from snaplang.canonical.normal.kinds import Asks, Kind, kind_of
from snaplang.canonical.normal.terms import Terms, Values
from snaplang.canonical.normal.waiting import Waiting
from snaplang.diagnostics import SnapError
from snaplang.dims import ONE
from snaplang.graph import Graph, Node
from snaplang.graph.specialize import require_closed


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
    letters = letters_of(graph)
    nodes = graph.live_nodes()  # S2
    try:
        kinds = [
            kind_of(n.op, renamed(n.attrs, letters) if letters else n.attrs, level) for n in nodes
        ]
    except SnapError:  # a user's op: say which instance it is
        kinds = [n.ask(kind_of, n.op, renamed(n.attrs, letters), level) for n in nodes]
    sizes = Sizes(graph, letters) if _need_shapes(kinds, graph) else None
    terms = Terms(level, sizes, shuffle)
    shapes = sizes.shapes if sizes else (None,) * len(graph.inputs)
    values = dict(enumerate(map(terms.source, input_kinds(graph, letters), shapes)))
    moving = shuffle is None and sum([kind.carries for kind in kinds]) > 1
    waiting = Waiting(terms, graph, nodes, values) if moving else None
    for index in range(len(kinds)) if shuffle is None else _any_order(graph, nodes, shuffle):
        node, kind = nodes[index], kinds[index]
        if waiting and waiting.takes(kind, node):
            continue
        args = tuple([values[v] for v in node.inputs])
        made = terms.apply(kind, args, node)
        for v, value in zip(node.outputs, made, strict=True):
            values[v] = value
    outputs = tuple([values[v] for v in graph.outputs])
    return needed(terms, tuple(range(len(graph.inputs))), outputs)


def _need_shapes(kinds: Sequence[Kind], graph: Graph) -> bool:
    """Whether a law may apply that asks for shapes: shapes cost more than all else here.

    Zeros and sizes taken from a tensor ask at once, and slices of what was joined. A single
    position is left by pools alone, and a tensor without axes by `flatten`, or they come in; then
    a second one has something to ask.
    """
    shapes = graph.input_shapes()
    before = Asks(0)
    if any(ONE in shape.spatial for shape in shapes):
        before |= Asks.LEAVES
    if any(shape.rank == 0 for shape in shapes):
        before |= Asks.FLAT
    for asks in (kind.asks for kind in kinds if kind.asks):
        if asks & Asks.AT_ONCE:
            return True
        if asks & Asks.POINTS and before & (Asks.LEAVES | Asks.FOREIGN):
            return True
        if asks & Asks.FLAT and before & (Asks.FLAT | Asks.FOREIGN):
            return True
        before |= asks
        if Asks.SPLITS | Asks.JOINS in before:
            return True
    return False


def _any_order(graph: Graph, nodes: Sequence[Node], shuffle: random.Random) -> Iterator[int]:
    """The nodes in some order in which inputs stand before their users."""
    known = set(range(len(graph.inputs)))
    left = list(range(len(nodes)))
    while left:
        ready = [i for i in left if known.issuperset(nodes[i].inputs)]
        index = shuffle.choice(ready)
        left.remove(index)
        known.update(nodes[index].outputs)
        yield index


def needed(terms: Terms, inputs: Values, outputs: Values) -> Normal:
    """What outputs need, and all inputs."""
    kinds, args = terms.kinds, terms.args
    marks = bytearray(len(kinds))  # 1: there as an instance, 2: a nested sum within another
    for v in (*inputs, *outputs):
        marks[v] = 1
    for v in range(len(marks) - 1, -1, -1):
        if marks[v]:
            kind = kinds[v]
            for a in args[v]:
                marks[a] |= 2 if kind.nests and kinds[a] is kind else 1
    live = tuple([v for v, mark in enumerate(marks) if mark & 1])
    held = live if 2 not in marks else tuple([v for v, mark in enumerate(marks) if mark])
    return Normal(terms, inputs, outputs, live, held)
