"""Growing a random graph, well typed by construction: an op is drawn, its shape rule decides.

>>> import random
>>> grow(random.Random(0), SketchPlan(max_size=5)).fits()
True
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from snaplang.dims import AXES, Dim, dim, letter
from snaplang.graph.builder import RankNeededError, RejectedError
from snaplang.ops.spec import OpSpec, Shape
from snaplang.testing.sampling.instances import Accept, instance, specs
from snaplang.testing.sampling.sketch import Sketch, SketchItem, Wire

MAX_CHANNELS = 64
MAX_AXIS = 32
MAX_TEXT = 24  # characters of a symbolic size
TRIES = 6


@dataclass(frozen=True)
class SketchPlan:
    """What to grow: at most `max_size` nodes from the ops that `accept` and `weights` leave.

    `ranks` are those of typed inputs (rank 0, which no text can say, comes behind `flatten`).
    Inputs are bound (channels and sizes are numbers) with `bound=True`, open with
    `bound=False`, and either with None.
    """

    max_size: int = 12
    ranks: tuple[int, ...] = (1, 2, 3)
    accept: Accept | None = None
    weights: bool = True
    bound: bool | None = None
    inputs: int = 3
    outputs: int = 3


def grow(rng: random.Random, plan: SketchPlan) -> Sketch:
    """A random graph; what no output needs has been left out."""
    sketch = _inputs(rng, plan)
    table = specs(plan.accept, plan.weights)
    shapes = sketch.shapes()
    for _ in range(rng.randint(0, plan.max_size)):
        shapes = grow_one(rng, sketch, shapes, table) or shapes
    _choose_outputs(rng, sketch, plan, table)
    return sketch


def _inputs(rng: random.Random, plan: SketchPlan) -> Sketch:
    count = rng.choice((1, 1, 1, 2, 3)) if plan.inputs > 2 else rng.randint(1, plan.inputs)
    bound = rng.random() > 0.5 if plan.bound is None else plan.bound
    if not bound and rng.random() < 0.6:
        return Sketch([Shape(letter("c"), (letter("S"),), True)] * count)
    axes = AXES[rng.choice([r for r in plan.ranks if r])]
    first = _typed(rng, axes, bound)
    others = [first if rng.random() < 0.7 else _typed(rng, axes, bound) for _ in range(count - 1)]
    return Sketch([first, *others], bound=bound)


def _typed(rng: random.Random, axes: tuple[str, ...], bound: bool) -> Shape:
    channels = rng.choice((4, 6, 8, 12)) if bound else rng.choice((1, 2, 4)) * letter("c")
    sizes = [dim(rng.randint(4, 9)) if bound else letter(name) for name in axes]
    return Shape(dim(channels), tuple(sizes))


def grow_one(
    rng: random.Random, sketch: Sketch, shapes: dict[Wire, Shape], table: tuple[OpSpec, ...]
) -> dict[Wire, Shape] | None:
    """Add one op somewhere; the shapes then, or None if none that was drawn fitted."""
    if not table:
        return None
    width = sketch.width()
    several = tuple(s for s in table if s.inputs != 1)
    for _ in range(TRIES):
        pool = several if several and rng.random() > 0.7 else table
        spec = rng.choice(pool)
        first = _pick(rng, sketch, list(shapes))
        drawn = instance(rng, spec, (shapes[first],), width)
        if drawn is None:
            continue
        op, attrs = drawn
        alike = [w for w in shapes if shapes[w] == shapes[first]]
        taken = [first]
        for _ in range(op.input_count(attrs) - 1):
            taken.append(_pick(rng, sketch, alike if rng.random() < 0.8 else list(shapes)))
        rng.shuffle(taken)
        item = sketch.add(op, attrs, taken)
        after = _shapes(sketch)
        if after is not None and all(map(_small, (after[w] for w in item.wires()))):
            return after
        sketch.items.remove(item)
    return None


def _shapes(sketch: Sketch) -> dict[Wire, Shape] | None:
    try:
        return sketch.shapes()
    except (RejectedError, RankNeededError):
        return None


def _pick(rng: random.Random, sketch: Sketch, wires: list[Wire]) -> Wire:
    """A value: often the last one, or one that nobody has used."""
    if rng.random() < 0.4:
        return wires[-1]
    used = {places[index] for places, index in sketch.uses()}
    unused = [w for w in wires if w not in used]
    return rng.choice(unused if unused and rng.random() < 0.4 else wires)


def _small(shape: Shape) -> bool:
    """Small enough to run, and to read."""
    sizes = [(shape.channels, MAX_CHANNELS), *((s, MAX_AXIS) for s in shape.spatial)]
    return all(_below(size, most) for size, most in sizes)


def _below(size: Dim, most: int) -> bool:
    number = size.number
    return len(str(size)) <= MAX_TEXT if number is None else number <= most


def _choose_outputs(
    rng: random.Random, sketch: Sketch, plan: SketchPlan, table: tuple[OpSpec, ...]
) -> None:
    """Join values that nobody uses where an op does it, and hand out what remains."""
    joins = tuple(s for s in table if s.inputs != 1)
    for _ in range(4):
        loose = _loose(sketch)
        full = len(sketch.items) >= plan.max_size
        if len(loose) < 2 or full or not joins or rng.random() > 0.9:
            break
        _join(rng, sketch, loose[-2:], joins)
    loose = _loose(sketch) or sketch.wires()[-1:]
    most = min(plan.outputs, len(loose))
    count = 1 if rng.random() < 0.7 else rng.randint(1, most)
    sketch.outputs = [loose[-1 - i] for i in range(count)][::-1]
    if count < plan.outputs and rng.random() > 0.9:
        sketch.outputs.append(rng.choice(sketch.wires()))
    drop_dead(sketch)


def _loose(sketch: Sketch) -> list[Wire]:
    used = {places[index] for places, index in sketch.uses()}
    return [w for w in sketch.wires() if w not in used]


def _join(rng: random.Random, sketch: Sketch, wires: list[Wire], table: tuple[OpSpec, ...]) -> None:
    shapes = sketch.shapes()
    for spec in rng.sample(table, len(table)):
        drawn = instance(rng, spec, (shapes[wires[0]],), sketch.width())
        if drawn is None or drawn[0].input_count(drawn[1]) != len(wires):
            continue
        item = sketch.add(*drawn, list(wires))
        after = _shapes(sketch)
        if after is not None and all(map(_small, (after[w] for w in item.wires()))):
            return
        sketch.items.remove(item)


def drop_dead(sketch: Sketch) -> None:
    """Leave out the items that no output needs."""
    needed = live(sketch)
    sketch.items = [item for item in sketch.ordered() if item in needed]


def live(sketch: Sketch) -> set[SketchItem]:
    """The items that an output needs."""
    needed: set[SketchItem] = set()
    waiting = [maker for maker, _ in sketch.outputs]
    while waiting:
        item = waiting.pop()
        if item is not None and item not in needed:
            needed.add(item)
            waiting += [maker for maker, _ in item.inputs]
    return needed
