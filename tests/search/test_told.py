"""What a run says: what takes long, what is exhausted, what was not done, where mistakes are."""

from __future__ import annotations

import copy
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import snaplang as snap
from snapsearch import SearchError, search
from snapsearch.config.reading import read
from snapsearch.record.store import Store
from snapsearch.report import write
from snapsearch.run import progress
from snapsearch.run.loop import Watcher
from snapsearch.run.parts import heard_by
from snapsearch.run.session import begin, record_of, resume
from snapsearch.space import template
from snapsearch.trial import Candidate, Result, State, Trial, brief
from tests.search.runs import config, run
from tests.search.test_command import call
from tests.search.tiny import Climb, Score, Sequences, write_config

FEW: dict[str, Any] = {
    "task": "tests.search.tiny:flat",
    "space": {"template": "conv3 <relu | tanh | gelu>"},
    "strategy": "random",
}


class Told(Watcher):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.prepared: list[tuple[str, float]] = []

    def noted(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)

    def preparing(self, what: str, share: float) -> None:
        """Keep it."""
        self.prepared.append((what, share))


def bar(**options: Any) -> tuple[progress.Bar, io.StringIO]:
    """A bar that writes to a text."""
    text = io.StringIO()
    return progress.Bar(Console(file=text, width=100, **options)), text


# -- what takes long -------------------------------------------------------------------------------


def test_a_space_that_is_gone_through_says_how_far_it_is() -> None:
    told = Told()
    acts = "<relu|tanh|gelu|silu>"
    space = {"template": f"{acts} conv3 {acts} conv1 {acts}"}
    search(**{**FEW, "space": space}, trials=1, watcher=told)
    assert told.prepared == [("architectures of the space", 50 / 64)]


def test_the_auto_encoder_says_how_far_it_is(folder: Path) -> None:
    told = Told()
    coder = {"samples": 20, "steps": 2, "hidden": 4, "latent": 4}
    strategy = {"name": "latent", "initial": 2, "coder": coder, "cache": str(folder)}
    search(**{**FEW, "strategy": strategy}, trials=2, watcher=told)
    assert {what for what, _ in told.prepared} == {"programs for the auto-encoder", "auto-encoder"}


def test_a_cache_that_cannot_be_written_is_told_once(folder: Path) -> None:
    (folder / "file").write_text("no folder")
    coder = {"samples": 20, "steps": 2, "hidden": 4, "latent": 4}
    for place in ("file/cache", "cache"):
        told, where = Told(), str(folder / place)
        strategy = {"name": "latent", "initial": 2, "coder": coder, "cache": where}
        search(**{**FEW, "strategy": strategy}, trials=3, watcher=told)
        note = f"{where} cannot be written: the auto-encoder is trained each time"
        assert told.notes == ([note] if place != "cache" else [])


def test_runs_on_record_say_it_too(folder: Path) -> None:
    coder = {"samples": 70, "steps": 2, "hidden": 4, "latent": 4}
    strategy = {"name": "latent", "initial": 2, "coder": coder, "cache": str(folder)}
    acts = "<relu|tanh|gelu|silu>"
    given = {**FEW, "space": {"template": f"{acts} conv3 {acts} conv1 {acts}"}, "trials": 1}
    told, again = Told(), Told()
    begin(read(None, {**given, "strategy": strategy, "out": str(folder / "run")}), told)
    assert {what.split()[0] for what, _ in told.prepared} == {
        "architectures",
        "programs",
        "auto-encoder",
    }
    resume(folder / "run", {"trials": 2}, again)
    assert again.prepared and again.notes == []


def test_what_holds_progress_can_be_copied() -> None:
    shown, _ = bar()
    held = template("conv3 <relu | tanh>")
    held.progress = heard_by(shown)
    assert copy.deepcopy(held).programs() == 2


