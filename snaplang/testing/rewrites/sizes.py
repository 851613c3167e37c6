"""A10 one position, A11 `like` takes sizes, A12 parts put together and runs cut."""

from __future__ import annotations

import random

from snaplang.dims import ONE, dim
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument
from snaplang.ops.spec import Attrs, Fact
from snaplang.testing.generators.draft import Draft, Wire
from snaplang.testing.rewrites.common import (
    Law,
    alike,
    is_user,
    put_behind,
    read_wire,
    says,
    some_items,
)

POINTS: tuple[tuple[str, dict[str, Argument]], ...] = (
    ("gap", {}),
    ("gmp", {}),
    ("maxpool", {"k": dim(3)}),
    ("maxpool", {"k": dim(3), "stride": dim(2)}),
    ("maxpool", {"k": dim(1), "stride": dim(2)}),
    ("avgpool", {"k": dim(3)}),
    ("avgpool", {"k": dim(2)}),
    ("avgpool", {"k": dim(5), "stride": dim(3)}),
    ("shift", {"n": dim(2)}),
)


def _is_point(draft: Draft, wire: Wire) -> bool:
    """Whether all axes are 1, as laws see them."""
    shape, settled = draft.law_shapes()[wire]
    return settled and bool(shape.spatial) and all(size == ONE for size in shape.spatial)


def pool_a_point(rng: random.Random, draft: Draft) -> bool:
    """A10: a pool or a shift of one position."""
    fit = [w for w in draft.wires() if draft.uses(w) and _is_point(draft, w)]
    if not fit:
        return False
    wire, (name, args) = rng.choice(fit), rng.choice(POINTS)
    users = [
        spec.name for spec in TABLE.values() if is_user(spec) and Fact.KEEPS_POINTS in spec.facts
    ]
    if users and rng.random() < 0.4:
        name, args = rng.choice(users), {}

    def pooled(w: Wire) -> Wire | None:
        new = draft.add(name, [w], args)
        return new if _is_point(draft, new) else None

    return put_behind(rng, draft, wire, pooled)


def drop_point_pool(rng: random.Random, draft: Draft) -> bool:
    """A10 the other way."""
    names = ("gap", "gmp", "maxpool", "avgpool", "shift")
    fit = some_items(rng, draft, lambda i: i.op.id in names or says(i, Fact.KEEPS_POINTS))
    for item in fit:
        if _is_point(draft, item.inputs[0]) and _is_point(draft, item.wire()):
            draft.reroute(item.wire(), item.inputs[0], [item])
            return True
    return False


def flatten_flat(rng: random.Random, draft: Draft) -> bool:
    """A10: what has no spatial axes is flat."""
    shapes = draft.shapes()
    fit = [w for w in draft.wires() if draft.uses(w) and shapes[w].rank == 0]
    for item in some_items(rng, draft, lambda i: i.op.id == "flatten" or says(i, Fact.KEEPS_FLAT)):
        if shapes[item.inputs[0]].rank == 0 and rng.random() < 0.5:
            draft.reroute(item.wire(), item.inputs[0], [item])
            return True
    wire = rng.choice(fit) if fit else None
    return wire is not None and put_behind(rng, draft, wire, lambda w: draft.add("flatten", [w]))


def _same_axes(draft: Draft, wire: Wire) -> list[Wire]:
    """The values of the same spatial sizes, as numbers and as laws see them."""
    shapes, seen = draft.shapes(), draft.law_shapes()
    return [
        other
        for other in shapes
        if shapes[other].spatial == shapes[wire].spatial
        and (shapes[other].open, shapes[other].rank) == (shapes[wire].open, shapes[wire].rank)
        and seen[other][0].spatial == seen[wire][0].spatial
        and seen[other][1]
        and seen[wire][1]
    ]


def other_upper(rng: random.Random, draft: Draft) -> bool:
    """A11: a `like` to the same sizes of something else."""
    for item in some_items(rng, draft, lambda i: i.op.id == "like"):
        below = draft.below(item.wire())
        fit = [w for w in _same_axes(draft, item.inputs[1]) if w not in below]
        if len(fit) > 1:
            item.inputs[1] = rng.choice(fit)
            return True
    return False


