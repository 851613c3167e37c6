"""Law A12: what `split` and `cat` do to each other.

To the laws a part is a *slice*: the channels of a value from one exact share of them to another. A
slice of a slice is a slice; neighbouring slices of one value in a `cat` are one slice, and all of a
value is the value; a slice of a `cat` is the items between, the outer ones sliced themselves. So
splitting and joining meet in one form, in whatever order they come.

Channels are compared as polynomials: a `cat` is cut only where the cut is known whatever the
letters are. Nested `cat`s can be exponentially long and are opened only where a slice begins or
ends in them.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from snaplang.canonical.normal.kind import Cut, Kind
from snaplang.canonical.normal.terms import Terms
from snaplang.dims import Dim, letter, ratio, substitute
from snaplang.ops.spec import Fact

Values = tuple[int, ...]
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
        return terms.zero_of(value, terms.shape(value).channels * (cut[1] - cut[0]))
    if Fact.JOINS_CHANNELS in terms.kinds[value].facts:
        items = _between(terms, value, cut)
        if items is not None:
            return terms.together(terms.kinds[value], items)[0]
    return terms.slice(value, cut)


def _between(terms: Terms, whole: int, cut: Cut) -> Values | None:
    """The items of a `cat` within a cut, None where the cut may fall anywhere."""
    total = terms.shape(whole).channels
    left = _dropped(terms, whole, [whole], total * cut[0])
    return None if left is None else _taken(terms, whole, left, total * (cut[1] - cut[0]))


def _dropped(terms: Terms, whole: int, pending: list[int], size: Dim) -> list[int] | None:
    """What is left behind so many channels, the first item last."""
    while size.terms:
        value = pending.pop()
        left = size - terms.shape(value).channels
        if not left.terms or _positive(left):
            size = left
        elif terms.kinds[value] is terms.kinds[whole]:
            pending += reversed(terms.args[value])
        else:
            rest = _cut_item(terms, value, size, front=False)
            return None if rest is None else [*pending, rest]
    return pending


def _taken(terms: Terms, whole: int, pending: list[int], size: Dim) -> Values | None:
    """The next items that have so many channels together."""
    found: list[int] = []
    while size.terms:
        value = pending.pop()
        left = size - terms.shape(value).channels
        if not left.terms or _positive(left):
            found.append(value)
            size = left
        elif terms.kinds[value] is terms.kinds[whole]:
            pending += reversed(terms.args[value])
        else:
            front = _cut_item(terms, value, size, front=True)
            return None if front is None else (*found, front)
    return tuple(found)


def _cut_item(terms: Terms, value: int, size: Dim, front: bool) -> int | None:
    """The first so many channels of an item, or those behind; None where that is no sure cut."""
    channels = terms.shape(value).channels
    if terms.is_zero(value):
        rest = channels - size
        return terms.zero_of(value, size if front else rest) if _positive(rest) else None
    found = ratio(size, channels)
    share = None if found is None else found.number
    if share is None or not 0 < share < 1:
        return None
    cut = Fraction(share)
    return slice_of(terms, value, (Fraction(0), cut) if front else (cut, Fraction(1)))


def _positive(size: Dim) -> bool:
    """Whether a size is positive whatever its letters are, which are 1 at least."""
    moved = substitute(size, {name: letter(name) + 1 for name in size.letters()})
    return bool(moved.terms) and all(factor > 0 for _, factor in moved.terms)


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
