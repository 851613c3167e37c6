"""The suites of `snapsearch.testing` can fail: broken ones of each kind, and what is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from snapsearch.engine.base import Engine, Job, Outcome
from snapsearch.engine.inline import Inline
from snapsearch.record.base import Memory
from snapsearch.space.base import Tokens
from snapsearch.strategies.base import Proposal, Strategy
from snapsearch.strategies.random import Random
from snapsearch.tasks.base import Task
from snapsearch.testing import (
    check_engine,
    check_space,
    check_store,
    check_strategy,
    check_task,
)
from snapsearch.testing.samples import tiny
from snapsearch.trial import Candidate, Result, State, Trial
from tests.search.tiny import AnyOrder, Climb, Score, Sequences

# -- strategies ----------------------------------------------------------------------------------


class Twice(Strategy):
    """Forgets what it proposed."""

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        return Proposal(self.space.sample(np.random.default_rng(self.asked // 2)))


class Stranger(Strategy):
    """Proposes what is not of the space."""

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        return Proposal(Candidate((99,), f"relu {self.asked}", str(self.asked)))


class Lazy(Random):
    """Stops too early."""

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        return super().propose(rng) if self.asked < 4 else None


class Remembering(Random):
    """Its state depends on how often it was told, not on what."""

    calls = 0

    def learn(self, trials: Sequence[Trial]) -> None:
        self.calls += 1

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        return self.fresh(rng, f"after {self.calls}")


class Moody(Random):
    """Draws from another source of chance than its own."""

    source_of_all = np.random.default_rng(0)

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        return self.fresh(self.source_of_all, "random")


class Optimist(Climb):
    """Takes for granted that something was complete."""

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        if self.trials:
            max(t.value or 0 for t in self.complete)
        return self.fresh(rng, "random")


class Vague(Random):
    """Has not a vector for each."""

    def vectors(self, candidates: Sequence[Candidate]) -> NDArray[np.floating[Any]] | None:
        return np.zeros((1, 3))


class Reckless(Random):
    """Draws from the generator of the whole process."""

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        np.random.random()
        return super().propose(rng)


STRATEGIES = {
    Twice: r"`Twice` breaks its contract: it proposes no architecture twice. Found: trials 0 and",
    Stranger: r"it proposes candidates of its space. Found: Candidate\(tokens=\(99,\), program='re",
    Lazy: "it ends only where its space is used up. Found: 4 trials, without ",
    Remembering: "as if it had not stopped. Found: trial 1 is .*'after 2'.*but was .*'after 1'",
    Moody: "it goes on from its record as if it had not stopped",
    Optimist: r"it answers `ask` where all trials failed, and `tell`. Found: .*S143.*max",
    Vague: r"it has one row for each candidate in `vectors`. Found: array\(\[\[0",
    Reckless: "it leaves the random generators of the process alone",
}


@pytest.mark.parametrize("broken", STRATEGIES)
def test_strategies_can_fail(broken: type[Strategy]) -> None:
    with pytest.raises(AssertionError, match=STRATEGIES[broken]):
        check_strategy(broken, tiny() if broken is not Optimist else None, trials=8)


def test_what_is_no_strategy_is_told() -> None:
    with pytest.raises(AssertionError, match=r"it is a Strategy. Found: 3"):
        check_strategy(lambda space, seed: 3)  # type: ignore[arg-type,return-value]


# -- tasks ---------------------------------------------------------------------------------------


class Drifting(Score):
    """Its values depend on how many came before."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        self.count = getattr(self, "count", 0) + 1
        return Result(float(self.count))


class Rooted(Score):
    """It cannot travel."""

    def __init__(self) -> None:
        super().__init__()
        self.open = (number for number in range(3))


class Descending(Score):
    """Its full budget comes first."""

    @property
    def budgets(self) -> tuple[float, ...]:
        return (2.0, 1.0)


