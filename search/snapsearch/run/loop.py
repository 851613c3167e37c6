"""The loop of a run: ask, evaluate, record, tell. It resumes wherever the last one ended.

Trial k is asked when exactly the trials 0 to k - `parallel` have been told, in order of number,
whatever order they end in. So the trials of a run depend on its seed and `parallel` alone, not on
the engine, on timing, or on how often it was cut off: what an undisturbed run would have come to
is what it comes to.

This draws no progress bar (a `Watcher` may) and parses nothing (`build` does).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from snapsearch.engine.base import Engine, Job, Outcome
from snapsearch.errors import SearchError
from snapsearch.record.base import TrialStore
from snapsearch.run.interrupts import shielded
from snapsearch.strategies.base import Strategy
from snapsearch.streams import number
from snapsearch.trial import State, Trial

BEAT = 5.0  # seconds after which the loop looks around while it waits


@dataclass(frozen=True)
class Plan:
    """How much is to be done: trials, how many at a time, each at which budget, from which seed."""

    trials: int
    parallel: int = 1
    budget: float | None = None
    seed: int = 0


class Watcher:
    """Called with what happens; subclasses show it. The base shows nothing."""

    def preparing(self, what: str, share: float) -> None:
        """Something that takes long is done to this share: a space is gone through, say."""

    def noted(self, text: str) -> None:
        """There is something that whoever waits for the run should know."""

    def began(self, trials: list[Trial], planned: int) -> None:
        """The run goes on from these trials."""

    def asked(self, trial: Trial) -> None:
        """A trial has been asked and waits for its evaluation."""

    def finished(self, trial: Trial) -> None:
        """A trial has ended."""

    def waiting(self) -> None:
        """Nothing has happened for a while."""


class Loop:
    """One run of a strategy on an engine, recorded in a store that is held."""

    def __init__(
        self,
        strategy: Strategy,
        engine: Engine,
        store: TrialStore,
        plan: Plan,
        watcher: Watcher | None = None,
    ) -> None:
        self.strategy, self.engine, self.store, self.plan = strategy, engine, store, plan
        self.watcher = watcher or Watcher()
        self.trials: list[Trial] = []
        self.told = 0
        self.used_up = False  # the space had nothing new to give

    def go(self) -> list[Trial]:
        """Run to the end. All trials. Raises `SearchError`; `KeyboardInterrupt` where stopped."""
        self._go_on()
        while True:
            self._ask()
            if self.told == len(self.trials):
                self.store.note_used_up(self.used_up)
                return self.trials
            while self.trials[self.told].state is State.RUNNING:
                with self._blamed("collect"):
                    outcomes = self.engine.collect(BEAT)
                self._hear(outcomes)
            self.strategy.tell([self.trials[self.told]])
            self.told += 1

    def _go_on(self) -> None:
        """Bring the strategy to where the record ends: see `told` above."""
        self.trials = list(self.store.trials())
        self._continuous()
        self.store.note_used_up(False)
        self.told = max(0, len(self.trials) - self.plan.parallel)
        self.strategy.tell(self.trials[: self.told])
        open_trials = self.trials[self.told :]
        self.strategy.tell(
            [replace(t, state=State.RUNNING, result=None, reason=None) for t in open_trials]
        )
        self.watcher.began(self.trials, max(self.plan.trials, len(self.trials)))
        for trial in open_trials:
            if trial.state is State.RUNNING:
                self._submit(trial)

    def _continuous(self) -> None:
        """Raise `SearchError` S303 for a record that no run of this plan has left."""
        settled = self.trials[: max(0, len(self.trials) - self.plan.parallel)]
        bad = [t.number for i, t in enumerate(self.trials) if t.number != i]
        bad += [t.number for t in settled if t.state is State.RUNNING]
        if bad:
            hint = "nothing was changed"
            raise SearchError("S303", f"trials are missing before trial {bad[0]}", hint=hint)

    def _ask(self) -> None:
        """Ask for as many trials as may run."""
        end = min(self.plan.trials, self.told + self.plan.parallel)
        while len(self.trials) < end and not self.used_up:
            asked = self.strategy.ask(1)
            if not asked:
                self.used_up = True
                return
            (trial,) = asked
            with shielded():
                self.store.add(trial)
                self.trials.append(trial)
            self.watcher.asked(trial)
            self._submit(trial)

    def _submit(self, trial: Trial) -> None:
        seed = number(self.plan.seed, "trial", trial.number)
        job = Job(trial.number, trial.candidate.program, self.plan.budget, seed)
        with self._blamed("submit"):
            self.engine.submit(job)

    def _hear(self, outcomes: list[Outcome]) -> None:
        """Record what has ended, at once."""
        self.store.renew()
        if not outcomes:
            self.watcher.waiting()
        for outcome in outcomes:
            trial = ended(self._under_way(outcome), outcome)
            with shielded():
                self.store.finish(trial)
                self.trials[outcome.number] = trial
            self.watcher.finished(trial)

    def _under_way(self, outcome: Outcome) -> Trial:
        """The trial that an outcome is of. Raises `SearchError` S406 where none waits for it."""
        number = outcome.number
        if 0 <= number < len(self.trials) and self.trials[number].state is State.RUNNING:
            return self.trials[number]
        message = f"it gave an outcome of trial {number}, which is not under way"
        raise engine_failed(self.engine, message)

    @contextmanager
    def _blamed(self, method: str) -> Iterator[None]:
        """What an engine raises as `SearchError` S406, with the line that raised it."""
        try:
            yield
        except SearchError:
            raise
        except Exception as error:
            line = traceback.extract_tb(error.__traceback__)[-1]
            message = f"its `{method}` raised {type(error).__name__}: {error}"
            raise engine_failed(self.engine, message, f"{line.filename}:{line.lineno}") from error


def engine_failed(engine: Engine, message: str, place: str | None = None) -> SearchError:
    """The error S406: an engine that does not keep its contract."""
    hint = "`snapsearch.testing.check_engine` tries an engine"
    return SearchError(
        "S406", f"the engine `{type(engine).__name__}` failed: {message}", place, hint
    )


def ended(trial: Trial, outcome: Outcome) -> Trial:
    """A running trial with its outcome."""
    if outcome.result is None:
        return replace(trial, state=State.FAILED, reason=outcome.reason)
    return replace(trial, state=State.COMPLETE, result=outcome.result)
