"""Near misses: graphs changed in one place, by which the architecture may or may not change.

>>> import random
>>> from snaplang.api import lower
>>> graph = lower("relu dup tanh add", ["N,8,4"])
>>> changed(random.Random(2), graph).input_shapes() == graph.input_shapes()
True
"""

from __future__ import annotations

import random
from collections.abc import Callable

from snaplang.graph import Graph
from snaplang.graph.builder import attributes
from snaplang.ops import TABLE
from snaplang.ops.spec import OpSpec
from snaplang.testing.generators.arguments import argument, arguments, unsaid
from snaplang.testing.generators.draft import MISFITS, Draft, Item, Wire
from snaplang.testing.generators.growing import too_large

Change = Callable[[random.Random, Draft], bool]


def changed(rng: random.Random, graph: Graph) -> Graph:
    """A graph that differs in one attribute, edge, port, op, output, order or size."""
    for _ in range(60):
        draft = Draft.of(graph)
        try:
            if rng.choice(CHANGES)(rng, draft):
                after = draft.graph()
                if not any(map(too_large, after.shapes)):
                    return after
        except (*MISFITS, ValueError):
            continue
    return graph


def _item(rng: random.Random, draft: Draft) -> Item | None:
    return rng.choice(draft.items) if draft.items else None


def attribute(rng: random.Random, draft: Draft) -> bool:
    """One argument drawn anew."""
    items = [item for item in draft.items if item.op.params]
    if not items:
        return False
    item = rng.choice(items)
    param = rng.choice(item.op.params)
    shape, silent = draft.shapes()[item.inputs[0]], unsaid(draft.base)
    given = attributes(
        item.op,
        {
            **arguments(rng, item.op, shape, silent),
            param.name: argument(rng, item.op, param, shape, silent),
        },
        draft.base.width,
    )
    counts = (item.op.inputs, item.op.outputs)
    values = {**item.attrs, param.name: given[param.name]}
    if param.name == item.op.inputs:
        n = given.count(param.name)
        if n < len(item.inputs):
            item.inputs = rng.sample(item.inputs, n)
        item.inputs += rng.choices(item.inputs, k=n - len(item.inputs))
    elif param.name in counts and given.count(param.name) < item.attrs.count(param.name):
        return False
    item.attrs = type(item.attrs)(values)
    return True


def edge(rng: random.Random, draft: Draft) -> bool:
    """Another value of the same shape read in one place."""
    places = list(draft.places())
    row, i = rng.choice(places)
    shapes = draft.shapes()
    fit = [w for w in shapes if shapes[w] == shapes[row[i]] and w != row[i]]
    if not fit:
        return False
    row[i] = rng.choice(fit)
    return True


def size(rng: random.Random, draft: Draft) -> bool:
    """Another value of whatever shape read in one place."""
    row, i = rng.choice(list(draft.places()))
    row[i] = rng.choice(draft.wires())
    return True


def exchange(rng: random.Random, draft: Draft) -> bool:
    """Two inputs of one instance, or two outputs, exchanged."""
    rows = [row for row in (*(i.inputs for i in draft.items), draft.outputs) if len(set(row)) > 1]
    if not rows:
        return False
    row = rng.choice(rows)
    i, j = rng.sample(range(len(row)), 2)
    row[i], row[j] = row[j], row[i]
    return True


def two_edges(rng: random.Random, draft: Draft) -> bool:
    """Two readers of different values exchange what they read."""
    (one, i), (two, j) = rng.choice(list(draft.places())), rng.choice(list(draft.places()))
    one[i], two[j] = two[j], one[i]
    return True


def port(rng: random.Random, draft: Draft) -> bool:
    """Another result of the same instance."""
    fit: list[tuple[list[Wire], int, int]] = []
    for row, i in draft.places():
        item = row[i][0]
        if item is not None and item.op.output_count(item.attrs) > 1:
            fit.append((row, i, item.op.output_count(item.attrs)))
    if not fit:
        return False
    row, i, count = rng.choice(fit)
    row[i] = (row[i][0], rng.randrange(count))
    return True


def other_op(rng: random.Random, draft: Draft) -> bool:
    """Another op on the same inputs."""
    item = _item(rng, draft)
    if item is None:
        return False
    count, left = len(item.inputs), item.op.output_count(item.attrs)
    fit = [op for op in TABLE.values() if op.moves is None and op is not item.op and not op.spells]
    fit = [op for op in fit if _takes(op, count) and op.outputs in (left, "n")]
    if not fit:
        return False
    op = rng.choice(fit)
    given = arguments(rng, op, draft.shapes()[item.inputs[0]], unsaid(draft.base))
    item.attrs = attributes(op, given, draft.base.width)
    item.op = op
    return (op.input_count(item.attrs), op.output_count(item.attrs)) == (count, left)


def _takes(op: OpSpec, count: int) -> bool:
    return op.inputs == count or isinstance(op.inputs, str)


def bypass(rng: random.Random, draft: Draft) -> bool:
    """An instance left out."""
    item = _item(rng, draft)
    if item is None:
        return False
    draft.reroute(
        item.wire(rng.randrange(item.op.output_count(item.attrs))), rng.choice(item.inputs)
    )
    return True


def insert(rng: random.Random, draft: Draft) -> bool:
    """One instance more."""
    row, i = rng.choice(list(draft.places()))
    op = rng.choice([op for op in TABLE.values() if op.moves is None and op.inputs == 1])
    given = arguments(rng, op, draft.shapes()[row[i]], unsaid(draft.base))
    row[i] = draft.add(op, [row[i]], given)
    return True


def twin(rng: random.Random, draft: Draft) -> bool:
    """An instance of its own for one of several readers."""
    item = _item(rng, draft)
    uses = [(row, i) for row, i in draft.places() if row[i][0] is item]
    if item is None or len(uses) < 2:
        return False
    row, i = rng.choice(uses)
    other = Item(item.op, item.attrs, list(item.inputs))
    draft.items.append(other)
    row[i] = (other, row[i][1])
    return True


def outputs(rng: random.Random, draft: Draft) -> bool:
    """One output more, or less."""
    if len(draft.outputs) > 1 and rng.random() < 0.5:
        del draft.outputs[rng.randrange(len(draft.outputs))]
    else:
        draft.outputs.insert(rng.randint(0, len(draft.outputs)), rng.choice(draft.wires()))
    return True


CHANGES: tuple[Change, ...] = (
    attribute,
    attribute,
    attribute,
    edge,
    edge,
    size,
    size,
    exchange,
    two_edges,
    port,
    other_op,
    other_op,
    bypass,
    insert,
    twin,
    outputs,
)
