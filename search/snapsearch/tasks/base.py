"""The contract of a task: a program in, a result out; the same seed gives the same result.

A task knows its data and how to build and train a network around a block. It knows nothing of
strategies, stores and engines, and it may run in any process: tasks are picklable. What its user
may choose are the fields of `Options`; bad ones are reported before anything runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from snapsearch.errors import SearchError
from snapsearch.trial import Result

if TYPE_CHECKING:
    from snapsearch.space.base import Space


class Failure(Exception):
    """An evaluation without a result: `reason` is one of diverged, memory, time, rejected."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Options(BaseModel):
    """Base of what may be chosen of a task; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Task(ABC):
    """Base of all tasks. The direction is always up: greater values are better.

    `budgets` are the budgets that `evaluate` knows, ascending, in `unit` (epochs, say); the last is
    the full one. `cost_unit` is the unit of `Result.cost`. `default_space` is what the task is
    searched in unless another space is named, in the words of a configuration's `[space]`.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    unit: ClassVar[str] = "epochs"
    cost_unit: ClassVar[str] = "seconds"
    options_type: ClassVar[type[Options]] = Options
    default_space: ClassVar[dict[str, Any] | None] = None
    options: Options = Options()  # of a task whose own `__init__` sets none

    def __init__(self, options: Options | None = None) -> None:
        self.options = self.options_type() if options is None else options

    @property
    @abstractmethod
    def budgets(self) -> tuple[float, ...]:
        """The budgets, ascending."""

    @property
    @abstractmethod
    def metric(self) -> str:
        """The name of `Result.value`, with its unit: `"validation accuracy (%)"`."""

    @property
    def inputs(self) -> tuple[str, ...] | None:
        """The shapes that a block gets in this task (`"N,16,8,8"`), for counts and pictures."""
        return None

    @abstractmethod
    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Train and measure a program. `budget` None is the full one. Raises `Failure`."""

    def prepare(self, space: Space) -> None:  # noqa: B027
        """Hook: read what evaluations need, once, before the first. Raises `SearchError`."""

    def model(self, program: str) -> tuple[str, str | None, list[str]]:
        """What is built of a program: its text, the block in it, its input shapes; for exports."""
        return program, None, list(self.inputs or ())

    def describe(self) -> dict[str, Any]:
        """What a run's record keeps of the task, as JSON values; enough to build it again."""
        return {"name": self.name, **self.options.model_dump(mode="json", exclude_defaults=True)}

    def digest(self) -> str | None:
        """Hook: a digest of the data, by which `resume` sees that they changed; None: unseen."""
        return None

    def full(self, budget: float | None, place: str | None = None) -> float:
        """`budget`, or the full one. Raises `SearchError` S201 for a budget that is not known.

        `place` is where it was named.
        """
        if budget is None:
            return self.budgets[-1]
        if budget not in self.budgets:
            known = ", ".join(f"{b:g}" for b in self.budgets)
            message = f"`{self.name}` has no budget of {budget:g} {self.unit}"
            raise SearchError("S201", message, place, f"there are {known}")
        return budget
