"""Made-up runs for the tests of reports: real programs, values that follow a rule, one outlier."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

import snaplang as snap
from snapsearch.report import Record
from snapsearch.trial import Candidate, Result, State, Trial

SYMBOLS = ("conv3", "bn", "relu", "dup", "add", "swap", "conv1")
HOSTILE = "</script><img src=x onerror=alert(1)> & more"


@lru_cache(maxsize=1)
def candidates() -> tuple[Candidate, ...]:
    """40 distinct architectures."""
    rng = np.random.default_rng(0)
    found: dict[str, Candidate] = {}
    while len(found) < 40:
        tokens = tuple(int(t) for t in rng.integers(0, len(SYMBOLS), int(rng.integers(3, 11))))
        program = " ".join(SYMBOLS[t] for t in tokens)
        try:
            key = snap.fingerprint(program)
        except snap.SnapError:
            continue
        found.setdefault(key, Candidate(tokens, program, key))
    return tuple(found.values())


def trial(number: int, shift: float = 0.0) -> Trial:
    """Every tenth fails; trial 7 is far below the others; from 12 on there are estimates."""
    candidate = candidates()[number]
    if number % 10 == 4:
        return Trial(number, candidate, State.FAILED, reason=f"diverged: {HOSTILE}")
    value = 90.0 + shift + (number * 7 % 11) / 4 - 40 * (number == 7)
    estimate = value + (number % 3) / 10 if number >= 12 else None
    origin = "initial" if number < 12 else "ascent"
    result = Result(value, {"test accuracy (%)": value - 0.5}, cost=1.5)
    return Trial(number, candidate, State.COMPLETE, result, None, origin, estimate)


def record(
    name: str = "runs/made-up", strategy: str = "latent", n: int = 40, shift: float = 0.0
) -> Record:
    """A run of `n` trials."""
    return Record(
        name,
        strategy,
        "validation accuracy (%)",
        "s",
        [trial(i, shift) for i in range(n)],
        {"task": "made up", "note": HOSTILE},
        inputs=("N,16,8,8",),
    )
