"""Random search: distinct architectures, uniformly. Every other strategy stands beside it.

Source: Li and Talwalkar, Random search and reproducibility for neural architecture search, 2019.
"""

from __future__ import annotations

import numpy as np

from snapsearch.strategies.base import Proposal, Strategy


class Random(Strategy):
    """Distinct architectures, uniformly over architectures where the space can be enumerated."""

    name = "random"
    source = "Li and Talwalkar, 2019"

    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """A draw that is not known yet."""
        return self.fresh(rng, "random")
