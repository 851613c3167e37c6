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
    symbols: int | None = None  # how many symbols tokens are drawn from

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
        """The trials that came to nothing."""
        return [t for t in self.trials if t.state is State.FAILED]

    @property
    def best(self) -> Trial | None:
        """The first of the trials with the greatest value."""
        return max(self.complete, key=_value, default=None)

    def top(self, n: int) -> list[Trial]:
        """The `n` best, the best first; of equals the earlier."""
        return sorted(self.complete, key=lambda t: (-_value(t), t.number))[:n]


def _value(trial: Trial) -> float:
    assert trial.value is not None
    return trial.value
