"""Local search: neighbours of the best in turn; the first better one is the next to start from.

When none of its neighbours is better, or all are known, the search starts again from a random
architecture. Source: White, Nolen and Savani, Local search is state of the art for neural
architecture search benchmarks, 2020 (there with all neighbours evaluated; here first improvement).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from snapsearch.strategies.base import Proposal, Strategy
from snapsearch.streams import stream
from snapsearch.trial import Candidate, State, Trial


class Local(Strategy):
    """First-improvement ascent over distinct neighbours, with restarts."""

    name = "local"
    source = "White et al., 2020"

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """The next unknown neighbour of where the ascent stands, or a random start."""
        standing = self._standing()
        if standing is None:
            return self.fresh(rng, "start")
        for candidate in self._around(standing.candidate):
            if candidate.fingerprint not in self.known:
                return Proposal(candidate, "neighbour")
        return self.fresh(rng, "start")

    def _standing(self) -> Trial | None:
        """Where the ascent stands: the best since the last start, the first of equals.

        None while a start has no result yet.
        """
        starts = [t.number for t in self.trials if t.origin == "start"]
        since = [t for t in self.trials if starts and t.number >= starts[-1]]
        complete = [t for t in since if t.state is State.COMPLETE]
        return max(complete, key=lambda t: (t.value, -t.number), default=None)

    def _around(self, candidate: Candidate) -> Iterator[Candidate]:
        """Neighbours in an order that is drawn for each architecture, and stays."""
        found = list(self.space.neighbours(candidate))
        rng = stream(self.seed, "around", candidate.fingerprint)
        return (found[i] for i in rng.permutation(len(found)))
