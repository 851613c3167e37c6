"""A CSV file as columns, read once; errors with file and line.

>>> from tempfile import mkdtemp
>>> path = Path(mkdtemp()) / "t.csv"
>>> _ = path.write_text("a,b\\nx,1\\ny,2\\n")
>>> Sheet.read(path).numbers("b").tolist()
[1.0, 2.0]
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snapsearch.config.registry import nearest
from snapsearch.errors import SearchError


@dataclass
class Sheet:
    """A file's header and rows, and the digest of its content."""

    path: Path
    header: list[str]
    cells: list[list[str]]
    lines: list[int]
    digest: str
    _numbers: dict[str, NDArray[np.float64]] = field(default_factory=dict, repr=False)

    @staticmethod
    def read(path: Path) -> Sheet:
        """Read a file, unpacked if its name ends in `.gz`. Raises `SearchError` S202, S203."""
        place = str(path)
        try:
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            text = content.decode("utf-8-sig")
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise SearchError("S202", f"cannot read the table: {why}", place) from error
        reader = csv.reader(io.StringIO(text, newline=""))
        try:
            rows = [(reader.line_num, row) for row in reader if row]
        except csv.Error as error:
            raise SearchError("S203", f"this is no CSV: {error}", place) from error
        if len(rows) < 2:
            raise SearchError("S203", "the table has no rows below its header", place)
        header = [name.strip() for name in rows[0][1]]
        return Sheet._checked(path, header, rows[1:], hashlib.sha256(content).hexdigest())

    @staticmethod
    def _checked(
        path: Path, header: list[str], rows: list[tuple[int, list[str]]], digest: str
    ) -> Sheet:
        twice = next((name for i, name in enumerate(header) if name in header[:i]), None)
        if twice is not None:
            raise SearchError("S203", f"the column `{twice}` comes twice", f"{path}:1")
        for line, row in rows:
            if len(row) != len(header):
                message = f"this row has {len(row)} cells, the header {len(header)}"
                raise SearchError("S203", message, f"{path}:{line}")
        return Sheet(path, header, [row for _, row in rows], [line for line, _ in rows], digest)

    def known(self, column: str) -> int:
        """The place of a column. Raises `SearchError` S204."""
        if column not in self.header:
            close = nearest(column, self.header)
            hint = f"did you mean `{close}`?" if close else f"there are {', '.join(self.header)}"
            raise SearchError("S204", f"the table has no column `{column}`", str(self.path), hint)
        return self.header.index(column)

    def line(self, row: int) -> int:
        """The line of a row in the file."""
        return self.lines[row]

    def place(self, row: int) -> str:
        """File and line of a row."""
        return f"{self.path}:{self.lines[row]}"

    def texts(self, column: str) -> list[str]:
        """The cells of a column."""
        at = self.known(column)
        return [row[at].strip() for row in self.cells]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """The cells of a column as numbers; every cell must be one. Raises `SearchError` S208."""
        if column not in self._numbers:
            found = [self._number(text, column, i) for i, text in enumerate(self.texts(column))]
            self._numbers[column] = np.array(found)
        return self._numbers[column]

    def _number(self, text: str, column: str, row: int) -> float:
        value = math.nan
        with suppress(ValueError):
            value = float(text)
        if not math.isfinite(value):
            shown = f"`{text}`" if text else "empty"
            message = f"a cell of `{column}` is {shown}, not a number"
            raise SearchError("S208", message, self.place(row), "leave out or mend the row")
        return value
