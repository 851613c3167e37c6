"""The contract of a task: a program in, a result out; the same seed gives the same result.

A task knows its data and how to build and train a network around a block. It knows nothing of
strategies, stores and engines, and it may run in any process: tasks are picklable.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from snapsearch.trial import Result


class Failure(Exception):
    """An evaluation that came to nothing: `reason` is one of diverged, memory, time, rejected."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


class Task(ABC):
    """Base of all tasks. `direction` is always up: greater values are better.

    `budgets` are the budgets that `evaluate` knows, ascending, in `unit` (epochs, say); the last is
    the full one. `default_space` is SNAP text of a template, or the symbols of a free space; None
    where the task has no space of its own.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    unit: ClassVar[str] = "epochs"

    @property
    @abstractmethod
    def budgets(self) -> tuple[float, ...]:
        """The budgets, ascending."""

    @property
    @abstractmethod
    def metric(self) -> str:
        """The name of `Result.value`, with its unit: `"validation accuracy (%)"`."""

    @abstractmethod
    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Train and measure a program. `budget` None is the full one. Raises `Failure`."""

    def describe(self) -> dict[str, Any]:
        """What a run's record keeps of the task, as JSON values; enough to build it again."""
        return {"task": self.name}
