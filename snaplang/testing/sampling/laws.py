"""The laws of sameness as random steps: each changes a graph, none changes the architecture.

Steps mostly run a law backwards, from the plain to the roundabout, which is what a canonicalizer
must undo. Each asks the facts of the op table, never for an op's name. S1, the many ways to write
one graph, is `encode.py`'s.

>>> [law.__name__ for law in LAWS["S3"]]
['insert_identity']
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from snaplang.dims import Dim
from snaplang.graph.builder import RankNeededError, RejectedError
from snaplang.ops.resolve import ArgumentError
from snaplang.ops.spec import Attrs, Fact, OpSpec, ParamKind, Shape
from snaplang.testing.sampling.grow import grow_one
from snaplang.testing.sampling.instances import identities, instance, specs
from snaplang.testing.sampling.sketch import Sketch, SketchItem, Wire

T = TypeVar("T")
Law = Callable[[random.Random, Sketch], None]


def rewrite(rng: random.Random, sketch: Sketch, steps: int, level: str = "algebra") -> Sketch:
    """The sketch after some random steps by laws of a level ("structure" or "algebra")."""
    table = [
        law for name, laws in LAWS.items() for law in laws if level == "algebra" or name[0] == "S"
    ]
    for _ in range(steps):
        changed = sketch.copy()
        try:
            rng.choice(table)(rng, changed)
            if _leaves(changed) == _leaves(sketch):
                sketch = changed
        except (RejectedError, RankNeededError, ArgumentError):
            continue
    return sketch


def _leaves(sketch: Sketch) -> list[object]:
    shapes = sketch.shapes()
    return [shapes[wire] for wire in sketch.outputs]


def has(item: SketchItem, fact: Fact) -> bool:
    """Whether a fact holds for an item."""
    return fact in item.op.all_facts(item.attrs)


def plain(item: SketchItem, shapes: Mapping[Wire, Shape]) -> bool:
    """Whether equal inputs make two such items one: no weights, nothing random."""
    weights = item.op.weights(item.attrs, tuple(shapes[w] for w in item.inputs))
    return not weights and not has(item, Fact.RANDOM)


def chosen(rng: random.Random, items: Sequence[T]) -> list[T]:
    """One of the items, or none where there are none."""
    return [rng.choice(items)] if items else []


def _redirect(rng: random.Random, sketch: Sketch, old: Wire, new: Wire, *fresh: SketchItem) -> None:
    """Let some users of `old` (or all) take `new`, apart from the `fresh` ones that it needs.

    Values of another shape are left alone.
    """
    shapes = sketch.shapes()
    if shapes[old] != shapes[new]:
        return
    every = rng.random() < 0.5
    for places, index in list(sketch.uses()):
        own = any(places is item.inputs for item in fresh)
        if places[index] == old and not own and (every or rng.random() < 0.5):
            places[index] = new


def add_dead(rng: random.Random, sketch: Sketch) -> None:
    """S2: an op, any op, whose results nobody needs."""
    grow_one(rng, sketch, sketch.shapes(), specs())


def insert_identity(rng: random.Random, sketch: Sketch) -> None:
    """S3: an op whose attributes make it the identity."""
    wire = rng.choice(sketch.wires())
    op, attrs = rng.choice(identities())
    item = sketch.add(op, attrs, [wire])
    _redirect(rng, sketch, wire, (item, 0), item)


def commute(rng: random.Random, sketch: Sketch) -> None:
    """S4: the inputs of a sum in another order."""
    for item in chosen(rng, [i for i in sketch.items if has(i, Fact.COMMUTATIVE)]):
        rng.shuffle(item.inputs)


def nest(rng: random.Random, sketch: Sketch) -> None:
    """S4, S5: some inputs of an n-ary op joined first (neighbours, if it does not commute)."""
    fit = [i for i in sketch.items if has(i, Fact.ASSOCIATIVE) and len(i.inputs) > 2]
    for item in chosen(rng, fit):
        if has(item, Fact.COMMUTATIVE):
            rng.shuffle(item.inputs)
        size = rng.randint(1, len(item.inputs) - 1)
        start = rng.randint(0, len(item.inputs) - size)
        part = item.inputs[start : start + size]
        inner = sketch.add(item.op, _counting(item, size), part)
        item.inputs[start : start + size] = [(inner, 0)]
        item.attrs = _counting(item, len(item.inputs))


def flatten(rng: random.Random, sketch: Sketch) -> None:
    """S4, S5: an inner op's inputs in its place; it stays for its other users."""
    for item in chosen(rng, [i for i in sketch.items if has(i, Fact.ASSOCIATIVE)]):
        for place, (maker, _) in enumerate(item.inputs):
            if maker is not None and maker.op is item.op and _same_but_count(item, maker):
                item.inputs[place : place + 1] = maker.inputs
                item.attrs = _counting(item, len(item.inputs))
                break


