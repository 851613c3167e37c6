"""Source texts and places in them.

A `Source` is one text with a name; a `Span` is a stretch of it. Both know nothing of syntax.

>>> source = Source("block.snap", "dup conv3\\nadd")
>>> Span(source, 10, 13).text, source.place(10)
('add', (2, 1))
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, eq=False)
class Source:
    """A text, the name shown in messages, and the folder that `use` is relative to."""

    name: str
    text: str = field(repr=False)
    folder: Path | None = None
    builtin: bool = False  # the prelude: messages point at its user instead

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(i + 1 for i, char in enumerate(self.text) if char == "\n")]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1, columns in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line end."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` to `end` (exclusive) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]
