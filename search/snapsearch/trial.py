"""What passes between the parts of a search: candidates, results and trials, all frozen values.

A `Candidate` is a program of a space, not yet evaluated; a `Result` is what a task says of it; a
`Trial` is both, with a number. The identity of a trial is the candidate's fingerprint: two
candidates with one fingerprint are the same architecture, whatever their tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

_COMMENT = re.compile(r"#[^\n]*")
_CHOOSE = re.compile(r"# (choose [\d,]*)\s*\n")  # the head of a template's programs
WIDE = 100  # letters of a program in a line


@dataclass(frozen=True)
class Candidate:
    """A program of a space. `tokens` is how the space encodes it, `program` its SNAP text."""

    tokens: tuple[int, ...]
    program: str
    fingerprint: str

    @property
    def readable(self) -> str:
        """The program without blank lines at its end; `identity` stands where nothing else does.

        >>> Candidate((), "", "").readable, Candidate((1,), "# choose 1\\n\\n", "").readable
        ('identity', '# choose 1\\nidentity')
        """
        empty = not _COMMENT.sub("", self.program).strip()
        return (self.program.rstrip() + "\nidentity" * empty).strip()


def brief(candidate: Candidate) -> str:
    """A program on one line of at most 100 letters; of a long member of a template its choices.

    >>> brief(Candidate((1, 0), "# choose 1,0\\ndup conv1\\nrelu add\\n", ""))
    'choose 1,0: dup conv1 relu add'
    >>> brief(Candidate((2,), "# choose 2\\n" + "conv3 " * 50, ""))
    'choose 2'
    """
    line = " ".join(_COMMENT.sub("", candidate.readable).split())
    chosen = _CHOOSE.match(candidate.program)
    if chosen:
        whole = f"{chosen[1]}: {line}"
        line = whole if len(whole) <= WIDE else chosen[1]
    return line if len(line) <= WIDE else line[: WIDE - 1] + "…"


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
