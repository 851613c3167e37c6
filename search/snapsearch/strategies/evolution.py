"""Aging evolution: the best of a sample of the youngest `population` trials is mutated.

Source: Real, Aggarwal, Huang and Le, Regularized evolution for image classifier architecture
search, AAAI 2019, algorithm 1. Here an architecture is never evaluated twice, so a mutation that
is known already is mutated further.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from snapsearch.errors import SearchError
from snapsearch.space.base import Space
from snapsearch.strategies.base import Proposal, Strategy

SAMPLE = 10  # unless said, or the population is smaller
TRIES = 100  # mutations that may be known before an architecture is drawn at random


class Evolution(Strategy):
    """`population` trials are alive, the youngest; the parent is the best of `sample` of them."""

    name = "evolution"
    source = "Real et al., 2019"
    about = MappingProxyType(
        {
            "population": "trials that are alive, the youngest; from 2",
            "sample": "of those, how many the parent is the best of; None: 10, or all of fewer",
        }
    )

    def __init__(
        self, space: Space, seed: int, population: int = 30, sample: int | None = None
    ) -> None:
        super().__init__(space, seed)
        self.population = _whole("population", population, 2)
        self.sample = min(SAMPLE, population) if sample is None else _whole("sample", sample, 1)
        if self.sample > population:
            message = f"`sample` of `evolution` is {sample}, but must be at most {population}"
            raise SearchError("S140", message, hint="no more can be drawn than `population`")

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """A mutation of the best of a sample; random architectures until the population is full."""
        alive = self.complete[-self.population :]
        if self.asked < self.population or not alive:
            return self.fresh(rng, "initial")
        picked = rng.choice(len(alive), size=min(self.sample, len(alive)), replace=False)
        parent = max((alive[i] for i in sorted(picked)), key=lambda t: (t.value, -t.number))
        candidate = parent.candidate
        for _ in range(TRIES):
            candidate = self.space.mutate(candidate, rng)
            if candidate.fingerprint not in self.known:
                return Proposal(candidate, "mutation")
        return self.fresh(rng, "random")


def _whole(name: str, value: object, low: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        message = f"`{name}` of `evolution` is {value!r}, but must be a whole number from {low}"
        raise SearchError("S140", message)
    return value