class Wordy(Score):
    """It returns text, or raises."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        if program == "relu":
            raise KeyError("lost")
        return Result("good")  # type: ignore[arg-type]


class Nameless(Score):
    """It says nothing of itself."""

    summary = ""


class Dark(Score):
    """Its description is no JSON."""

    def describe(self) -> dict[str, Any]:
        return {"name": "dark", "shape": (1, 2)}


TASKS = {
    Drifting: "gives the same result for a program and a seed, whatever came before. Found: ",
    Rooted: r"`__reduce__` of pickle.*Found: TypeError: cannot pickle 'generator' object",
    Descending: r"has ascending positive `budgets`. Found: \(2.0, 1.0\)",
    Wordy: "gives a finite number as `value` of a Result. Found: 'good'",
    Nameless: "has a text as its `summary`. Found: ''",
    Dark: "gives JSON values by `describe`. Found: {'name': 'dark', 'shape': ",
}


@pytest.mark.parametrize("broken", TASKS)
def test_tasks_can_fail(broken: type[Task]) -> None:
    with pytest.raises(AssertionError, match=TASKS[broken]):
        check_task(broken, ["tanh", "conv1"])


def test_what_a_task_raises_is_told() -> None:
    with pytest.raises(AssertionError, match=r"answers `evaluate`. Found: KeyError: 'lost'"):
        check_task(Wordy(), ["relu"])
    with pytest.raises(AssertionError, match="has a space of its own, unless programs are given"):
        check_task(Score())


# -- engines -------------------------------------------------------------------------------------


class Deaf(Inline):
    """Loses every fifth job."""

    def submit(self, job: Job) -> None:
        if job.number % 5:
            super().submit(job)


class Echo(Inline):
    """Tells each outcome twice."""

    def collect(self, patience: float | None = None) -> list[Outcome]:
        return super().collect(patience) * 2


class Seedless(Inline):
    """Brings seeds of its own."""

    def submit(self, job: Job) -> None:
        super().submit(Job(job.number, job.program, job.budget, 0))


class Fragile(Inline):
    """A bad candidate ends it."""

    def collect(self, patience: float | None = None) -> list[Outcome]:
        job = self._jobs.popleft() if self._jobs else None
        if job is None:
            return []
        return [Outcome(job.number, self.task.evaluate(job.program, job.budget, job.seed))]


class Endless(Inline):
    """It knows no limits."""

    def __init__(self, task: Task, limits: Any) -> None:
        super().__init__(task, type(limits)())


class Swallowing(Inline):
    """It makes a failed trial of everything."""

    def collect(self, patience: float | None = None) -> list[Outcome]:
        number = self._jobs[0].number if self._jobs else 0
        try:
            return super().collect(patience)
        except Exception as error:
            self._jobs.popleft()
            return [Outcome(number, None, str(error))]


class Stubborn(Inline):
    """It finishes what it has begun."""

    def close(self) -> None:
        while self._jobs:
            self.collect()


ENGINES = {
    Deaf: r"gives an outcome of every job. Found: none of \[0, 5\] after 1 seconds",
    Echo: r"gives one outcome of each job it took. Found: Outcome\(number=0",
    Seedless: r"gives the result of the task, for the budget and seed of the job. Found: Outcome",
    Fragile: "answers `collect`. Found: Failure: diverged: as asked",
    Endless: r"stops a job that is over its limit of time .*Found: Outcome\(number=0, result=Re",
    Swallowing: "raises the SearchError of a task that cannot work, by `collect`. Found: .Outcome",
    Stubborn: "gives up its jobs when it is closed. Found: 6.* seconds",
}


@pytest.mark.parametrize("broken", ENGINES)
def test_engines_can_fail(broken: type[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    patience = 1.0 if broken is Deaf else 60.0
    with pytest.raises(AssertionError, match=ENGINES[broken]):
        check_engine(broken, patience)


# -- spaces --------------------------------------------------------------------------------------


class Mistaken(Sequences):
    """Fingerprints in bulk are others than one by one."""

    def fingerprints(self, batch: Sequence[Tokens]) -> list[str | None]:
        return [None for _ in batch]


class Wild(Sequences):
    """A mutation leaves the space."""

    def mutate(self, candidate: Candidate, rng: np.random.Generator) -> Candidate:
        return Candidate((0,), "gelu", "gelu")


class Wavering(Sequences):
    """Draws are not those of the generator."""

    count = itertools.count()

    def sample_tokens(self, rng: np.random.Generator) -> Tokens:
        return (next(self.count) % 6,) * 6


class Close(Sequences):
    """A candidate is its own neighbour."""

    def neighbours(self, candidate: Candidate) -> Iterator[Candidate]:
        yield candidate


class Narrow(AnyOrder):
    """Forbids what the space draws."""

    def mask(self, state: int, left: int) -> NDArray[np.bool_]:
        found = super().mask(state, left)
        found[0] = False
        return found


class Masked(Sequences):
    """Its automaton is narrower than itself."""

    automaton = Narrow()


class Secret(Sequences):
    """It cannot be built again."""

    def describe(self) -> dict[str, Any]:
        return {"name": "secret"}


class Miscounted(Sequences):
    """It has other encodings than it says."""

    def programs(self) -> int:
        return 3

    def encodings(self) -> Iterator[Tokens]:
        yield (0,) * 6


SPACES = {
    Mistaken: r"has in `fingerprints` what its candidates have. Found: None of Candidate\(",
    Wild: r"gives candidates of itself by `mutate`. Found: Candidate\(tokens=\(0,\), program='ge",
    Wavering: r"draws the same from the same generator by `sample_tokens`. Found: \(0, 0",
    Close: "has other architectures as `neighbours`, each once. Found: .'tiny:",
    Masked: r"masks no token of a valid program \(`automaton.mask`\). Found: token 0 at",
    Secret: "answers `describe`. Found: SearchError: ",
    Miscounted: "counts its encodings by `programs`. Found: 1 encodings, but 3 programs",
}


@pytest.mark.parametrize("broken", SPACES)
def test_spaces_can_fail(broken: type[Sequences]) -> None:
    with pytest.raises(AssertionError, match=SPACES[broken]):
        check_space(broken)


def test_canonical_encodings_can_fail() -> None:
    class Constant(Sequences):
        """One canonical encoding for all."""

        def canonical(self, tokens: Sequence[int]) -> Tokens:
            return ()

    with pytest.raises(AssertionError, match="has one `canonical` encoding for each fingerprint"):
        check_space(Constant)


# -- stores --------------------------------------------------------------------------------------


class Hasty(Memory):
    """Keeps trials in the order in which they end."""

    def finish(self, trial: Trial) -> None:
        self._trials = [t for t in self._trials if t.number != trial.number] + [trial]


class Leaky(Memory):
    """Hands out what it keeps."""

    def trials(self) -> list[Trial]:
        return self._trials


class Forgetful(Memory):
    """Keeps complete trials only."""

    def finish(self, trial: Trial) -> None:
        if trial.state is State.COMPLETE:
            super().finish(trial)


class Unheeding(Memory):
    """Notes nothing."""

    def note_used_up(self, used_up: bool) -> None:
        pass


STORES = {
    Hasty: "gives trials back as they were, in order of number",
    Leaky: "gives trials back as they were, in order of number. Found: .*; wrong: Trial",
    Forgetful: "gives trials back as they were, in order of number.",
    Unheeding: "notes whether the space was used up. Found: False",
}


@pytest.mark.parametrize("broken", STORES)
def test_stores_can_fail(broken: type[Memory]) -> None:
    with pytest.raises(AssertionError, match=STORES[broken]):
        check_store(broken)
