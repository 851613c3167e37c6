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
from snaplang.canonical.normal.terms import Terms
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.dims import Dim, dim, ratio

MOST = 100_000  # items looked at: far beyond every program but those made to explode


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


class Layout:
    """The items of a `cat` up to the end of a cut, and where it can be cut near the cut's ends.

    `items` are values and which share of them is meant. `stops` are the known cuts: a share of all
    channels, and how many items lie before. Nested `cat`s stay closed where nothing is cut in them.
    """

    def __init__(self, terms: Terms, whole: int, cut: Cut) -> None:
        self.terms, self.whole, self.cut = terms, whole, cut
        self.total = terms.shape(whole).channels
        self.items: list[tuple[int, Cut]] = []
        self.stops: list[tuple[Fraction, int]] = [(Fraction(0), 0)]
        pending, before = [whole], dim(0)
        while pending and self.stops[-1][0] < cut[1]:
            value = pending.pop()
            size = terms.shape(value).channels
            if self._take(value, before, size):
                before = before + size
            else:
                pending += reversed(terms.args[value])
            if len(self.items) + len(pending) > MOST:
                message = f"a part is taken of a `cat` of more than {MOST:,} tensors"
                raise SnapError(Diagnostic("E513", message))

    def _take(self, value: int, before: Dim, size: Dim) -> bool:
        """Note an item, cut where that is known; False for a nested `cat` that must be opened."""
        start, end = exact_share(before, self.total), exact_share(before + size, self.total)
        known: list[Cut] = []
        if start is not None and end is not None:
            known = [(q, (q - start) / (end - start)) for q in self.cut if start < q < end]
        nested = self.terms.kinds[value] is self.terms.kinds[self.whole]
        if nested and (known or start is None or end is None):
            return False
        if start is None or end is None:
            inside = within(before, size, self.total)
            known = [inside] if inside else []
        done = Fraction(0)
        for share, here in known:
            self.items.append((value, (done, here)))
            self.stops.append((share, len(self.items)))
            done = here
        self.items.append((value, (done, Fraction(1))))
        if end is not None:
            self.stops.append((end, len(self.items)))
        return True
