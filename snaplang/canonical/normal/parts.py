"""Law A12: what `split` and `cat` do to each other.

To the laws a part is a *slice*: the channels of a value from one exact share of them to another. A
slice of a slice is a slice; neighbouring slices of one value in a `cat` are one slice, and all of a
value is the value; a slice of a `cat` is the items between, the outer ones sliced themselves. So
splitting and joining meet in one form, in whatever order they come.

A `cat` is cut only where the cut is known whatever the letters are (`cuts.py`). A slice that begins
or ends elsewhere is one of the shortest run of items whose ends are known.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from snaplang.canonical.normal.cuts import exact_share, within
from snaplang.canonical.normal.kind import Cut, Kind
from snaplang.canonical.normal.terms import Terms
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.dims import Dim, dim
from snaplang.ops.spec import Fact

Values = tuple[int, ...]
MOST = 100_000  # items looked at: far beyond every program but those made to explode
WHOLE: Cut = (Fraction(0), Fraction(1))


# -- split ---------------------------------------------------------------------------------------


def take_apart(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """The parts of a value as slices."""
    (value,) = args
    if terms.is_zero(value):
        return terms.zeros(kind, args)
    step = Fraction(1, kind.outputs)
    return tuple(slice_of(terms, value, (i * step, (i + 1) * step)) for i in range(kind.outputs))


def slice_of(terms: Terms, value: int, cut: Cut) -> int:
    """The channels of a value within a cut."""
    if cut == WHOLE:
        return value
    inner = terms.kinds[value].cut
    if inner is not None:
        low, high = inner
        size = high - low
        return slice_of(terms, terms.args[value][0], (low + cut[0] * size, low + cut[1] * size))
    if terms.is_zero(value):
        return terms.zero_part(value, cut)
    if Fact.JOINS_CHANNELS in terms.kinds[value].facts:
        return _of_sequence(terms, value, cut)
    return terms.slice(value, cut)


def _of_sequence(terms: Terms, whole: int, cut: Cut) -> int:
    """The channels of a `cat` within a cut: items, and slices of runs of items at its ends."""
    kind, (low, high) = terms.kinds[whole], cut
    layout = _Layout(terms, whole, cut)
    pieces: list[int] = []
    for (start, first), (end, last) in pairwise(layout.stops):
        if end <= low or high <= start:
            continue
        if (start, end) == WHOLE:
            return terms.slice(whole, cut)
        run = [slice_of(terms, value, share) for value, share in layout.items[first:last]]
        if start < low or high < end:
            size = end - start
            inside = (max(low, start) - start) / size, (min(high, end) - start) / size
            run = [slice_of(terms, terms.together(kind, tuple(run))[0], inside)]
        pieces += run
    return terms.together(kind, tuple(pieces))[0]


class _Layout:
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


# -- cat -----------------------------------------------------------------------------------------


def rejoin(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A `cat` in which slices of one value stand side by side, also across nested `cat`s."""
    ends = [terms.ends(kind, a) for a in args]
    if not any(_meet(terms, left[1], right[0]) for left, right in pairwise(ends)):
        return None
    items: list[int] = []
    for part in (part for a in args for part in terms.with_open_ends(kind, a, terms.is_slice)):
        if items and _meet(terms, items[-1], part):
            (low, _), (_, high) = _cut(terms, items[-1]), _cut(terms, part)
            items[-1] = slice_of(terms, terms.args[part][0], (low, high))
        else:
            items.append(part)
    return terms.together(kind, tuple(items))


def _cut(terms: Terms, value: int) -> Cut:
    cut = terms.kinds[value].cut
    assert cut is not None
    return cut


def _meet(terms: Terms, left: int, right: int) -> bool:
    """Whether two values are slices of one, the right one where the left one ends."""
    one, other = terms.kinds[left].cut, terms.kinds[right].cut
    if one is None or other is None:
        return False
    return one[1] == other[0] and terms.args[left] == terms.args[right]
