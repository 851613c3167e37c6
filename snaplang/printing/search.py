"""The search for a short order of tasks: a beam over the states of the stack.

A state is the stack after some of the tasks; every layer runs one task more. Of equal states the
cheapest stays, of all states the `breadth` cheapest: for small graphs that is nearly all of them.
Costs are symbols beyond those that every program has, then letters; ties go to the state found
first, and tasks are tried in their order, so that the outcome depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from snaplang.printing.arrange import BIND_EXCESS, Arranged, arrange
from snaplang.printing.task import Stack, Step, Task, wiring

WIDE = 1000  # stacks deeper than this are followed one by one
Users = tuple[int, ...]


@dataclass(slots=True)
class _SearchState:
    """Where a program may have got to. `live` has the tasks that still want a value."""

    cost: tuple[int, int]
    stack: Stack
    named: frozenset[int]
    live: dict[int, Users]
    before: _SearchState | None = None
    steps: tuple[Step, ...] = ()
    recent: Stack = ()  # what the last task took


class _Next(NamedTuple):
    """A candidate: the state before, the task to run, and how it is arranged."""

    before: _SearchState
    task: int
    steps: tuple[Step, ...]
    cost: tuple[int, int]
    named: frozenset[int]
    stack: Stack


@dataclass(frozen=True)
class Effort:
    """How hard to look: states kept, tasks tried from each, values looked at from the top."""

    breadth: int
    tasks: int
    depth: int
    copies: bool = False  # whether copies are also made before they are needed


def effort(size: int) -> Effort:
    """Less for each task the more tasks there are: the whole grows little faster than `size`."""
    for limit, found in (
        (60, Effort(256, 64, 64, True)),
        (400, Effort(32, 16, 16)),
        (1500, Effort(16, 8, 8)),
        (5000, Effort(5, 4, 6)),
    ):
        if size <= limit:
            return found
    return Effort(2, 3, 4)


class Problem(NamedTuple):
    """What to order: the last task is the end and takes what shall be left, after all others."""

    tasks: tuple[Task, ...]
    start: Stack
    named: frozenset[int]


def search(problem: Problem, effort: Effort) -> tuple[Step, ...]:
    """Steps from the stack `start` through all tasks."""
    return tuple(_Search(problem, effort).steps())


class _Search:
    """One search."""

    def __init__(self, problem: Problem, effort: Effort) -> None:
        tasks, start, named = problem
        self.tasks, self.effort = tasks, effort
        self.needs = [frozenset(task.takes) for task in tasks]
        users: dict[int, list[int]] = {v: [] for v in start}
        for value in named:
            users[value] = []
        for index, task in enumerate(tasks):
            for value in task.takes:
                users[value].append(index)
            for value in task.leaves:
                users[value] = []
        self.users = {v: tuple(u) for v, u in users.items()}
        live = {v: self.users[v] for v in (*start, *sorted(named)) if self.users[v]}
        self.first = _SearchState((0, 0), start, named & frozenset(live), live)

    def steps(self) -> list[Step]:
        """The steps of the cheapest program found."""
        states = [self.first]
        for done in range(len(self.tasks)):
            items = [item for state in states for item in self._after(state, done)]
            breadth = min(self.effort.breadth, 1 + WIDE // (1 + len(items[0].stack)))
            best = [min(items, key=_cost)] if breadth == 1 else _distinct(items)[:breadth]
            states = [self._ran(item, alone=len(best) == 1) for item in best]
        return _path(states[0])

    def _ran(self, item: _Next, alone: bool) -> _SearchState:
        """The state behind a candidate; where it is the only one, the state before is used up."""
        task = self.tasks[item.task]
        live = item.before.live if alone else dict(item.before.live)
        for value in task.takes:
            users = live[value]
            at = users.index(item.task)
            rest = users[:at] + users[at + 1 :]
            if rest:
                live[value] = rest
            else:
                del live[value]
        for value in task.leaves:
            live[value] = self.users[value]
        return _SearchState(
            item.cost, item.stack, item.named, live, item.before, item.steps, task.takes
        )

    def _after(self, state: _SearchState, done: int) -> Iterator[_Next]:
        last = len(self.tasks) - 1
        if done == last:
            yield from self._run(state, last)
            return
        for task in self._ready(state):
            yield from self._run(state, task)

    def _ready(self, state: _SearchState) -> list[int]:
        """Tasks whose inputs are there: users of what lies on top first, of the rest if need be."""
        near, far = state.stack[-self.effort.depth :], state.stack[: -self.effort.depth]
        named = sorted(state.named)
        recent = [v for v in state.recent if v in state.live]
        found: list[int] = []
        tried = {len(self.tasks) - 1}
        for values in ((*near[::-1], *named[: self.effort.depth]), (*recent, *far[::-1], *named)):
            for value in values:
                for user in state.live[value]:
                    if user not in tried and self._is_ready(state, user):
                        found.append(user)
                        if len(found) >= self.effort.tasks:
                            return found
                    tried.add(user)
            if found:
                break
        return found

    def _is_ready(self, state: _SearchState, task: int) -> bool:
        return state.live.keys() >= self.needs[task]

    def _run(self, state: _SearchState, index: int) -> Iterator[_Next]:
        task = self.tasks[index]
        wanted = {v: len(state.live[v]) for v in task.takes}
        gone = {v for v in task.takes if wanted[v] == task.takes.count(v)}
        plain = arrange(state.stack, task.takes, task.free, wanted, state.named)
        yield self._next(state, index, plain, (), state.named - gone)
        for value, times in self._worth_copying(state, task):
            copied = state.stack + (value,) * times
            way = arrange(copied, task.takes, task.free, wanted, state.named)
            first = Step("pick", state.stack[::-1].index(value))
            copies = (first, *[Step("pick", 0)] * (times - 1))
            yield self._next(state, index, way, copies, state.named - gone)
        for bound in range(1, plain.excess // BIND_EXCESS + 1):
            names = state.stack[-bound:][::-1]
            if len(set(names)) < bound or not set(names).isdisjoint(state.stack[:-bound]):
                break
            named = state.named | set(names)
            way = arrange(state.stack[:-bound], task.takes, task.free, wanted, named)
            if way.excess + BIND_EXCESS * bound < plain.excess:
                bind = tuple(Step("name", v) for v in names)
                yield self._next(state, index, way, bind, named - gone)

    def _worth_copying(self, state: _SearchState, task: Task) -> Iterator[tuple[int, int]]:
        """Values to copy now for later tasks, below the inputs of this one, and how often."""
        if not self.effort.copies:
            return
        for value in dict.fromkeys((*task.takes, *state.stack[-2:])):
            if value in state.stack:
                uses = len(state.live[value]) - (value in task.takes)
                for times in range(1, min(2, uses - state.stack.count(value)) + 1):
                    yield value, times

    def _next(
        self,
        state: _SearchState,
        index: int,
        way: Arranged,
        before: tuple[Step, ...],
        named: frozenset[int],
    ) -> _Next:
        excess = state.cost[0] + way.excess
        letters = state.cost[1] + way.letters
        for step in before:
            excess += BIND_EXCESS * (step.move == "name")
            letters += len(wiring(step)) * (step.move != "name")
        steps = (*before, *way.steps, Step("run", index))
        stack = way.rest + self.tasks[index].leaves
        return _Next(state, index, steps, (excess, letters), named, stack)


def _cost(item: _Next) -> tuple[int, int]:
    return item.cost


def _distinct(items: list[_Next]) -> list[_Next]:
    """The cheapest candidate for each state, cheap ones first."""
    found: dict[tuple[Stack, frozenset[int]], _Next] = {}
    for item in items:
        key = (item.stack, item.named)
        if key not in found or item.cost < found[key].cost:
            found[key] = item
    return sorted(found.values(), key=_cost)


def _path(state: _SearchState) -> list[Step]:
    parts = []
    at: _SearchState | None = state
    while at is not None:
        parts.append(at.steps)
        at = at.before
    return [step for part in reversed(parts) for step in part]
