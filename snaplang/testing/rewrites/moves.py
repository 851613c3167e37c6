"""A4 pools and rising functions, A8 data movement and elementwise functions, A9 folding."""

from __future__ import annotations

import random

from snaplang.dims import dim
from snaplang.ops import TABLE
from snaplang.ops.spec import Attrs, AttrValue
from snaplang.testing.generators.draft import Draft, Item, Wire
from snaplang.testing.rewrites.common import (
    Law,
    moving,
    pointwise,
    pooling_max,
    put_behind,
    read_wire,
    rising,
    some_items,
)


def _exchangeable(outer: Item, inner: Item) -> bool:
    """Whether D(f(x)) is f(D(x))."""
    return (moving(outer) and pointwise(inner)) or (pooling_max(outer) and rising(inner))


def outward(rng: random.Random, draft: Draft) -> bool:
    """A4, A8: D(f(x)) becomes f(D(x))."""
    for item in some_items(rng, draft, lambda i: moving(i) or pooling_max(i)):
        inner = item.inputs[0][0]
        if inner is not None and _exchangeable(item, inner):
            moved = draft.put(item.op, item.attrs, [*inner.inputs, *item.inputs[1:]])
            draft.reroute(item.wire(), draft.put(inner.op, inner.attrs, [moved]))
            return True
    return False


def inward(rng: random.Random, draft: Draft) -> bool:
    """A4, A8: f(D(x)) becomes D(f(x))."""
    for item in some_items(rng, draft, pointwise):
        inner = item.inputs[0][0]
        if inner is not None and _exchangeable(inner, item):
            first = draft.put(item.op, item.attrs, inner.inputs[:1])
            moved = draft.put(inner.op, inner.attrs, [first, *inner.inputs[1:]])
            draft.reroute(item.wire(), moved)
            return True
    return False


def _one(values: tuple[int, ...]) -> AttrValue:
    return values[0] if len(set(values)) == 1 else values


def _rank(draft: Draft, wire: Wire) -> int:
    shape = draft.shapes()[wire]
    return 1 if shape.open else len(shape.spatial)


def fold(rng: random.Random, draft: Draft) -> bool:
    """A9: two neighbours of one kind are one."""
    for item in some_items(rng, draft, lambda i: i.op.id in FOLDS):
        inner = item.inputs[0][0]
        if inner is None or inner.op is not item.op:
            continue
        attrs = FOLDS[item.op.id](item.attrs, inner.attrs, _rank(draft, item.inputs[0]))
        if attrs is not None:
            draft.reroute(item.wire(), draft.put(item.op, Attrs(attrs), inner.inputs))
            return True
    return False


def _shifts(outer: Attrs, inner: Attrs, rank: int) -> dict[str, AttrValue] | None:
    return {"n": outer.count("n") + inner.count("n")}


def _crops(outer: Attrs, inner: Attrs, rank: int) -> dict[str, AttrValue] | None:
    a, b = outer.axes("o", rank), inner.axes("o", rank)
    return {"o": _one(tuple(a[i] + b[i] for i in range(rank)))}


def _upsamplings(outer: Attrs, inner: Attrs, rank: int) -> dict[str, AttrValue] | None:
    if "linear" in (outer["mode"], inner["mode"]):
        return None
    a, b = outer.axes("s", rank), inner.axes("s", rank)
    return {"s": _one(tuple(a[i] * b[i] for i in range(rank))), "mode": "nearest"}


def _windows(outer: Attrs, inner: Attrs, rank: int) -> dict[str, AttrValue] | None:
    if set(inner.axes("stride", rank)) != {1}:
        return None
    a, b = outer.axes("k", rank), inner.axes("k", rank)
    p, q = outer.pads("pad", rank), inner.pads("pad", rank)
    pads = tuple((p[i][0] + q[i][0], p[i][1] + q[i][1]) for i in range(rank))
    return {
        "k": _one(tuple(a[i] + b[i] - 1 for i in range(rank))),
        "stride": outer["stride"],
        "pad": pads[:1] if len(set(pads)) == 1 else pads,
    }


FOLDS = {"shift": _shifts, "crop": _crops, "upsample": _upsamplings, "maxpool": _windows}


def unfold(rng: random.Random, draft: Draft) -> bool:
    """A9 the other way: one as two."""
    for item in some_items(rng, draft, lambda i: i.op.id in FOLDS):
        rank = _rank(draft, item.inputs[0])
        pair = _UNFOLDS[item.op.id](rng, item.attrs, rank)
        if pair is not None:
            inner = draft.put(item.op, Attrs(pair[1]), item.inputs)
            item.inputs, item.attrs = [inner], Attrs(pair[0])
            return True
    return False


Pair = tuple[dict[str, AttrValue], dict[str, AttrValue]]


def _unshift(rng: random.Random, attrs: Attrs, rank: int) -> Pair | None:
    first = rng.randint(-3, 3)
    return {"n": attrs.count("n") - first}, {"n": first}


def _uncrop(rng: random.Random, attrs: Attrs, rank: int) -> Pair | None:
    whole = attrs.axes("o", rank)
    first = tuple(rng.randint(0, n) for n in whole)
    rest = tuple(n - f for n, f in zip(whole, first, strict=True))
    return {"o": _one(rest)}, {"o": _one(first)}


def _unupsample(rng: random.Random, attrs: Attrs, rank: int) -> Pair | None:
    if attrs["mode"] == "linear":
        return None
    whole = attrs.axes("s", rank)
    first = tuple(rng.choice([d for d in range(1, n + 1) if n % d == 0]) for n in whole)
    rest = tuple(n // f for n, f in zip(whole, first, strict=True))
    return {"s": _one(rest), "mode": "nearest"}, {"s": _one(first), "mode": "nearest"}


def _unwindow(rng: random.Random, attrs: Attrs, rank: int) -> Pair | None:
    kernels, pads = attrs.axes("k", rank), attrs.pads("pad", rank)
    first = tuple(rng.randint(1, k) for k in kernels)
    rest = tuple(k - f + 1 for k, f in zip(kernels, first, strict=True))
    early = tuple((rng.randint(0, lo), rng.randint(0, hi)) for lo, hi in pads)
    late = tuple((p[0] - q[0], p[1] - q[1]) for p, q in zip(pads, early, strict=True))

    def window(k: tuple[int, ...], stride: AttrValue, p: tuple[tuple[int, int], ...]) -> Attrs:
        return Attrs({"k": _one(k), "stride": stride, "pad": p[:1] if len(set(p)) == 1 else p})

    return dict(window(rest, attrs["stride"], late)), dict(window(first, 1, early))


_UNFOLDS = {
    "shift": _unshift,
    "crop": _uncrop,
    "upsample": _unupsample,
    "maxpool": _unwindow,
}


def there_and_back(rng: random.Random, draft: Draft) -> bool:
    """A9: shifted and shifted back."""
    wire = read_wire(rng, draft)
    if wire is None:
        return False
    n = rng.randint(1, 3)

    def shifted(w: Wire) -> Wire:
        away = draft.add(TABLE["shift"], [w], {"n": dim(n)})
        return draft.add(TABLE["shift"], [away], {"n": dim(-n)})

    return put_behind(rng, draft, wire, shifted)


MOVES: tuple[Law, ...] = (outward, inward, fold, unfold, there_and_back)
