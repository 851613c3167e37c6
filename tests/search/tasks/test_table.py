"""Tables: values by architecture, cheap and full; errors name file, line and column."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from snapsearch.config.sections import Section
from snapsearch.errors import SearchError
from snapsearch.run.assembly import make_task
from snapsearch.tasks.base import Failure
from tests.search.tiny import Sequences

ROWS = """index,arch,valid,cheap,test,time
0,"0,1,2,3,4,5",90.5,60,89.5,100
1,"5,4,3,2,1,0",91.5,70,88,200
2,[1 1 1 1 1 1],20,30,21,50
"""


class Twins(Sequences):
    """As if the first two rows were one architecture."""

    def fingerprints(self, batch: Any) -> list[str | None]:
        names = {(0, 1, 2, 3, 4, 5): "a", (5, 4, 3, 2, 1, 0): "a"}
        return [names.get(tuple(t), str(t)) for t in batch]


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """In these tests a program is its own fingerprint."""
    monkeypatch.setattr("snapsearch.tasks.table.fingerprint", lambda program: program)


def made(path: Path, **options: Any) -> Any:
    signals = {"12": "cheap", "200": "valid"}
    values = {"path": str(path), "signals": signals, "metrics": ["test"], **options}
    return make_task(Section(name="table", **values))


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(ROWS)
    return path


def test_values_by_budget(csv: Path) -> None:
    task = made(csv, cost="time", metric="validation accuracy (%)")
    task.prepare(Twins())
    assert task.budgets == (12, 200)
    assert task.metric == "validation accuracy (%)"
    full, cheap = task.evaluate("a", None, 0), task.evaluate("a", 12, 0)
    assert (full.value, cheap.value) == (91, 65)
    assert full.metrics == {"test": 88.75}
    assert (full.cost, cheap.cost) == (150, 9)
    with pytest.raises(Failure, match="no row of this architecture"):
        task.evaluate("b", None, 0)


def test_of_twins_one_may_count(csv: Path) -> None:
    for twins, value, test in (("max", 91.5, 88), ("first", 90.5, 89.5)):
        task = made(csv, twins=twins)
        task.prepare(Twins())
        found = task.evaluate("a", None, 0)
        assert (found.value, found.metrics["test"]) == (value, test)


def test_packed_files_and_one_signal(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    task = made(path, signals="valid")
    task.prepare(Twins())
    assert task.evaluate("a", None, 0).value == 91
    assert task.describe()["sha256"] == made(path).describe()["sha256"]


def test_words_stand_for_alternatives(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("arch,valid\n|yes~0|+|no~0|yes~1|,3\n")
    task = made(path, signals="valid", metrics=[], words=["no", "yes"])
    task.prepare(Sequences())
    assert task.rows("tiny:tanh relu tanh") == [0]


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown column": (ROWS, {"signals": {"1": "vaild"}}, "S204.*`vaild`(.|\n)*did you.*`valid`"),
    "unknown metric": (ROWS, {"metrics": ["tset"]}, "S204.*`tset`"),
    "no key": (ROWS, {"key": "cell"}, "S204.*no column `cell`"),
    "nan": (ROWS.replace("91.5", "nan"), {}, r"S208.*`valid` is `nan`(.|\n)*t.csv:3"),
    "empty": (ROWS.replace("91.5", ""), {}, r"S208.*`valid` is empty(.|\n)*t.csv:3"),
    "text": (ROWS.replace("91.5", "n/a"), {}, r"S208.*`n/a`(.|\n)*t.csv:3"),
    "infinite": (ROWS.replace("91.5", "inf"), {}, "S208.*`inf`"),
    "ragged": (ROWS + "3,x\n", {}, r"S203.*2 cells, the header 6(.|\n)*t.csv:5"),
    "twice": (ROWS + '3,"0,1,2,3,4,5",1,1,1,1\n', {}, r"S208.*line 2 comes again(.|\n)*t.csv:5"),
    "no rows": ("arch,valid\n", {}, "S203.*no rows"),
    "column twice": ("a,a\n1,2\n", {}, "S203.*`a` comes twice"),
    "strange key": (ROWS.replace("[1 1 1 1 1 1]", "|conv9x9~0|"), {}, "S207.*`conv9x9`"),
    "no decisions": (ROWS.replace("[1 1 1 1 1 1]", "-"), {}, "S207.*`-` is neither"),
    "no signals": (ROWS, {"signals": {}}, "S101.*at least one budget"),
    "bad option": (ROWS, {"twins": "median"}, "S101.*`task.twins` is 'median'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables(case: str, tmp_path: Path) -> None:
    text, options, complaint = BAD[case]
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(SearchError, match=complaint):
        made(path, **options).prepare(Twins())


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    for content in (b"plain text", gzip.compress(ROWS.encode())[:40], gzip.compress(b"\xff\xfe")):
        path.write_bytes(content)
        with pytest.raises(SearchError, match="S202"):
            made(path)
    with pytest.raises(SearchError, match=r"S202.*No such file"):
        made(tmp_path / "none.csv")


def test_keys_outside_the_space(csv: Path) -> None:
    class Small(Sequences):
        def fingerprints(self, batch: Any) -> list[str | None]:
            return [None if t[0] == 5 else str(t) for t in batch]

    with pytest.raises(SearchError, match=r"S207.*`5,4,3,2,1,0` is no member(.|\n)*t.csv:3"):
        made(csv).prepare(Small())
