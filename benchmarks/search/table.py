"""Runs as figures: medians with quartiles, means with deviations, Markdown, JSON and a plot."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean, median, quantiles, stdev
from typing import Any

from benchmarks.search.race import BUDGET, Run

MARKS = ("<!-- figures: made by benchmarks.search -->", "<!-- end of figures -->")
Runs = dict[str, dict[str, list[Run]]]  # by column and strategy


def figures(runs: list[Run], limit: int) -> dict[str, Any]:
    """The figures of one strategy's runs; those that found nothing count as `limit` + 1.

    `start` is the longest first proposal, in seconds: what is made ready once is in it, and not in
    the milliseconds of the others.
    """
    found = sorted(run.found if run.found is not None else limit + 1 for run in runs)
    cells = [run.cells for run in runs if run.cells is not None]
    tests = [run.test for run in runs]
    times = [1000 * s for run in runs for s in run.seconds[1:BUDGET]]
    several = len(runs) > 1
    return {
        "runs": len(runs),
        "found": sum(run.found is not None for run in runs),
        "architectures": median(found),
        "quartiles": quantiles(found, n=4)[::2] if several else [found[0], found[0]],
        "cells": median(cells) if 2 * len(cells) > len(runs) else None,
        "test": round(mean(tests), 3),
        "deviation": round(stdev(tests), 3) if several else 0.0,
        "ms": round(mean(times), 3),
        "start": round(max(run.seconds[0] for run in runs), 3),
        "ms_worst": round(quantiles(times, n=100)[-1], 3),
    }


def markdown(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    """A table for each column, best first."""
    parts = []
    for column, by_name in results.items():
        lines = [
            "| strategy | architectures until the best cell (quartiles) | their cells | runs that "
            f"found it | test accuracy after {BUDGET}, % | CPU ms a proposal (99th percentile) |",
            "|---" * 6 + "|",
        ]
        for name, row in sorted(by_name.items(), key=lambda item: item[1]["architectures"]):
            low, high = row["quartiles"]
            half = 2 * row["found"] > row["runs"]
            count = f"{row['architectures']:g}" if half else f"more than {row['limit']}"
            cells = "" if row["cells"] is None else f"{row['cells']:g}"
            lines.append(
                f"| {name} | {count} ({low:g} to {high:g}) | {cells} | {row['found']} of "
                f"{row['runs']} | {row['test']:.2f} ± {row['deviation']:.2f} | {row['ms']:.2f} "
                f"({row['ms_worst']:.1f}) |"
            )
        parts.append(f"### {column}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def with_table(page: str, text: str) -> str:
    """A page with `text` between its marks.

    >>> with_table(f"a {MARKS[0]} old {MARKS[1]} b", "new").split()[-3:]
    ['figures', '-->', 'b']
    """
    before, behind = page.partition(MARKS[0])[0], page.partition(MARKS[1])[2]
    return f"{before}{MARKS[0]}\n\n{text}\n{MARKS[1]}{behind}"


def save(results: dict[str, Any], path: Path) -> None:
    """Write figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


def plot(runs: Runs, path: Path) -> None:
    """Mean test accuracy of the best by signal against evaluations, a panel for each column.

    Bands are the standard error of the mean.
    """
    import numpy as np
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6 * ((len(runs) + 1) // 2)), layout="constrained")
    panels = np.atleast_1d(figure.subplots((len(runs) + 1) // 2, min(2, len(runs)))).ravel()
    for panel, (column, by_name) in zip(panels, runs.items(), strict=False):
        tops = []
        for name, some in by_name.items():
            curves = np.array([run.curve for run in some if len(run.curve) == BUDGET])
            if not len(curves):
                continue
            middle = curves.mean(0)
            error = curves.std(0, ddof=min(1, len(curves) - 1)) / len(curves) ** 0.5
            steps = np.arange(1, BUDGET + 1)
            panel.plot(steps, middle, label=name, linewidth=1.3)
            panel.fill_between(steps, middle - error, middle + error, alpha=0.2)
            tops += [middle.max(), middle[19]]
        panel.set(title=column, xlabel="architectures", ylabel="test accuracy, %")
        if tops:
            panel.set_ylim(min(tops) - 0.3, max(tops) + 0.1)
        panel.grid(alpha=0.3)
    if panels[0].lines:
        panels[0].legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
