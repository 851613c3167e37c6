"""The numbers of a report: best so far, how well values were estimated, what the search cost.

>>> best_so_far([2.0, 1.0, 3.0])
[2.0, 2.0, 3.0]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from snapsearch.report.record import Record
from snapsearch.trial import State, Trial


def best_so_far(values: Sequence[float]) -> list[float]:
    """The greatest value up to each place."""
    return list(accumulate(values, max))


def curve(record: Record) -> tuple[list[int], list[float]]:
    """After how many trials (failed ones count) which value was the best, from the first on."""
    counts, values = [], []
    for trial in record.trials:
        if trial.value is not None:
            counts.append(trial.number + 1)
            values.append(trial.value)
    return counts, best_so_far(values)


@dataclass(frozen=True)
class Agreement:
    """How estimates and values agree over `pairs` trials; correlations of Pearson, Spearman and
    Kendall (tau-b), and the mean absolute error in the value's unit. A correlation of what does not
    vary is None."""

    pairs: int
    pearson: float | None
    spearman: float | None
    kendall: float | None
    error: float


def estimated(record: Record) -> list[Trial]:
    """The complete trials of which the strategy had an estimate."""
    return [t for t in record.complete if t.estimate is not None and np.isfinite(t.estimate)]


def agreement(record: Record) -> Agreement | None:
    """Estimates against values; None with fewer than three pairs."""
    from scipy import stats

    trials = estimated(record)
    if len(trials) < 3:
        return None
    x = np.array([t.estimate for t in trials], float)
    y = np.array([t.value for t in trials], float)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return Agreement(len(x), None, None, None, float(np.abs(x - y).mean()))
    pearson, spearman, kendall = (
        float(f(x, y).statistic) for f in (stats.pearsonr, stats.spearmanr, stats.kendalltau)
    )
    return Agreement(len(x), pearson, spearman, kendall, float(np.abs(x - y).mean()))


def origins(record: Record) -> list[tuple[str, int, float, float]]:
    """For each origin of trials: its name, how many, their mean and their best value."""
    groups: dict[str, list[float]] = {}
    for trial in record.complete:
        assert trial.value is not None
        groups.setdefault(trial.origin or "asked", []).append(trial.value)
    return [(name, len(v), float(np.mean(v)), max(v)) for name, v in groups.items()]


def failures(record: Record) -> list[tuple[str, int]]:
    """Why trials failed, the most frequent reason first; details behind a colon are left out."""
    counts = Counter((t.reason or "unknown").split(":")[0] for t in record.failed)
    return counts.most_common()


def costs(record: Record) -> NDArray[np.float64]:
    """The cost of each complete trial."""
    return np.array([t.result.cost for t in record.complete if t.result is not None], float)


@dataclass(frozen=True)
class Band:
    """Runs of one strategy together: after `counts` trials the mean best value, and its spread.

    The spread is the standard deviation over runs (0 for one run).
    """

    strategy: str
    runs: int
    counts: NDArray[np.int64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


def bands(records: Sequence[Record]) -> list[Band]:
    """A band for each strategy, up to the trials that all runs of it have made."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        if record.complete:
            groups.setdefault(record.strategy, []).append(record)
    return [_band(name, group) for name, group in groups.items()]


def _band(name: str, group: Sequence[Record]) -> Band:
    ended = [[t for t in r.trials if t.state is not State.RUNNING] for r in group]
    first = max(next(t.number for t in r.trials if t.value is not None) for r in group)
    last = min(trials[-1].number for trials in ended)
    counts = np.arange(first + 1, max(first, last) + 2)
    rows = []
    for record in group:
        at, best = curve(record)
        rows.append(np.array(best)[np.searchsorted(at, counts, side="right") - 1])
    table = np.array(rows)
    spread = table.std(axis=0, ddof=1) if len(rows) > 1 else np.zeros(table.shape[1])
    return Band(name, len(rows), counts, table.mean(axis=0), spread)
