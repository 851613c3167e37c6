"""The latent search keeps the contract of strategies, presets and switches do what they say."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from snapsearch.errors import SearchError
from snapsearch.space import Space, free, template
from snapsearch.strategies.latent import CoderOptions, Latent, LatentOptions, preset
from snapsearch.testing import check_strategy
from snapsearch.testing.samples import judged
from snapsearch.trial import State

TINY = asdict(CoderOptions(latent=16, hidden=16, samples=60, steps=5, batch=16))
SPACES = {
    "free": free("dup swap add conv3 bn relu", 6),
    "template": template("dup <conv3|conv1|identity> <relu|gelu|silu> <bn|ln> add <relu|identity>"),
    "used up": template("dup <conv3|conv1|identity> <relu|gelu> add"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("name", ["default", "paper"])
@pytest.mark.parametrize("kind", SPACES)
def test_the_suite(name: str, kind: str, folder: str) -> None:
    def latent(space: Space, seed: int) -> Latent:
        return Latent(space, seed, preset=name, cache=folder, coder=dict(TINY), initial=4)

    check_strategy(latent, SPACES[kind], trials=8)


def searched(folder: str, n: int = 14, **changes: Any) -> list[str]:
    """The origins of a search's trials."""
    options = {"coder": dict(TINY), "initial": 4, **changes}
    strategy = Latent(SPACES["template"], 0, cache=folder, **options)
    for _ in range(n):
        (trial,) = strategy.ask(1)
        strategy.tell([judged(trial)])
    return [t.origin for t in strategy.trials]


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "gaussian"},
        {"model": "linear"},
        {"model": "bayes"},
        {"features": ["latent"]},
        {"features": ["facts"]},
        {"coder": {**TINY, "facts": 0.0, "grown": 0.0}},
        {"diverse": False},
        {"ranks": 0},
        {"joint": True},
        {"propose": ["crossings", "mutations"]},
        {"coder": {**TINY, "reads": "any", "mixed": False}},
    ],
)
def test_every_switch_runs(changes: dict[str, Any], folder: str) -> None:
    origins = searched(folder, **changes)
    assert origins[:4] == ["initial"] * 4 and len(origins) == 14


def test_the_model_sees_the_vector_and_the_facts_read_off_it(folder: str) -> None:
    space = SPACES["template"]
    rng = np.random.default_rng(0)
    some = [space.sample(rng) for _ in range(5)]
    search = Latent(space, 0, cache=folder, coder=dict(TINY), beside=0.25)
    vectors = search.coder.encode([c.tokens for c in some])
    facts = search.coder.facts(vectors) - search.coder.heads[1]
    assert facts.shape[1] > 3
    assert np.allclose(search._features(some), np.hstack([0.25 * vectors, facts]))
    alone = Latent(space, 0, cache=folder, coder=dict(TINY), features=["latent"])
    assert np.allclose(alone._features(some), vectors)


def test_the_paper_climbs_and_does_nothing_else(folder: str) -> None:
    origins = searched(folder, preset="paper")
    assert set(origins[4:]) <= {"ascent", "random"}


def test_initial_trials_are_further_apart_than_random_ones(folder: str) -> None:
    space = SPACES["free"]

    def nearest(diverse: bool) -> float:
        found = []
        for seed in range(5):
            search = Latent(space, seed, cache=folder, coder=dict(TINY), diverse=diverse, initial=8)
            places = search.vectors([t.candidate for t in search.ask(8)])
            assert places is not None
            gaps = np.linalg.norm(places[:, None] - places, axis=2) + 1e9 * np.eye(8)
            found.append(gaps.min())
        return float(np.mean(found))

    assert nearest(True) > 1.5 * nearest(False)


def test_estimates_are_in_the_unit_of_values(folder: str) -> None:
    search = Latent(SPACES["template"], 0, cache=folder, coder=dict(TINY), initial=4)
    for _ in range(20):
        (trial,) = search.ask(1)
        done = judged(trial)
        if done.result is not None:
            done = replace(done, result=replace(done.result, value=1000 + done.result.value))
        search.tell([done])
    assert all(t.estimate is None for t in search.trials if t.origin in ("initial", "random"))
    told = [t.estimate for t in search.trials if t.estimate is not None]
    assert told and all(1000 < e < 1010 for e in told)
    assert all(t.state is not State.RUNNING for t in search.trials)


def test_presets_and_changes() -> None:
    assert preset("default") == LatentOptions()
    assert preset("paper").propose == ("ascent",) and preset("paper").joint
    assert preset("default", coder={"latent": 48}, kappa=1).coder.latent == 48
    assert isinstance(preset("default", kappa=1).kappa, float)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preset": "best"}, "`preset` of `latent` is 'best'"),
        ({"tops": 3}, "`latent` has no option `tops`"),
        ({"top": "many"}, "`top` of `latent` is 'many', but must be of type int"),
        ({"top": 0}, "`top` of `latent` is 0, but must be at least 1"),
        ({"model": "deep"}, "`model` of `latent` is 'deep'"),
        ({"propose": ["magic"]}, "`propose` of `latent` is 'magic'"),
        ({"propose": []}, "must name something"),
        ({"coder": {"reads": "all"}}, "`coder.reads` of `latent` is 'all'"),
        ({"coder": {"hidden": 1.5}}, "`hidden` of `latent` is 1.5"),
        ({"coder": {"steps": 0}}, "`coder.steps` of `latent` is 0, but must be at least 1"),
        ({"coder": {"latent": -1}}, "`coder.latent` of `latent` is -1, but must be at least 0"),
        ({"coder": {"rate": 0.0}}, "`coder.rate` of `latent` is 0.0, but must be greater than 0"),
        ({"coder": {"rate": math.nan}}, "`coder.rate` of `latent` is nan"),
        ({"coder": {"swapped": 1.5}}, "`coder.swapped` of `latent` is 1.5, but must be at most 1"),
        ({"coder": {"swapped": -0.1}}, "`coder.swapped` of `latent` is -0.1"),
        ({"coder": {"noise": -1.0}}, "`coder.noise` of `latent` is -1.0"),
        ({"coder": {"facts": -1.0}}, "`coder.facts` of `latent` is -1.0"),
        ({"kappa": math.inf}, "`kappa` of `latent` is inf, but must be finite"),
        ({"kappa": -1.0}, "`kappa` of `latent` is -1.0, but must be at least 0"),
        ({"kappa": math.nan}, "`kappa` of `latent` is nan, but must be at least 0"),
        ({"clip": 0}, "`clip` of `latent` is 0.0, but must be greater than 0, and finite"),
        ({"favour": -1.0}, "`favour` of `latent` is -1.0, but must be at least 0"),
        ({"ranks": 1.5}, "`ranks` of `latent` is 1.5, but must be from 0 to 1"),
        ({"coder": 7}, "`coder` of `latent` is 7"),
    ],
)
def test_bad_options_are_told(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SearchError) as caught:
        Latent(SPACES["free"], 0, **changes)
    assert caught.value.code == "S141" and message in str(caught.value)


def test_torch_is_imported_when_it_is_needed() -> None:
    code = (
        "import sys; from snapsearch.strategies.latent import Latent; "
        "from snapsearch.space import free; Latent(free('dup add relu', 3), 0); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
