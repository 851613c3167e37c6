"""Several runs in one page: a mean curve with its spread for each strategy, and a table.

Runs are compared at equal budgets: a strategy's curve ends where its shortest run ends. Runs of
another task, measure, space or budget are not comparable, and an error says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from snapsearch.errors import SearchError
from snapsearch.report import figures, measures
from snapsearch.report.page import environment, save
from snapsearch.report.record import Record, alike


def comparable(records: Sequence[Record]) -> None:
    """Raise `SearchError` S502 unless all runs have trials and are `alike`."""
    for record in records:
        if not record.complete:
            raise SearchError("S502", f"`{record.name}` has no complete trial", record.name)
    alike(records)


def rows(records: Sequence[Record]) -> list[dict[str, object]]:
    """For each strategy: its runs, the trials compared, mean and spread of the best value."""
    return [
        {
            "strategy": band.strategy,
            "runs": band.runs,
            "trials": int(band.counts[-1]),
            "mean": float(band.mean[-1]),
            "spread": float(band.spread[-1]) if band.runs > 1 else None,
        }
        for band in measures.bands(records)
    ]


def write_comparison(records: Sequence[Record], path: Path) -> Path:
    """Write the comparison of runs to `path`. Raises `SearchError`."""
    comparable(records)
    page = environment().get_template("comparison.html")
    metric = records[0].metric
    content = {
        "records": records,
        "metric": metric,
        "rows": rows(records),
        "plot": figures.band_plot(measures.bands(records), metric),
        "random_beside": any(r.strategy == "random" for r in records),
    }
    return save(path, page.render(content))
