"""Making a graph a different architecture, for sure.

A change is kept if a signature tells the two apart that no law touches. For graphs without zeros
that is, for each output: how many instances of each op with weights (or chance) it needs, and how
many unary instances of each kind follow one another at most on a way to it. Laws merge, move and
drop only what these do not count; `canonical.md` has the list. How many inputs and outputs there
are counts as well.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable

from snaplang.graph.builder import RankNeededError, RejectedError
from snaplang.ops.spec import Fact, OpSpec, Role
from snaplang.testing.sampling.instances import Accept, instance, specs
from snaplang.testing.sampling.laws import chosen, plain
from snaplang.testing.sampling.sketch import Sketch, SketchItem, Wire

TRIES = 20
_VANISHING = {
    *(Fact.IDEMPOTENT, Fact.MERGES_EQUAL, Fact.MAKES_ZERO),
    *(Fact.KEEPS_POINTS, Fact.KEEPS_FLAT, Fact.SPLITS_CHANNELS),
}


def makes_no_zero(spec: OpSpec) -> bool:
    """Whether an op is fit for graphs whose signature is to tell them apart."""
    return Fact.MAKES_ZERO not in spec.facts


def signature(sketch: Sketch) -> Hashable:
    """What two sketches without zeros must share to be the same architecture."""
    ways: dict[SketchItem, Counter[Hashable]] = {}
    for item in sketch.ordered():
        longest: Counter[Hashable] = Counter()
        for maker, _ in _heard(item):
            if maker is not None:
                longest |= ways[maker]
        if _counts(item):
            longest[_kind(item)] += 1
        ways[item] = longest
    found = []
    shapes = sketch.shapes()
    for wire in sketch.outputs:
        own = Counter(_kind(i) for i in _needed(wire) if _counts(i) and not plain(i, shapes))
        way = ways[wire[0]] if wire[0] is not None else Counter()
        found.append((frozenset(own.items()), frozenset(way.items())))
    return len(sketch.inputs), tuple(found)


def _heard(item: SketchItem) -> list[Wire]:
    """The inputs whose values count: of what gives `like` its sizes only the sizes do."""
    return item.inputs[: len(item.inputs) - (Fact.TAKES_SIZES in item.op.facts)]


def _needed(wire: Wire) -> set[SketchItem]:
    """The items whose values an output needs."""
    found: set[SketchItem] = set()
    waiting = [wire[0]]
    while waiting:
        item = waiting.pop()
        if item is not None and item not in found:
            found.add(item)
            waiting += [maker for maker, _ in _heard(item)]
    return found


def _counts(item: SketchItem) -> bool:
    """Whether every law leaves such an instance on its way: unary, no identity, merging nothing."""
    op, attrs = item.op, item.attrs
    vanishing = not _VANISHING.isdisjoint(op.all_facts(attrs)) or op.fixes is not None
    folding = op.fold is not None
    return len(item.inputs) == 1 and not (vanishing or folding or op.identity_if(attrs))


def _kind(item: SketchItem) -> Hashable:
    """The op and what of its attributes belongs to the architecture."""
    function = [p.name for p in item.op.params if p.role is Role.FUNCTION]
    return item.op.id, tuple((name, item.attrs[name]) for name in function)


def differ(rng: random.Random, sketch: Sketch, accept: Accept | None = None) -> Sketch:
    """A sketch of another architecture; neither may hold a zero."""
    table = specs(lambda s: makes_no_zero(s) and (accept is None or accept(s)))
    before = signature(sketch)
    for _ in range(TRIES):
        changed = sketch.copy()
        try:
            rng.choice(CHANGES)(rng, changed, table)
            changed.shapes()
        except (RejectedError, RankNeededError, ValueError):
            continue
        if signature(changed) != before:
            return changed
    changed = sketch.copy()
    changed.outputs.append(changed.outputs[0])
    return changed


def _insert(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """An op more on a wire."""
    places, index = rng.choice(list(sketch.uses()))
    drawn = instance(rng, rng.choice(table), (sketch.shapes()[places[index]],), sketch.width())
    if drawn is not None:
        count = drawn[0].input_count(drawn[1])
        places[index] = (sketch.add(*drawn, [places[index]] * count), 0)


def _remove(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """An op less: its first input in its place."""
    for item in chosen(rng, sketch.items):
        for places, index in sketch.uses():
            if places[index][0] is item:
                places[index] = item.inputs[0]
        sketch.items.remove(item)


def _retune(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """Other attributes."""
    for item in chosen(rng, sketch.items):
        _become(rng, sketch, item, item.op)


def _replace(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """Another op in the place of one."""
    for item in chosen(rng, sketch.items):
        _become(rng, sketch, item, rng.choice(table))


def _become(rng: random.Random, sketch: Sketch, item: SketchItem, op: OpSpec) -> None:
    drawn = instance(rng, op, (sketch.shapes()[item.inputs[0]],), sketch.width())
    if drawn is None or drawn[0].input_count(drawn[1]) != len(item.inputs):
        return
    if drawn[0].output_count(drawn[1]) == item.op.output_count(item.attrs):
        item.op, item.attrs = drawn


def _rewire(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """Another value for one use; a cycle is found out later."""
    places, index = rng.choice(list(sketch.uses()))
    places[index] = rng.choice(sketch.wires())


def _unshare(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """Two sets of weights where there was one."""
    shapes = sketch.shapes()
    for item in chosen(rng, [i for i in sketch.items if not plain(i, shapes)]):
        users = [(p, i) for p, i in sketch.uses() if p[i][0] is item]
        twin = sketch.add(item.op, item.attrs, list(item.inputs))
        for places, index in chosen(rng, users[1:]):
            places[index] = (twin, places[index][1])


def _share(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """One set of weights where there were two."""
    pairs = [(a, b) for a in sketch.items for b in sketch.items if a is not b and _alike(a, b)]
    for item, other in chosen(rng, pairs):
        for places, index in sketch.uses():
            if places[index][0] is other:
                places[index] = (item, places[index][1])
        sketch.items.remove(other)


def _alike(left: SketchItem, right: SketchItem) -> bool:
    return (left.op, left.attrs, left.inputs) == (right.op, right.attrs, right.inputs)


def _change_outputs(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """Outputs in another order, one more, or one less."""
    if len(sketch.outputs) > 1 and rng.random() < 0.7:
        rng.shuffle(sketch.outputs)
        sketch.outputs = sketch.outputs[rng.randint(0, 1) :]
    else:
        sketch.outputs.append(rng.choice(sketch.wires()))


def _more_inputs(rng: random.Random, sketch: Sketch, table: tuple[OpSpec, ...]) -> None:
    """An input that nobody uses."""
    sketch.inputs.append(sketch.inputs[-1])


Change = Callable[[random.Random, Sketch, tuple[OpSpec, ...]], None]

CHANGES: tuple[Change, ...] = (
    *(_insert, _remove, _retune, _replace, _rewire) * 3,
    *(_unshare, _share) * 2,
    _change_outputs,
    _more_inputs,
)
