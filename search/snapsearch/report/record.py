"""What a report is made of: a run's trials and what is needed to speak of them.

>>> Record("runs/digits", "random", "accuracy (%)", "s", ()).best is None
True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snapsearch.errors import SearchError
from snapsearch.trial import State, Trial


@dataclass(frozen=True)
class Record:
    """A run, finished or not.

    `metric` names the value with its unit, `unit` is that of costs. `config` is what the run was
    given, as JSON values. `vectors` has a row for each complete trial, in order: where it lies in
    the space the strategy works on (a latent space, say); None where the report is to make do with
    the tokens.
    """

    name: str
    strategy: str
    metric: str
    unit: str
    trials: Sequence[Trial]
    config: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    vectors: NDArray[np.floating[Any]] | None = None
    inputs: tuple[str, ...] | None = None  # shapes to count parameters and MACs of a block with
    space: Mapping[str, Any] = field(default_factory=dict)  # what its `describe` says, and a digest
    symbols: int | None = None  # how many symbols tokens are drawn from
    budget: float | None = None  # of each trial; None: not known
    used_up: bool = False  # whether it ended because its space had nothing new to give

    @property
    def complete(self) -> list[Trial]:
        """The trials with a value, in order of number."""
        return [t for t in self.trials if t.state is State.COMPLETE]

    @property
    def values(self) -> list[float]:
        """The values of the complete trials."""
        return [_value(t) for t in self.complete]

    @property
    def failed(self) -> list[Trial]:
        """The failed trials."""
        return [t for t in self.trials if t.state is State.FAILED]

    @property
    def best(self) -> Trial | None:
        """The first of the trials with the greatest value."""
        return max(self.complete, key=_value, default=None)

    def top(self, n: int) -> list[Trial]:
        """The `n` best, the best first; of equals the earlier."""
        return sorted(self.complete, key=lambda t: (-_value(t), t.number))[:n]


def alike(records: Sequence[Record]) -> None:
    """Raise `SearchError` S502 unless all runs measure the same, of one space, at one budget."""
    first = records[0]
    for record in records[1:]:
        pair = f"`{first.name}` and `{record.name}`"
        hint = "compare runs of one task, with the same options, space and budget"
        if record.metric != first.metric:
            message = f"`{first.name}` measures {first.metric}, `{record.name}` {record.metric}"
            raise SearchError("S502", f"{message}: these cannot be compared", record.name, hint)
        mine, others = _measured(first), _measured(record)
        for what in mine:
            if mine[what] != others[what]:
                message = f"{pair} have another {what}: these cannot be compared"
                raise SearchError("S502", message, record.name, hint)


def _measured(record: Record) -> dict[str, object]:
    """What must be the same; a space's file goes by its digest, wherever it lies."""
    space = dict(record.space)
    if "sha256" in space:
        space.pop("file", None)
    return {"task": record.config.get("task"), "budget": record.budget, "space": space}


def _value(trial: Trial) -> float:
    assert trial.value is not None
    return trial.value
