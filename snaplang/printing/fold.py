"""Repeated stretches of symbols as `{ … }*n`, where that is shorter.

>>> [str(x) for x in fold("conv3 relu conv3 relu conv3 relu add".split())]
['{ conv3 relu }*3', 'add']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FRAME = 2  # symbols of `{` and `}*n`
LONGEST = 128  # symbols of a stretch that is looked for


@dataclass(frozen=True)
class Loop:
    """Items that run `count` times."""

    items: tuple[str | Loop, ...]
    count: int

    def __str__(self) -> str:
        return f"{{ {' '.join(map(str, self.items))} }}*{self.count}"


def length(items: Sequence[str | Loop]) -> int:
    """How many symbols items are; `-> a` is two."""
    return sum(
        length(x.items) + FRAME if isinstance(x, Loop) else 1 + x.startswith("-> ") for x in items
    )


def fold(symbols: Sequence[str | Loop]) -> list[str | Loop]:
    """The symbols with the repeats that save most, stretches folded in turn.

    The shortest reading from each place on is found from the end; a stretch counts at the length
    that it has unfolded, so that nested repeats may be missed where that decides.
    """
    size = len(symbols)
    best = [0] * (size + 1)
    choice = [(1, 1)] * size  # how long the stretch is, and how often it runs
    runs = [0] * (LONGEST + 1)  # how long the symbols agree with those `period` further on
    for at in range(size - 1, -1, -1):
        best[at] = best[at + 1] + 1
        for period in range(1, min(LONGEST, size - at - 1) + 1):
            same = symbols[at] == symbols[at + period]
            runs[period] = runs[period] + 1 if same else 0
            if runs[period] < period:
                continue
            count = 1 + runs[period] // period
            cost = period + FRAME + best[at + period * count]
            if cost < best[at]:
                best[at], choice[at] = cost, (period, count)
    return _read(symbols, choice)


def _read(symbols: Sequence[str | Loop], choice: list[tuple[int, int]]) -> list[str | Loop]:
    found: list[str | Loop] = []
    at = 0
    while at < len(symbols):
        period, count = choice[at]
        part = symbols[at : at + period]
        found += [Loop(tuple(fold(part)), count)] if count > 1 else part
        at += period * count
    return found
