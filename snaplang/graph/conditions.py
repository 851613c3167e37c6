"""Conditions on sizes: whether they hold, and which of many say something.

>>> from snaplang.dims import letter
>>> h = letter("H")
>>> least = [Condition(h, None, 0, 0, "a window", None, n) for n in (2, 5)]
>>> [str(c) for c in distinct(least)]
['H >= 5']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from snaplang.dims import Dim, dim, substitute
from snaplang.graph.graph import Condition

TRIED = 64  # sizes below a least one that are tried


def letters(condition: Condition) -> set[str]:
    """The letters that a condition speaks of."""
    right = condition.right.letters() if condition.right is not None else set()
    return condition.left.letters() | right


def holds(condition: Condition, known: Mapping[str, Dim]) -> bool:
    """Whether a condition holds for sizes, which are given for all of its letters."""
    left = substitute(condition.left, known).number
    if condition.least is not None:
        return left is not None and left >= condition.least
    if condition.right is not None:
        return left == substitute(condition.right, known).number
    return left is not None and Fraction(left, condition.of or 1).denominator == 1


def distinct(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Each condition once, in order, without least sizes that follow from the others."""
    found = list(dict.fromkeys(conditions))
    least: dict[Dim, Condition] = {}
    for condition in found:
        if condition.least is not None:
            before = least.setdefault(condition.left, condition)
            if condition.least > (before.least or 0):
                least[condition.left] = condition
    others = [c for c in found if c.least is None]
    return tuple(
        c
        for c in found
        if c.least is None or (least[c.left] is c and not _follows(c, c.least, others))
    )


def _follows(condition: Condition, least: int, others: list[Condition]) -> bool:
    """Whether some other condition fails for each size of the one letter that is too small."""
    names = condition.left.letters()
    if len(names) != 1 or least > TRIED or str(condition.left) not in names:
        return False
    (name,) = names
    own = [other for other in others if letters(other) == names]
    sizes = range(1, least)
    return all(any(not holds(c, {name: dim(size)}) for c in own) for size in sizes)
