"""Laws of level `structure`: S2 dead nodes, S3 identities, S4 and S5 sums, products and `cat`s."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

from snaplang.dims import dim
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument
from snaplang.ops.spec import Attrs, Fact
from snaplang.testing.generators.arguments import arguments, unsaid
from snaplang.testing.generators.draft import Draft, Item, Wire
from snaplang.testing.rewrites.common import (
    NESTED,
    ORDERLESS,
    Law,
    is_user,
    put_behind,
    read_wire,
    says,
    some_items,
)

Given = dict[str, Argument]
IDENTITIES: tuple[tuple[str, Given], ...] = (
    ("identity", {}),
    ("add", {"n": dim(1)}),
    ("mul", {"n": dim(1)}),
    ("max", {"n": dim(1)}),
    ("mean", {"n": dim(1)}),
    ("cat", {"n": dim(1)}),
    ("split", {"n": dim(1)}),
    ("shuffle", {"groups": dim(1)}),
    ("upsample", {"s": dim(1)}),
    ("upsample", {"s": dim(1), "mode": "linear"}),
    ("shift", {"n": dim(0)}),
    ("crop", {"o": dim(0)}),
    ("maxpool", {"k": dim(1)}),
    ("avgpool", {"k": dim(1)}),
    ("dropout", {"p": dim(0)}),
    ("droppath", {"p": dim(0)}),
    ("noise", {"sigma": dim(0)}),
    ("leaky", {"slope": dim(1)}),
    ("scaled", {"by": dim(1)}),
    ("turned", {"by": dim(-1)}),
)


def add_identity(rng: random.Random, draft: Draft) -> bool:
    """S3: an instance that does nothing."""
    name, args = rng.choice(IDENTITIES)
    wire = read_wire(rng, draft)
    if wire is None or name not in TABLE:
        return False
    return put_behind(rng, draft, wire, lambda w: draft.add(name, [w], args))


def drop_identity(rng: random.Random, draft: Draft) -> bool:
    """S3 the other way."""
    for item in some_items(rng, draft, lambda i: len(i.inputs) == 1):
        same = [op for op, args in IDENTITIES if op == item.op.name and _has(item.attrs, args)]
        if same or (item.op.id == "identity"):
            draft.reroute(item.wire(), item.inputs[0], [item])
            return True
    return False


def _has(attrs: Attrs, args: Given) -> bool:
    values = {n: dim(Fraction(v)) if isinstance(v, int | float) else v for n, v in attrs.items()}
    if values.get("stride", 1) != 1 or values.get("pad", ((0, 0),)) != ((0, 0),):
        return False
    return all(values[name] == value for name, value in args.items() if name != "mode")


def add_dead(rng: random.Random, draft: Draft) -> bool:
    """S2: an instance that no output needs."""
    wire = rng.choice(draft.wires())
    op = rng.choice([spec for spec in TABLE.values() if spec.inputs == 1 and spec.moves is None])
    draft.add(op, [wire], arguments(rng, op, draft.shapes()[wire], unsaid(draft.base)))
    return True


def drop_dead(rng: random.Random, draft: Draft) -> bool:
    """S2 the other way."""
    read = {wire[0] for row, i in draft.places() for wire in [row[i]]}
    for item in some_items(rng, draft, lambda i: i not in read):
        draft.items.remove(item)
        return True
    return False


def change_dilation(rng: random.Random, draft: Draft) -> bool:
    """S3: where a kernel is 1 its dilation says nothing."""
    for item in some_items(rng, draft, lambda i: i.op.id in ("conv", "tconv")):
        kernel, steps = item.attrs["k"], item.attrs["dilation"]
        rank = max(len(v) if isinstance(v, tuple) else 1 for v in (kernel, steps))
        kernels, old = item.attrs.axes("k", rank), item.attrs.axes("dilation", rank)
        new = tuple(rng.randint(1, 3) if k == 1 else d for k, d in zip(kernels, old, strict=True))
        if new != old:
            value = new[0] if len(set(new)) == 1 else new
            item.attrs = Attrs({**item.attrs, "dilation": value})
            return True
    return False


def commutes(item: Item) -> bool:
    """Whether the order of an instance's inputs does not matter."""
    return item.op.id in ORDERLESS or says(item, Fact.COMMUTATIVE)


def permute(rng: random.Random, draft: Draft) -> bool:
    """S4: another order of inputs."""
    for item in some_items(rng, draft, lambda i: commutes(i) and len(set(i.inputs)) > 1):
        rng.shuffle(item.inputs)
        return True
    return False


def nest(rng: random.Random, draft: Draft) -> bool:
    """S4, S5: some of the inputs in an instance of their own."""
    fit = some_items(rng, draft, lambda i: i.op.id in NESTED and len(i.inputs) > 1)
    for item in fit[:1]:
        if commutes(item):
            rng.shuffle(item.inputs)
        size = rng.randint(2, len(item.inputs))
        start = rng.randint(0, len(item.inputs) - size)
        inner = _merge(draft, item, item.inputs[start : start + size])
        _set_inputs(item, [*item.inputs[:start], inner, *item.inputs[start + size :]])
        return True
    return False


def flatten(rng: random.Random, draft: Draft) -> bool:
    """S4, S5: an inner instance's inputs in its place."""
    for item in some_items(rng, draft, lambda i: i.op.id in NESTED and len(i.inputs) > 1):
        places = [i for i, (m, _) in enumerate(item.inputs) if m and m.op.id == item.op.id]
        if places:
            at = rng.choice(places)
            inner = item.inputs[at][0]
            assert inner is not None
            _set_inputs(item, [*item.inputs[:at], *inner.inputs, *item.inputs[at + 1 :]])
            return True
    return False


def reuse(rng: random.Random, draft: Draft) -> bool:
    """S4: a sum that is part of another one, read by it."""
    sums = some_items(rng, draft, lambda i: i.op.id in ("add", "mul", "max"))
    for outer in sums:
        for inner in sums:
            rest = Counter(outer.inputs)
            rest.subtract(inner.inputs)
            less = len(inner.inputs) < len(outer.inputs)
            if not less or outer.op is not inner.op or min(rest.values()) < 0:
                continue
            _set_inputs(outer, [*rest.elements(), inner.wire()])
            return True
    return False


def rotate(rng: random.Random, draft: Draft) -> bool:
    """S4, S5 for users' ops of two inputs: f(f(a, b), c) and f(a, f(b, c))."""
    for item in some_items(rng, draft, lambda i: says(i, Fact.ASSOCIATIVE)):
        for at in rng.sample((0, 1), 2):
            inner = item.inputs[at][0]
            if inner is None or inner.op is not item.op or inner.attrs != item.attrs:
                continue
            a, b, c = [*item.inputs[:at], *inner.inputs, *item.inputs[at + 1 :]]
            if at == 0:
                item.inputs = [a, draft.put(item.op, item.attrs, [b, c])]
            else:
                item.inputs = [draft.put(item.op, item.attrs, [a, b]), c]
            return True
    return False


def _merge(draft: Draft, like: Item, inputs: list[Wire]) -> Wire:
    assert not is_user(like.op)
    return draft.put(like.op, Attrs({"n": len(inputs)}), inputs)


def _set_inputs(item: Item, inputs: list[Wire]) -> None:
    item.inputs = inputs
    item.attrs = Attrs({"n": len(inputs)})


STRUCTURE: tuple[Law, ...] = (
    add_identity,
    drop_identity,
    add_dead,
    drop_dead,
    change_dilation,
    permute,
    nest,
    flatten,
    reuse,
    rotate,
)
