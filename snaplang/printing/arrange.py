"""Bringing the inputs of a task to the top of the stack with as few symbols as possible.

The search keeps each value that is still needed on the stack exactly once (or under a name): copies
are made when a task takes them. So for each input there is one question: does it stay where it
lies, is it rolled up (its last use), picked (needed again), or pushed by its name?

>>> arrange((7, 8), (8, 7), False, {7}, frozenset()).steps  # 8 lies well, 7 is copied above it
(Step(move='pick', of=1),)
"""

from __future__ import annotations

from collections.abc import Collection
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
    stack: Stack, takes: Stack, free: bool, keeps: Collection[int], named: frozenset[int]
) -> Arranged:
    """Arrange `takes` on top of `stack`; the values in `keeps` are needed again afterwards."""
    run = _run_on_top(stack, takes, keeps)
    staying = run if free else _longest_prefix(run, takes)
    missing = list(takes)
    if free:
        for value in staying:
            missing.remove(value)
        missing.sort(key=lambda v: _depth(stack, v) if v in stack else -1)
    else:
        missing = missing[len(staying) :]
    work, steps, placed = list(stack), [], set(staying)
    excess = 0
    for value in missing:
        if value in named:
            steps.append(Step("push", value))
        else:
            at = _depth(work, value)
            last = value not in keeps and value not in placed
            steps.append(Step("roll" if last else "pick", at))
            if last:
                del work[-1 - at]
                excess += 1
        work.append(value)
        placed.add(value)
    letters = sum(len(wiring(s)) for s in steps if s.move != "push")
    return Arranged(tuple(steps), tuple(work[: len(work) - len(takes)]), excess, letters)


def _depth(stack: Stack | list[int], value: int) -> int:
    """How far below the top the nearest copy of a value lies."""
    return stack[::-1].index(value)


def _run_on_top(stack: Stack, takes: Stack, keeps: Collection[int]) -> Stack:
    """The values on top, without a gap, that this task takes for the last time."""
    start = len(stack)
    while start and stack[start - 1] in takes and stack[start - 1] not in keeps:
        start -= 1
    return stack[start:]


def _longest_prefix(run: Stack, takes: Stack) -> Stack:
    """The longest beginning of `takes` that lies in `run` in this order; the others move above it."""
    count = 0
    for value in run:
        if count < len(takes) and value == takes[count]:
            count += 1
    return takes[:count]
