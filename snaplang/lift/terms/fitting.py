"""Shapes by trial: what an op makes of symbolic sizes, from what it makes of numbers.

>>> fitted(["H"], lambda sizes: [[2 * sizes["H"] + 1]])
[(Dim(2*H + 1),)]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from snaplang.dims import dim, letter
from snaplang.lift.terms.shapes import Sizes

_TRIALS = (12, 24, 60)  # what a letter stands for, and what is added to it in turn
Trial = Callable[[dict[str, int]], "list[list[int]] | None"]


def fitted(letters: Sequence[str], trial: Trial) -> list[Sizes] | None:
    """Results' sizes as straight functions of letters, found by trying; None where they are not."""
    base = {name: _TRIALS[0] + 36 * i for i, name in enumerate(letters)}
    start = trial(base)
    if start is None:
        return None
    slopes: dict[str, list[list[Fraction]]] = {}
    for name in letters:
        rows = []
        for size in _TRIALS[1:]:
            other = trial(base | {name: base[name] + size})
            if other is None or [len(r) for r in other] != [len(r) for r in start]:
                return None
            rows.append([[Fraction(b - a, size) for a, b in zip(r, s, strict=True)]
                         for r, s in zip(start, other, strict=True)])  # fmt: skip
        if rows[0] != rows[1]:
            return None
        slopes[name] = rows[0]
    found = []
    for i, row in enumerate(start):
        sizes = []
        for j, size in enumerate(row):
            total = dim(size)
            for name in letters:
                slope = slopes[name][i][j]
                total = total + (letter(name) - base[name]) * slope
            sizes.append(total)
        found.append(tuple(sizes))
    return found
