"""What is tried at length: each check is one random case by its seed, and what it found.

>>> CHECKS["laws"](3).failures
[]
"""

from __future__ import annotations

from collections.abc import Callable

from snaplang.testing.checks.models import models
from snaplang.testing.checks.outcome import Outcome
from snaplang.testing.checks.sameness import laws, near
from snaplang.testing.checks.texts import programs, texts
from snaplang.testing.checks.values import values

CHECKS: dict[str, Callable[[int], Outcome]] = {
    "laws": laws,
    "near": near,
    "values": values,
    "texts": texts,
    "programs": programs,
    "models": models,
}

__all__ = ["CHECKS", "Outcome"]
