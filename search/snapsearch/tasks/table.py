"""`table`: values looked up in a CSV file (`.csv`, `.csv.gz`), such as a tabular benchmark.

A row is a member of a template space. Its `key` column holds the decisions, as numbers
(`1,0,2,3,0,4`), or as words in the order of the choices (`|nor_conv_3x3~0|+…`), whose numbers
`words` gives: the place of a word is the alternative it stands for. `signals` maps budgets to
columns, the greatest being the full one. Rows that are the same architecture (isomorphic cells)
are one trial; `twins` says which of their values counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Failure, Options, Task
from snapsearch.tasks.csvfile import Sheet
from snapsearch.trial import Result

if TYPE_CHECKING:
    from snapsearch.space.base import Space

NB201 = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
_NUMBERS = re.compile(r"\s*\[?\s*\d+(?:[\s,;]+\d+)*\s*\]?\s*")
_WORD = re.compile(r"[A-Za-z_]\w*")


class TableOptions(Options):
    """The columns of a table."""

    path: Path = Field(description="the CSV file")
    key: str = Field("arch", description="column that names the architecture")
    signals: dict[float, str] = Field(description="columns of the value, by budget")
    metrics: tuple[str, ...] = Field((), description="columns that are reported beside the value")
    cost: str | None = Field(None, description="column of the full budget's cost")
    unit: str = Field("epochs", description="what budgets are counted in")
    metric: str | None = Field(None, description="the value's name; else its column")
    words: tuple[str, ...] = Field(NB201, description="words of the key, by alternative")
    twins: Literal["mean", "max", "first"] = Field(
        "mean", description="what counts where several rows are one architecture"
    )

    @field_validator("signals", mode="before")
    @classmethod
    def _numbered(cls, value: Any) -> Any:
        """One column alone is the full budget."""
        value = {1: value} if isinstance(value, str) else value
        if isinstance(value, dict) and not value:
            raise ValueError("at least one budget is needed")
        return value


class Table(Task):
    """Values from a table; nothing is trained."""

    name = "table"
    summary = "values looked up in a CSV file, such as NAS-Bench-201"
    options_type: ClassVar[type[Options]] = TableOptions
    options: TableOptions

    def __init__(self, options: TableOptions) -> None:
        super().__init__(options)
        self.sheet = Sheet.read(options.path)
        self.signals = dict(sorted(options.signals.items()))
        for column in self._columns:
            self.sheet.known(column)
        self._rows: dict[str, list[int]] = {}
        self._shapes: tuple[str, ...] | None = None

    @property
    def _columns(self) -> list[str]:
        o = self.options
        return [o.key, *self.signals.values(), *o.metrics, *([o.cost] if o.cost else [])]

    @property
    def budgets(self) -> tuple[float, ...]:
        """The budgets that have a column."""
        return tuple(self.signals)

    @property
    def metric(self) -> str:
        """The full signal's column, unless the options name it."""
        return self.options.metric or self.signals[self.budgets[-1]]

    def describe(self) -> dict[str, Any]:
        """The options, and the digest of what the file holds."""
        return {**super().describe(), "sha256": self.sheet.digest}

    # -- rows and architectures ---------------------------------------------------------------

    def prepare(self, space: Space) -> None:
        """Find the architecture of every row. Raises `SearchError` S207, S208."""
        keys = self.sheet.texts(self.options.key)
        tokens = [self._tokens(text, i) for i, text in enumerate(keys)]
        seen: dict[tuple[int, ...], int] = {}
        for i, row in enumerate(tokens):
            first = seen.setdefault(row, i)
            if first != i:
                message = f"the key of line {self.sheet.line(first)} comes again"
                raise SearchError("S208", message, self.sheet.place(i))
        self._rows = {}
        for i, found in enumerate(space.fingerprints(tokens)):
            if found is None:
                message = f"`{keys[i]}` is no member of the space"
                raise SearchError("S207", message, self.sheet.place(i), "is it the table's space?")
            self._rows.setdefault(found, []).append(i)
        for column in self._columns[1:]:
            self.sheet.numbers(column)

    def _tokens(self, text: str, row: int) -> tuple[int, ...]:
        """The decisions that a key stands for."""
        if _NUMBERS.fullmatch(text):
            return tuple(int(n) for n in re.findall(r"\d+", text))
        places = {word: i for i, word in enumerate(self.options.words)}
        words = _WORD.findall(text)
        strange = next((w for w in words if w not in places), None)
        if strange is not None or not words:
            what = f"`{strange}` in `{text}`" if strange else f"`{text}`"
            hint = f"`words` knows {', '.join(places)}"
            message = f"{what} is neither decisions nor known words"
            raise SearchError("S207", message, self.sheet.place(row), hint)
        return tuple(places[w] for w in words)

    def rows(self, fingerprint: str) -> Sequence[int]:
        """The rows of an architecture, counted from 0."""
        return self._rows.get(fingerprint, ())

    # -- evaluation ---------------------------------------------------------------------------

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Look a program up. Raises `Failure` (rejected) where the table lacks it."""
        budget = self.full(budget)
        rows = self._rows.get(fingerprint(program))
        if rows is None:
            raise Failure("rejected", "the table has no row of this architecture")
        values = self.sheet.numbers(self.signals[budget])[rows]
        chosen, value = self._chosen(rows, values)
        metrics = {m: float(np.mean(self.sheet.numbers(m)[chosen])) for m in self.options.metrics}
        return Result(value, metrics, self._cost(chosen, budget))

    def _chosen(self, rows: list[int], values: Any) -> tuple[list[int], float]:
        """The rows that count, and their value."""
        if self.options.twins == "mean":
            return rows, float(np.mean(values))
        i = 0 if self.options.twins == "first" else int(np.argmax(values))
        return [rows[i]], float(values[i])

    def _cost(self, rows: list[int], budget: float) -> float:
        """The share of the full budget's cost."""
        if self.options.cost is None:
            return 0.0
        full = float(np.mean(self.sheet.numbers(self.options.cost)[rows]))
        return full * budget / self.budgets[-1]


@lru_cache(maxsize=1 << 16)
def fingerprint(program: str) -> str:
    """snaplang's fingerprint of a program, remembered."""
    return snap.fingerprint(program)
