"""The contract of an engine: jobs in, outcomes out, in whatever order they end.

An engine knows a task and its limits, nothing of strategies and stores. The outcome of a job does
not depend on the engine, nor on what runs beside it: its seed is in the job.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from snapsearch.trial import Result


@dataclass(frozen=True)
class TrialLimits:
    """What a candidate may take: seconds of wall time, GiB of memory; None: no limit."""

    seconds: float | None = None
    memory: float | None = None


@dataclass(frozen=True)
class Job:
    """An evaluation to be done: the trial's number, its program, budget and seed."""

    number: int
    program: str
    budget: float | None
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a result, or the reason why there is none."""

    number: int
    result: Result | None
    reason: str | None = None


class Engine(ABC):
    """Base of engines."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Take a job; it may wait for others to end."""

    @abstractmethod
    def collect(self, patience: float | None = None) -> list[Outcome]:
        """Wait until a job has ended, or for `patience` seconds; what has ended since."""

    @abstractmethod
    def close(self) -> None:
        """End at once; running jobs are cancelled."""
