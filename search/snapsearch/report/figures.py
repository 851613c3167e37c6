"""The plots of a report, by matplotlib, as `<svg>` elements for a page.

Colours are those of Okabe and Ito (2008), which people with any colour vision can tell apart; texts
stay texts. The same numbers always give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from snapsearch.report.measures import Band, best_so_far, costs, curve, estimated
from snapsearch.report.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "snapsearch",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def progress(record: Record, beside: Sequence[Record] = ()) -> str:
    """Every trial's value and the best so far; of other runs the best so far."""
    with _style():
        figure, axes = _axes("trials", record.metric)
        trials = record.complete
        axes.scatter(
            [t.number + 1 for t in trials],
            record.values,
            s=14,
            color="#9aa7b3",
            label="a trial",
        )
        for i, other in enumerate((record, *beside)):
            if other.complete:
                label = f"best so far: {other.strategy}" + (f" ({other.name})" if i else "")
                axes.step(
                    *curve(other),
                    where="post",
                    color=PALETTE[i % len(PALETTE)],
                    lw=2 if i == 0 else 1.4,
                    ls="-" if i == 0 else "--",
                    label=label,
                )
        _zoom(axes, record.values)
        axes.legend(loc="lower right")
        return _svg(figure, "Best value so far")


def estimates(record: Record) -> str:
    """What the strategy expected against what came of it."""
    trials = estimated(record)
    with _style():
        figure, axes = _axes("estimated", f"real: {record.metric}", width=5.2)
        x = [t.estimate for t in trials if t.estimate is not None]
        y = [t.value for t in trials if t.value is not None]
        points = axes.scatter(x, y, c=[t.number + 1 for t in trials], cmap="viridis", s=18)
        figure.colorbar(points, ax=axes, label="trial")
        both = (*x, *y)
        axes.plot([min(both), max(both)], [min(both), max(both)], color="#888888", lw=1, ls=":")
        return _svg(figure, "Estimated and real values")


def spending(record: Record) -> str:
    """The best value by what was spent on trials."""
    with _style():
        figure, axes = _axes(f"cost so far ({record.unit})", record.metric, width=5.2)
        spent = np.cumsum(costs(record))
        axes.step(spent, best_so_far(record.values), where="post", color=PALETTE[0], lw=2)
        _zoom(axes, record.values)
        return _svg(figure, "Best value by cost")


def band_plot(bands: Sequence[Band], metric: str) -> str:
    """The mean best value of each strategy after so many trials, with its spread over runs."""
    with _style():
        figure, axes = _axes("trials", f"best so far: {metric}")
        for band, colour in zip(bands, _cycled(len(bands)), strict=True):
            label = f"{band.strategy} ({band.runs} run{'s' * (band.runs > 1)})"
            axes.plot(band.counts, band.mean, color=colour, lw=2, label=label)
            if band.runs > 1:
                low, high = band.mean - band.spread, band.mean + band.spread
                axes.fill_between(band.counts, low, high, color=colour, alpha=0.15, lw=0)
        axes.legend(loc="lower right")
        return _svg(figure, "Strategies compared")


def _cycled(n: int) -> list[str]:
    return [PALETTE[i % len(PALETTE)] for i in range(n)]


def _zoom(axes: Axes, values: Sequence[float]) -> None:
    """Leave far outliers below out of sight: they would press all that matters into a line."""
    if len(values) >= 8:
        low, middle, high = np.quantile(values, [0.1, 0.5, 1.0])
        floor = min(low, middle - 3 * (high - middle))
        if high > floor > min(values):
            axes.set_ylim(bottom=floor - 0.05 * (high - floor))
            hidden = sum(v < floor for v in values)
            note = f"{hidden} of {len(values)} trials lie below"
            axes.annotate(note, (0.01, 0.02), xycoords="axes fraction", color="#666666", fontsize=9)


def _style() -> Any:
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def _axes(x: str, y: str, width: float = 8.0) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 3.8), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return figure, axes


def _svg(figure: Figure, title: str) -> str:
    """The `<svg>` element; ids bear the title, so that several figures fit one page."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Title": title})
    text = stream.getvalue()
    text = text[text.index("<svg") :].rstrip()
    prefix = re.sub(r"\W+", "-", title.lower())
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text).replace("url(#", f"url(#{prefix}-")
    return text.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
