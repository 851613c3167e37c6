"""What rewrites share: picking places, and what the laws call an op.

The lists of names are written from the statement of the laws, as the oracle's are, and apart from
those: a law that one of the two states wrongly shows as a disagreement.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf

from snaplang.ops.spec import Fact, OpSpec, no_weights
from snaplang.testing.generators.draft import Draft, Item, Wire

Law = Callable[[random.Random, Draft], bool]

ORDERLESS = ("add", "mul", "max", "mean")
NESTED = ("add", "mul", "max", "cat")
WITH_WEIGHTS = ("conv", "tconv", "linear", "bn", "gn", "ln", "prelu", "scale", "mhsa")
BY_CHANCE = ("dropout", "droppath", "noise")
POINTWISE = ("relu", "leaky", "elu", "gelu", "silu", "hswish", "hsigmoid", "sigmoid", "tanh")
NOT_KEEPING_ZERO = ("bn", "gn", "ln", "sigmoid", "hsigmoid", "softmax", "noise", "mhsa")
MOVERS = ("shuffle", "flatten", "crop", "shift")


def is_user(op: OpSpec) -> bool:
    """Whether an op is a user's."""
    return "/" in op.id


def says(item: Item, fact: Fact) -> bool:
    """Whether an instance is a user's op that promises something."""
    return is_user(item.op) and fact in item.op.all_facts(item.attrs)


def exact(item: Item) -> bool:
    """Whether an instance has neither weights nor chance."""
    if is_user(item.op):
        return item.op.weights is no_weights and not says(item, Fact.RANDOM)
    return item.op.id not in WITH_WEIGHTS + BY_CHANCE


def pointwise(item: Item) -> bool:
    """Elementwise, without weights or chance."""
    if is_user(item.op):
        return says(item, Fact.ELEMENTWISE) and exact(item)
    return item.op.id in POINTWISE


def rising(item: Item) -> bool:
    """Elementwise and non-decreasing."""
    if is_user(item.op):
        return pointwise(item) and says(item, Fact.NON_DECREASING)
    if item.op.id in ("leaky", "elu"):
        return item.attrs.real("slope" if item.op.id == "leaky" else "alpha") >= 0
    return item.op.id in ("relu", "sigmoid", "hsigmoid", "tanh")


def moving(item: Item) -> bool:
    """Pure data movement from one tensor to one."""
    if is_user(item.op):
        return says(item, Fact.DATA_MOVEMENT) and (item.op.inputs, item.op.outputs) == (1, 1)
    nearest = item.op.id in ("upsample", "like") and item.attrs["mode"] == "nearest"
    return item.op.id in MOVERS or nearest


def pooling_max(item: Item) -> bool:
    """Each result is the largest of some inputs."""
    return item.op.id in ("maxpool", "gmp") or says(item, Fact.SELECTS_MAX)


def keeps_zero(item: Item) -> bool:
    """Zeros in, zeros out."""
    if is_user(item.op):
        return says(item, Fact.ZERO_PRESERVING)
    if item.op.id in ("conv", "tconv", "linear"):
        return not item.attrs.flag("bias")
    if item.op.id == "inorm":
        return item.attrs.real("eps") > 0
    return item.op.id not in NOT_KEEPING_ZERO


def zeros(draft: Draft) -> set[Wire]:
    """The values that are zero whatever the inputs are."""
    found: set[Wire] = set()
    for item in draft.ordered():
        read = [wire in found for wire in item.inputs]
        makes = item.op.id == "zero" or says(item, Fact.MAKES_ZERO)
        makes |= item.op.id == "relu" and item.attrs["max"] == 0
        times = item.op.id == "mul" or says(item, Fact.ANNIHILATES)
        # of a `like` only the lower input has values
        read = read[:1] if item.op.id == "like" else read
        if makes or (times and any(read)) or (keeps_zero(item) and all(read)):
            found |= {(item, port) for port in range(item.op.output_count(item.attrs))}
    return found


def ranges(draft: Draft) -> dict[Wire, tuple[float, float]]:
    """Where values lie, as far as A5 knows."""
    found: dict[Wire, tuple[float, float]] = {}
    unknown = (-inf, inf)
    for item in draft.ordered():
        name, read = item.op.id, [found.get(wire, unknown) for wire in item.inputs]
        within = unknown
        if name == "relu":
            within = (0.0, inf if item.attrs["max"] is None else item.attrs.real("max"))
        elif name in ("sigmoid", "hsigmoid", "softmax"):
            within = (0.0, 1.0)
        elif name == "zero":
            within = (0.0, 0.0)
        elif name == "max":
            within = max(low for low, _ in read), max(high for _, high in read)
        elif moving(item) or pooling_max(item):
            within = read[0]
        found[item.wire()] = within
    return found


def some_items(rng: random.Random, draft: Draft, fit: Callable[[Item], bool]) -> list[Item]:
    """The items that fit, in random order."""
    found = [item for item in draft.items if fit(item)]
    rng.shuffle(found)
    return found


def put_behind(
    rng: random.Random, draft: Draft, wire: Wire, build: Callable[[Wire], Wire | None]
) -> bool:
    """Have some readers of a value read what is built on it."""
    uses = draft.uses(wire)
    if not uses:
        return False
    new = build(wire)
    if new is None:
        return False
    chosen = uses if rng.random() < 0.4 else rng.sample(uses, rng.randint(1, len(uses)))
    for row, i in chosen:
        row[i] = new
    return True


def read_wire(rng: random.Random, draft: Draft) -> Wire | None:
    """A value that something reads."""
    places = list(draft.places())
    if not places:
        return None
    row, i = rng.choice(places)
    return row[i]


def maker(wire: Wire) -> Item | None:
    """The item that leaves a value."""
    return wire[0]


def alike(draft: Draft, wire: Wire) -> list[Wire]:
    """The values of the same shape, as numbers and as laws see it, that don't depend on one."""
    shapes, seen = draft.shapes(), draft.law_shapes()
    below = draft.below(wire)
    return [
        other
        for other in shapes
        if (other not in below or other == wire)
        and shapes[other] == shapes[wire]
        and seen[other] == seen[wire]
        and seen[other][1]
    ]