def test_without_a_terminal_a_line_comes_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    shown, text = bar()
    with shown:
        for now in (100.0, 101.0, 103.0, 104.0, 140.0):
            shown.preparing("architectures of the space", (now - 100) / 50)
        shown.preparing("auto-encoder", 0.0)
    assert text.getvalue().splitlines() == [
        "preparing architectures of the space: 6%",
        "preparing architectures of the space: 80%",
    ]


def test_a_terminal_shows_it_until_the_run_begins() -> None:
    shown, text = bar(force_terminal=True)
    with shown:
        shown.preparing("auto-encoder", 0.25)
        shown._bar.refresh()
        assert "auto-encoder: 25%" in text.getvalue()
        text.truncate(text.seek(0))
        shown.began([], 3)
        shown._bar.refresh()
        assert "best none yet" in text.getvalue() and "0/3" in text.getvalue()
        assert "auto-encoder" not in text.getvalue()


# -- what is not done ------------------------------------------------------------------------------


def test_fewer_trials_than_there_are_are_an_error(folder: Path) -> None:
    out = folder / "run"
    call("run", str(write_config(folder, trials=4)), "--out", str(out), "--quiet")
    before = (out / "trials.db").read_bytes()
    done = call("resume", str(out), "--trials", "3")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("error[S308]: `trials` is 3, but the run has 4 already\n --> --t")
    assert (out / "trials.db").read_bytes() == before


@pytest.mark.parametrize("words", [(), ("--trials", "4")])
def test_that_nothing_is_left_to_do_is_noted(words: tuple[str, ...], folder: Path) -> None:
    out = folder / "run"
    call("run", str(write_config(folder, trials=4)), "--out", str(out), "--quiet")
    done = call("resume", str(out), *words)
    assert done.exit_code == 0 and "4 trials, 0 failed" in done.stdout
    assert done.stderr == "note: nothing is left to do of 4 trials; --trials N takes more\n"
    assert "note" not in call("resume", str(out), "--trials", "5").stderr


def test_a_run_that_was_cut_off_goes_on_with_as_many_trials(folder: Path) -> None:
    made = config(folder / "run", trials=4)
    run(made)
    with Store.open(made.folder).hold() as store:
        extra = store.trials()[0].candidate
        store.add(Trial(4, Sequences().candidate((1, 2, 3, 4, 5, 0))))
    assert extra.tokens != (1, 2, 3, 4, 5, 0)
    told = Told()
    with resume(made.folder, {"trials": 5}, told) as store:
        assert [t.state for t in store.trials()] == [State.COMPLETE] * 5
    assert told.notes == []


# -- a space that is exhausted -------------------------------------------------------------------


def test_a_used_up_space_is_told_at_the_end_and_in_the_report(folder: Path) -> None:
    space, out = folder / "few.snap", folder / "run"
    space.write_text(str(FEW["space"]["template"]))
    words = ("--task", str(FEW["task"]), "--strategy", "random", "--space", str(space))
    done = call("run", *words, "--trials", "2", "--out", str(out))
    assert done.exit_code == 0 and "exhausted" not in done.stdout
    assert not record_of(out).used_up
    done = call("resume", str(out), "--trials", "9")
    assert "3 trials, 0 failed" in done.stdout
    assert "the space is exhausted: every architecture has been tried\n" in done.stdout
    assert record_of(out).used_up
    assert "The space is exhausted" in write(record_of(out), folder / "r.html").read_text()


def test_search_says_that_the_space_is_used_up(folder: Path) -> None:
    for out in (None, folder / "run"):
        assert search(**FEW, out=out, trials=9).used_up
    assert not search(**FEW, trials=3).used_up


# -- runs that go on, runs beside each other -------------------------------------------------------


