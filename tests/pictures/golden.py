"""Reading the golden programs of this folder and making their pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from snaplang.api import lower
from snaplang.backends import json
from snaplang.backends.pictures import dot, mermaid
from snaplang.backends.stats import as_text, stats
from snaplang.graph import Graph

HERE = Path(__file__).parent
MAKERS: dict[str, Callable[[Graph], str]] = {
    "dot": dot.source,
    "mmd": mermaid.source,
    "json": json.document,
    "stats": lambda graph: as_text(stats(graph)),
}


def programs() -> list[Path]:
    """All golden programs, by name."""
    return sorted(HERE.glob("*.snap"))


def graph(path: Path) -> Graph:
    """A program's graph, its inputs bound as the comment `# input:` says."""
    return lower(path, re.findall(r"^# input: (\S+)", path.read_text(), re.MULTILINE) or None)


def kinds(path: Path) -> list[str]:
    """What is made of a program: spaces have no cost."""
    return [kind for kind in MAKERS if kind != "stats" or not graph(path).open_choices]


def cases(kind: str) -> list[Path]:
    """The programs of which a kind of picture is made."""
    return [path for path in programs() if kind in kinds(path)]


def made(path: Path, kind: str) -> str:
    """The picture as it is made now."""
    return MAKERS[kind](graph(path)).removesuffix("\n") + "\n"


def expected(path: Path, kind: str) -> str:
    """The picture as it should be."""
    return path.with_suffix(f".{kind}").read_text("utf-8")
