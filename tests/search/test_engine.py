"""Engines: whatever a candidate does, an outcome comes of it, and the others go on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest

from snapsearch.engine.base import Engine, Job, Outcome, TrialLimits
from snapsearch.engine.inline import Inline
from snapsearch.engine.workers import Workers
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Task
from snapsearch.trial import Result
from tests.search.runs import alive
from tests.search.tiny import Score

GOOD, BAD = "tanh tanh", "relu tanh"  # `Score` misbehaves on programs that begin with relu
LIMITS = TrialLimits(seconds=1.5, memory=4.0)
REASONS = {
    "nan": "diverged: the loss is nan",
    "memory": "memory",
    "sleep": "time: stopped after 1.5 seconds",
}


def outcomes(engine: Engine, *programs: str) -> dict[int, Outcome]:
    """What comes of programs, by number."""
    for i, program in enumerate(programs):
        engine.submit(Job(i, program, None, i))
    found: dict[int, Outcome] = {}
    while len(found) < len(programs):
        found |= {o.number: o for o in engine.collect()}
    return found


@pytest.mark.parametrize("mood", REASONS)
def test_bad_candidates_in_this_process(mood: str) -> None:
    found = outcomes(Inline(Score(mood=mood), LIMITS), GOOD, BAD, GOOD)
    reason = found[1].reason
    assert reason is not None and reason.startswith(REASONS[mood])
    assert found[0].result is not None and found[2].result is not None
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.fixture
def pool() -> Iterator[list[Workers]]:
    """Pools that are closed in the end."""
    made: list[Workers] = []
    yield made
    for engine in made:
        engine.close()


@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("mood", (*REASONS, "kill"))
def test_bad_candidates_in_workers(mood: str, pool: list[Workers]) -> None:
    reasons = {**REASONS, "kill": "died: the worker was killed by SIGKILL"}
    pool.append(Workers(Score(mood=mood), LIMITS, 1))
    found = outcomes(pool[0], GOOD, BAD, GOOD)
    reason = found[1].reason
    assert reason is not None and reason.startswith(reasons[mood])
    assert found[0].result is not None and found[2].result is not None


class Deaf(Score):
    """Sleeps for ever where no timer reaches it."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Or scores."""
        if program == BAD:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
            time.sleep(1e6)
        return super().evaluate(program, budget, seed)


@pytest.mark.xdist_group("faults")
def test_a_worker_that_hears_nothing_is_killed(
    pool: list[Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapsearch.engine.workers.GRACE", 0.3)
    pool.append(Workers(Deaf(), TrialLimits(seconds=0.5), 1))
    found = outcomes(pool[0], BAD, GOOD)
    assert found[0].reason == "time: killed after 0.5 seconds"
    assert found[1].result is not None


@pytest.mark.xdist_group("faults")
def test_a_worker_killed_in_mid_trial_is_replaced(pool: list[Workers]) -> None:
    pool.append(Workers(Score(pause=0.5), TrialLimits(), 1))
    engine = pool[0]
    for i in range(2):
        engine.submit(Job(i, GOOD, None, i))
    before = engine.pids()
    while not engine.busy():
        engine.collect(0.05)
    os.kill(before[0], signal.SIGKILL)
    found = {o.number: o for _ in range(2) for o in engine.collect()}
    assert found[0].reason == "died: the worker was killed by SIGKILL"
    assert found[1].result is not None
    assert engine.pids() != before and len(engine.pids()) == 1


@pytest.mark.xdist_group("faults")
def test_outcomes_do_not_depend_on_the_engine(pool: list[Workers]) -> None:
    programs = [f"{a} {b}" for a in ("tanh", "bn") for b in ("conv1", "conv3", "sigmoid")]
    pool.append(Workers(Score(pause=0.01), TrialLimits(), 2))
    assert outcomes(pool[0], *programs) == outcomes(Inline(Score(), TrialLimits()), *programs)


@pytest.mark.xdist_group("faults")
def test_closing_ends_all_workers() -> None:
    engine = Workers(Score(), TrialLimits(), 2)
    pids = engine.pids()
    assert all(alive(pid) for pid in pids)
    engine.close()
    assert not any(alive(pid) for pid in pids)


class Useless(Score):
    """A task that cannot work at all."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Fail for good."""
        raise SearchError("S202", "the data are gone")


@pytest.mark.xdist_group("faults")
def test_errors_of_the_task_end_the_run(pool: list[Workers]) -> None:
    pool.append(Workers(Useless(), TrialLimits(), 1))
    for engine in (pool[0], Inline(Useless(), TrialLimits())):
        with pytest.raises(SearchError, match="the data are gone"):
            outcomes(engine, GOOD)


class Stillborn(Score):
    """A task that does not survive the journey to another process."""

    def __reduce__(self) -> tuple[object, ...]:
        return _break, ()


def _break() -> Task:
    raise RuntimeError("no such data here")


@pytest.mark.xdist_group("faults")
def test_workers_that_cannot_start_are_told(pool: list[Workers]) -> None:
    pool.append(Workers(Stillborn(), TrialLimits(), 1))
    with pytest.raises(SearchError, match=r"S402.*ended before it began"):
        outcomes(pool[0], GOOD)


class Infinite(Score):
    """A value that is no number."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Infinity."""
        return Result(float("inf"))


def test_values_are_finite() -> None:
    (found,) = outcomes(Inline(Infinite(), TrialLimits()), GOOD).values()
    assert found.reason == "diverged: the value is inf"


class Buggy(Score):
    """Raises what nobody expects."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Fail."""
        raise ZeroDivisionError("by zero\nsecond line")


def test_other_exceptions_are_reasons() -> None:
    (found,) = outcomes(Inline(Buggy(), TrialLimits()), GOOD).values()
    line = Buggy.evaluate.__code__.co_firstlineno + 2
    assert found.reason == f"error: ZeroDivisionError: by zero ({__file__}:{line})"


class Misled(Score):
    """Raises in a library."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Fail."""
        return Result(float(np.linalg.inv(np.zeros((2, 2)))[0, 0]))


def test_the_place_of_an_exception_is_the_users_line() -> None:
    (found,) = outcomes(Inline(Misled(), TrialLimits()), GOOD).values()
    line = Misled.evaluate.__code__.co_firstlineno + 2
    assert found.reason == f"error: LinAlgError: Singular matrix ({__file__}:{line})"


class Odd(Score):
    """Returns, or raises, what no task should."""

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """As the program says."""
        if program == "exit":
            raise SystemExit(3)
        odd = {"none": None, "text": Result("high"), "metric": Result(1.0, {"size": "big"})}  # type: ignore[arg-type, dict-item]
        return odd.get(program, Result(np.float32(0.5), {"n": 3}))  # type: ignore[return-value, arg-type]


def test_what_is_no_result_is_a_failed_trial() -> None:
    found = outcomes(Inline(Odd(), TrialLimits()), "none", "text", "metric", "exit", "fine")
    line = Odd.evaluate.__code__.co_firstlineno + 3
    assert [found[i].reason for i in range(4)] == [
        "error: TypeError: `evaluate` returned no Result but None",
        "error: TypeError: `value` of the Result is no number but 'high'",
        "error: TypeError: `size` of the Result is no number but 'big'",
        f"error: SystemExit: 3 ({__file__}:{line})",
    ]
    result = found[4].result
    assert result == Result(0.5, {"n": 3.0}) and type(result.value) is float