def like_itself(rng: random.Random, draft: Draft) -> bool:
    """A11: a `like` to the sizes that a value has, put in or taken out."""
    for item in some_items(rng, draft, lambda i: i.op.id == "like"):
        if item.inputs[1] in _same_axes(draft, item.inputs[0]) and rng.random() < 0.5:
            draft.reroute(item.wire(), item.inputs[0], [item])
            return True
    wire = read_wire(rng, draft)
    if wire is None:
        return False
    below = draft.below(wire)
    fit = [w for w in _same_axes(draft, wire) if w not in below or w == wire]
    if not fit:
        return False
    args: dict[str, Argument] = {"mode": rng.choice(("nearest", "linear"))}
    upper = rng.choice(fit)
    return put_behind(rng, draft, wire, lambda w: draft.add("like", [w, upper], args))


def _split(draft: Draft, wire: Wire, n: int) -> list[Wire]:
    first = draft.add("split", [wire], {"n": dim(n)})
    return [(first[0], i) for i in range(n)]


def _cat(draft: Draft, inputs: list[Wire]) -> Wire:
    return draft.add("cat", inputs, {"n": dim(len(inputs))})


def apart_and_together(rng: random.Random, draft: Draft) -> bool:
    """A12: a value is the `cat` of all its parts."""
    wire = read_wire(rng, draft)
    if wire is None:
        return False
    n = rng.choice((2, 2, 3, 4))
    return put_behind(rng, draft, wire, lambda w: _cat(draft, _split(draft, w, n)))


def together_and_apart(rng: random.Random, draft: Draft) -> bool:
    """A12: a value is a part of a `cat` with others of its width."""
    wire = read_wire(rng, draft)
    if wire is None:
        return False
    others = alike(draft, wire)
    if not others:
        return False
    n = rng.choice((2, 2, 3))
    row = [wire, *(rng.choice(others) for _ in range(n - 1))]
    rng.shuffle(row)
    at = row.index(wire)
    return put_behind(rng, draft, wire, lambda w: _split(draft, _cat(draft, row), n)[at])


def cut_cat(rng: random.Random, draft: Draft) -> bool:
    """A12: the parts of a `cat` that are whole runs of its inputs."""
    shapes = draft.shapes()
    for item in some_items(rng, draft, lambda i: i.op.id == "split"):
        joined, n = item.inputs[0][0], item.attrs.count("n")
        if joined is None or joined.op.id != "cat":
            continue
        runs: list[list[Wire]] = [[]]
        size, filled = shapes[item.wire()].channels, dim(0)
        for wire in joined.inputs:
            if filled == size:
                runs.append([])
                filled = dim(0)
            runs[-1].append(wire)
            filled = filled + shapes[wire].channels
        totals = [sum((shapes[w].channels for w in run), dim(0)) for run in runs]
        if len(runs) == n and all(total == size for total in totals):
            for port, run in enumerate(runs):
                draft.reroute(item.wire(port), run[0] if len(run) == 1 else _cat(draft, run))
            return True
    return False


def rejoin(rng: random.Random, draft: Draft) -> bool:
    """A12: all the parts of a `split` in a row of a `cat` are what was split."""
    for item in some_items(rng, draft, lambda i: i.op.id == "cat"):
        row = item.inputs
        for start in range(len(row)):
            whole = row[start][0]
            if whole is None or whole.op.id != "split":
                continue
            n = whole.attrs.count("n")
            if row[start : start + n] == [whole.wire(i) for i in range(n)]:
                item.inputs = [*row[:start], whole.inputs[0], *row[start + n :]]
                item.attrs = Attrs({"n": len(item.inputs)})
                return True
    return False


SIZES: tuple[Law, ...] = (
    pool_a_point,
    drop_point_pool,
    flatten_flat,
    other_upper,
    like_itself,
    apart_and_together,
    together_and_apart,
    cut_cat,
    rejoin,
)
