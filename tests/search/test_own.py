"""Parts of your own: engines, tasks and stores, by name or as objects; and what is none is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field

from snapsearch import Engine, Found, SearchError, Strategy, Trial, TrialStore, search
from snapsearch.config.reading import Origin, read
from snapsearch.config.sections import Section
from snapsearch.engine.base import Job, Outcome, TrialLimits
from snapsearch.engine.guard import evaluated
from snapsearch.report.record import Record
from snapsearch.run.assembly import find_engine, make_strategy, make_task
from snapsearch.run.parts import Parts
from snapsearch.run.session import begin, record_of, resume
from snapsearch.tasks.base import Options, Task
from tests.search.runs import config, trials
from tests.search.test_command import call
from tests.search.tiny import Climb, Score, Sequences, write_config


class Pairs(Engine):
    """Runs two jobs at a time, the later one first."""

    about: ClassVar = {"rest": "seconds between pairs"}

    def __init__(
        self, task: Task, limits: TrialLimits, rest: float = 0.0, workers: int = 1
    ) -> None:
        super().__init__(task, limits)
        self.rest, self.workers = rest, workers
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> None:
        self.jobs.append(job)

    def collect(self, patience: float | None = None) -> list[Outcome]:
        pair, self.jobs = self.jobs[:2], self.jobs[2:]
        return [evaluated(self.task, job, self.limits) for job in reversed(pair)]

    def close(self) -> None:
        self.jobs.clear()


class Needing(Pairs):
    """It needs an option."""

    def __init__(self, task: Task, limits: TrialLimits, queue: str) -> None:
        super().__init__(task, limits)


class Torn(Pairs):
    """It fails, or gives outcomes that nobody waits for."""

    def collect(self, patience: float | None = None) -> list[Outcome]:
        if self.rest:
            raise OSError("the cluster is gone")
        return [Outcome(99, None, "lost")]


def pairs(*given: Any) -> Engine:
    """No class."""
    return Pairs(*given)


HERE = "tests.search.test_own"
NUMBER = 3
GIVEN: dict[str, Any] = {"space": "", "strategy": Climb, "trials": 6, "parallel": 4}
GIVEN["space"] = {"name": "tests.search.tiny:sequences"}


def found(**values: Any) -> Found:
    return search(Score(), **{**GIVEN, **values})


# -- engines -------------------------------------------------------------------------------------


def test_engines_of_your_own_change_nothing() -> None:
    best = found()
    assert found(engine=f"{HERE}:Pairs") == best
    assert found(engine=Pairs) == best
    assert found(engine={"name": f"{HERE}:Pairs", "rest": 0.5}) == best


def test_an_engine_is_made_from_its_table_and_what_it_takes_of_the_configuration() -> None:
    text = {"task": "tests.search.tiny:score", "space": GIVEN["space"], "strategy": "random"}
    given = {"engine": f"{HERE}:Pairs", "engine.rest": 2, "workers": 3, "time_limit": 7}
    parts = Parts.of(read(None, {**text, **given}))
    made = parts.start()
    assert isinstance(made, Pairs)
    assert (made.rest, made.workers, made.limits) == (2, 3, TrialLimits(7))


def test_engines_of_your_own_on_the_command_line(folder: Path) -> None:
    path = write_config(folder, trials=3, out=str(folder / "run"))
    done = call("run", str(path), "--quiet", "--engine", f"{HERE}:Pairs")
    assert (done.exit_code, len(trials(folder / "run"))) == (0, 3), done.output
    assert call("resume", str(folder / "run"), "--trials", "4", "--quiet").exit_code == 0
    shown = call("engines", f"{HERE}:Pairs").stdout
    assert "  rest          0.0   seconds between pairs\n" in shown and "workers" in shown


@pytest.mark.parametrize(
    ("options", "told"),
    (
        ({"name": "worker"}, r"S121.*no engine `worker`(.|\n)*did you mean `workers`"),
        ({"name": f"{HERE}:NoSuch"}, r"S122.*AttributeError"),
        ({"name": f"{HERE}:NUMBER"}, r"S122.*is no class or function but int"),
        ({"name": f"{HERE}:pairs"}, r"S122.*is a function, not a class"),
        ({"name": f"{HERE}:Kept"}, r"S122.*is no Engine but the class `Kept`"),
        ({"name": f"{HERE}:Pairs", "rset": 1}, r"S123.*no option `rset`\n.*did you mean `rest`"),
        ({"name": f"{HERE}:Needing"}, r"S123.*needs the option `queue`"),
    ),
)
def test_engines_that_are_none_are_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(SearchError, match=told):
        find_engine(Section(**options))


def test_a_bad_engine_is_told_before_anything_is_written(folder: Path) -> None:
    made = config(folder / "run", trials=2, engine=f"{HERE}:pairs")
    with pytest.raises(SearchError, match=r"S122(.|\n)* --> --engine"):
        begin(made, origin=Origin(flags=["engine"]))
    assert not (folder / "run").exists()
    begin(config(folder / "run", trials=2))
    with pytest.raises(SearchError, match="S121"):
        resume(folder / "run", {"engine": "ray"})


def test_engines_that_fail_are_told() -> None:
    with pytest.raises(SearchError, match=r"S406.*`Torn` failed: .*outcome of trial 99"):
        found(engine=Torn)
    told = r"S406.*its `collect` raised OSError: the cluster is gone\n --> .*test_own.py:\d+"
    with pytest.raises(SearchError, match=told):
        found(engine={"name": f"{HERE}:Torn", "rest": 1})


# -- strategies and tasks --------------------------------------------------------------------------


def nothing(*given: Any) -> int:
    """Makes no strategy."""
    return 3


def test_strategies_that_are_none_are_told() -> None:
    with pytest.raises(SearchError, match=r"S122.*returned no Strategy but int"):
        make_strategy(Section(name=f"{HERE}:nothing"), Sequences(), 0)
    with pytest.raises(SearchError, match=r"S122.*is no class or function but int"):
        make_strategy(Section(name=f"{HERE}:NUMBER"), Sequences(), 0)
    with pytest.raises(SearchError, match=r"S12\d"):
        found(strategy=type("Odd", (), {"name": f"{HERE}:nothing"}))
    assert issubclass(Climb, Strategy)


class ScaleOptions(Options):
    """How much a score counts."""

    scale: float = Field(1.0, gt=0, description="of the score")


class Scaled(Score):
    """A task that is made from options."""

    options_type = ScaleOptions
    options: ScaleOptions

    def __init__(self, options: ScaleOptions | None = None) -> None:
        super().__init__()
        self.options = options or ScaleOptions()


def test_a_task_class_is_made_from_its_options() -> None:
    made = make_task(Section(name=f"{HERE}:Scaled", scale=2))
    assert isinstance(made, Scaled) and made.options.scale == 2
    with pytest.raises(SearchError, match=r"S101.*no `task.scael`\n.*did you mean `scale`"):
        make_task(Section(name=f"{HERE}:Scaled", scael=2))
    assert "  scale  1.0  of the score" in call("tasks", f"{HERE}:Scaled").stdout


# -- stores --------------------------------------------------------------------------------------


class Kept(TrialStore):
    """Keeps trials by number, and counts writes."""

    def __init__(self) -> None:
        self.kept: dict[int, Trial] = {}
        self.writes = 0

    def trials(self) -> list[Trial]:
        return [self.kept[number] for number in sorted(self.kept)]

    def add(self, trial: Trial) -> None:
        self.writes += 1
        self.kept[trial.number] = trial

    def finish(self, trial: Trial) -> None:
        self.add(trial)


def test_a_store_of_your_own_keeps_the_run() -> None:
    store = Kept()
    whole = found(trials=9)
    first = found(store=store)
    assert first.folder is None and store.writes == 12
    assert found(store=store, trials=9).trials == whole.trials and store.writes == 18
    assert tuple(store.trials()) == whole.trials
    assert store.config["seed"] == 0 and store.facts["metric"] == "score (points)"


def test_a_store_that_holds_another_run_is_refused(folder: Path) -> None:
    store = Kept()
    found(store=store)
    with pytest.raises(SearchError, match=r"S306.*`a Kept` holds a run with another `seed`"):
        found(store=store, seed=1)
    with pytest.raises(SearchError, match="S308"):
        found(store=store, trials=3)
    store.kept[2] = replace(store.kept[2], number=7)
    with pytest.raises(SearchError, match=r"S303.*trials are missing"):
        found(store=store)
    with pytest.raises(SearchError, match=r"S101.*`out` or `store`, not both"):
        found(store=store, out=folder / "run")


def test_reports_are_made_of_any_store() -> None:
    store = Kept()
    found(store=store)
    record = record_of(store)
    assert isinstance(record, Record)
    assert (record.name, len(record.complete), record.strategy) == ("a Kept", 6, "climb")
