"""A3 zeros, A5 what is never negative, A7 maxima with zero."""

from __future__ import annotations

import random
from fractions import Fraction
from math import inf

from snaplang.dims import dim
from snaplang.ops.resolve import Argument
from snaplang.ops.spec import Attrs, Fact
from snaplang.testing.generators.draft import Draft, Item, Wire
from snaplang.testing.rewrites.common import (
    Law,
    alike,
    put_behind,
    ranges,
    read_wire,
    says,
    some_items,
    zeros,
)

KEEPING: tuple[tuple[str, dict[str, Argument]], ...] = (
    ("relu", {}),
    ("tanh", {}),
    ("gelu", {}),
    ("scale", {}),
    ("prelu", {}),
    ("dropout", {"p": dim(Fraction("0.5"))}),
    ("inorm", {}),
    ("avgpool", {"k": dim(3)}),
    ("shuffle", {"groups": dim(2)}),
    ("shift", {"n": dim(1)}),
    ("linear", {"bias": False}),
    ("conv", {"k": dim(3), "bias": False}),
    ("leaky", {"slope": dim(-1)}),
)


def _zero(draft: Draft, wire: Wire) -> Wire:
    return draft.add("zero", [wire])


def add_zero(rng: random.Random, draft: Draft) -> bool:
    """A3: a sum with a zero."""
    wire = read_wire(rng, draft)
    if wire is None:
        return False
    source = rng.choice([*alike(draft, wire), wire])
    users = [i for i in draft.items if says(i, Fact.SUMS) and i.op.inputs == 2]

    def summed(w: Wire) -> Wire:
        pair = [w, _zero(draft, source)]
        rng.shuffle(pair)
        if users and rng.random() < 0.4:
            return draft.put(users[0].op, users[0].attrs, pair)
        return draft.add("add", pair)

    return put_behind(rng, draft, wire, summed)


def drop_zero(rng: random.Random, draft: Draft) -> bool:
    """A3: a sum without one of its zeros, where something is left."""
    nothing = zeros(draft)
    for item in some_items(rng, draft, lambda i: i.op.id == "add"):
        there = [i for i, wire in enumerate(item.inputs) if wire in nothing]
        if there and len(item.inputs) > 1:
            del item.inputs[rng.choice(there)]
            item.attrs = Attrs({"n": len(item.inputs)})
            return True
    return False


def other_zero(rng: random.Random, draft: Draft) -> bool:
    """A3: the zero of another value of the same shape."""
    shapes, seen = draft.shapes(), draft.law_shapes()
    for item in some_items(rng, draft, lambda i: i.op.id == "zero"):
        source = item.inputs[0]
        below = draft.below(item.wire())
        fit = [
            w
            for w in shapes
            if w not in below
            and shapes[w] == shapes[source]
            and seen[w] == seen[source]
            and seen[w][1]
        ]
        if len(fit) > 1:
            item.inputs = [rng.choice(fit)]
            return True
    return False


def zero_again(rng: random.Random, draft: Draft) -> bool:
    """A3: what is zero, by whatever law, is the zero of its shape."""
    fit = [w for w in zeros(draft) if draft.uses(w)]
    if not fit:
        return False
    wire = rng.choice(sorted(fit, key=draft.wires().index))
    if rng.random() < 0.5:
        return put_behind(rng, draft, wire, lambda w: _zero(draft, w))
    item = wire[0]
    if item is not None and item.op.id == "zero" and item.inputs[0] in zeros(draft):
        draft.reroute(wire, item.inputs[0], [item])
        return True
    others = alike(draft, wire)
    return bool(others) and put_behind(rng, draft, wire, lambda w: _zero(draft, rng.choice(others)))


def keep_zero(rng: random.Random, draft: Draft) -> bool:
    """A3: an op that keeps zeros, on a zero."""
    nothing = zeros(draft)
    fit = [w for w in draft.wires() if w in nothing and draft.uses(w)]
    if not fit:
        return False
    wire, (name, args) = rng.choice(fit), rng.choice(KEEPING)
    more = dict(args)
    if name in ("linear", "conv"):
        more["out"] = draft.shapes()[wire].channels
    if rng.random() < 0.3:
        others = alike(draft, wire)
        if others:
            return put_behind(rng, draft, wire, lambda w: draft.add("mul", [w, rng.choice(others)]))

    def kept(w: Wire) -> Wire | None:
        new, seen = draft.add(name, [w], more), draft.law_shapes()
        return new if seen[new] == seen[w] else None  # 72 channels are not 2*H*W

    return put_behind(rng, draft, wire, kept)


