"""Models of the value on latent vectors: Bayesian linear regression, a Gaussian process, a line.

All are closed forms that take milliseconds for some hundred trials, refitted from nothing whenever
there are new ones. Each gives means, deviations of the mean, and the slope to climb. Sources:
Bishop, Pattern Recognition and Machine Learning, 3.3 and 3.5; Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2.2 and 5.4.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
RATIOS = np.logspace(-3, 4, 40)  # of the weights' precision to that of noise, in mean squares
LENGTHS = (0.5, 1.0, 2.0, 4.0)  # of the kernel, in median distances
NOISES = (1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0)  # of the Gaussian process, in its variance
TINY = 1e-12


class Model(ABC):
    """A model fitted to vectors [n, d] and targets [n]."""

    @abstractmethod
    def predict(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Means and deviations at some vectors; [m], [m]."""

    @abstractmethod
    def slope(self, vectors: Floats) -> Floats:
        """Gradients of the mean; [m, d]."""


@dataclass(frozen=True)
class Line(Model):
    """A linear layer: weights have a normal prior, whose precision over noise's is `ratio`.

    `axes`, `sizes` are right singular vectors and values of the centred data, `noise` a variance.
    """

    centre: Floats
    level: float
    weights: Floats
    axes: Floats
    sizes: Floats
    ratio: float
    noise: float

    def predict(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Means, and deviations from the posterior of the weights."""
        away = vectors - self.centre
        seen = (away @ self.axes.T) ** 2 @ (self.sizes**2 / (self.sizes**2 + self.ratio))
        open_ = np.maximum((away**2).sum(axis=1) - seen, 0.0)
        return away @ self.weights + self.level, np.sqrt(self.noise / self.ratio * open_)

    def slope(self, vectors: Floats) -> Floats:
        """The weights, everywhere."""
        found: Floats = np.broadcast_to(self.weights, vectors.shape)
        return found


def evidence(
    sizes: Floats, along: Floats, total: float, n: int, ratio: float
) -> tuple[float, float]:
    """The log marginal likelihood at a ratio, and the noise that is likeliest there.

    `along` are the targets along the left singular vectors, `total` their sum of squares.
    """
    kept = sizes**2 / (sizes**2 + ratio)
    noise = max((total - float((kept * along**2).sum())) / n, TINY)
    fitted = n * np.log(2 * np.pi * noise) + n + np.log1p(sizes**2 / ratio).sum()
    return -0.5 * float(fitted), noise


def bayes(
    vectors: Floats,
    targets: Floats,
    weights: Floats | None = None,
    ratios: Floats | None = None,
) -> Line:
    """Bayesian linear regression; noise and prior by marginal likelihood.

    Of a target with weight w, of mean 1, the noise has a w-th of the variance.
    """
    n = len(targets)
    shares = np.ones(n) / n if weights is None else weights / weights.sum()
    centre, level, root = shares @ vectors, float(shares @ targets), np.sqrt(n * shares)
    wanted = root * (targets - level)
    left, sizes, axes = np.linalg.svd(root[:, None] * (vectors - centre), full_matrices=False)
    along = left.T @ wanted
    total = float((wanted**2).sum())
    scale = max(float((sizes**2).mean()), TINY) / n
    tried = (RATIOS if ratios is None else ratios) * scale
    ratio = max(tried, key=lambda r: evidence(sizes, along, total, n, float(r))[0])
    noise = evidence(sizes, along, total, n, float(ratio))[1]
    slope = axes.T @ (sizes / (sizes**2 + ratio) * along)
    return Line(centre, level, slope, axes, sizes, float(ratio), noise)


def linear(vectors: Floats, targets: Floats, weights: Floats | None = None) -> Line:
    """Least squares, with just enough of a prior to be stable: no evidence, as in the paper."""
    return bayes(vectors, targets, weights, np.array([1e-3]))


@dataclass(frozen=True)
class Process(Model):
    """A Gaussian process with a squared exponential kernel of the given length.

    `counts` are roots of the weights of what it was fitted to, `modes` and `spectrum` eigenvectors
    and eigenvalues of their covariance, noise included.
    """

    vectors: Floats
    level: float
    length: float
    scale: float
    counts: Floats
    modes: Floats
    spectrum: Floats
    pulls: Floats

    def kernel(self, vectors: Floats) -> Floats:
        """Correlations of some vectors with those fitted to; [m, n]."""
        return correlations(squares(vectors, self.vectors), self.length) * self.counts

    def predict(self, vectors: Floats) -> tuple[Floats, Floats]:
        """The posterior's means and deviations."""
        near = self.kernel(vectors)
        known = ((near @ self.modes) ** 2 / self.spectrum).sum(axis=1)
        deviations = np.sqrt(np.maximum(self.scale * (1 - known), 0.0))
        return near @ self.pulls + self.level, deviations

    def slope(self, vectors: Floats) -> Floats:
        """Gradients of the posterior's mean."""
        pulls = self.kernel(vectors) * self.pulls
        away = pulls @ self.vectors - pulls.sum(axis=1)[:, None] * vectors
        found: Floats = away / self.length**2
        return found


def squares(one: Floats, other: Floats) -> Floats:
    """Squared distances; [m, n]."""
    cross = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    found: Floats = np.maximum(cross, 0.0)
    return found


def correlations(squared: Floats, length: float) -> Floats:
    """The kernel at some squared distances."""
    found: Floats = np.exp(-squared / (2 * length**2))
    return found


def gaussian(vectors: Floats, targets: Floats, weights: Floats | None = None) -> Process:
    """A Gaussian process; length, noise and scale by marginal likelihood.

    Of a target with weight w, of mean 1, the noise has a w-th of the variance.
    """
    n = len(targets)
    counts = np.ones(n) if weights is None else np.sqrt(weights)
    level = float(counts**2 @ targets / (counts**2).sum())
    wanted = counts * (targets - level)
    squared = squares(vectors, vectors)
    median = float(np.median(squared[np.triu_indices(n, 1)])) ** 0.5 if n > 1 else 1.0
    best: tuple[float, Process] | None = None
    for length in LENGTHS:
        size = length * (median or 1.0)
        values, modes = np.linalg.eigh(correlations(squared, size) * np.outer(counts, counts))
        along = modes.T @ wanted
        for noise in NOISES:
            spectrum = np.maximum(values, 0.0) + noise
            scale = max(float((along**2 / spectrum).mean()), TINY)
            likelihood = -0.5 * (n * np.log(scale) + float(np.log(spectrum).sum()))
            if best is None or likelihood > best[0]:
                pulls = modes @ (along / spectrum)
                found = Process(vectors, level, size, scale, counts, modes, spectrum, pulls)
                best = likelihood, found
    assert best is not None
    return best[1]


MODELS = {"bayes": bayes, "linear": linear, "gaussian": gaussian}
