"""Sums, products and polynomials among terms: what patterns are written with.

Patterns join only terms of one group where groups are known (our own exports say which nodes are
one instance), so that `dup sigmoid mul` and `silu` stay apart.

>>> from snaplang.lift.terms import ModelTerms
>>> terms = ModelTerms()
>>> x = terms.input("x", (dim(4),))
>>> polynomial(terms.combine("mul", x, terms.combine("add", x, x)), x)
{2: 2.0}
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from snaplang.dims import dim
from snaplang.lift.terms import Const, Term, Value

__all__ = ["addends", "dim", "factors", "joined", "matches", "near", "polynomial"]

DEEP = 64  # nesting that patterns look into


def near(a: float | None, b: float) -> bool:
    """Equal as float32 numbers are."""
    return a is not None and isclose(a, b, rel_tol=2e-6, abs_tol=1e-12)


def joined(root: Term, part: Value) -> bool:
    """Whether a pattern at `root` may take in `part`."""
    return isinstance(part, Term) and (
        root.place.group is None or part.place.group == root.place.group
    )


def factors(root: Term) -> tuple[float, list[Term], list[Const]]:
    """A product as a number, terms, and other constants."""
    number, terms, consts = 1.0, list[Term](), list[Const]()
    for part in _flat(root, "mul"):
        if isinstance(part, Term):
            terms.append(part)
        elif isinstance(part, Const):
            value = part.scalar() if not part.root else None
            if value is None:
                consts.append(part)
            else:
                number *= value
    return number, terms, consts


def addends(root: Term) -> tuple[float, list[Term], list[Const]]:
    """A sum as a number, terms, and other constants."""
    number, terms, consts = 0.0, list[Term](), list[Const]()
    for part in _flat(root, "add"):
        if isinstance(part, Term):
            terms.append(part)
        elif isinstance(part, Const):
            value = part.scalar() if not part.root else None
            if value is None:
                consts.append(part)
            else:
                number += value
    return number, terms, consts


def _flat(root: Term, kind: str) -> Iterator[Value]:
    """What nested ops of one kind are made of, left to right; at most `DEEP` of them."""
    stack: list[Value] = [root]
    count = 0
    while stack:
        part = stack.pop()
        if isinstance(part, Term) and part.kind == kind and joined(root, part) and count < DEEP:
            stack += reversed(part.args)
            count += 1
        else:
            yield part


def polynomial(term: Value, x: Term, depth: int = 8) -> dict[int, float] | None:
    """`term` as a polynomial in `x`: power to coefficient; None where it is none."""
    if term is x:
        return {1: 1.0}
    if isinstance(term, Const):
        value = term.scalar() if not term.root else None
        return None if value is None else {0: value}
    if term is None or depth == 0 or term.kind not in ("add", "mul"):
        return None
    a, b = (polynomial(arg, x, depth - 1) for arg in term.args)
    if a is None or b is None:
        return None
    result: dict[int, float] = {}
    if term.kind == "add":
        for power, value in (*a.items(), *b.items()):
            result[power] = result.get(power, 0.0) + value
        return result
    for p, v in a.items():
        for q, w in b.items():
            result[p + q] = result.get(p + q, 0.0) + v * w
    return result


def matches(found: dict[int, float] | None, wanted: dict[int, float]) -> bool:
    """Whether a polynomial is this one."""
    if found is None or {p for p, v in found.items() if v} != set(wanted):
        return False
    return all(near(found[power], value) for power, value in wanted.items())
