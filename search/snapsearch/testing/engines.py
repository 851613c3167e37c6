"""The suite for engines: what `snapsearch.engine.base` promises, whoever keeps it.

>>> from snapsearch.engine.inline import Inline
>>> check_engine(Inline)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from snapsearch.engine.base import Engine, Job, Outcome, TrialLimits
from snapsearch.engine.guard import evaluated
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Task
from snapsearch.testing.contract import Contract, named
from snapsearch.testing.samples import Obliging

Make = Callable[[Task, TrialLimits], Engine]
PROGRAMS = ("value 1", "fail", "value 2", "error", "nan", "value 3", "exit", "none", "value 4")


def check_engine(engine: Make, patience: float = 60.0) -> None:
    """Raise `AssertionError` where an engine breaks its contract.

    `engine` is the class, or a function of a task and limits that makes one; `patience` is how many
    seconds its jobs may take all in all. An engine with processes imports this module in them.

        check_engine(MyEngine)
        check_engine(lambda task, limits: MyEngine(task, limits, queue="short"))
    """
    case = _TriedEngine(Contract(named(engine)), engine, patience)
    case.outcomes()
    case.limits()
    case.closing()
    case.errors()


@dataclass(frozen=True)
class _TriedEngine:
    """An engine that is tried."""

    contract: Contract
    make: Make
    patience: float

    @contextmanager
    def started(self, limits: TrialLimits) -> Iterator[Engine]:
        """A new engine, closed in the end."""
        with self.contract.calling("__init__"):
            made: object = self.make(Obliging(), limits)
        self.contract.keeps("is an Engine", isinstance(made, Engine), made)
        assert isinstance(made, Engine)
        try:
            yield made
        finally:
            with self.contract.calling("close"):
                made.close()

    def outcomes(self) -> None:
        """Each job has one outcome, that which its task gives, whatever runs beside it."""
        with self.started(TrialLimits()) as engine:
            self.idle(engine)
            for first in (0, 100):  # an engine can be used again when all has ended
                self.same(engine, first)
            self.idle(engine)

    def idle(self, engine: Engine) -> None:
        """Where nothing is under way, nothing is waited for."""
        start = time.monotonic()
        with self.contract.calling("collect"):
            found = engine.collect(self.patience)
        promise = "collects nothing where no job is under way"
        self.contract.keeps(promise, found == [], found)
        took = time.monotonic() - start
        promise = "does not wait where no job is under way"
        self.contract.keeps(promise, took < self.patience / 2, f"{took:.1f} seconds")

    def same(self, engine: Engine, first: int) -> None:
        """Some jobs have the outcomes that they have by themselves."""
        jobs = [Job(first + i, program, 1.0, seed=i) for i, program in enumerate(PROGRAMS)]
        found = self.collected(engine, jobs)
        for job in jobs:
            alone, outcome = evaluated(Obliging(), job, TrialLimits()), found[job.number]
            if alone.result is not None:
                promise = "gives the result of the task, for the budget and seed of the job"
                self.contract.keeps(promise, outcome == alone, f"{outcome}, not {alone}")
            else:
                kept = outcome.result is None and bool(outcome.reason)
                promise = "gives a reason, and no result, where an evaluation came to nothing"
                self.contract.keeps(promise, kept, f"{outcome} for {job.program!r}")

    def collected(self, engine: Engine, jobs: list[Job]) -> dict[int, Outcome]:
        """The outcomes of jobs, by number."""
        wanted, found = {job.number for job in jobs}, dict[int, Outcome]()
        end = time.monotonic() + self.patience
        with self.contract.calling("submit"):
            for job in jobs:
                engine.submit(job)
        while len(found) < len(jobs):
            left = sorted(wanted - found.keys())
            late = f"none of {left} after {self.patience:g} seconds"
            promise = "gives an outcome of every job"
            self.contract.keeps(promise, time.monotonic() < end, late)
            with self.contract.calling("collect"):
                some = engine.collect(1.0)
            for outcome in some:
                kept = isinstance(outcome, Outcome) and outcome.number in left
                self.contract.keeps("gives one outcome of each job it took", kept, outcome)
                found[outcome.number] = outcome
                left.remove(outcome.number)
        return found

    def limits(self) -> None:
        """A job that takes too long fails, and the others are none the worse."""
        with self.started(TrialLimits(seconds=0.5)) as engine:
            jobs = [Job(i, text, None, i) for i, text in enumerate(("sleep", "value 1"))]
            found = self.collected(engine, jobs)
        kept = found[0].result is None and str(found[0].reason).startswith("time")
        promise = "stops a job that is over its limit of time (reason `time: …`)"
        self.contract.keeps(promise, kept, found[0])
        promise = "goes on after a job that was over its limit"
        self.contract.keeps(promise, found[1].result is not None, found[1])

    def errors(self) -> None:
        """An error of the task itself ends the run."""
        with self.started(TrialLimits()) as engine:
            engine.submit(Job(0, "broken", None, 0))
            end, found = time.monotonic() + self.patience, list[Outcome]()
            code = ""
            while not found and not code and time.monotonic() < end:
                try:
                    found = engine.collect(1.0)
                except SearchError as error:
                    code = error.code
        promise = "raises the SearchError of a task that cannot work, by `collect`"
        self.contract.keeps(promise, code == "S202", found)

    def closing(self) -> None:
        """It ends at once, and may be ended twice."""
        with self.started(TrialLimits()) as engine:
            for i in range(3):
                engine.submit(Job(i, "sleep", None, i))
            start = time.monotonic()
            with self.contract.calling("close"):
                engine.close()
                engine.close()
            took = time.monotonic() - start
            promise = "gives up its jobs when it is closed"
            self.contract.keeps(promise, took < 4, f"{took:.1f} seconds for 3 jobs of 2 seconds")
