"""Reading and running the golden cases of this folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from snaplang.diagnostics import SnapError
from snaplang.diagnostics.source import Source
from snaplang.graph import Graph
from snaplang.lowering.lower import lower
from snaplang.syntax.parser import parse

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Golden:
    """A case: a program that is wrong, one that is right, their inputs, and the message."""

    path: Path
    wrong: str
    wrong_inputs: list[str]
    right: str
    right_inputs: list[str]
    message: str


def read(path: Path) -> Golden:
    """A case from its file."""
    text = path.read_text("utf-8")
    parts = re.split(r"^=== (\w+) ?(.*)\n", text, flags=re.MULTILINE)
    sections = {parts[i]: (parts[i + 1], parts[i + 2]) for i in range(1, len(parts), 3)}
    wrong, right = sections["wrong"], sections["right"]
    return Golden(
        path,
        wrong[1].removesuffix("\n"),
        list(filter(None, wrong[0].split(";"))),
        right[1].removesuffix("\n"),
        list(filter(None, right[0].split(";"))),
        sections["message"][1].removesuffix("\n"),
    )


def cases() -> list[Golden]:
    """All cases, by name."""
    return [read(path) for path in sorted(HERE.glob("*.txt"))]


def run(text: str, inputs: list[str]) -> Graph:
    """Lower a program as `snapc` would a file called block.snap."""
    return lower(parse(Source("block.snap", text, HERE)), inputs or None)


def message(case: Golden) -> str:
    """What the wrong program says; "" if it is accepted."""
    try:
        run(case.wrong, case.wrong_inputs)
    except SnapError as error:
        return str(error)
    return ""