def zero_in_parts(rng: random.Random, draft: Draft) -> bool:
    """A3: neighbouring zeros of a `cat` are one, one is two."""
    nothing = zeros(draft)
    for item in some_items(rng, draft, lambda i: i.op.id == "cat"):
        row = item.inputs
        pairs = [i for i in range(len(row) - 1) if row[i] in nothing and row[i + 1] in nothing]
        if pairs and rng.random() < 0.6:
            at = rng.choice(pairs)
            both = draft.add("cat", row[at : at + 2])
            item.inputs = [*row[:at], _zero(draft, both), *row[at + 2 :]]
            item.attrs = Attrs({"n": len(item.inputs)})
            return True
    fit = [w for w in draft.wires() if w in nothing and draft.uses(w)]
    if not fit:
        return False

    def parted(w: Wire) -> Wire:
        split = draft.add("split", [w])
        return draft.add("cat", [split, (split[0], 1)])

    return put_behind(rng, draft, rng.choice(fit), parted)


def _leaves(rng: random.Random, low: float, high: float) -> tuple[str, dict[str, Argument]] | None:
    """A function that leaves these values as they are."""
    if low < 0:
        return None
    slope = dim(Fraction(rng.choice(("-1", "0", "0.01", "2"))))
    found: list[tuple[str, dict[str, Argument]]] = [
        ("relu", {}),
        ("leaky", {"slope": slope}),
        ("elu", {"alpha": slope}),
    ]
    caps = [c for c in (1, 2, 6) if high <= c]
    found += [("relu", {"max": dim(cap)}) for cap in caps]
    if high < inf:
        found.append(("relu", {"max": dim(Fraction(high))}))
    return rng.choice(found)


def never_negative(rng: random.Random, draft: Draft) -> bool:
    """A5: a function where it is the identity, put in or taken out."""
    known = ranges(draft)
    for item in some_items(rng, draft, lambda i: i.op.id in ("relu", "leaky", "elu")):
        low, high = known.get(item.inputs[0], (-inf, inf))
        capped = item.op.id == "relu" and item.attrs["max"] is not None
        limit = item.attrs.real("max") if capped else inf
        if low >= 0 and high <= limit and rng.random() < 0.5:
            draft.reroute(item.wire(), item.inputs[0], [item])
            return True
    fit = [w for w, (low, _) in known.items() if low >= 0 and draft.uses(w)]
    if not fit:
        return False
    wire = rng.choice(fit)
    found = _leaves(rng, *known[wire])
    if found is None:
        return False
    name, args = found
    return put_behind(rng, draft, wire, lambda w: draft.add(name, [w], args))


def _is_relu(item: Item | None) -> bool:
    return item is not None and item.op.id == "relu" and item.attrs["max"] is None


def max_with_zero(rng: random.Random, draft: Draft) -> bool:
    """A7: `relu` is the maximum with a zero, and back."""
    for item in some_items(rng, draft, lambda i: i.op.id in ("relu", "max")):
        if _is_relu(item):
            source = item.inputs[0]
            if rng.random() < 0.5:
                pair = [source, _zero(draft, rng.choice([*alike(draft, source), source]))]
                rng.shuffle(pair)
                draft.reroute(item.wire(), draft.add("max", pair), [])
                return True
            continue
        nothing = zeros(draft)
        rest = [w for w in item.inputs if w not in nothing] if item.op.id == "max" else []
        if rest and len(rest) < len(item.inputs):
            inner = draft.add("max", rest, {"n": dim(len(rest))})
            draft.reroute(item.wire(), draft.add("relu", [inner]))
            return True
    return False


def max_of_relus(rng: random.Random, draft: Draft) -> bool:
    """A7: a `relu` below a maximum is one above it, and back."""
    for item in some_items(rng, draft, lambda i: i.op.id in ("relu", "max")):
        if item.op.id == "max":
            there = [i for i, (m, _) in enumerate(item.inputs) if _is_relu(m)]
            if not there:
                continue
            row = list(item.inputs)
            for i in rng.sample(there, rng.randint(1, len(there))):
                below = row[i][0]
                assert below is not None
                row[i] = below.inputs[0]
            inner = draft.add("max", row, {"n": dim(len(row))})
            draft.reroute(item.wire(), draft.add("relu", [inner]))
            return True
        inner_item = item.inputs[0][0]
        if _is_relu(item) and inner_item is not None and inner_item.op.id == "max":
            row = list(inner_item.inputs)
            for i in rng.sample(range(len(row)), rng.randint(1, len(row))):
                row[i] = draft.add("relu", [row[i]])
            draft.reroute(item.wire(), draft.add("max", row, {"n": dim(len(row))}))
            return True
    return False


VALUES: tuple[Law, ...] = (
    add_zero,
    drop_zero,
    other_zero,
    zero_again,
    keep_zero,
    zero_in_parts,
    never_negative,
    max_with_zero,
    max_of_relus,
)