def test_search_goes_on_with_another_engine(folder: Path) -> None:
    same: dict[str, Any] = {"task": "tests.search.tiny:score", "strategy": Climb}
    same |= {"space": {"name": "tests.search.tiny:sequences"}, "out": folder / "run"}
    search(**same, trials=3)
    found = search(**same, trials=5, engine="workers", workers=1, time_limit=60)
    assert found.trials == search(**{**same, "out": None}, trials=5).trials
    with pytest.raises(SearchError, match=r"S308.*`trials` is 2, but the run has 5(.|\n)*search\("):
        search(**same, trials=2)
    with pytest.raises(SearchError, match=r"S306.*another `parallel`"):
        search(**same, trials=6, parallel=2)


def test_budgets_are_compared_as_they_were_spent(folder: Path) -> None:
    for name, budget in (("a", None), ("b", 2.0), ("c", 1.0)):
        run(config(folder / name, trials=2, budget=budget))
    page = str(folder / "c.html")
    assert call("compare", str(folder / "a"), str(folder / "b"), "-o", page).exit_code == 0
    path = folder / "a" / "run.json"
    older = json.loads(path.read_text())
    assert older["facts"].pop("budget") == 2.0
    path.write_text(json.dumps(older))
    assert call("compare", str(folder / "a"), str(folder / "b"), "-o", page).exit_code == 0
    other = call("compare", str(folder / "a"), str(folder / "c"), "-o", page)
    assert other.exit_code == 1 and "have another budget" in other.stderr


# -- programs on one line, and programs of nothing -------------------------------------------------


def test_a_trial_of_a_template_is_told_by_its_choices() -> None:
    space = template("conv3 bn relu " * 20 + "<relu | tanh> conv3 <relu | tanh>")
    member = space.candidate((1, 0))
    assert member is not None and len(member.program) > 200
    shown, written = bar()
    with shown:
        shown.began([], 1)
        shown.finished(Trial(0, member, State.COMPLETE, Result(0.5)))
    assert written.getvalue() == "trial 0: 0.5  choose 1,0\n"
    short = template("conv3 <relu | tanh>").candidate((1,))
    assert short is not None and brief(short) == "choose 1: conv3 tanh"


@pytest.mark.parametrize("program", ["", "# choose 1\n\n", "# choose 1,0\n# nothing\n"])
def test_a_program_of_nothing_is_the_identity(program: str, folder: Path) -> None:
    shown = Candidate((), program, "").readable
    assert shown.splitlines()[-1] == "identity"
    assert snap.fingerprint(shown) == snap.fingerprint(program)


def test_an_identity_that_is_best_reads_so_everywhere(folder: Path) -> None:
    out = folder / "run"
    space = {"symbols": "identity", "length": 1}
    found = search(**{**FEW, "space": space}, trials=1, out=out)
    assert (found.best.candidate.program, found.program) == ("", "identity")
    assert call("resume", str(out)).stdout.splitlines()[-1] == "identity"
    text = write(record_of(out), folder / "r.html").read_text()
    assert '<pre id="best-program">identity</pre>' in text
    call("export", str(out), "--best", "-o", str(folder / "best.snap"))
    assert (folder / "best.snap").read_text().splitlines()[-1] == "identity"


# -- where mistakes are ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"task": {"name": "digits", "widht": 3}}, "search(task=…)"),
        ({"trials": 0}, "search(trials=…)"),
        ({"device": "gpu"}, "search(device=…)"),
        ({"budget": 3.0, "task": Score()}, "search(budget=…)"),
        ({"space": {"symbols": "relu"}}, "search(space=…)"),
        ({"strategy": {"name": "random", "size": 3}}, "search(strategy=…)"),
        ({"strategy": "randm"}, "search(strategy=…)"),
    ],
)
def test_mistakes_in_python_are_at_an_argument(arguments: dict[str, Any], place: str) -> None:
    with pytest.raises(SearchError) as caught:
        search(**{"task": "digits", "strategy": "random", "trials": 1, **arguments})
    assert f"\n --> {place}" in str(caught.value) and "--set" not in str(caught.value)
