"""A Gaussian process on one-hot cells: a peer to be measured against, for this benchmark alone.

Mean plus a standard deviation ranks the neighbours of the ten best and as many cells by chance, or
with `everything` all architectures of the space. Targets are normal scores of ranks, and
hyperparameters are fitted by marginal likelihood after every tenth trial.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from snapsearch.space.base import Space, Tokens
from snapsearch.strategies.base import Proposal, Strategy
from snapsearch.trial import Candidate

FIRST = 10  # trials by chance
EVERY = 10  # trials between fits of the hyperparameters
BEST = 10


class Gaussian(Strategy):
    """Proposes what the process ranks first."""

    name = "gaussian"
    source = "Rasmussen and Williams, 2006"

    def __init__(self, space: Space, seed: int, everything: bool = False) -> None:
        super().__init__(space, seed)
        self.everything = everything
        self._kernels: dict[int, Any] = {}

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """By chance at first; then the best by mean plus a standard deviation."""
        if len(self.complete) < FIRST:
            return self.fresh(rng, "initial")
        pool, coded = self._pool(rng)
        fresh = np.array([c.fingerprint not in self.known for c in pool])
        if not fresh.any():
            return self.fresh(rng, "random")
        mean, deviation = self._process().predict(coded, return_std=True)
        at = int(np.argmax(np.where(fresh, mean + deviation, -np.inf)))
        return Proposal(pool[at], "acquisition", float(mean[at]))

    def _pool(self, rng: np.random.Generator) -> tuple[list[Candidate], NDArray[np.float64]]:
        if self.everything:
            return self._architectures
        best = sorted(self.complete, key=lambda t: (-(t.value or 0), t.number))[:BEST]
        found = {n.fingerprint: n for t in best for n in self.space.neighbours(t.candidate)}
        for _ in range(len(found)):
            drawn = self.space.sample(rng)
            found.setdefault(drawn.fingerprint, drawn)
        return list(found.values()), self._coded(list(found.values()))

    @cached_property
    def _architectures(self) -> tuple[list[Candidate], NDArray[np.float64]]:
        known = list(self.space.all())
        return known, self._coded(known)

    def _process(self) -> Any:
        """The process of all trials, its hyperparameters fitted to the first tens of them."""
        size = len(self.complete) // EVERY * EVERY
        if size not in self._kernels:
            self._kernels[size] = self._fitted(size, _kernel(), "fmin_l_bfgs_b").kernel_
        return self._fitted(len(self.complete), self._kernels[size], None)

    def _fitted(self, size: int, kernel: Any, optimizer: str | None) -> Any:
        trials = self.complete[:size]
        scores = norm.ppf(rankdata([t.value for t in trials]) / (size + 1))
        model = GaussianProcessRegressor(kernel, alpha=1e-6, optimizer=optimizer)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a bound is met: so be it
            return model.fit(self._coded([t.candidate for t in trials]), scores)

    def _coded(self, candidates: list[Candidate]) -> NDArray[np.float64]:
        return one_hot([c.tokens for c in candidates], self.space.length, len(self.space.symbols))


def _kernel() -> Any:
    return ConstantKernel(1.0, (1e-2, 1e2)) * Matern(2.0, (0.1, 50), nu=2.5) + WhiteKernel(
        0.1, (1e-4, 1)
    )


def one_hot(batch: list[Tokens], length: int, symbols: int) -> NDArray[np.float64]:
    """Token sequences as rows of zeros and ones, [n, length · symbols].

    >>> one_hot([(1, 0), (0,)], 2, 2).tolist()
    [[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
    """
    rows = np.zeros((len(batch), length * symbols))
    for at in range(length):
        there = [
            (i, at * symbols + tokens[at]) for i, tokens in enumerate(batch) if at < len(tokens)
        ]
        rows[tuple(np.array(there, dtype=np.int64).reshape(-1, 2).T)] = 1
    return rows
