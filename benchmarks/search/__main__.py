"""Races all strategies on NAS-Bench-201: `python -m benchmarks.search --data nb201.csv.gz`.

Every strategy runs with the same seeds on every column. Random search goes on until it finds the
best cell, the others for `--limit` architectures, a costly one for less. Runs are kept strategy by
strategy (in a `.runs` file beside the figures), so that one can be raced again, `--only latent`,
beside the others.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.report import described, machine
from benchmarks.search.cells import COLUMNS, ROOT, found, read, space
from benchmarks.search.race import Course, Maker, Run, race
from benchmarks.search.table import Runs, figures, markdown, plot, save, with_table
from snapsearch.config.registry import STRATEGIES, load
from snapsearch.errors import SearchError
from snapsearch.space import Space
from snapsearch.strategies.base import Strategy

CODERS = 5  # auto-encoders, each trained once and kept in snapsearch's cache
Entry = tuple[str, dict[str, Any]]
ENTRIES: dict[str, Entry] = {
    "random": ("random", {}),
    "evolution, population 10": ("evolution", {"population": 10, "sample": 3}),
    "evolution, population 30": ("evolution", {"population": 30, "sample": 10}),
    "local": ("local", {}),
    "Gaussian process": ("benchmarks.search.gaussian:Gaussian", {}),
    "Gaussian process, whole space ranked": (
        "benchmarks.search.gaussian:Gaussian",
        {"everything": True},
    ),
    "latent, preset paper": ("latent", {"preset": "paper"}),
    "latent": ("latent", {}),
}
LIMITS = {  # of architectures: all there are; where a proposal takes several times as long
    "random": 5485,
    "latent, preset paper": 100,
}


def made(entry: Entry, where: Space, seed: int) -> Strategy:
    """A strategy of the registry, or of `module:class`. Raises `SearchError`.

    Seeds are dealt out over `CODERS` auto-encoders.
    """
    target, options = entry
    if target == "latent":
        options = {**options, "coder_seed": seed % CODERS}
    strategy: Strategy = load("strategy", target, STRATEGIES)(where, seed, **options)
    return strategy


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="benchmarks.search", description=__doc__.split(":")[0])
    parser.add_argument("--data", type=Path, help="the table; else shared/data/nb201.csv.gz")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--limit", type=int, default=600, help="architectures a search may take")
    parser.add_argument("--only", action="append", metavar="NAME", help="what names begin with")
    parser.add_argument("--memory", type=Path, help="a file for the cells' fingerprints")
    parser.add_argument("--into", type=Path, default=ROOT / "benchmarks/results/search.json")
    parser.add_argument("--page", type=Path, default=ROOT / "docs/search/nb201.md")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs/images/search_nb201.svg")
    return parser.parse_args(arguments)


def run(given: argparse.Namespace) -> None:
    """Race, and write what came of it."""
    table, where = read(found(given.data)), space(given.memory)
    prints = where.fingerprints(list(table.values["cifar10_valid"]))
    course = Course(where, table, Counter(p for p in prints if p))
    kept = given.into.with_suffix(".runs")
    runs: Runs = pickle.loads(kept.read_bytes()) if kept.is_file() else {}
    for name, entry in ENTRIES.items():
        if given.only and not any(name.startswith(only) for only in given.only):
            continue
        limit = LIMITS.get(name, given.limit)
        for column in COLUMNS:
            maker: Maker = partial(made, entry)
            some = [race(course, column, maker, seed, limit) for seed in range(given.seeds)]
            runs.setdefault(column.name, {})[name] = some
            print(f"{column.name}: {name}: {line(some, limit)}", flush=True)
            given.into.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(runs))
        publish(runs, given)


def line(some: list[Run], limit: int) -> str:
    """Figures in a line."""
    row = figures(some, limit)
    return f"{row['architectures']:g} architectures, {row['test']:.2f} %, {row['ms']:.2f} ms"


def publish(runs: Runs, given: argparse.Namespace) -> None:
    """Write the figures of all runs, and draw them."""
    rows: dict[str, Any] = {}
    for column, by_name in runs.items():
        for name, some in by_name.items():
            limit = LIMITS.get(name, given.limit)
            rows.setdefault(column, {})[name] = {**figures(some, limit), "limit": limit}
    save({"columns": rows, "machine": machine()}, given.into)
    text = f"{markdown(rows)}\n{described(machine())}\n"
    given.page.write_text(with_table(given.page.read_text("utf-8"), text), "utf-8")
    plot(runs, given.plot)


def main(arguments: list[str] | None = None) -> int:
    """1 where there is no table."""
    try:
        run(parsed(arguments))
    except SearchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
