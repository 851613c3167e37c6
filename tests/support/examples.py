"""The examples and what their headers say: read, not checked; `test_examples.py` checks.

A header is the comment at the top of a file: what it is, `Source:`, and figures such as
`Parameters: 73,984 at --input N,64,H,W`, whose options are those of `snapc`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import snaplang as snap
from snaplang.graph import Graph

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples"
FIGURE = re.compile(r"# (Parameters|MACs|Members): ([0-9.,]+)( G)?(?: at (--.+))?")


@dataclass(frozen=True)
class Claim:
    """A figure of a header: its kind, the number as written, and the options it holds for."""

    path: Path
    kind: str
    written: str
    options: str = ""

    def __str__(self) -> str:
        return f"{self.path.relative_to(FOLDER)} {self.kind} {self.options}".strip()

    @property
    def number(self) -> float:
        """The figure; MACs in thousands of millions."""
        return float(self.written.replace(",", ""))

    @property
    def decimals(self) -> int:
        """How many decimals are written."""
        return len(self.written.partition(".")[2])

    @property
    def block(self) -> str | None:
        """The block that it is about, where the file has several."""
        return self.keywords().get("block")

    def keywords(self) -> dict[str, Any]:
        """The options as keywords of `snap.lower`."""
        words = shlex.split(self.options)
        found: dict[str, Any] = {}
        for option, value in zip(words[::2], words[1::2], strict=True):
            if option == "--input":
                found.setdefault("inputs", []).append(value)
            elif option == "--set":
                name, _, number = value.partition("=")
                found.setdefault("params", {})[name] = number
            elif option in ("--block", "--choose"):
                found[option[2:]] = value
            else:
                raise ValueError(f"{self.path}: a header has no use for {option}")
        return found

    def graph(self) -> Graph:
        """The program with these options."""
        return snap.lower(self.path, **self.keywords())


def header(path: Path) -> list[str]:
    """The lines of the comment at the top."""
    lines = path.read_text("utf-8").split("\n")
    end = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    return lines[:end]


def claims(path: Path) -> Iterator[Claim]:
    """The figures of a file's header; a line that begins like one but is none is an error."""
    for line in header(path):
        found = FIGURE.fullmatch(line)
        if found is not None:
            kind, number, _, options = found.groups()
            yield Claim(path, kind, number, options or "")
        elif line.startswith(("# Parameters", "# MACs", "# Members")):
            raise ValueError(f"{path}: cannot read {line!r}")


EXAMPLES = sorted(FOLDER.rglob("*.snap"))
CLAIMS = [claim for path in EXAMPLES for claim in claims(path)]
