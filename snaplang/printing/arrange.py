"""Bringing the inputs of a task to the top of the stack with as few symbols as possible.

A value that is still wanted lies on the stack, at most as often as it is wanted, or has a name. So
for each input of a task there is one question: does it stay where it lies, is it rolled up (each
copy is wanted), picked (copies are too few), or pushed by its name?

>>> arrange((7, 8), (8, 7), False, {7: 2, 8: 1}, frozenset()).steps  # 7 is copied above 8
(Step(move='pick', of=1),)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from snaplang.printing.task import Stack, Step, wiring

BIND_EXCESS = 3  # `-> a` and a push for each use, against one copy less than there are uses


class Arranged(NamedTuple):
    """Steps, what lies under the task's inputs afterwards, and what they cost.

    `excess` counts symbols beyond those that every program has (the ops, and one copy for each use
    but the last).
    """

    steps: tuple[Step, ...]
    rest: Stack
    excess: int
    letters: int


def arrange(
    stack: Stack, takes: Stack, free: bool, wanted: Mapping[int, int], named: frozenset[int]
) -> Arranged:
    """Arrange `takes` on top of `stack`; `wanted` counts uses of its values, these included."""
    run = _run_on_top(stack, takes, wanted)
    staying = run if free else _longest_prefix(run, takes)
    missing = list(takes)
    for value in staying:
        missing.remove(value)
    if free:
        missing.sort(key=lambda v: _depth(stack, v) if v in stack else -1)
    work = [*stack[: len(stack) - len(run)], *_fixed(run, staying)]
    bottom = len(stack) - len(run)  # nothing from here on may stay but `staying`
    left = {v: wanted[v] - staying.count(v) for v in missing}
    steps, excess = [], 0
    for value in missing:
        if value in named:
            steps.append(Step("push", value))
        elif work.count(value) >= left[value] or (staying and value in work[bottom:]):
            steps.append(Step("roll", _depth(work, value)))
            del work[-1 - steps[-1].of]
            excess += 1
        else:
            steps.append(Step("pick", min(_depth(work, v) for v in (value, ~value) if v in work)))
        left[value] -= 1
        work.append(~value)
    letters = sum(len(wiring(s)) for s in steps if s.move != "push")
    return Arranged(tuple(steps), tuple(work[: len(work) - len(takes)]), excess, letters)


def _depth(stack: Stack | list[int], value: int) -> int:
    """How far below the top the nearest copy of a value lies."""
    return stack[::-1].index(value)


def _run_on_top(stack: Stack, takes: Stack, wanted: Mapping[int, int]) -> Stack:
    """The values on top, without a gap, that this task may take from where they lie."""
    taken: dict[int, int] = {}
    start = len(stack)
    while start:
        value = stack[start - 1]
        count = taken.get(value, 0) + 1
        uses = takes.count(value)
        if count > uses or not (uses == wanted[value] or stack.count(value) == wanted[value]):
            break
        taken[value] = count
        start -= 1
    return stack[start:]


def _longest_prefix(run: Stack, takes: Stack) -> Stack:
    """The longest beginning of `takes` that lies in `run` in order; the others move above it."""
    count = 0
    for value in run:
        if count < len(takes) and value == takes[count]:
            count += 1
    return takes[:count]


def _fixed(run: Stack, staying: Stack) -> list[int]:
    """`run` with those that stay marked, as `~value`."""
    count = 0
    marked = []
    for value in run:
        stays = count < len(staying) and value == staying[count]
        count += stays
        marked.append(~value if stays else value)
    return marked