def _counting(item: SketchItem, count: int) -> Attrs:
    assert isinstance(item.op.inputs, str)
    return Attrs(dict(item.attrs) | {item.op.inputs: count})


def _same_but_count(left: SketchItem, right: SketchItem) -> bool:
    return _counting(left, 1) == _counting(right, 1)


def double(rng: random.Random, sketch: Sketch) -> None:
    """A1: a second instance of what has no weights and no chance in it."""
    shapes = sketch.shapes()
    for item in chosen(rng, [i for i in sketch.items if plain(i, shapes)]):
        twin = sketch.add(item.op, item.attrs, list(item.inputs))
        for port in range(item.op.output_count(item.attrs)):
            _redirect(rng, sketch, (item, port), (twin, port))


def repeat(rng: random.Random, sketch: Sketch) -> None:
    """A2: an idempotent op twice; of two caps the larger may stand on either side."""
    for item in chosen(rng, [i for i in sketch.items if has(i, Fact.IDEMPOTENT)]):
        other = _looser(rng, item) if has(item, Fact.CAPPED) else item.attrs
        after = sketch.add(item.op, item.attrs, [(item, 0)])
        if rng.random() < 0.5:
            after.attrs = other
        else:
            item.attrs = other
        _redirect_all(sketch, (item, 0), (after, 0), after)


def _redirect_all(sketch: Sketch, old: Wire, new: Wire, keep: SketchItem) -> None:
    for places, index in list(sketch.uses()):
        if places[index] == old and places is not keep.inputs:
            places[index] = new


def _looser(rng: random.Random, item: SketchItem) -> Attrs:
    """The same with a cap at least as large, or with none."""
    (cap,) = [p.name for p in item.op.params if p.kind is ParamKind.REAL and p.optional]
    value = item.attrs[cap]
    looser = None if value is None else rng.choice((None, item.attrs.real(cap) + 1.5, value))
    return Attrs(dict(item.attrs) | {cap: looser})


def merge_equal(rng: random.Random, sketch: Sketch) -> None:
    """A2: the maximum or mean of a value with itself."""
    wire = rng.choice(sketch.wires())
    for op in _with(rng, Fact.MERGES_EQUAL):
        count = rng.randint(2, 3)
        item = _joined(rng, sketch, op, [wire] * count)
        if item is not None:
            _redirect(rng, sketch, wire, (item, 0), item)


def _with(rng: random.Random, fact: Fact) -> list[OpSpec]:
    """One op that always has a fact, or none."""
    found = [s for s in specs() if fact in s.facts]
    return [rng.choice(found)] if found else []


def _joined(rng: random.Random, sketch: Sketch, op: OpSpec, wires: list[Wire]) -> SketchItem | None:
    """An item that takes these wires; None where the op cannot take so many."""
    if isinstance(op.inputs, str):
        drawn = instance(rng, op, (sketch.shapes()[wires[0]],), sketch.width())
        if drawn is None:
            return None
        return sketch.add(op, Attrs(dict(drawn[1]) | {op.inputs: len(wires)}), wires)
    return None


def _zero(rng: random.Random, sketch: Sketch, like: Wire) -> SketchItem:
    """A zero of the shape of `like`, made from any value of that shape."""
    source = rng.choice(_alike(sketch, like, sketch.behind(like)))
    (op,) = _with(rng, Fact.MAKES_ZERO)
    return sketch.add(op, Attrs(), [source])


def _alike(sketch: Sketch, wire: Wire, without: set[SketchItem]) -> list[Wire]:
    """The values of the same shape, those of some items left out."""
    shapes = sketch.shapes()
    return [w for w in shapes if shapes[w] == shapes[wire] and w[0] not in without]


