"""Random graphs of everything the language has, op by op on random values.

>>> import random
>>> graph = grow(random.Random(1), Plan(5))
>>> len(graph.nodes) <= 5, len(graph.outputs) in range(1, 5)
(True, True)
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from snaplang.dims import ONE, Dim
from snaplang.graph import Graph
from snaplang.graph.builder import Assembly, attributes
from snaplang.ops import TABLE
from snaplang.ops.spec import Fact, OpSpec, Shape
from snaplang.testing.generators.arguments import arguments, unsaid
from snaplang.testing.generators.draft import MISFITS, NOWHERE, Draft, Item, Wire
from snaplang.testing.generators.inputs import DrawnInputs, draw
from snaplang.testing.generators.userops import is_alike

WEIGHTS = {
    "merge": 3.0,
    "split": 1.2,
    "activation": 1.2,
    "pooling": 2.5,
    "size": 1.5,
    "convolution": 0.8,
    "norm": 0.5,
    "attention": 0.6,
    "regularisation": 0.3,
    "other": 1.0,
    "user": 0.5,
}
TRIES = 40
THEMES = (  # ops that one law speaks of; beside them others come in too
    ("max", "relu", "zero", "sigmoid", "leaky", "elu"),
    ("max", "relu", "leaky", "hsigmoid", "softmax", "maxpool", "gmp"),
    ("split", "cat", "zero", "add"),
    ("split", "cat", "relu", "shuffle", "conv"),
    ("maxpool", "relu", "sigmoid", "tanh", "shift"),
    ("maxpool", "gmp", "avgpool", "gap", "shift", "flatten"),
    ("shift", "crop", "upsample", "maxpool", "gelu", "relu"),
    ("like", "upsample", "crop", "zero", "gap", "maxpool"),
    ("zero", "flatten", "cat", "bn", "linear", "add"),
    ("add", "mul", "max", "mean", "conv"),
    ("zero", "mul", "conv", "add", "gap", "bn"),
    ("user", "relu", "zero"),
    ("user", "max", "add", "zero", "maxpool"),
)


@dataclass(frozen=True)
class Plan:
    """How large a graph is, on which inputs, and of which ops (None: of all there are)."""

    size: int = 8
    bound: bool | None = None
    accept: Callable[[OpSpec], bool] | None = None
    inputs: DrawnInputs | None = None


def grow(rng: random.Random, plan: Plan) -> Graph:
    """A well-typed graph of up to `plan.size` instances, one to four outputs."""
    _, base = based(rng, plan)
    return grown(rng, base, plan).graph()


def based(rng: random.Random, plan: Plan) -> tuple[DrawnInputs, Graph]:
    """Inputs that agree with one another, and a graph of nothing but them."""
    while True:
        given = plan.inputs or draw(rng, plan.bound)
        try:
            return given, given.base()
        except MISFITS:
            continue


def grown(rng: random.Random, base: Graph, plan: Plan) -> Draft:
    """A draft of a random graph on the inputs of `base`."""
    growth = _Growth(rng, base, plan)
    size = rng.randint(0 if rng.random() < 0.02 else 1, plan.size)
    for _ in range(size):
        if len(growth.items) < size:
            growth.step(size - len(growth.items))
    return growth.draft()


def usable(plan: Plan) -> list[OpSpec]:
    """The ops that a graph may be made of."""
    ops = [spec for spec in TABLE.values() if spec.moves is None]
    return [spec for spec in ops if plan.accept is None or plan.accept(spec)]


def chances(rng: random.Random, ops: list[OpSpec]) -> list[float]:
    """How likely each op is: every graph has ops that it likes, most have a theme."""
    theme = rng.choice(THEMES) if rng.random() < 0.6 else ()
    found = []
    for op in ops:
        weight = WEIGHTS.get(op.family, 1.0) * (3 if Fact.MAKES_ZERO in op.facts else 1)
        in_theme = op.name in theme or (op.family == "user" and "user" in theme)
        found.append(weight * 2 ** rng.gauss(0, 1.8) * (40 if in_theme else 1))
    return found


class _Growth:
    def __init__(self, rng: random.Random, base: Graph, plan: Plan) -> None:
        self.rng, self.base, self.silent = rng, base, unsaid(base)
        self.ops = usable(plan)
        self.chances = chances(rng, self.ops)
        self.assembly = Assembly(shapes=list(base.input_shapes()))
        self.wires: list[Wire] = [(None, i) for i in range(len(base.inputs))]
        self.items: list[Item] = []
        self.unread = set(range(len(base.inputs)))

    def step(self, room: int) -> None:
        """One more instance, or a few; nothing where none of several tries fits."""
        if self.items and self.rng.random() < 0.1:
            self.again(room)
            return
        for _ in range(TRIES):
            (op,) = self.rng.choices(self.ops, self.chances)
            if self.tried(op):
                return

    def tried(self, op: OpSpec) -> bool:
        """Whether an instance of an op, with random arguments on random values, fits."""
        shapes, mark = self.assembly.shapes, self.assembly.mark()
        first = self.value()
        try:
            given = arguments(self.rng, op, shapes[first], self.silent)
            attrs = attributes(op, given, self.base.width)
            taken = (first, *self.others(op, first, op.input_count(attrs) - 1))
            results = self.assembly.apply(op, attrs, taken, (), NOWHERE)
        except MISFITS:
            self.assembly.reset(mark)
            return False
        if any(too_large(shapes[v]) for v in results):
            self.assembly.reset(mark)
            return False
        self.keep(taken, results)
        return True

    def keep(self, taken: tuple[int, ...], results: tuple[int, ...]) -> None:
        """Note the instance that was applied last."""
        node = self.assembly.nodes[-1]
        self.items.append(Item(node.op, node.attrs, [self.wires[v] for v in taken]))
        self.wires += [(self.items[-1], port) for port in range(len(results))]
        self.unread -= set(taken)
        self.unread |= set(results)

    def again(self, room: int) -> None:
        """A few instances once more, on the same values or on others: twins are hard to order."""
        size = self.rng.randint(1, min(4, room, len(self.items)))
        start = self.rng.randint(0, len(self.items) - size)
        copied: dict[int, int] = {}
        for node in self.assembly.nodes[start : start + size]:
            taken = tuple(copied.get(v, self.like(v)) for v in node.inputs)
            try:
                results = self.assembly.apply(node.op, node.attrs, taken, (), NOWHERE)
            except MISFITS:
                return
            copied |= dict(zip(node.outputs, results, strict=True))
            self.keep(taken, results)

    def like(self, value: int) -> int:
        """A value of the same shape, mostly itself."""
        shapes = self.assembly.shapes
        fit = [v for v in range(len(self.wires)) if shapes[v] == shapes[value]]
        return self.rng.choice(fit) if self.rng.random() < 0.2 else value

    def value(self) -> int:
        """A value, rather one that nothing reads yet."""
        if self.rng.random() < 0.5 and self.unread:
            return self.rng.choice(sorted(self.unread))
        return self.rng.randrange(len(self.wires))

    def others(self, op: OpSpec, first: int, count: int) -> list[int]:
        """Further inputs of an instance: values that go together with the first."""
        if count < 1:
            return []
        fit = [v for v in range(len(self.wires)) if self.together(op, first, v)]
        fresh = [v for v in fit if v in self.unread and v != first] or fit
        found = [self.rng.choice(fresh if self.rng.random() < 0.5 else fit) for _ in range(count)]
        return found

    def together(self, op: OpSpec, first: int, other: int) -> bool:
        """Whether two values may be inputs of one instance."""
        one, two = self.assembly.shapes[first], self.assembly.shapes[other]
        if one == two or (one.open, one.rank) != (two.open, two.rank):
            return one == two
        if is_alike(op):
            return False
        if Fact.ANNIHILATES in op.facts:
            pairs = zip((one.channels, *one.spatial), (two.channels, *two.spatial), strict=True)
            return all(a == b or ONE in (a, b) for a, b in pairs)
        return one.spatial == two.spatial or op.family == "size" or self.rng.random() < 0.02

    def draft(self) -> Draft:
        """The draft, with outputs among what nothing reads, or anything."""
        rng = self.rng
        count = rng.choices((1, 2, 3, 4), (10, 5, 2, 1))[0]
        unread = [self.wires[v] for v in sorted(self.unread) if v >= len(self.base.inputs)]
        rng.shuffle(unread)
        found = (unread + rng.choices(self.wires, k=count))[:count]
        if rng.random() < 0.15:
            found[rng.randrange(count)] = rng.choice(self.wires)
        return Draft(self.base, self.items, found)


def too_large(shape: Shape) -> bool:
    """Whether a tensor would take long to compute with, or its sizes to read."""
    total = 1
    for size in (shape.channels, *shape.spatial):
        total *= _rough(size)
        if len(size.terms) > 4 or len(str(size)) > 60:
            return True
    return total > 4096


def _rough(size: Dim) -> int:
    """A size, letters taken as 4."""
    number = size.whole()
    if number is not None:
        return number
    total = 0
    for monomial, value in size.terms:
        total += ceil(Fraction(value) if value > 0 else -Fraction(value)) * 4 ** len(monomial[:3])
    return total
