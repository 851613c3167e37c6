"""The benchmarks' harness: figures, turns, rows, and that the page shows what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import harness, report
from benchmarks.__main__ import main
from benchmarks.harness import (
    DECLARED,
    HOW_FAST,
    NO_AIM,
    Benchmark,
    Found,
    Skip,
    Turn,
    at_least,
    at_most,
    between,
    declared,
    exactly,
    exponent,
    summary,
    turns,
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results and page elsewhere, and no benchmarks but those that a test declares."""
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n{report.MARKS[0]}\n{report.MARKS[1]}\nBehind.\n")
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results" / "latest.json")
    monkeypatch.setattr(harness, "DECLARED", {})
    monkeypatch.setattr(harness, "iter_modules", lambda path: [])
    return tmp_path


def declare(name: str, *found: Found, aim: harness.Aim = NO_AIM) -> None:
    """A benchmark that yields what it is told."""
    one = Benchmark(name, f"measure of {name}", "a peer", aim, "s", lambda: iter(found))
    harness.DECLARED[name] = one


def test_the_figure_is_the_median_of_the_turns_ratios() -> None:
    found = summary([Turn(1, 4), Turn(2, 2), Turn(4, 2)], at_most(1))
    assert (found.figure, found.ours, found.theirs, found.best) == (1.0, 2, 2, 0.5)
    found = summary([Turn(1, 4), Turn(2, 2), Turn(4, 4)], at_least(1))
    assert (found.figure, found.best, found.repetitions) == (1.0, 2.0, 3)
    assert found.quartiles == (1.0, 2.5)


def test_numbers_and_details() -> None:
    found = summary([{"a": 1}, 3.0, {"b": 2}], exactly(3))
    assert (found.figure, found.quartiles, found.ours) == (3.0, (3.0, 3.0), None)
    assert found.details == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match="no figure"):
        summary([{"a": 1}], NO_AIM)


@pytest.mark.parametrize(
    ("aim", "good", "bad", "text"),
    [
        (at_most(4), 4.0, 4.1, "at most 4"),
        (at_least(1000), 1000.0, 999.0, "at least 1,000 times as fast"),
        (between(0.98, 1.02), 1.0, 1.03, "0.98 to 1.02"),
        (between(0.98, 1.02), 1.0, 0.97, "0.98 to 1.02"),
        (exactly(0), 0.0, 1.0, "0"),
    ],
)
def test_aims(aim: harness.Aim, good: float, bad: float, text: str) -> None:
    assert aim.met(good)
    assert not aim.met(bad)
    assert str(aim) == text


def test_no_aim_says_nothing() -> None:
    assert (str(NO_AIM), str(HOW_FAST)) == ("", "")
    assert NO_AIM.met(1e9) and HOW_FAST.met(0)


def test_turns_alternate_and_see_what_is_prepared() -> None:
    seen: list[tuple[str, object]] = []
    found = list(
        turns(
            lambda x: seen.append(("ours", x)),
            lambda x: seen.append(("theirs", x)),
            4,
            prepare=lambda turn: f"input {turn}",
        )
    )
    assert len(found) == 4
    sides = [[side for side, x in seen if x == f"input {turn}"] for turn in range(4)]
    assert sides == [["theirs", "ours"], ["ours", "theirs"]] * 2


def test_short_calls_are_repeated() -> None:
    calls = {"ours": 0, "theirs": 0}

    def call(side: str) -> None:
        calls[side] += 1

    (turn,) = turns(lambda: call("ours"), lambda: call("theirs"), 1, seconds=0.001)
    assert min(calls.values()) > 3
    assert 0 < turn.ours < 0.001


def test_growth() -> None:
    assert exponent([1, 2, 4], [3, 12, 48]) == pytest.approx(2)


def test_a_run_replaces_its_rows_alone(place: Path) -> None:
    declare("a.one", Turn(1, 2), aim=at_most(1))
    declare("b.two", 5.0)
    assert main([]) == 0
    declare("b.two", 7.0, aim=at_most(6))
    assert main(["b"]) == 1
    rows = json.loads((place / "results" / "latest.json").read_text())
    assert [rows[name]["figure"] for name in rows] == [0.5, 7.0]
    assert [rows[name]["met"] for name in rows] == [True, False]
    page = (place / "page.md").read_text()
    assert page.startswith("Before.\n") and page.endswith("Behind.\n")
    assert "| measure of a.one | a peer | 0.5 |" in page
    assert "at most 6: **missed**" in page


def test_rows_of_another_machine(place: Path) -> None:
    declare("a.one", 1.0)
    assert main(["--into", str(place / "far.json")]) == 0
    assert not report.RESULTS.exists()
    far = json.loads((place / "far.json").read_text())
    far["a.one"]["machine"]["processor"] = "Far"
    far["z.far"] = far.pop("a.one")
    (place / "far.json").write_text(json.dumps(far))
    assert main([]) == 0
    assert main(["--merge", str(place / "far.json")]) == 0
    page = (place / "page.md").read_text()
    assert "| `a.one` (1) |" in page and "| `z.far` (2) |" in page
    assert "(2) Far, " in page


def test_what_cannot_run_leaves_no_row(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> Iterator[Found]:
        raise Skip("no GPU")
        yield 1.0

    harness.DECLARED["a.one"] = Benchmark("a.one", "a", "", NO_AIM, "s", run)
    assert main([]) == 0
    assert "not run: no GPU" in capsys.readouterr().out
    assert not report.RESULTS.exists()


def test_an_unknown_name_is_an_error(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "no benchmark is called nothing" in capsys.readouterr().err


def test_two_of_one_name_are_refused() -> None:
    declared()
    taken = next(iter(DECLARED))
    module, _, name = taken.partition("[")[0].partition(".")
    case = taken.partition("[")[2].rstrip("]")

    def run(case: str = "") -> Iterator[Found]:
        yield 1.0

    run.__module__, run.__name__ = f"benchmarks.measures.{module}", name
    with pytest.raises(ValueError, match="two benchmarks"):
        harness.benchmark("again", case=case)(run)


def test_the_page_shows_what_was_measured() -> None:
    page = report.PAGE.read_text("utf-8")
    assert page == report.with_table(page, report.load())


def test_every_figure_has_its_benchmark() -> None:
    names = {one.name: one for one in declared()}
    for name, row in report.load().items():
        assert row["measure"] == names[name].measure
        assert row["aim"] == str(names[name].aim)


def test_each_measure_is_told_from_the_others() -> None:
    told = [(one.measure, one.peer) for one in declared()]
    assert len(set(told)) == len(told)
