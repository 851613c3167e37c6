"""The page of a run: one HTML file, nothing fetched, no server, readable in ten years.

Texts from outside (programs, reasons, names) are escaped by Jinja; pictures come from Graphviz and
matplotlib. The file is written whole or not at all.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.report import figures, measures, pictures
from snapsearch.report.landscape import plane, vectors_of
from snapsearch.report.record import Record, alike
from snapsearch.trial import Trial

if TYPE_CHECKING:
    from jinja2 import Environment

TOP = 6  # best blocks shown whole
DRAWN = 400  # best blocks that have a picture on the map
Tick = Callable[[str], None]


@dataclass(frozen=True)
class Card:
    """One of the best blocks: its place, its trial, its picture, its text and its figures."""

    place: int
    trial: Trial
    picture: str | None
    text: str
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Point:
    """A trial on the map: where (0 to 100 from left and from top), and its colour."""

    trial: Trial
    x: float
    y: float
    colour: str


def write(
    record: Record, path: Path, beside: Sequence[Record] = (), tick: Tick = lambda step: None
) -> Path:
    """Write the report of a run to `path`, with the curves of other runs beside its own.

    `tick` is called with what is being done. Raises `SearchError` where the file cannot be
    written, and S502 where the runs are not `alike`.
    """
    alike([record, *beside])
    tick("drawing blocks")
    ranked = record.top(DRAWN)
    drawings = dict(
        zip(
            [t.number for t in ranked],
            pictures.draw([t.candidate.program for t in ranked], record.inputs),
            strict=True,
        )
    )
    tick("drawing plots")
    content = _content(record, beside, drawings)
    tick("writing")
    return save(path, environment().get_template("run.html").render(content))


def _content(
    record: Record, beside: Sequence[Record], drawings: dict[int, str | None]
) -> dict[str, Any]:
    agreement = measures.agreement(record)
    points, seen_in, shares = _points(record)
    return {
        "record": record,
        "beside": beside,
        "best": record.best,
        "random_beside": any(r.strategy == "random" for r in (record, *beside)),
        "progress": figures.progress(record, beside) if record.complete else "",
        "spending": figures.spending(record) if measures.costs(record).any() else "",
        "agreement": agreement,
        "estimates": figures.estimates(record) if agreement else "",
        "points": points,
        "seen_in": seen_in,
        "shares": shares,
        "drawings": {number: svg for number, svg in drawings.items() if svg},
        "cards": [
            _card(place, trial, drawings.get(trial.number), record)
            for place, trial in enumerate(record.top(TOP), 1)
        ],
        "origins": measures.origins(record),
        "failures": measures.failures(record),
        "total_cost": float(measures.costs(record).sum()),
        "config": json.dumps(dict(record.config), indent=2, sort_keys=True, default=str),
        "graphviz": pictures.available(),
        "version": snap.__version__,
    }


def _card(place: int, trial: Trial, picture: str | None, record: Record) -> Card:
    program = trial.candidate.readable
    try:
        text = snap.format(program).strip()
    except snap.SnapError:
        text = program
    metrics = trial.result.metrics if trial.result is not None else {}
    shown = tuple((name, f"{value:,.6g}") for name, value in metrics.items())
    return Card(place, trial, picture, text, (*shown, *_stats(program, record.inputs)))


def _stats(program: str, inputs: tuple[str, ...] | None) -> tuple[tuple[str, str], ...]:
    """Parameters and MACs of the block alone, as far as its sizes are bound."""
    if inputs is None:
        return ()
    try:
        stats = snap.stats(program, inputs=list(inputs))
    except snap.SnapError:
        return ()
    rows = [("block's parameters", stats.params), ("block's MACs", stats.macs)]
    return tuple((name, f"{n:,}" if isinstance(n, int) else str(n)) for name, n in rows if n)


def _points(record: Record) -> tuple[list[Point], str, tuple[float, float]]:
    """The map's points, the worst first, so that the best lie on top."""
    vectors, seen_in = vectors_of(record)
    places, shares = plane(vectors)
    order = sorted(range(len(places)), key=lambda i: record.complete[i].value or 0.0)
    shades = _shades(len(order))
    points = [
        Point(record.complete[i], 3 + 94 * places[i, 0], 97 - 94 * places[i, 1], shades[rank])
        for rank, i in enumerate(order)
    ]
    return points, seen_in, shares


def _shades(n: int) -> list[str]:
    """Colours by rank, from worst to best: values themselves often crowd at the top."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    scale = mpl.colormaps["viridis"]
    return [to_hex(scale(i / max(1, n - 1))) for i in range(n)]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Jinja with the report's templates; what is inserted is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("snapsearch.report", "assets")
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def save(path: Path, text: str) -> Path:
    """Write a file whole or not at all; `SearchError` S501 where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _unwritten(path, error) from error
    return path


def _unwritten(path: Path, error: OSError) -> SearchError:
    return SearchError("S501", f"cannot write the report: {error.strerror}", str(path))
