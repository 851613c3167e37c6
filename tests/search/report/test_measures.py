"""The numbers of a report, against numbers worked out by hand or by another library."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from snapsearch.report import Record, measures
from snapsearch.report.landscape import one_hot, plane
from snapsearch.trial import Candidate, Result, State, Trial
from tests.search.report.records import record


def _run(strategy: str, values: list[float | None], estimates: list[float] | None = None) -> Record:
    """A run with these values; None for a failed trial."""
    trials = []
    for i, value in enumerate(values):
        candidate = Candidate((i,), "relu", str(i))
        estimate = None if estimates is None else estimates[i]
        if value is None:
            trials.append(Trial(i, candidate, State.FAILED, reason="time"))
        else:
            trials.append(Trial(i, candidate, State.COMPLETE, Result(value), estimate=estimate))
    return Record(strategy, strategy, "accuracy", "s", trials)


def test_failed_trials_count_in_the_curve() -> None:
    assert measures.curve(_run("random", [1.0, None, 3.0, 2.0])) == ([1, 3, 4], [1.0, 3.0, 3.0])


def test_the_best_is_the_first_of_equals() -> None:
    best = _run("random", [1.0, 3.0, 3.0]).best
    assert best is not None and best.number == 1


def test_agreement_is_that_of_ranks_and_values() -> None:
    found = measures.agreement(_run("latent", [1.0, 2.0, 3.0, 10.0], [0.0, 1.0, 3.0, 2.0]))
    assert found is not None and found.pairs == 4
    assert found.spearman == pytest.approx(0.8)
    assert found.kendall == pytest.approx(2 / 3)
    assert found.error == pytest.approx((1 + 1 + 0 + 8) / 4)


def test_agreement_of_what_never_varies_is_undefined() -> None:
    found = measures.agreement(_run("latent", [1.0, 2.0, 3.0], [5.0, 5.0, 5.0]))
    assert found is not None and found.pearson is None


def test_two_estimates_are_too_few() -> None:
    assert measures.agreement(_run("latent", [1.0, 2.0], [1.0, 2.0])) is None


def test_bands_end_with_the_shortest_run_of_a_strategy() -> None:
    runs = [
        _run("random", [1.0, 2.0, 3.0]),
        _run("random", [3.0, 1.0]),
        _run("latent", [4.0, 5.0, 6.0]),
    ]
    random, latent = measures.bands(runs)
    assert (random.runs, latent.runs) == (2, 1)
    assert random.counts.tolist() == [1, 2]
    assert random.mean.tolist() == [2.0, 2.5]
    assert random.spread == pytest.approx([np.sqrt(2), np.sqrt(0.5)])
    assert latent.spread.tolist() == [0.0, 0.0, 0.0]


def test_bands_start_where_every_run_has_a_value() -> None:
    (band,) = measures.bands([_run("random", [None, 2.0, 3.0]), _run("random", [1.0, 1.0, 4.0])])
    assert band.counts.tolist() == [2, 3]
    assert band.mean.tolist() == [1.5, 3.5]


def test_failures_are_told_by_their_reason_alone() -> None:
    assert measures.failures(record()) == [("diverged", 4)]


def test_the_map_is_that_of_principal_components() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(30, 5)) * [5, 3, 1, 1, 1]
    places, shares = plane(vectors)
    oracle = PCA(2).fit(vectors)
    assert shares == pytest.approx(oracle.explained_variance_ratio_)
    for axis, other in enumerate(oracle.transform(vectors).T):
        assert abs(np.corrcoef(places[:, axis], other)[0, 1]) == pytest.approx(1)
    assert places.min() == 0 and places.max() == 1


@pytest.mark.parametrize("n", [0, 1, 2])
def test_maps_of_few_points(n: int) -> None:
    places, _ = plane(np.arange(3.0 * n).reshape(n, 3))
    assert places.shape == (n, 2) and np.isfinite(places).all()


def test_equal_points_lie_in_the_middle() -> None:
    assert plane(np.ones((3, 4)))[0].tolist() == [[0.5, 0.5]] * 3


def test_one_hot_rows_are_what_stands_where() -> None:
    assert one_hot([(0, 1), (1,)]).tolist() == [[1, 0, 0, 1], [0, 1, 0, 0]]


def test_running_trials_are_no_results() -> None:
    run = record(n=3)
    waiting = replace(run, trials=[*run.trials, Trial(3, Candidate((0,), "conv3", "x"))])
    assert len(waiting.complete) == 3 and measures.curve(waiting) == measures.curve(run)
