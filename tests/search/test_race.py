"""The race on tables: what it counts, what it shows, and what it says without a table."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.search.__main__ import main
from benchmarks.search.cells import COLUMNS, Cell, Column, Table, found, read
from benchmarks.search.gaussian import Gaussian, one_hot
from benchmarks.search.race import Course, incumbents, race
from benchmarks.search.table import figures, markdown, plot, save
from snapsearch.errors import SearchError
from snapsearch.space import template
from snapsearch.strategies.local import Local
from snapsearch.strategies.random import Random
from snapsearch.trial import Result, State, Trial

SPACE = template("dup <conv1|conv3|identity> <relu|relu relu|gelu> <bn|ln|identity> add")
CELLS = [tuple(map(int, tokens)) for tokens in SPACE.encodings()]
VALUES = {cell: float(cell[0] + cell[1] - abs(cell[2] - 1)) for cell in CELLS}
TESTS = {cell: 90.0 + value for cell, value in VALUES.items()}
COLUMN = Column("small", "signal", "signal", "test")


@pytest.fixture(scope="module")
def course() -> Course:
    sizes = Counter(print_ for print_ in SPACE.fingerprints(CELLS) if print_)
    return Course(SPACE, Table({"signal": VALUES, "test": TESTS}), sizes)


@pytest.mark.parametrize("maker", [Random, Local, Gaussian])
def test_a_search_ends_when_the_best_is_found_and_all_is_seen(course: Course, maker: type) -> None:
    run = race(course, COLUMN, maker, 0, 100)
    assert len(run.seconds) == len(run.curve) == len(course.sizes) == 18
    assert run.found is not None and run.cells is not None and run.found <= run.cells <= 27
    assert run.test == run.curve[-1] == max(TESTS.values())


def test_the_best_counts_at_the_place_where_it_was_asked(course: Course) -> None:
    run = race(course, COLUMN, Random, 3, 100)
    again = Random(SPACE, 3)
    order = [trial.candidate.fingerprint for trial in again.ask(18)]
    assert run.found == 1 + order.index(course.fingerprint((2, 2, 1)))
    assert run.cells == sum(course.sizes[print_] for print_ in order[: run.found])


def test_a_search_stops_at_its_limit(course: Course) -> None:
    runs = [race(course, COLUMN, Random, seed, 3) for seed in range(9)]
    assert all(len(run.seconds) == 3 for run in runs)
    missed = [run for run in runs if run.found is None]
    assert missed and figures(missed, 3)["architectures"] == 4
    assert figures(missed, 3)["cells"] is None


def test_the_best_by_signal_is_tested() -> None:
    trials = []
    for number, (cell, signal) in enumerate([((0, 0, 0), 1.0), ((1, 0, 0), 1.0), ((2, 0, 0), 2.0)]):
        candidate = SPACE.candidate(cell)
        assert candidate is not None
        trials.append(Trial(number, candidate, State.COMPLETE, Result(signal)))
    test: dict[Cell, float] = {(0, 0, 0): 5.0, (1, 0, 0): 9.0, (2, 0, 0): 3.0}
    assert incumbents(trials, test) == [5.0, 5.0, 3.0]  # the first of equals; lower if it must


def test_the_process_learns_from_what_it_is_told(course: Course) -> None:
    counts = [race(course, COLUMN, Gaussian, seed, 18).found or 19 for seed in range(12)]
    chance = [race(course, COLUMN, Random, seed, 18).found or 19 for seed in range(12)]
    assert np.mean(counts) <= np.mean(chance) + 2
    assert one_hot([(2, 0)], 2, 3).tolist() == [[0, 0, 1, 1, 0, 0]]


def test_figures_are_written_and_drawn(course: Course, tmp_path: Path) -> None:
    runs = [race(course, COLUMN, Random, seed, 18) for seed in range(4)]
    rows = {"small": {"random": {**figures(runs, 18), "limit": 18}}}
    save(rows, tmp_path / "deep" / "search.json")
    assert json.loads((tmp_path / "deep" / "search.json").read_text()) == rows
    text = markdown(rows)
    assert "### small" in text and "| random |" in text and "4 of 4" in text
    plot({"small": {"random": runs}}, tmp_path / "plot.svg")
    assert "<svg" in (tmp_path / "plot.svg").read_text()


def test_without_a_table_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "none.csv")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error[S202]: there is no table of NAS-Bench-201") and "hint" in said


@pytest.mark.parametrize("text", ["", "arch,x\n", "arch\n|none~0|\n"])
def test_a_table_of_something_else_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(SearchError, match="the table lacks"):
        read(path)


def test_the_table_itself() -> None:
    try:
        path = found(None)
    except SearchError:
        pytest.skip("no table of NAS-Bench-201")
    table = read(path)
    assert len(table.values) == 6 and all(len(v) == 15_625 for v in table.values.values())
    best = table.best(COLUMNS[0].valid)
    assert table.values["cifar10_valid"][best] == max(table.values["cifar10_valid"].values())
