"""One search on a table: how many architectures until the best cell, and what 100 are worth.

The loop is that of a run without its record: ask one, look its value up, tell. A strategy sees the
value of the very cell that it proposed; other cells of the same architecture may have others. The
best cell counts as found as soon as its architecture is proposed, whichever cell stands for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import process_time

from benchmarks.search.cells import Cell, Column, Table
from snapsearch.space import Space
from snapsearch.strategies.base import Strategy
from snapsearch.trial import Result, State, Trial

BUDGET = 100  # evaluations after which the best by signal is tested
Maker = Callable[[Space, int], Strategy]


@dataclass(frozen=True)
class Run:
    """What one search came to.

    `found` counts distinct architectures up to the best cell's, that one too; `cells` all cells
    that these architectures have; both None where it was not found. `test` is the test accuracy of
    the best by signal among the first 100, `curve` that after each. `seconds` of
    processor time are for each proposal, learning from the last one included.
    """

    found: int | None
    cells: int | None
    test: float
    curve: tuple[float, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Course:
    """What searches run on: the space, the table, and how many cells each architecture has."""

    space: Space
    table: Table
    sizes: dict[str, int]

    def fingerprint(self, cell: Cell) -> str:
        """The architecture of a cell."""
        found = self.space.fingerprints([cell])[0]
        assert found is not None
        return found


def race(course: Course, column: Column, maker: Maker, seed: int, limit: int) -> Run:
    """Search until the best cell is found and 100 architectures are evaluated, at most `limit`."""
    signal, test = course.table.values[column.signal], course.table.values[column.test]
    target = course.fingerprint(course.table.best(column.valid))
    strategy = maker(course.space, seed)
    trials: list[Trial] = []
    seconds: list[float] = []
    found = None
    while len(trials) < limit and (found is None or len(trials) < BUDGET):
        start = process_time()
        asked = strategy.ask(1)
        if not asked:
            break
        value = signal[asked[0].candidate.tokens]
        told = replace(asked[0], state=State.COMPLETE, result=Result(value))
        strategy.tell([told])
        seconds.append(process_time() - start)
        trials.append(told)
        if told.candidate.fingerprint == target and found is None:
            found = len(trials)
    cells = None
    if found is not None:
        cells = sum(course.sizes[t.candidate.fingerprint] for t in trials[:found])
    curve = tuple(incumbents(trials[:BUDGET], test))
    return Run(found, cells, curve[-1], curve, tuple(seconds))


def incumbents(trials: list[Trial], test: dict[Cell, float]) -> list[float]:
    """After each trial the test accuracy of the best by signal so far, the first of equals."""
    best: Trial | None = None
    found = []
    for trial in trials:
        if best is None or (trial.value or 0.0) > (best.value or 0.0):
            best = trial
        found.append(test[best.candidate.tokens])
    return found
