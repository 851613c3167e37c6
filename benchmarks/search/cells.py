"""NAS-Bench-201 as arrays, and its space with every cell looked at once.

The table is a CSV with a column `arch` (the benchmark's strings) and columns of accuracies, in per
cent; it does not come with the repository. A cell's tokens are its operations, edge by edge, as
`examples/spaces/nb201.snap` has them. Nothing here is seen by a strategy but the space.
"""

from __future__ import annotations

import csv
import gzip
import pickle
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measures.nb201 import SPACE, cells, name
from snapsearch.errors import SearchError
from snapsearch.space import Space, from_file

ROOT = Path(__file__).parents[2]
Cell = tuple[int, ...]


@dataclass(frozen=True)
class Column:
    """A search to run: it sees `signal`; the best cell by `valid` is looked for; `test` is told."""

    name: str
    signal: str
    valid: str
    test: str


COLUMNS = (
    Column("CIFAR-10", "cifar10_valid", "cifar10_valid", "cifar10_test"),
    Column("CIFAR-100", "cifar100_valid", "cifar100_valid", "cifar100_test"),
    Column("CIFAR-10, 12 epochs", "e12_cifar10_valid", "cifar10_valid", "cifar10_test"),
    Column("CIFAR-100, 12 epochs", "e12_cifar100_valid", "cifar100_valid", "cifar100_test"),
)


def found(path: Path | None) -> Path:
    """The table: the path given, or `shared/data/nb201.csv.gz` in or beside the checkout.

    Raises `SearchError` S202 where there is none.
    """
    places = [ROOT / "shared/data", ROOT.parent / "shared/data", ROOT.parent.parent / "shared/data"]
    known = [path] if path else [place / "nb201.csv.gz" for place in places]
    for place in known:
        if place.is_file():
            return place
    hint = "name a CSV with the columns arch, " + ", ".join(c.signal for c in COLUMNS)
    raise SearchError("S202", "there is no table of NAS-Bench-201", str(known[0]), hint)


@dataclass(frozen=True)
class Table:
    """The values of all cells, by column and tokens."""

    values: dict[str, dict[Cell, float]]

    def best(self, column: str) -> Cell:
        """The cell with the greatest value, the first of equals."""
        return max(self.values[column], key=self.values[column].__getitem__)


def read(path: Path) -> Table:
    """The table of a file. Raises `SearchError` S203 for one that lacks columns or cells."""
    tokens = {name(cell): cell for cell in cells()}
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    needed = sorted({c for column in COLUMNS for c in (column.signal, column.valid, column.test)})
    lacking = [c for c in ("arch", *needed) if not rows or c not in rows[0]]
    strange = [] if lacking else [row["arch"] for row in rows if row["arch"] not in tokens]
    if lacking or strange:
        what = f"the column `{lacking[0]}`" if lacking else f"a cell that exists: {strange[0]}"
        raise SearchError("S203", f"the table lacks {what}", str(path))
    by_cell = {tokens[row["arch"]]: row for row in rows}
    if len(by_cell) != len(tokens):
        raise SearchError("S203", f"the table has {len(by_cell):,} cells, not 15,625", str(path))
    return Table({c: {cell: float(row[c]) for cell, row in by_cell.items()} for c in needed})


def space(memory: Path | None = None) -> Space:
    """The space, its cells' fingerprints known already, as they would be after many searches.

    `memory` keeps them between runs. They are what a search would find out anyway, cell by cell;
    that they are known takes their cost, some milliseconds a cell, out of the times.
    """
    if memory is not None and memory.is_file():
        with memory.open("rb") as file:
            kept: Space = pickle.load(file)
        return kept
    fresh = from_file(SPACE, block="cell")
    for cell in cells():
        fresh.candidate(cell)
    if memory is not None:
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_bytes(pickle.dumps(fresh))
    return fresh
