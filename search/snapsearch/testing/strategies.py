"""The suite for strategies: what `snapsearch.strategies.base` promises, whoever keeps it.

>>> from snapsearch.strategies.random import Random
>>> check_strategy(Random, trials=8)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from snapsearch.space.base import Space
from snapsearch.strategies.base import Strategy
from snapsearch.testing.contract import Contract, named
from snapsearch.testing.samples import asked_again, decisions, driven, symbols, tiny
from snapsearch.trial import State, Trial

Make = Callable[[Space, int], Strategy]
WINDOWS = (1, 4)


def check_strategy(strategy: Make, space: Space | None = None, trials: int = 30) -> None:
    """Raise `AssertionError` where a strategy breaks its contract.

    `strategy` is the class, or a function of a space and a seed that makes one (with options of its
    own, say); `space` is where it is tried, a free space and two templates by default; `trials` is
    the length of the runs that are made, a few dozen of them.

        check_strategy(MyStrategy)
        check_strategy(lambda space, seed: MyStrategy(space, seed, rate=0.5), trials=12)
    """
    spaces = [symbols(), decisions(), tiny()] if space is None else [space]
    for one in spaces:
        _TriedStrategy(Contract(named(strategy)), strategy, one, trials).check()


@dataclass(frozen=True)
class _TriedStrategy:
    """A strategy in a space."""

    contract: Contract
    make: Make
    space: Space
    trials: int

    def check(self) -> None:
        """All promises."""
        for window in WINDOWS:
            run = self.run(0, window)
            self.each_once(run)
            self.members(run)
            self.ends_used_up(run)
            self.goes_on(run, window)
        self.seed_decides()
        self.alone()
        self.several()
        self.all_may_fail()
        self.vectors()

    def new(self, seed: int = 0) -> Strategy:
        """A new one."""
        with self.contract.calling("__init__"):
            made: object = self.make(self.space, seed)
        self.contract.keeps("is a Strategy", isinstance(made, Strategy), made)
        assert isinstance(made, Strategy)
        return made

    def run(self, seed: int = 0, window: int = 1) -> list[Trial]:
        """The trials of a run."""
        made = self.new(seed)
        with self.contract.calling("ask` and `tell"):
            return driven(made, self.trials, window)

    def each_once(self, run: Sequence[Trial]) -> None:
        """No architecture comes twice."""
        first: dict[str, int] = {}
        for trial in run:
            before = first.setdefault(trial.candidate.fingerprint, trial.number)
            found = f"trials {before} and {trial.number}: {trial.candidate.program!r}"
            promise = "proposes no architecture twice"
            self.contract.keeps(promise, before == trial.number, found)

    def members(self, run: Sequence[Trial]) -> None:
        """Proposals are candidates of the space."""
        for trial in run:
            kept = self.space.candidate(trial.candidate.tokens) == trial.candidate
            self.contract.keeps("proposes candidates of its space", kept, trial.candidate)

    def ends_used_up(self, run: Sequence[Trial]) -> None:
        """A run that is shorter than asked for has tried all there is."""
        if len(run) == self.trials or not self.space.enumerable():
            return
        seen = {trial.candidate.fingerprint for trial in run}
        left = [c.program for c in self.space.all() if c.fingerprint not in seen]
        promise = "ends only where its space is used up"
        self.contract.keeps(promise, not left, f"{len(run)} trials, without {left[:1]}")

    def goes_on(self, run: Sequence[Trial], window: int) -> None:
        """A strategy that is told the trials of another goes on as that one did."""
        for stop in sorted({1, 2, len(run) // 2, len(run) - 1} - {0}):
            done = max(0, stop - window + 1)
            again = self.new()
            with self.contract.calling("ask` and `tell"):
                again.tell(run[:done])
                again.tell([asked_again(trial) for trial in run[done:stop]])
                fresh = again.ask(1)
            wanted = [asked_again(trial) for trial in run[stop : stop + 1]]
            found = f"trial {stop} is {_shown(fresh)}, but was {_shown(wanted)}"
            kept = fresh == wanted
            self.contract.keeps("goes on from its record as if it had not stopped", kept, found)

    def seed_decides(self) -> None:
        """All chance comes from the seed."""
        before, shared = random.getstate(), str(np.random.get_state())
        one, same = self.run(1), self.run(1)
        found = None
        for first, again in zip_longest(one, same):
            if first != again:
                found = f"{_shown([first] if first else [])} and {_shown([again] if again else [])}"
                break
        promise = "proposes the same with the same seed"
        self.contract.keeps(promise, found is None, found)
        kept = random.getstate() == before and str(np.random.get_state()) == shared
        self.contract.keeps("leaves the random generators of the process alone", kept)

    def alone(self) -> None:
        """Two strategies that run side by side know nothing of each other."""
        pair, kept = [self.new(0), self.new(1)], [self.run(0), self.run(1)]
        with self.contract.calling("ask` and `tell"):
            for number in range(max(map(len, kept))):
                for i, strategy in enumerate(pair):
                    strategy.tell([replace(kept[i][t.number]) for t in strategy.ask(1)])
                    same = strategy.trials == kept[i][: number + 1]
                    found = f"another trial {number} than by itself: {_shown(strategy.trials[-1:])}"
                    self.contract.keeps("shares nothing with others of its class", same, found)

    def several(self) -> None:
        """Several can be asked at once."""
        made = self.new()
        with self.contract.calling("ask"):
            fresh = made.ask(5)
        numbers = [trial.number for trial in fresh]
        promise = "numbers trials in the order of asking"
        self.contract.keeps(promise, numbers == list(range(len(fresh))), numbers)
        self.each_once(fresh)

    def all_may_fail(self) -> None:
        """A strategy goes on where nothing was complete."""
        made = self.new()
        with self.contract.calling("ask` where all trials failed, and `tell"):
            for _ in range(min(12, self.trials)):
                for trial in made.ask(1):
                    made.tell([replace(trial, state=State.FAILED, reason="memory")])

    def vectors(self) -> None:
        """Vectors, where there are any, are a finite row for each candidate."""
        made = self.new()
        with self.contract.calling("vectors"):
            run = driven(made, min(8, self.trials))
            found = made.vectors([trial.candidate for trial in run])
        kept = found is None or (found.ndim == 2 and len(found) == len(run))
        self.contract.keeps("has one row for each candidate in `vectors`", kept, found)
        kept = found is None or bool(np.isfinite(found).all())
        self.contract.keeps("has finite `vectors`", kept, found)


def _shown(trials: Sequence[Trial]) -> str:
    """What was proposed, if anything."""
    if not trials:
        return "none"
    trial = trials[0]
    return f"{trial.candidate.program!r} ({trial.origin!r}, estimate {trial.estimate})"
