"""The record of a run: read while it goes on, opened by optuna-dashboard, never overwritten."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snapsearch import SearchError, search
from snapsearch.config.reading import read
from snapsearch.record.store import RECORD, TRIALS, Store
from snapsearch.run.session import begin, record_of, resume
from snapsearch.tasks.base import Task
from snapsearch.trial import Candidate, Result, State, Trial
from tests.search.runs import config, run, trials
from tests.search.tasks.test_data import pictures
from tests.search.tiny import Climb, Score, Sequences


def trial(number: int, **values: Any) -> Trial:
    return Trial(number, Candidate((1, 2), "tanh conv1", f"tiny:{number}"), **values)


def test_trials_come_back_as_they_were(folder: Path) -> None:
    asked = [trial(0, origin="initial"), trial(1, estimate=0.5), trial(2)]
    ended = [
        trial(0, origin="initial", state=State.COMPLETE, result=Result(1.5, {"m": 2.0}, 3.0)),
        trial(1, estimate=0.5, state=State.FAILED, reason="diverged: the loss is nan"),
    ]
    with Store.create(folder / "run", {"task": "x"}, {"metric": "m"}).hold() as store:
        for each in asked:
            store.add(each)
        store.finish(ended[1])
        store.finish(ended[0])
    with Store.open(folder / "run") as store:
        assert store.trials() == [*ended, asked[2]]
        assert (store.config, store.facts) == ({"task": "x"}, {"metric": "m"})


def test_folders_with_other_things_are_left_alone(folder: Path) -> None:
    (folder / "mine.txt").write_text("precious")
    with pytest.raises(SearchError, match=r"S301.*holds other files"):
        run(config(folder, trials=2))
    assert [p.name for p in folder.iterdir()] == ["mine.txt"]
    with pytest.raises(SearchError, match=r"S302.*is no run"):
        Store.open(folder)
    run(config(folder / "run", trials=2))
    before = (folder / "run" / RECORD).read_bytes()
    with pytest.raises(SearchError, match=r"S301.*holds a run already"):
        Store.create(folder / "run", {}, {})
    assert (folder / "run" / RECORD).read_bytes() == before


def test_a_run_that_has_not_begun_has_no_trials(folder: Path) -> None:
    Store.create(folder / "run", {}, {})
    with Store.open(folder / "run") as store:
        assert store.trials() == []


@pytest.mark.parametrize("name", ("plain", "with space", "100%", "{x}", "ümlaut"))
def test_folders_of_any_name(name: str, folder: Path) -> None:
    assert len(run(config(folder / name, trials=2))) == 2
    assert len(trials(folder / name)) == 2


def test_a_question_mark_is_told(folder: Path) -> None:
    with pytest.raises(SearchError, match=r"S301.*may not have a `\?`"):
        run(config(folder / "a?b", trials=2))


def test_more_trials_are_what_a_longer_run_would_have_made(folder: Path) -> None:
    longer = run(config(folder / "longer", trials=9, parallel=2))
    run(config(folder / "run", trials=5, parallel=2))
    assert run(config(folder / "run", trials=9, parallel=2)) == longer


def test_what_has_changed_is_told(folder: Path) -> None:
    path = folder / "space.snap"
    path.write_text("conv3 <relu | tanh | gelu>")
    made = read(
        None,
        {
            "task": {"name": "tests.search.tiny:flat"},
            "space": str(path),
            "strategy": "random",
            "trials": 2,
            "out": str(folder / "run"),
        },
    )
    run(made)
    path.write_text("conv3 <relu | silu | gelu>")
    with pytest.raises(SearchError, match=r"S306.*the run's space has changed"):
        resume(folder / "run", {"trials": 3})


def test_data_that_changed_are_an_error(tmp_path: Path) -> None:
    pictures(tmp_path / "photos")
    task = {"name": "images", "folder": str(tmp_path / "photos"), "size": 8, "epochs": [0.1]}
    values = {"task": {**task, "stages": 1}, "strategy": "random", "trials": 1}
    store = begin(read(None, {**values, "out": str(tmp_path / "run")}))
    resume(store.folder, {"trials": 2})
    (tmp_path / "photos" / "dark" / "2.png").unlink()
    with pytest.raises(SearchError, match=r"S306.*the run's data have changed"):
        resume(store.folder, {"trials": 3})
    record = json.loads((store.folder / RECORD).read_text())
    del record["facts"]["data"]  # as runs were recorded before
    (store.folder / RECORD).write_text(json.dumps(record))
    resume(store.folder, {"trials": 3})
    assert len(trials(store.folder)) == 3


def drawn() -> Any:
    """Data of a function, which are others where `SCALE` is."""
    x = np.random.default_rng(0).normal(size=(16, 1, 4, 4)) * SCALE
    return (x, np.arange(16) % 2), (x, np.arange(16) % 2)


SCALE = 1.0


def test_data_of_a_function_that_changed_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = {"name": f"{__name__}:drawn", "width": 2, "stages": 1, "epochs": [1]}
    values: dict[str, Any] = {"task": task, "strategy": "random", "out": tmp_path / "run"}
    search(**values, trials=1)
    assert len(search(**values, trials=2).trials) == 2
    monkeypatch.setattr("tests.search.test_store.SCALE", 2.0)
    with pytest.raises(SearchError, match=r"S306.*the run's data have changed"):
        search(**values, trials=3)


def test_a_space_that_is_used_up_ends_the_run(folder: Path) -> None:
    found = search(
        task="tests.search.tiny:flat",
        space={"template": "conv3 <relu | tanh | gelu>"},
        strategy="random",
        trials=10,
        out=folder / "run",
    )
    assert len(found.trials) == 3


def page(app: Any, path: str) -> tuple[str, bytes]:
    """What a WSGI application answers."""
    told: list[str] = []
    environment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "after=0",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    body = app(environment, lambda status, headers, *more: told.append(status))
    return told[0], b"".join(body)


def test_optuna_dashboard_opens_a_run_as_it_is(folder: Path) -> None:
    optuna_dashboard = pytest.importorskip("optuna_dashboard")
    run(config(folder / "run", {"mood": "nan"}, trials=6, seed=3))
    with Store.open(folder / "run") as store:
        app, expected = optuna_dashboard.wsgi(store.url), store.trials()
    status, body = page(app, "/api/studies")
    assert status.startswith("200")
    (study,) = json.loads(body)["study_summaries"]
    assert (study["study_name"], study["directions"]) == ("run", ["maximize"])
    status, body = page(app, f"/api/studies/{study['study_id']}")
    assert status.startswith("200")
    shown = json.loads(body)["trials"]
    assert [t["state"] for t in shown] == [
        {"complete": "Complete", "failed": "Fail"}[t.state.value] for t in expected
    ]
    assert [t["values"][0] for t in shown if t["state"] == "Complete"] == [
        t.value for t in expected if t.value is not None
    ]
    attrs = {a["key"]: a["value"] for a in shown[0]["user_attrs"]}
    assert expected[0].candidate.program in attrs["program"]
    assert page(app, "/dashboard")[0].startswith("200")


def test_a_record_for_reports(folder: Path) -> None:
    run(config(folder / "run", trials=4))
    record = record_of(folder / "run")
    assert (record.metric, record.unit, record.seed) == ("score (points)", "seconds", 0)
    assert record.best is not None and record.symbols == 6


# -- from Python -----------------------------------------------------------------------------------


def test_search_returns_the_best_with_all_trials(folder: Path) -> None:
    found = search(task=Score(), space=Sequences(), strategy=Climb, trials=8)
    assert found.value == max(t.value or 0 for t in found.trials)
    assert found.program == found.best.candidate.program
    assert (len(found.trials), found.folder) == (8, None)
    kept = search(task=Score(), space=Sequences(), strategy=Climb, trials=8, out=folder / "run")
    assert (kept.trials, kept.folder) == (found.trials, folder / "run")
    assert tuple(trials(folder / "run")) == found.trials


def test_search_goes_on_with_a_run_of_the_same_arguments(folder: Path) -> None:
    same: dict[str, Any] = {"task": Score(), "space": Sequences(), "strategy": Climb}
    search(**same, trials=4, out=folder / "run")
    assert search(**same, trials=8, out=folder / "run").trials == search(**same, trials=8).trials
    with pytest.raises(SearchError, match=r"S306.*another `seed`: 0"):
        search(**same, trials=8, seed=1, out=folder / "run")


def test_a_search_without_a_complete_trial_says_why() -> None:
    with pytest.raises(SearchError, match=r"S403.*diverged: always"):
        search(task="tests.search.tiny:hopeless", space=Sequences(), strategy=Climb, trials=2)


def test_a_run_whose_database_is_gone_is_not_begun_anew(folder: Path) -> None:
    made = config(folder / "run", trials=3)
    run(made)
    (made.folder / TRIALS).unlink()
    for use in (lambda: resume(made.folder, {}), lambda: record_of(made.folder)):
        with pytest.raises(SearchError, match=r"S303.*`trials.db` is missing"):
            use()
    assert not (made.folder / TRIALS).exists()


class Bare(Task):
    """A user's own, whose `__init__` leaves the base's out."""

    name, summary = "bare", "the length of a program"
    budgets, metric = (1.0,), "letters"

    def __init__(self, least: int = 0) -> None:
        self.least = least

    def evaluate(self, program: str, budget: float | None, seed: int) -> Result:
        """Its letters."""
        return Result(float(max(self.least, len(program))))


def bare() -> Task:
    """For `[task] name = "tests.search.test_store:bare"`."""
    return Bare(5)


@pytest.mark.parametrize("task", [Bare(), f"{__name__}:bare"], ids=["object", "name"])
def test_a_task_with_an_init_of_its_own(task: Any, tmp_path: Path) -> None:
    space = {"name": "tests.search.tiny:sequences"}
    for many in (2, 3):
        found = search(task, space, "random", trials=many, out=tmp_path / "run")
        assert len(found.trials) == many
