"""What ships keeps its contracts (`snapsearch.testing`), and is the method that it says it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snapsearch.config.registry import ENGINES, STRATEGIES, load
from snapsearch.errors import SearchError
from snapsearch.record.base import Memory
from snapsearch.record.store import Store
from snapsearch.space import Space, free, template
from snapsearch.strategies.base import Proposal, Strategy
from snapsearch.strategies.evolution import Evolution
from snapsearch.tasks.classify import NetworkOptions
from snapsearch.tasks.digits import Digits
from snapsearch.testing import (
    check_engine,
    check_space,
    check_store,
    check_strategy,
    check_task,
)
from snapsearch.testing.samples import driven
from tests.search.tiny import Climb, Score, Sequences

FREE = free("dup swap add conv3 bn relu", 6)
FLAT = template("dup <conv3|conv1|identity> <relu|gelu|silu> <bn|ln> add <relu|identity>")
QUICK = ("random", "evolution", "local")


def made(name: str, space: Space, seed: int = 0) -> Strategy:
    found = load("strategy", name, STRATEGIES)(space, seed)
    assert isinstance(found, Strategy)
    return found


@pytest.mark.parametrize("name", QUICK)
def test_strategies(name: str) -> None:
    check_strategy(load("strategy", name, STRATEGIES))


def test_a_strategy_of_tests() -> None:
    check_strategy(Climb, Sequences())


def test_every_strategy_is_in_the_suite() -> None:
    assert {*QUICK, "latent"} == {*STRATEGIES}  # `latent` is tried by its own tests


@pytest.mark.parametrize("name", QUICK)
def test_different_seeds_search_differently(name: str) -> None:
    one, other = (driven(made(name, FREE, seed), 12) for seed in (1, 2))
    assert [t.candidate for t in one] != [t.candidate for t in other]


SPACES: dict[str, Any] = {
    "free": FREE,
    "flat": FLAT,
    "few": free("dup add conv3 relu", 4),
    "same": free("dup add conv3 relu", 5, same=True),
    "nested": template("conv3 <relu | <a: bn | ln> gelu | identity> dup <conv1|identity> add"),
}


@pytest.mark.parametrize("name", SPACES)
def test_spaces(name: str) -> None:
    check_space(SPACES[name])


def test_a_space_of_tests() -> None:
    check_space(Sequences)


@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("name", ENGINES)
def test_engines(name: str) -> None:
    check_engine(load("engine", name, ENGINES))


def test_stores(folder: Path) -> None:
    check_store(Memory)
    check_store(lambda: Store.create(folder / "run", {}, {}).hold())


def test_tasks(tmp_path: Path) -> None:
    check_task(Score, ["relu tanh", "conv1 conv3"])
    check_task(Digits(NetworkOptions(width=4, epochs=(0.1, 1))), ["conv3 relu"])


# -- what makes each the method it is ------------------------------------------------------------


def test_evolution_takes_parents_from_the_young() -> None:
    strategy = Evolution(FLAT, 0, population=4, sample=4)
    driven(strategy, 12)
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
    trials = driven(Evolution(FREE, 0, population=5, sample=2), 8)
    assert [t.origin for t in trials] == ["initial"] * 5 + ["mutation"] * 3


@pytest.mark.parametrize("options", [{"population": 1}, {"sample": 0}, {"population": "many"}])
def test_evolution_checks_its_options(options: dict[str, int]) -> None:
    with pytest.raises(SearchError, match="of `evolution` is"):
        Evolution(FREE, 0, **options)


def test_local_goes_up_and_starts_again() -> None:
    trials = driven(made("local", FLAT), 30)
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
