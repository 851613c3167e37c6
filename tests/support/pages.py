"""The pages that people read, and the fenced blocks in them.

A fence has a language and perhaps a title, which the site shows above it:

    python, snap, toml   runs; with a file's name as title (`mydata.py`) it is that file, too
    console              commands behind `$ `, and all that they print
    sh                   commands alone: each must succeed
    text, mermaid        output, listings and pictures: nothing to run

The title `not run: REASON` excuses a block, `rejected: E401` says that a program or configuration
is wrong, and how. No fence is without a language.

>>> [fence.language for fence in fences(ROOT / "README.md")][:2]
['snap', 'console']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.architecture import ROOT

DOCS = ROOT / "docs"
LANGUAGES = ("console", "mermaid", "python", "sh", "snap", "text", "toml")
_FENCE = re.compile(
    r"^```(?P<language>[^\s`]*)(?P<rest>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_TITLE = re.compile(r' title="([^"]*)"')


@dataclass(frozen=True)
class Fence:
    """A block of a page; `line` is that of its first line of text, from 0."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def reason(self) -> str:
        """Why it is not run; empty where it is."""
        return self._after("not run: ")

    @property
    def code(self) -> str:
        """The code of the error that it shows; empty where there is none."""
        return self._after("rejected: ")

    @property
    def file(self) -> str:
        """The file that it is; empty where it is none."""
        return self.title if re.fullmatch(r"\w+\.(py|snap|toml)", self.title) else ""

    def _after(self, mark: str) -> str:
        return self.title.removeprefix(mark) if self.title.startswith(mark) else ""

    @property
    def commands(self) -> Iterator[tuple[str, str]]:
        """Of a `console` or `sh`: each command on one line, and what is shown of its output."""
        text = self.text.replace("\\\n", " ")
        if self.language == "sh":
            lines = (line.partition("   #")[0].strip() for line in text.splitlines())
            yield from ((line, "") for line in lines if line)
            return
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command.partition("   #")[0].strip(), output.rstrip()


def pages() -> list[Path]:
    """README, CONTRIBUTING and all of the docs."""
    outside = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "search" / "README.md"]
    return [*outside, *sorted(DOCS.rglob("*.md"))]


def fences(page: Path) -> list[Fence]:
    """The blocks of a page, in order. Raises `ValueError` where one is written in another way."""
    text, found = page.read_text("utf-8"), []
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        title = _TITLE.fullmatch(match["rest"])
        if match["language"] not in LANGUAGES or (match["rest"] and title is None):
            raise ValueError(f"{page}:{line}: no such fence: {match[0].splitlines()[0]}")
        found.append(Fence(page, line, match["language"], title[1] if title else "", match["text"]))
    if 2 * len(found) != len(re.findall("^```", text, re.MULTILINE)):
        raise ValueError(f"{page}: a fence is not closed")
    return found


def links(page: Path) -> Iterator[tuple[str, str]]:
    """The links of a page to files of the repository: path and anchor."""
    prose = _FENCE.sub("", page.read_text("utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", prose):
        path, _, anchor = (link[0] or link[1]).partition("#")
        if ":" not in path:
            yield path, anchor


def anchors(page: Path) -> set[str]:
    """The anchors that the site gives to a page's headings."""
    prose = _FENCE.sub("", page.read_text("utf-8"))
    heads = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", h)) for h in heads)
    return {re.sub(r"[-\s]+", "-", head.strip().lower()) for head in plain}
