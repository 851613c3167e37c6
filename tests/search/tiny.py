"""A space, a task and a strategy for tests of the machinery: milliseconds a trial, fully known."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import snaplang as snap
from snapsearch.space.base import Automaton, Space, Tokens
from snapsearch.strategies.base import Proposal, Strategy
from snapsearch.streams import stream
from snapsearch.tasks.base import Failure, Task
from snapsearch.trial import Candidate, Result, Trial

SYMBOLS = ("relu", "tanh", "conv1", "conv3", "bn", "sigmoid")


class AnyOrder(Automaton):
    """Any symbol may follow any other."""

    symbols, length = SYMBOLS, 6

    def step(self, state: int, token: int) -> int:
        return 0

    def final(self, state: int) -> bool:
        return True

    def mask(self, state: int, left: int) -> NDArray[np.bool_]:
        return np.array([left > 0] * len(SYMBOLS) + [True])


class Sequences(Space):
    """Sequences of six layers; each is an architecture of its own."""

    automaton = AnyOrder()

    def decode(self, tokens: Sequence[int]) -> str:
        return " ".join(SYMBOLS[t] for t in tokens)

    def encode(self, program: str) -> Tokens:
        return tuple(SYMBOLS.index(s) for s in program.split())

    def candidate(self, tokens: Sequence[int]) -> Candidate:
        program = self.decode(tokens)
        return Candidate(tuple(tokens), program, f"tiny:{program}")

    def canonical(self, tokens: Sequence[int]) -> Tokens:
        return tuple(tokens)

    def fingerprints(self, batch: Sequence[Tokens]) -> list[str | None]:
        return [self.candidate(t).fingerprint for t in batch]

    def facts(self, tokens: Sequence[int]) -> dict[str, float]:
        return {"depth": float(len(tokens))}

    def sample_tokens(self, rng: np.random.Generator) -> Tokens:
        return tuple(int(t) for t in rng.integers(0, len(SYMBOLS), 6))

    def sample_distinct(self, rng: np.random.Generator) -> Candidate:
        return self.sample(rng)

    def mutate(self, candidate: Candidate, rng: np.random.Generator) -> Candidate:
        tokens = list(candidate.tokens)
        place = int(rng.integers(6))
        tokens[place] = (tokens[place] + int(rng.integers(1, 6))) % 6
        return self.candidate(tokens)

    def cross(self, one: Candidate, other: Candidate, rng: np.random.Generator) -> Candidate:
        return self.candidate(one.tokens[:3] + other.tokens[3:])

    def neighbours(self, candidate: Candidate) -> Iterator[Candidate]:
        for place in range(6):
            for step in range(1, 6):
                tokens = list(candidate.tokens)
                tokens[place] = (tokens[place] + step) % 6
                yield self.candidate(tokens)

    def programs(self) -> int:
        return 6**6

    def encodings(self) -> Iterator[Tokens]:
        return itertools.product(range(6), repeat=6)

    def enumerable(self) -> bool:
        return True

    def all(self) -> Iterator[Candidate]:
        return iter(())

    def describe(self) -> dict[str, Any]:
        return {"name": "tests.search.tiny:sequences"}


def sequences() -> Space:
    """For `[space] name = "tests.search.tiny:sequences"`."""
    return Sequences()


class Climb(Strategy):
    """Mutates the best of what it was told: every trial depends on those before."""

    name, source = "climb", "tests"

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """A mutant of the best, or a random one."""
        best = max(self.complete, key=lambda t: (t.value or 0, -t.number), default=None)
        while True:
            found = self.space.mutate(best.candidate, rng) if best else self.space.sample(rng)
            if found.fingerprint not in self.known:
                mean = float(np.mean([t.value for t in self.complete])) if best else None
                return Proposal(found, "mutation" if best else "initial", mean)

    def learn(self, trials: Sequence[Trial]) -> None:
        """Trials come in order of number, each once."""
        numbers = [t.number for t in self.trials]
        assert numbers == list(range(len(numbers))), numbers


class Score(Task):
    """A score that program and seed decide; `log` names a file that notes each evaluation.

    `mood` says how the third trial in seven misbehaves: nan, memory, sleep, kill;
    `all_fail`: every trial.
    """

    name, summary = "score", "made up"

    def __init__(
        self, log: str = "", mood: str = "", pause: float = 0.0, all_fail: bool = False
    ) -> None:
        super().__init__()
        self.log, self.mood, self.pause, self.all_fail = log, mood, pause, all_fail

    @property
    def budgets(self) -> tuple[float, ...]:
        """One budget, two epochs."""
        return (1.0, 2.0)

    @property
    def metric(self) -> str:
        """Points."""
        return "score (points)"

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """The score, with a little noise from the seed."""
        if self.log:
            with open(self.log, "a") as lines:
                lines.write(program + "\n")
        time.sleep(self.pause)
        if self.mood and (self.all_fail or program.startswith("relu")):
            misbehave(self.mood)
        noise = float(stream(seed, "noise").normal())
        points = sum((SYMBOLS.index(s) * (i + 3)) % 7 for i, s in enumerate(program.split()))
        return Result(points + noise / 10, {"noise": noise}, 1.0)


def misbehave(mood: str) -> None:
    """As a bad candidate would."""
    if mood == "nan":
        raise Failure("diverged", "the loss is nan")
    if mood == "memory":
        _ = [np.empty(1 << 30, np.uint8) for _ in range(100)]  # no single one is refused
    if mood == "sleep":
        time.sleep(1e6)
    if mood == "kill":
        os.kill(os.getpid(), 9)


def score(**options: Any) -> Task:
    """For `[task] name = "tests.search.tiny:score"`."""
    return Score(**options)


def write_config(folder: Path, **values: Any) -> Path:
    """A configuration of a tiny run."""
    task = values.pop("task", {})
    lines = [f"{key} = {value!r}" for key, value in values.items()]
    lines += ["[task]", 'name = "tests.search.tiny:score"']
    lines += [f"{key} = {json.dumps(value)}" for key, value in task.items()]
    lines += ["[space]", 'name = "tests.search.tiny:sequences"']
    lines += ["[strategy]", 'name = "tests.search.tiny:Climb"']
    path = folder / "run.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def architecture(program: str) -> str:
    """The fingerprint snaplang gives it."""
    return snap.fingerprint(program, inputs=["N,4,8,8"])


class Flat(Score):
    """The same for every program."""

    name = "flat"

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """One."""
        return Result(1.0)


def flat() -> Task:
    """For `[task] name = "tests.search.tiny:flat"`."""
    return Flat()


class Hopeless(Score):
    """Every program fails."""

    name = "hopeless"

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Fail."""
        raise Failure("diverged", "always")


def hopeless() -> Task:
    """For `[task] name = "tests.search.tiny:hopeless"`."""
    return Hopeless()
