"""From values to what is regressed on: free of scale, and robust to a long tail of bad ones.

>>> targets(np.array([10.0, 90.0, 92.0]), ranks=1.0, clip=2.0).round(2)
array([-1.22,  0.  ,  1.22])
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Floats = NDArray[np.floating[Any]]
SPREAD = 1.4826  # of a normal distribution, over its median absolute deviation


def scores(values: Floats) -> Floats:
    """Normal scores of ranks (Blom's), ties alike."""
    ranks = rankdata(values)
    found: Floats = ndtri((ranks - 0.375) / (len(values) + 0.25))
    return found


def clipped(values: Floats, clip: float) -> Floats:
    """Values from their median, in deviations, those below clipped softly at `clip`."""
    away = values - np.median(values)
    spread = SPREAD * float(np.median(np.abs(away))) or float(away.std()) or 1.0
    away = away / spread
    found: Floats = np.where(away < 0, clip * np.tanh(away / clip), away)
    return found


def standard(values: Floats) -> Floats:
    """Mean 0, deviation 1 (all 0 where all are equal)."""
    away = values - values.mean()
    found: Floats = away / (float(away.std()) or 1.0)
    return found


def weights(values: Floats, favour: float) -> Floats | None:
    """How much each value counts, of mean 1: 1 / (favour + the share of better ones); 0: alike."""
    if not favour:
        return None
    found: Floats = 1 / (favour + (rankdata(-values) - 1) / len(values))
    found = found / found.mean()
    return found


def targets(values: Floats, ranks: float, clip: float) -> Floats:
    """`ranks` parts normal scores, the rest clipped values; each standardised first."""
    return ranks * standard(scores(values)) + (1 - ranks) * standard(clipped(values, clip))
