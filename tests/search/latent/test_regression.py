"""Models against dense algebra and scikit-learn; targets against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import BayesianRidge

from snapsearch.strategies.latent.regression import MODELS, bayes, gaussian, linear
from snapsearch.strategies.latent.targets import clipped, scores, targets, weights

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 12))
Y = X @ RNG.normal(size=12) + 0.3 * RNG.normal(size=40) + 5
NEW = RNG.normal(size=(7, 12))


@pytest.mark.parametrize("n", [40, 6])
def test_bayes_is_the_dense_posterior(n: int) -> None:
    """With the ratio it chose: weights and deviations by the textbook's matrices."""
    x, y = X[:n], Y[:n]
    line = bayes(x, y)
    away = x - x.mean(axis=0)
    inverse = np.linalg.inv(away.T @ away + line.ratio * np.eye(12))
    slope = inverse @ away.T @ (y - y.mean())
    means, deviations = line.predict(NEW)
    assert np.allclose(means, (NEW - x.mean(axis=0)) @ slope + y.mean())
    spread = (NEW - x.mean(axis=0)) @ inverse * (NEW - x.mean(axis=0))
    assert np.allclose(deviations, np.sqrt(line.noise * spread.sum(axis=1)))
    assert np.allclose(line.slope(NEW), slope)


def test_weights_count_as_repetitions() -> None:
    """A target of weight 2 beside one of weight 1 is as if it stood there twice."""
    twice = np.concatenate([np.arange(20), np.arange(20), np.arange(20, 40)])
    heavy = bayes(X, Y, np.repeat([2.0, 1.0], 20), np.array([1e-3]))
    same = bayes(X[twice], Y[twice], None, np.array([1e-3]))
    assert np.allclose(heavy.slope(NEW), same.slope(NEW), atol=1e-3)
    assert np.allclose(heavy.predict(NEW)[0], same.predict(NEW)[0], atol=1e-3)
    assert not np.allclose(heavy.slope(NEW), bayes(X, Y).slope(NEW), atol=1e-3)


def test_better_trials_weigh_more() -> None:
    found = weights(np.array([3.0, 1.0, 2.0]), 0.1)
    assert found is not None and found[0] > found[2] > found[1]
    assert np.isclose(found.mean(), 1) and weights(Y, 0.0) is None


def test_the_evidence_is_that_of_the_marginal_normal() -> None:
    """The chosen ratio is the best of those tried, by the density of the targets themselves."""
    line = bayes(X, Y)
    away, wanted = X - X.mean(axis=0), Y - Y.mean()

    def density(ratio: float) -> float:
        shape = np.eye(40) + away @ away.T / ratio
        noise = wanted @ np.linalg.solve(shape, wanted) / 40
        return float(-0.5 * (np.linalg.slogdet(noise * shape)[1] + 40))

    assert all(density(line.ratio) >= density(line.ratio * by) for by in (0.2, 0.6, 1.6, 5.0))


def test_bayes_agrees_with_scikit_learn() -> None:
    peer = BayesianRidge(alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, tol=1e-9).fit(X, Y)
    means, _ = bayes(X, Y).predict(NEW)
    assert np.allclose(means, peer.predict(NEW), atol=0.02)


def test_linear_is_least_squares() -> None:
    away = X - X.mean(axis=0)
    slope, *_ = np.linalg.lstsq(away, Y - Y.mean(), rcond=None)
    assert np.allclose(linear(X, Y).slope(NEW)[0], slope, atol=1e-3)


def test_gaussian_agrees_with_scikit_learn() -> None:
    process = gaussian(X, Y)
    noise = float(process.spectrum[0] - max(np.linalg.eigvalsh(process.kernel(X))[0], 0))
    peer = GaussianProcessRegressor(RBF(process.length), alpha=noise, optimizer=None)
    peer.fit(X, Y - Y.mean())
    means, deviations = peer.predict(NEW, return_std=True)
    found, spread = process.predict(NEW)
    assert np.allclose(found, means + Y.mean(), atol=1e-6)
    assert np.allclose(spread, deviations * process.scale**0.5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_slopes_are_gradients_of_the_mean(name: str) -> None:
    model = MODELS[name](X, Y)
    step = 1e-5
    for i in range(3):
        up, down = NEW.copy(), NEW.copy()
        up[:, i] += step
        down[:, i] -= step
        change = (model.predict(up)[0] - model.predict(down)[0]) / (2 * step)
        assert np.allclose(model.slope(NEW)[:, i], change, atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("n", [2, 3])
def test_few_or_equal_trials_are_no_trouble(name: str, n: int) -> None:
    for y in (Y[:n], np.zeros(n)):
        means, deviations = MODELS[name](X[:n], y).predict(NEW)
        assert np.isfinite(means).all() and np.isfinite(deviations).all()


def test_targets_are_free_of_scale() -> None:
    y = RNG.normal(size=30)
    assert np.allclose(targets(y, 0.5, 2.0), targets(7 * y - 100, 0.5, 2.0))


def test_a_long_tail_below_is_clipped_and_order_kept() -> None:
    y = np.array([-1e6, 1.0, 2.0, 3.0, 4.0, 5.0])
    found = clipped(y, 2.0)
    assert found.min() >= -2.0 and (np.diff(found) > 0).all()
    assert (np.diff(targets(y, 0.5, 2.0)) > 0).all()


def test_equal_values_have_equal_scores() -> None:
    found = scores(np.array([1.0, 3.0, 3.0, 2.0]))
    assert found[1] == found[2] > found[3] > found[0]
    assert (targets(np.ones(5), 0.5, 2.0) == 0).all()


def test_of_a_weighted_target_the_noise_is_a_part() -> None:
    counts = np.random.default_rng(3).uniform(0.2, 3, len(Y))
    counts /= counts.mean()
    process = gaussian(X, Y, counts)
    covered = RBF(process.length)(X) * np.outer(process.counts, process.counts)
    noise = float((process.spectrum - np.linalg.eigvalsh(covered))[-1])
    peer = GaussianProcessRegressor(RBF(process.length, "fixed"), alpha=noise / counts)
    peer.fit(X, Y - process.level)
    means, deviations = peer.predict(X[:5] + 0.1, return_std=True)
    ours, spread = process.predict(X[:5] + 0.1)
    assert np.allclose(ours, means + process.level)
    assert np.allclose(spread, deviations * process.scale**0.5)
    assert not np.allclose(ours, gaussian(X, Y).predict(X[:5] + 0.1)[0])
