"""A1 equal instances, A2 twice is once, A6 aliases of `relu`."""

from __future__ import annotations

import random
from fractions import Fraction

from snaplang.dims import dim
from snaplang.ops.spec import Attrs, Fact
from snaplang.testing.generators.draft import Draft, Item
from snaplang.testing.rewrites.common import (
    Law,
    exact,
    put_behind,
    read_wire,
    says,
    some_items,
)

CAPS = (None, 0.0, 0.5, 1.0, 2.0, 6.0)


def duplicate(rng: random.Random, draft: Draft) -> bool:
    """A1: some readers get an instance of their own."""
    for item in some_items(rng, draft, exact):
        twin = Item(item.op, item.attrs, list(item.inputs))
        uses = [(row, i) for row, i in draft.places() if row[i][0] is item]
        if uses:
            draft.items.append(twin)
            for row, i in rng.sample(uses, rng.randint(1, len(uses))):
                row[i] = (twin, row[i][1])
            return True
    return False


def merge(rng: random.Random, draft: Draft) -> bool:
    """A1: two equal instances become one."""
    fit = some_items(rng, draft, exact)
    for item in fit:
        for twin in fit:
            same = (item.op, item.attrs, item.inputs) == (twin.op, twin.attrs, twin.inputs)
            if same and twin is not item:
                for port in range(item.op.output_count(item.attrs)):
                    draft.reroute(twin.wire(port), item.wire(port))
                draft.items.remove(twin)
                return True
    return False


def _caps(item: Item) -> str | None:
    """The attribute that is a cap."""
    if item.op.id == "relu":
        return "max"
    if says(item, Fact.CAPPED):
        return next(p.name for p in item.op.params if p.optional)
    return None


def twice(rng: random.Random, draft: Draft) -> bool:
    """A2: an idempotent instance once more, with a cap that is not smaller, before or behind."""
    fit = some_items(rng, draft, lambda i: i.op.id == "relu" or says(i, Fact.IDEMPOTENT))
    for item in fit:
        name, attrs = _caps(item), item.attrs
        if name is not None:
            cap = attrs[name]
            larger = [c for c in CAPS if c is None or (cap is not None and c >= attrs.real(name))]
            attrs = Attrs({**attrs, name: rng.choice(larger)})
        if rng.random() < 0.5:
            item.inputs = [draft.put(item.op, attrs, item.inputs)]
            return True
        return put_behind(rng, draft, item.wire(), lambda w: draft.put(item.op, attrs, [w]))  # noqa: B023
    return False


def once(rng: random.Random, draft: Draft) -> bool:
    """A2 the other way: the smaller cap is enough."""
    fit = some_items(rng, draft, lambda i: i.op.id == "relu" or says(i, Fact.IDEMPOTENT))
    for item in fit:
        inner = item.inputs[0][0]
        if inner is None or inner.op is not item.op:
            continue
        name = _caps(item)
        if name is not None:
            caps = [a[name] for a in (item.attrs, inner.attrs) if a[name] is not None]
            item.attrs = Attrs({**item.attrs, name: min(caps, default=None)})  # type: ignore[type-var]
        elif item.attrs != inner.attrs:
            continue
        item.inputs = list(inner.inputs)
        return True
    return False


def of_equals(rng: random.Random, draft: Draft) -> bool:
    """A2: a value as the maximum or the mean of itself and itself."""
    wire = read_wire(rng, draft)
    if wire is None:
        return False
    users = [i for i in draft.items if says(i, Fact.MERGES_EQUAL) and i.op.inputs == 2]
    if users and rng.random() < 0.4:
        item = rng.choice(users)
        return put_behind(rng, draft, wire, lambda w: draft.put(item.op, item.attrs, [w, w]))
    n, name = rng.randint(2, 3), rng.choice(("max", "mean"))
    return put_behind(rng, draft, wire, lambda w: draft.add(name, [w] * n, {"n": dim(n)}))


def repeat_in_max(rng: random.Random, draft: Draft) -> bool:
    """A2: an input of a maximum once more, or once less."""
    for item in some_items(rng, draft, lambda i: i.op.id == "max"):
        again = [w for w in item.inputs if item.inputs.count(w) > 1]
        if again and rng.random() < 0.5:
            item.inputs.remove(rng.choice(again))
        else:
            item.inputs.append(rng.choice(item.inputs))
        item.attrs = Attrs({"n": len(item.inputs)})
        return True
    return False


def alias(rng: random.Random, draft: Draft) -> bool:
    """A6: `relu`, `leaky(0)` and `elu(0)` are one."""
    zero = dim(Fraction(0))

    def fits(item: Item) -> bool:
        plain = item.op.id == "relu" and item.attrs["max"] is None
        flat = item.op.id == "leaky" and item.attrs["slope"] == 0
        return plain or flat or (item.op.id == "elu" and item.attrs["alpha"] == 0)

    for item in some_items(rng, draft, fits):
        name, args = rng.choice(
            (("relu", {}), ("leaky", {"slope": zero}), ("elu", {"alpha": zero}))
        )
        draft.reroute(item.wire(), draft.add(name, item.inputs, args))
        return True
    return False


INSTANCES: tuple[Law, ...] = (duplicate, merge, twice, once, of_equals, repeat_in_max, alias)
