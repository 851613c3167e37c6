"""Where a `cat` can be cut, whatever its letters are: between which items, and within which.

Channels are compared as polynomials. A cut is known at the end of an item where the channels before
are an exact share of all; anywhere within an item that lies between two such ends; and within
another item where both sides are whole numbers of channels. What is known of a `cat` is known of
each of its parts, so that parts of parts are the same in whatever order they are taken.

>>> from snaplang.dims import letter
>>> c = letter("c")
>>> exact_share(c, 4 * c), exact_share(c + 1, 4 * c)
(Fraction(1, 4), None)
>>> within(dim(8), 2 * c, 2 * c + 16)  # 8 and half of 2c are half of all
(Fraction(1, 2), Fraction(1, 2))
"""

from __future__ import annotations

from fractions import Fraction

from snaplang.canonical.normal.kind import Cut
from snaplang.dims import Dim, dim, ratio


def exact_share(size: Dim, total: Dim) -> Fraction | None:
    """What share of all some channels are, None where that depends on letters."""
    found = ratio(size, total) if size.terms else dim(0)
    number = None if found is None else found.number
    return None if number is None else Fraction(number)


def within(before: Dim, size: Dim, total: Dim) -> Cut | None:
    """The one cut within an item that is no exact share itself: as a share of all, and of it."""
    rest, own = _beside(before, total), _beside(size, total)
    here = exact_share(-rest, own) if rest.terms and own.terms else None
    if here is None or not 0 < here < 1:
        return None
    part = size * here
    share = exact_share(before + part, total)
    whole = all(isinstance(factor, int) for _, factor in part.terms)
    return (share, here) if share is not None and whole else None


def _beside(size: Dim, total: Dim) -> Dim:
    """A size less the multiple of another that takes one of that one's terms away."""
    monomial, factor = total.terms[0]
    own = dict(size.terms).get(monomial, 0)
    return size - total * (Fraction(own) / Fraction(factor))
