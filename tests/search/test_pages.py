"""What docs/search says of runs and tasks: its Python, its TOML, its options."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from snapsearch.config import Config

DOCS = Path(__file__).parents[2] / "docs" / "search"
NAMES = ("configuration", "own", "running", "tasks")
PAGES = {name: (DOCS / f"{name}.md").read_text("utf-8") for name in NAMES}


def fenced(language: str) -> list[str]:
    return [
        c for text in PAGES.values() for c in re.findall(rf"```{language}\n(.*?)```", text, re.S)
    ]


def test_python_in_the_pages_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    codes = fenced("python")
    assert len(codes) == 6
    for text in codes:
        exec(compile(text, "docs", "exec"), {"__name__": "docs"})
    assert "0 validation accuracy (%)" in capsys.readouterr().out


def test_functions_in_the_pages_are_tasks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from snapsearch import search

    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    data, task = (c for c in fenced("python") if "def data" in c or "class Short" in c)
    (folder / "mydata.py").write_text(data)
    (folder / "mytask.py").write_text(task)
    options = {"name": "mydata:data", "fold": 1, "width": 4, "epochs": [1]}
    assert search(options, strategy="random", trials=1).value >= 0
    space = {"symbols": "conv3 relu", "length": 3}
    assert search("mytask:task", space, "random", trials=3).value >= -3
    for name in ("mydata", "mytask"):
        sys.modules.pop(name)


def test_configurations_in_the_pages_are_valid() -> None:
    made = [Config(**tomllib.loads(text)) for text in fenced("toml")]
    assert [c.task.name for c in made] == ["digits", "digits", "table"]
