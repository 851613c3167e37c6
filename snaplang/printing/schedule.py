"""From tasks to a short sequence of steps: what can be cut, chained and remembered, is.

Three reductions keep the search small, and none costs a symbol:

1. A task that takes just the value on top, and is its only user, runs at once.
2. Where one value alone is still needed, what comes before and after are searched apart.
3. Equal stretches (the blocks of a network) are searched once.

>>> x, y, z = 0, 1, 2
>>> [s.move for s in schedule([Task((x,), (y,)), Task((y, x), (z,), True)], (x,), (z,))]
['pick', 'run', 'run']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from snaplang.printing.search import Problem, effort, search
from snaplang.printing.task import Stack, Step, Task

DROP = -1  # the member of a chain that is no task


@dataclass(slots=True)
class _Chain:
    """Tasks that run one directly after the other, as one; `members` are their numbers."""

    takes: Stack
    leaves: Stack
    free: bool
    members: list[int]


@dataclass(slots=True)
class _Stretch:
    """Chains between two cuts."""

    chains: list[_Chain]
    start: Stack
    end: Stack


def schedule(
    tasks: Sequence[Task], start: Stack, end: Stack, named: frozenset[int] = frozenset()
) -> list[Step]:
    """Steps that run all `tasks`, in an order of their own, from the stack `start` to `end`.

    `named` values have names from the beginning. Values that nobody takes are dropped.
    """
    uses = Counter(v for task in tasks for v in task.takes)
    uses.update(end)
    chains = _chains(_with_drops(tasks, start, uses), uses)
    stretches = list(_stretches(chains, start, end, uses, named))
    problems = [_problem(stretch, named) for stretch in stretches]
    distinct = dict.fromkeys(problem for problem, _ in problems)
    found = effort(sum(len(problem.tasks) for problem in distinct))
    solutions = {problem: search(problem, found) for problem in distinct}
    steps: list[Step] = []
    for stretch, (problem, values) in zip(stretches, problems, strict=True):
        steps += _restored(solutions[problem], stretch, values)
    return steps


def _with_drops(
    tasks: Sequence[Task], start: Stack, uses: Counter[int]
) -> Iterator[tuple[int, Task]]:
    """The tasks, numbered, and a drop behind each value that nobody takes."""
    for index, task in enumerate((Task((), start), *tasks)):
        if index:
            yield index - 1, task
        for value in reversed(task.leaves):
            if value not in uses:
                uses[value] = 1
                yield DROP, Task((value,), ())


def _chains(tasks: Iterator[tuple[int, Task]], uses: Counter[int]) -> list[_Chain]:
    """Reduction 1."""
    chains: list[_Chain] = []
    on_top: dict[int, _Chain] = {}
    for index, task in tasks:
        value = task.takes[0] if len(task.takes) == 1 else None
        chain = on_top.pop(value, None) if value is not None and uses[value] == 1 else None
        if chain is None:
            chain = _Chain(task.takes, task.leaves, task.free, [index])
            chains.append(chain)
        else:
            chain.members.append(index)
            chain.leaves = chain.leaves[:-1] + task.leaves
        if chain.leaves:
            on_top[chain.leaves[-1]] = chain
    return chains


def _stretches(
    chains: list[_Chain], start: Stack, end: Stack, uses: Counter[int], named: frozenset[int]
) -> Iterator[_Stretch]:
    """Reduction 2; what has a name is there on both sides of a cut."""
    left = Counter(uses)
    live = set(start)
    now = _Stretch([], start, end)
    for chain in chains:
        now.chains.append(chain)
        live.update(chain.leaves)
        for value in chain.takes:
            left[value] -= 1
            if not left[value]:
                live.discard(value)
        if len(live) == 1 and chain is not chains[-1]:
            (value,) = live
            yield _Stretch(now.chains, now.start, (value,))
            now = _Stretch([], (value,), end)
    yield now


def _problem(stretch: _Stretch, named: frozenset[int]) -> tuple[Problem, Stack]:
    """A stretch with its values renumbered, so that equal ones are met again, and their numbers."""
    number: dict[int, int] = {}

    def place(values: Stack) -> Stack:
        return tuple(number.setdefault(v, len(number)) for v in values)

    start = place(stretch.start)
    tasks = [Task(place(c.takes), place(c.leaves), c.free) for c in stretch.chains]
    tasks.append(Task(place(stretch.end), ()))
    names = frozenset(number[v] for v in named if v in number)
    return Problem(tuple(tasks), start, names), tuple(number)


def _restored(steps: Sequence[Step], stretch: _Stretch, values: Stack) -> Iterator[Step]:
    """The steps of a stretch, in its own values and tasks."""
    for step in steps:
        if step.move in ("name", "push"):
            yield Step(step.move, values[step.of])
        elif step.move != "run":
            yield step
        elif step.of < len(stretch.chains):
            for member in stretch.chains[step.of].members:
                yield Step("drop", 0) if member == DROP else Step("run", member)