def add_zero(rng: random.Random, sketch: Sketch) -> None:
    """A3: a zero in a sum."""
    wire = rng.choice(sketch.wires())
    for op in _with(rng, Fact.SUMS):
        zero = _zero(rng, sketch, wire)
        terms: list[Wire] = [wire, *[(zero, 0)] * rng.randint(1, 2)]
        rng.shuffle(terms)
        item = _joined(rng, sketch, op, terms)
        if item is not None:
            _redirect(rng, sketch, wire, (item, 0), item, zero)


def _zeros(sketch: Sketch) -> list[SketchItem]:
    return [i for i in sketch.items if has(i, Fact.MAKES_ZERO)]


def forget(rng: random.Random, sketch: Sketch) -> None:
    """A3: a zero made from another value of the same shape."""
    for item in chosen(rng, _zeros(sketch)):
        behind = {*sketch.behind((item, 0)), item}
        item.inputs = [rng.choice(_alike(sketch, item.inputs[0], behind))]


def annihilate(rng: random.Random, sketch: Sketch) -> None:
    """A3: a zero times something."""
    for item in chosen(rng, _zeros(sketch)):
        fit = _alike(sketch, (item, 0), sketch.behind((item, 0)))
        for op in _with(rng, Fact.ANNIHILATES):
            factors: list[Wire] = [(item, 0), rng.choice(fit)]
            rng.shuffle(factors)
            product = _joined(rng, sketch, op, factors)
            if product is not None:
                _redirect(rng, sketch, (item, 0), (product, 0), product)


def keep_zero(rng: random.Random, sketch: Sketch) -> None:
    """A3: a zero-preserving op, weights and all, behind a zero."""
    for item in chosen(rng, _zeros(sketch)):
        shapes = sketch.shapes()
        for spec in rng.sample(specs(), 12):
            drawn = instance(rng, spec, (shapes[(item, 0)],), sketch.width())
            if drawn is None or drawn[0].input_count(drawn[1]) != 1:
                continue
            if Fact.ZERO_PRESERVING in drawn[0].all_facts(drawn[1]):
                after = sketch.add(*drawn, [(item, 0)])
                _redirect(rng, sketch, (item, 0), (after, 0), after)
                return


def split_zero(rng: random.Random, sketch: Sketch) -> None:
    """A3: a zero as several that are joined, each of some value's shape."""
    for item in chosen(rng, _zeros(sketch)):
        behind = sketch.behind((item, 0))
        wires = [w for w in sketch.wires() if w[0] is not item and w[0] not in behind]
        shapes = sketch.shapes()
        total = shapes[(item, 0)].channels
        pairs = [(a, b) for a in wires for b in wires if _sum(shapes, a, b) == total]
        for op in _with(rng, Fact.JOINS_ZEROS):
            for pair in chosen(rng, pairs):
                parts = [sketch.add(item.op, item.attrs, [wire]) for wire in pair]
                joined = _joined(rng, sketch, op, [(part, 0) for part in parts])
                if joined is not None:
                    _redirect(rng, sketch, (item, 0), (joined, 0))


def _sum(shapes: Mapping[Wire, Shape], left: Wire, right: Wire) -> Dim:
    return shapes[left].channels + shapes[right].channels


def swap_pool(rng: random.Random, sketch: Sketch) -> None:
    """A4: a maximum pool and a rising elementwise function change places, either way."""
    shapes = sketch.shapes()
    pairs = [
        (first, second)
        for second in sketch.items
        for first in [second.inputs[0][0]]
        if first is not None
        and len(second.inputs) == 1
        and {_kind(first, shapes), _kind(second, shapes)} == {"pool", "rising"}
    ]
    if pairs:
        first, second = rng.choice(pairs)
        inner = sketch.add(second.op, second.attrs, list(first.inputs))
        second.op, second.attrs, second.inputs = first.op, first.attrs, [(inner, 0)]


def _kind(item: SketchItem, shapes: Mapping[Wire, Shape]) -> str:
    facts = item.op.all_facts(item.attrs)
    if not plain(item, shapes) or len(item.inputs) != 1:
        return ""
    if Fact.SELECTS_MAX in facts:
        return "pool"
    return "rising" if {Fact.ELEMENTWISE, Fact.NON_DECREASING} <= facts else ""


LAWS: dict[str, tuple[Law, ...]] = {
    "S2": (add_dead,),
    "S3": (insert_identity,),
    "S4": (commute, nest, flatten),
    "S5": (nest, flatten),
    "A1": (double,),
    "A2": (repeat, merge_equal),
    "A3": (add_zero, forget, annihilate, keep_zero, split_zero),
    "A4": (swap_pool,),
}
