"""Activations that are written out in full: gelu, silu, hswish, hsigmoid, relu as a clip."""

from __future__ import annotations

from math import pi, sqrt

from snaplang.lift.patterns.algebra import addends, factors, joined, matches, near, polynomial
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import Term

_SQRT_HALF = sqrt(0.5)


def gated(term: Term) -> Tile | None:
    """Products of a tensor and a function of it: gelu, silu, hswish; and hsigmoid."""
    number, parts, consts = factors(term)
    if consts or not 1 <= len(parts) <= 2:
        return None
    if len(parts) == 1:
        return _hsigmoid(parts[0], number) if number != 1 and joined(term, parts[0]) else None
    for x, gate in (parts, parts[::-1]):
        if not joined(term, gate):
            continue
        if gate.kind == "sigmoid" and gate.x is x and near(number, 1):
            return Tile("alike", (x,), "silu")
        if gate.kind == "hsigmoid" and gate.x is x and near(number, 1) and sixth(gate):
            return Tile("alike", (x,), "hswish")
        inner = _hsigmoid(gate, number)
        if inner is not None and inner.leaves[0] is x:
            return Tile("alike", (x,), "hswish")
        found = _gelu(x, gate, number)
        if found is not None:
            return found
    return None


def sixth(term: Term) -> bool:
    """Whether a hard sigmoid is the one of the table, x/6 + 1/2."""
    return near(term.params["alpha"], 1 / 6) and near(term.params["beta"], 0.5)


def _hsigmoid(capped: Term, number: float) -> Tile | None:
    """clip(x + 3, 0, 6)/6, or clip(x/6 + 1/2, 0, 1)."""
    if capped.kind != "clip" or capped.params["low"] != 0:
        return None
    high = capped.params["high"]
    if high is None or not near(high * number, 1):
        return None
    _, parts, consts = addends(capped.x)
    if len(parts) != 1 or consts:
        return None
    _, inner, more = factors(parts[0]) if parts[0].kind == "mul" else (1.0, parts, [])
    if len(inner) != 1 or more:
        return None
    found = polynomial(capped.x, inner[0])
    if not matches(found, {0: high / 2, 1: high / 6}):
        return None
    return Tile("alike", (inner[0],), "hsigmoid")


def clipped_sigmoid(term: Term) -> Tile | None:
    """A clip that is a hard sigmoid by itself."""
    return _hsigmoid(term, 1.0)


def _gelu(x: Term, gate: Term, number: float) -> Tile | None:
    """x/2 * (1 + erf(x/sqrt(2))), or with a tanh; the half may stand on either factor."""
    if gate.kind == "mul":
        scale, inner, consts = factors(gate)
        if len(inner) != 1 or consts:
            return None
        gate, number = inner[0], number * scale
    offset, parts, consts = addends(gate)
    if consts or len(parts) != 1:
        return None
    scale, inner, consts = factors(parts[0]) if parts[0].kind == "mul" else (1.0, parts, [])
    if len(inner) != 1 or consts or not near(number * offset, 0.5) or not near(scale, offset):
        return None
    bell = inner[0]
    if bell.kind == "erf" and matches(polynomial(bell.x, x), {1: _SQRT_HALF}):
        return Tile("alike", (x,), "gelu", {"approximate": "none"})
    rate = sqrt(2 / pi)
    if bell.kind == "tanh" and matches(polynomial(bell.x, x), {1: rate, 3: 0.044715 * rate}):
        return Tile("alike", (x,), "gelu", {"approximate": "tanh"})
    return None


def clip(term: Term) -> Tile | None:
    """A floor of 0 is `relu`, with a cap where there is one."""
    low, high = term.params["low"], term.params["high"]
    if low != 0:
        return None
    x = term.x
    if x.kind == "relu" and joined(term, x):
        x = x.x
    return Tile("alike", (x,), "relu", {} if high is None else {"max": high})
