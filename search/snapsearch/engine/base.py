"""The contract of an engine: jobs in, outcomes out, in whatever order they end.

An engine knows a task and its limits, nothing of strategies and stores. The outcome of a job does
not depend on the engine, nor on what runs beside it: its seed is in the job. Every job has one
outcome, whatever its program does; `guard.evaluated` makes it. `snapsearch.testing.check_engine`
tries whether an engine keeps this contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from snapsearch.config.registry import options_of
from snapsearch.tasks.base import Task
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
    """Base of engines, of your own too: `engine = "module:Class"` in a configuration.

    An engine is made from a task and limits, and from options by name: those of `[engine]`, and the
    configuration's `workers` and `device` if it takes parameters of these names. `about` says what
    each option is.
    """

    about: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(self, task: Task, limits: TrialLimits) -> None:
        self.task, self.limits = task, limits

    @classmethod
    def table(cls) -> list[tuple[str, object, str]]:
        """Its options: name, default (`inspect.Parameter.empty`: needed), and what it is."""
        return [(p.name, p.default, cls.about.get(p.name, "")) for p in options_of(cls)[0]]

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Take a job; it may wait for others to end."""

    @abstractmethod
    def collect(self, patience: float | None = None) -> list[Outcome]:
        """Wait until a job has ended, or for `patience` seconds; what has ended since.

        Empty at once where no job is under way. Raises `SearchError` where the task cannot work.
        """

    @abstractmethod
    def close(self) -> None:
        """End at once; running jobs are cancelled. It may be called twice."""
