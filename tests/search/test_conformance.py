"""One suite for all strategies: what the contract promises, whoever keeps it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from snapsearch.config.registry import STRATEGIES, load
from snapsearch.errors import SearchError
from snapsearch.space import Space, free, template
from snapsearch.strategies.base import Proposal, Strategy
from snapsearch.strategies.evolution import Evolution
from snapsearch.trial import Result, State, Trial
from tests.search.tiny import Climb, Sequences

FREE = free("dup swap add conv3 bn relu", 6)
FLAT = template("dup <conv3|conv1|identity> <relu|gelu|silu> <bn|ln> add <relu|identity>")
SPACES = {"free": FREE, "template": FLAT}
QUICK = ("random", "evolution", "local")


def made(name: str, space: Space, seed: int = 0) -> Strategy:
    found = load("strategy", name, STRATEGIES)(space, seed)
    assert isinstance(found, Strategy)
    return found


def told(trial: Trial) -> Trial:
    """Values that follow a rule; one in seven fails."""
    if trial.number % 7 == 3:
        return replace(trial, state=State.FAILED, reason="diverged")
    value = sum(1.0 / (1 + abs(t - 2)) for t in trial.candidate.tokens)
    return replace(trial, state=State.COMPLETE, result=Result(value))


def run(strategy: Strategy, n: int, window: int = 1) -> list[Trial]:
    """A run in which a trial is asked when all but the last `window - 1` before it are told."""
    asked: list[Trial] = []
    done = 0
    while len(asked) < n:
        fresh = strategy.ask(1)
        if not fresh:
            break
        asked += fresh
        if len(asked) - done >= window:
            strategy.tell([told(asked[done])])
            done += 1
    strategy.tell([told(t) for t in asked[done:]])
    return strategy.trials


cases = pytest.mark.parametrize("name", QUICK)
spaces = pytest.mark.parametrize("kind", SPACES)


@cases
@spaces
def test_no_architecture_comes_twice(name: str, kind: str) -> None:
    trials = run(made(name, SPACES[kind]), 30, window=3)
    prints = [t.candidate.fingerprint for t in trials]
    assert len(prints) == len(set(prints)) == 30
    assert [t.number for t in trials] == list(range(30))


@cases
@spaces
def test_proposals_are_candidates_of_the_space(name: str, kind: str) -> None:
    space = SPACES[kind]
    for trial in run(made(name, space), 20):
        assert space.candidate(trial.candidate.tokens) == trial.candidate


@cases
@spaces
@pytest.mark.parametrize("window", [1, 4])
def test_a_run_goes_on_from_any_place(name: str, kind: str, window: int) -> None:
    whole = run(made(name, SPACES[kind]), 30, window)
    for stop in (1, 5, 17, 29):
        again = made(name, SPACES[kind])
        again.tell(whole[: stop - window + 1] if stop >= window else [])
        pending = whole[max(0, stop - window + 1) : stop]
        again.tell([replace(t, state=State.RUNNING, result=None, reason=None) for t in pending])
        (fresh,) = again.ask(1)
        assert fresh.candidate == whole[stop].candidate
        assert (fresh.origin, fresh.estimate) == (whole[stop].origin, whole[stop].estimate)


@cases
@spaces
def test_the_seed_decides(name: str, kind: str) -> None:
    one, same, other = (run(made(name, SPACES[kind], seed), 12) for seed in (1, 1, 2))
    assert one == same
    assert [t.candidate for t in one] != [t.candidate for t in other]


@cases
def test_a_used_up_space_ends_cleanly(name: str) -> None:
    space = template("dup <conv3|conv1|identity> <relu|gelu> add")
    trials = run(made(name, space), 20)
    assert len(trials) == 6 and not made(name, space).trials


@cases
def test_all_may_fail(name: str) -> None:
    strategy = made(name, FREE)
    for _ in range(12):
        (trial,) = strategy.ask(1)
        strategy.tell([replace(trial, state=State.FAILED, reason="memory")])
    assert not strategy.complete and len(strategy.trials) == 12


@cases
def test_several_may_be_asked_at_once(name: str) -> None:
    strategy = made(name, FREE)
    trials = strategy.ask(5)
    assert [t.number for t in trials] == [0, 1, 2, 3, 4]
    assert len({t.candidate.fingerprint for t in trials}) == 5


def test_every_strategy_is_in_the_suite() -> None:
    assert {*QUICK, "latent"} == {*STRATEGIES}  # `latent` has its own run of it


# -- what makes each the method it is ------------------------------------------------------------


def test_evolution_takes_parents_from_the_young() -> None:
    strategy = Evolution(FLAT, 0, population=4, sample=4)
    run(strategy, 12)
    alive = strategy.complete[-4:]
    best = max(alive, key=lambda t: (t.value, -t.number))
    found = strategy.propose(np.random.default_rng(0))
    assert found is not None and found.origin == "mutation"
    rng, meant = np.random.default_rng(0), best.candidate
    rng.choice(4, size=4, replace=False)  # the sample is all of them
    while meant.fingerprint in strategy.known:
        meant = FLAT.mutate(meant, rng)
    assert found.candidate == meant


def test_evolution_starts_with_a_random_population() -> None:
    trials = run(Evolution(FREE, 0, population=5, sample=2), 8)
    assert [t.origin for t in trials] == ["initial"] * 5 + ["mutation"] * 3


@pytest.mark.parametrize("options", [{"population": 1}, {"sample": 0}, {"population": "many"}])
def test_evolution_checks_its_options(options: dict[str, int]) -> None:
    with pytest.raises(SearchError, match="of `evolution` is"):
        Evolution(FREE, 0, **options)


def test_local_goes_up_and_starts_again() -> None:
    trials = run(made("local", FLAT), 30)
    origins = [t.origin for t in trials]
    assert origins[0] == "start" and origins.count("start") > 1
    best = trials[0]
    for trial in trials[1:]:
        if trial.origin == "start":
            best = trial
            continue
        around = {c.fingerprint for c in FLAT.neighbours(best.candidate)}
        assert trial.candidate.fingerprint in around
        if (trial.value or -1) > (best.value or -1):
            best = trial


def test_random_covers_a_space_evenly() -> None:
    prints = {c.fingerprint: i for i, c in enumerate(FLAT.all())}
    firsts = [made("random", FLAT, seed).ask(1)[0].candidate.fingerprint for seed in range(600)]
    counts = np.bincount([prints[f] for f in firsts], minlength=len(prints))
    assert counts.min() > 2 and counts.max() < 40


class Broken(Climb):
    """Proposes what is none."""

    name = "broken"

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """First text, then an error."""
        if self.asked == 0:
            return "relu"  # type: ignore[return-value]
        raise KeyError("lost")


def test_a_broken_strategy_is_named() -> None:
    strategy = Broken(Sequences(), 0)
    with pytest.raises(SearchError) as caught:
        strategy.ask()
    assert caught.value.code == "S143"
    assert "`broken` failed: TypeError: it returned no Proposal but 'relu'" in str(caught.value)
    strategy.asked = 1
    with pytest.raises(SearchError, match=r"`broken` failed: KeyError: 'lost'\n.*test_conform"):
        strategy.ask()
