"""What passes between the parts of a search: candidates, results and trials, all frozen values.

A `Candidate` is a program of a space, not yet evaluated; a `Result` is what a task says of it; a
`Trial` is both, with a number. The identity of a trial is the candidate's fingerprint: two
candidates with one fingerprint are the same architecture, whatever their tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Candidate:
    """A program of a space. `tokens` is how the space encodes it, `program` its SNAP text."""

    tokens: tuple[int, ...]
    program: str
    fingerprint: str


@dataclass(frozen=True)
class Result:
    """What a task says of a program. Greater `value`s are better.

    `metrics` are other figures by name (test accuracy, parameters); `cost` is what it took, in the
    task's unit (seconds of training unless the task says otherwise).
    """

    value: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    cost: float = 0.0


class State(Enum):
    """How a trial stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"  # diverged, out of memory or time, died: `reason` says which


@dataclass(frozen=True)
class Trial:
    """An evaluation: the candidate, what came of it, and why it failed if it did.

    `number` counts from 0 in the order of asking. `origin` says how the strategy came by it
    (`"initial"`, `"ascent"`, `"mutation"` …), `estimate` what the strategy expected, if it did.
    """

    number: int
    candidate: Candidate
    state: State = State.RUNNING
    result: Result | None = None
    reason: str | None = None
    origin: str = ""
    estimate: float | None = None

    @property
    def value(self) -> float | None:
        """The value of a complete trial, None for others."""
        return None if self.result is None else self.result.value
