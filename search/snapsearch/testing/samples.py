"""Spaces, a task and values to try strategies and engines with: milliseconds each, fully known.

>>> space = tiny()
>>> space.programs()
6
"""

from __future__ import annotations

import time
from dataclasses import replace

from snapsearch.errors import SearchError
from snapsearch.space import FreeSpace, TemplateSpace, free, template
from snapsearch.strategies.base import Strategy
from snapsearch.streams import stream
from snapsearch.tasks.base import Failure, Task
from snapsearch.trial import Result, State, Trial


def symbols() -> FreeSpace:
    """A free space of some thousand programs."""
    return free("dup swap add conv3 bn relu", 6)


def decisions() -> TemplateSpace:
    """A template of 72 members."""
    return template("dup <conv3|conv1|identity> <relu|gelu|silu> <bn|ln> add <relu|identity>")


def tiny() -> TemplateSpace:
    """A template of six members, which searches use up."""
    return template("dup <conv3|conv1|identity> <relu|gelu> add")


def judged(trial: Trial) -> Trial:
    """A trial with a value that follows a rule; one in seven fails."""
    if trial.number % 7 == 3:
        return replace(trial, state=State.FAILED, reason="diverged")
    value = sum(1.0 / (1 + abs(t - 2)) for t in trial.candidate.tokens)
    return replace(trial, state=State.COMPLETE, result=Result(value))


def asked_again(trial: Trial) -> Trial:
    """A trial as it was before it ended."""
    return replace(trial, state=State.RUNNING, result=None, reason=None)


def driven(strategy: Strategy, trials: int, window: int = 1) -> list[Trial]:
    """A run: a trial is asked when all but the last `window - 1` before it are told."""
    asked: list[Trial] = []
    done = 0
    while len(asked) < trials:
        fresh = strategy.ask(1)
        if not fresh:
            break
        asked += fresh
        if len(asked) - done >= window:
            strategy.tell([judged(asked[done])])
            done += 1
    strategy.tell([judged(t) for t in asked[done:]])
    return strategy.trials


class Obliging(Task):
    """Does what a program says: `value 3` is worth 3, the others come to nothing.

    `fail`, `error`, `nan`, `exit`, `none` are bad candidates; `sleep` takes two seconds, and
    `broken` says that the task itself cannot work.
    """

    name, summary = "obliging", "does what a program says"

    @property
    def budgets(self) -> tuple[float, ...]:
        """Two."""
        return (1.0, 2.0)

    @property
    def metric(self) -> str:
        """Points."""
        return "value (points)"

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """What the program says, with a little noise from the seed."""
        what, _, number = program.partition(" ")
        if what == "fail":
            raise Failure("diverged", "as asked")
        if what == "error":
            raise ValueError("as asked")
        if what == "exit":
            raise SystemExit(3)
        if what == "broken":
            raise SearchError("S202", "the task cannot work, as asked")
        if what == "none":
            return None  # type: ignore[return-value]
        if what == "sleep":
            time.sleep(2)
        noise = float(stream(seed, "noise").normal())
        value = float("nan") if what == "nan" else float(number or 0) + noise
        return Result(value, {"noise": noise, "budget": self.full(budget)}, 1.0)
