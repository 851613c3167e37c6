"""A12: where a row of tensors can be cut at a share of its channels, whatever letters are.

A cut at the share q falls into an item at its share r if `before + r*size = q*total` for all
letters. Two choices of letters give q and r; whether they are right is seen from the polynomials.

>>> from snaplang.dims import letter
>>> [str(q) for q, i, r in known_cuts([dim(8), 2 * letter("c"), dim(8)], [Fraction(1, 4)])]
['0', '1/2', '1']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import prod

from snaplang.dims import Dim, dim

Place = tuple[Fraction, int, Fraction]  # a share of all: so many items, and a share of the next
PRIMES = (101, 211, 307, 401, 503, 601, 701, 809, 907, 1009)


def known_cuts(sizes: Sequence[Dim], wanted: Sequence[Fraction]) -> list[Place]:
    """The places where a row can be cut: all that there are near the `wanted` ones."""
    total = sum(sizes, dim(0))
    found: dict[Fraction, Place] = {}
    before = dim(0)
    for i, size in enumerate(sizes):
        start, end = _portion(before, total), _portion(before + size, total)
        if start is not None:
            found[start] = (start, i, Fraction(0))
        if start is not None and end is not None:
            for q in (q for q in wanted if start < q < end):
                found[q] = (q, i, (q - start) / (end - start))
        else:
            for q, r in _solved(before, size, total):
                if 0 < r < 1 and all(Fraction(v).denominator == 1 for _, v in (size * r).terms):
                    found[q] = (q, i, r)
        before = before + size
    found[Fraction(1)] = (Fraction(1), len(sizes), Fraction(0))
    return [found[q] for q in sorted(found)]


def _portion(size: Dim, total: Dim) -> Fraction | None:
    """The number that `size` is a multiple of `total` by, if it is one."""
    top, bottom = (_at(value, 0) for value in (size, total))
    return top / bottom if size == total * (top / bottom) else None


def _solved(before: Dim, size: Dim, total: Dim) -> Iterator[tuple[Fraction, Fraction]]:
    """The q and r with `before + r*size = q*total`, where there is one such pair."""
    for one, two in combinations(range(3), 2):
        rows = [[_at(value, k) for value in (total, size, before)] for k in (one, two)]
        (a, b, e), (c, d, f) = rows
        determinant = c * b - a * d
        if determinant:
            q, r = (b * f - d * e) / determinant, (a * f - c * e) / determinant
            if before + size * r == total * q:
                yield q, r
            return


def _at(value: Dim, turn: int) -> Fraction:
    """The value for some choice of what monomials are products of: letters, floors, products."""
    total = Fraction(0)
    for monomial, factor in value.terms:
        chosen = (PRIMES[(sum(str(a.key).encode()) + 3 * turn) % 10] + turn for a in monomial)
        total += factor * prod(chosen)
    return total
