"""What a run is given: a TOML file and flags, checked before anything happens.

    task = "digits"              # or a table: [task] name = "digits", width = 32
    strategy = "latent"
    trials = 64
    out = "runs/digits"

>>> Config(task="digits").trials
64
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Section(BaseModel):
    """A name and options that belong to it: `[task]`, `[strategy]`, `[engine]`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(min_length=1)

    @property
    def options(self) -> dict[str, Any]:
        """What stands beside the name."""
        return dict(self.model_extra or {})


class Config(BaseModel):
    """A run's configuration. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Section = Field(description="what a program is worth: a name, or a table with options")
    space: dict[str, Any] | None = Field(
        None, description="which programs there are; None: the task's own space"
    )
    strategy: Section = Field(
        Section(name="latent"), description="how to search: a name, or a table with options"
    )
    trials: int = Field(64, ge=1, description="how many architectures to evaluate")
    seed: int = Field(0, ge=0, lt=2**63, description="all chance comes from it")
    parallel: int = Field(
        1, ge=1, le=4096, description="trials that run at a time; the trials depend on it"
    )
    budget: float | None = Field(None, gt=0, description="of a trial; None: the task's full one")
    engine: Section = Field(
        Section(name="inline"), description="where trials run: a name, or a table with options"
    )
    workers: int = Field(
        1, ge=1, le=4096, description="processes of the engine `workers`, which they imply"
    )
    device: str = Field(
        "",
        pattern=r"^(|cpu|cuda(:\d+)?)$",
        description='"cpu", "cuda", "cuda:1"; "": what is there',
    )
    time_limit: float | None = Field(None, gt=0, description="seconds that a trial may take")
    memory_limit: float | None = Field(None, gt=0, description="GiB that a trial may allocate")
    storage: str | None = Field(
        None, min_length=1, description="SQLAlchemy URL of the trials; None: SQLite in the folder"
    )
    out: Path | None = Field(None, description="the run's folder; None: runs/TASK-STRATEGY")

    @model_validator(mode="before")
    @classmethod
    def _workers(cls, values: Any) -> Any:
        """Who names `workers` and no engine means that engine."""
        if isinstance(values, dict) and "workers" in values and "engine" not in values:
            return {**values, "engine": "workers"}
        return values

    @field_validator("task", "strategy", "engine", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("space", mode="before")
    @classmethod
    def _file(cls, value: Any) -> Any:
        return {"file": value} if isinstance(value, str) else value

    @property
    def folder(self) -> Path:
        """Where the run is recorded."""
        if self.out is not None:
            return self.out
        names = (self.task.name, self.strategy.name)
        return Path("runs") / "-".join(n.replace(":", "-") for n in names)

    def record(self) -> dict[str, Any]:
        """The configuration as JSON values, without what is not of the run itself."""
        return self.model_dump(mode="json", exclude={"out"})
