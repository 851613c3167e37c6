"""How slices of one value are written: which `split`s of which parts give them all.

A value is split into the fewest parts such that every slice is made of whole parts, or lies within
one, which is then split in the same way. So it depends on the slices alone.

>>> from fractions import Fraction
>>> half, quarter = Fraction(1, 2), Fraction(1, 4)
>>> for cut, piece in plan([(Fraction(0), half), (half, 3 * quarter)]).items():
...     print(*cut, piece.parts, piece.first, piece.count)
0 1/2 2 0 1
1/2 1 2 1 1
1/2 3/4 2 0 1
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm

from snaplang.canonical.normal.cuts import Cut
from snaplang.canonical.normal.parts import WHOLE

MOST = 4096  # parts tried; a slice of more is cut into as many as its denominators ask for


@dataclass(frozen=True)
class Cutting:
    """A slice: `count` of the `parts` that the slice `of` is split into, from the `first` on."""

    of: Cut
    parts: int
    first: int
    count: int


def plan(cuts: Iterable[Cut]) -> dict[Cut, Cutting]:
    """How each slice is made, and those that lie between."""
    found: dict[Cut, Cutting] = {}
    pending: list[tuple[Cut, list[Cut]]] = [(WHOLE, sorted(set(cuts)))]
    while pending:
        whole, inside = pending.pop()
        parts = _parts(whole, inside)
        deeper: dict[Cut, list[Cut]] = {}
        for cut in inside:
            low, high = _ends(whole, cut, parts)
            first = int(low)  # rounded down
            if low == first and high.denominator == 1:
                found[cut] = Cutting(whole, parts, first, int(high) - first)
            else:
                step = (whole[1] - whole[0]) / parts
                part = (whole[0] + first * step, whole[0] + (first + 1) * step)
                found[part] = Cutting(whole, parts, first, 1)
                deeper.setdefault(part, []).append(cut)
        pending += deeper.items()
    return found


def _ends(whole: Cut, cut: Cut, parts: int) -> Cut:
    """Where a slice begins and ends, counted in parts of the whole."""
    scale = parts / (whole[1] - whole[0])
    return (cut[0] - whole[0]) * scale, (cut[1] - whole[0]) * scale


def _parts(whole: Cut, inside: list[Cut]) -> int:
    """The smallest number of parts of which every slice is made, or within one of which it is."""
    shares = [end for cut in inside for end in _ends(whole, cut, 1)]
    common = lcm(*(share.denominator for share in shares))
    fits = (n for n in range(2, min(common, MOST)) if common % n == 0 and _fit(whole, inside, n))
    return next(fits, common)


def _fit(whole: Cut, inside: list[Cut], parts: int) -> bool:
    for cut in inside:
        low, high = _ends(whole, cut, parts)
        if (low.denominator, high.denominator) != (1, 1) and high > int(low) + 1:
            return False
    return True
