"""Classification by a network that repeats a block: what `digits`, `images` and functions share."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, field_validator

from snapsearch.streams import number
from snapsearch.tasks.base import Failure, Options, Task
from snapsearch.tasks.data import Data
from snapsearch.tasks.network import Network, first_line
from snapsearch.trial import Result


class NetworkOptions(Options):
    """The network around a block, and its training.

    `width` channels in the first stage, doubled by each reduction; `stages` of `repeats` blocks;
    `seeds` trainings per trial, whose mean is the value; `epochs` are the budgets.
    """

    width: int = Field(16, ge=1, le=4096, description="channels of the first stage")
    stages: int = Field(2, ge=1, le=8, description="widths double and sizes halve between stages")
    repeats: int = Field(1, ge=1, le=64, description="blocks a stage")
    seeds: int = Field(1, ge=1, le=100, description="trainings per trial; their mean is the value")
    epochs: tuple[float, ...] = Field((3, 6, 12), description="the budgets, ascending")
    batch: int = Field(64, ge=2, description="examples a step, at most an eighth of them")
    rate: float = Field(4e-3, gt=0, description="peak learning rate")
    decay: float = Field(0.01, ge=0, description="weight decay")
    smoothing: float = Field(0.0, ge=0, lt=1, description="label smoothing")
    shift: int = Field(0, ge=0, le=64, description="pixels by which training images are moved")
    flip: bool = Field(False, description="whether training images are mirrored")

    @field_validator("epochs")
    @classmethod
    def _ascending(cls, epochs: tuple[float, ...]) -> tuple[float, ...]:
        if not epochs or min(epochs) <= 0 or list(epochs) != sorted(set(epochs)):
            raise ValueError("budgets are ascending and above 0")
        return epochs


class Classification(Task):
    """Base of tasks whose value is validation accuracy in percent."""

    options_type: ClassVar[type[Options]] = NetworkOptions
    options: NetworkOptions

    @abstractmethod
    def load(self) -> Data:
        """Read the data. Raises `SearchError`."""

    @cached_property
    def data(self) -> Data:
        """The data, read once per process."""
        return self.load()

    def __getstate__(self) -> dict[str, Any]:
        """Without the data: another process reads it anew."""
        return {k: v for k, v in self.__dict__.items() if k not in ("data", "network")}

    @property
    def budgets(self) -> tuple[float, ...]:
        """The budgets in epochs."""
        return self.options.epochs

    @property
    def metric(self) -> str:
        """Validation accuracy."""
        return "validation accuracy (%)"

    @property
    def inputs(self) -> tuple[str, ...]:
        """What a block of the first stage gets."""
        return (",".join(("N", str(self.options.width), *map(str, self.data.shape[1:]))),)

    @cached_property
    def network(self) -> Network:
        """The network around a block."""
        o = self.options
        return Network(self.data.shape, self.data.classes, o.width, o.stages, o.repeats)

    def prepare(self, space: object) -> None:
        """Read the data before the first trial, so that errors in it are reported at once."""
        assert self.network

    def digest(self) -> str:
        """Of all examples and classes."""
        return self.data.digest

    def model(self, program: str) -> tuple[str, str | None, list[str]]:
        """The network's text, its block's name, its input shapes."""
        return self.network.program(program), self.network.name(program), self.network.inputs

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Train the network of a block `seeds` times; value is the mean validation accuracy."""
        epochs = self.full(budget)
        counts = self.network.count(program)
        fits = [self._fit(program, epochs, number(seed, "training", i)) for i in self._repeats]
        values = [f.valid for f in fits]
        tests = [f.test for f in fits if f.test is not None]
        metrics = {"training loss": float(np.mean([f.loss for f in fits])), **counts}
        if tests:
            metrics = {"test accuracy (%)": float(np.mean(tests)), **metrics}
        if len(fits) > 1:
            metrics["spread over seeds (%)"] = float(np.std(values, ddof=1))
        return Result(float(np.mean(values)), metrics, sum(f.seconds for f in fits))

    @property
    def _repeats(self) -> range:
        return range(self.options.seeds)

    def _fit(self, program: str, epochs: float, seed: int) -> Any:
        import snaplang as snap
        from snaplang.torch import Block
        from snapsearch.tasks.placement import device
        from snapsearch.tasks.training import Recipe, alone, fit

        o, where = self.options, device()
        text, block, inputs = self.model(program)
        how = Recipe(o.batch, o.rate, o.decay, o.smoothing, o.shift, o.flip)
        with alone(seed, where):
            try:
                made = Block(text, inputs=inputs, block=block)
            except snap.SnapError as error:
                raise Failure("rejected", first_line(error)) from error
            return fit(made, self.data, epochs, seed, where, how)
