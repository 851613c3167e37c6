"""Runs from begin to end: what the command line and `search` both do.

`begin` starts a run from a configuration, `resume` goes on with one; both return the trials.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from snapsearch.config.reading import Origin, checked
from snapsearch.config.sections import Config
from snapsearch.errors import SearchError
from snapsearch.record.base import TrialStore
from snapsearch.record.store import Store
from snapsearch.report.record import Record
from snapsearch.run.assembly import make_task
from snapsearch.run.loop import Loop, Plan, Watcher
from snapsearch.run.parts import Parts
from snapsearch.strategies.base import Strategy
from snapsearch.trial import State, Trial

# What may change on resume.
FREE = {"engine", "workers", "device", "time_limit", "memory_limit", "trials"}


def begin(config: Config, watcher: Watcher | None = None, origin: Origin | None = None) -> Store:
    """Run a configuration in its folder. The run's record, closed. Raises `SearchError`."""
    Store.vacant(config.folder)
    parts = Parts.of(config, origin, watcher)
    store = Store.create(config.folder, config.record(), parts.facts())
    _run(parts, store.hold(), watcher)
    return store


def resume(folder: Path, changes: dict[str, Any], watcher: Watcher | None = None) -> Store:
    """Go on with a run; `changes` may be the keys in `FREE`. The run's record, closed.

    Raises `SearchError` S308 where more trials are there than are wanted.
    """
    with Store.open(folder) as store:
        config, trials = recorded(store), store.trials()
    origin = Origin(flags=list(changes))
    config = checked(Config, {**config.model_dump(), **changes, "out": folder}, origin)
    if "trials" in changes:
        not_fewer(config.trials, trials, origin.place(["trials"]))
    if watcher and config.trials <= len(trials) and not _under_way(trials):
        watcher.noted(f"nothing is left to do of {len(trials)} trials; --trials N takes more")
    parts = Parts.of(config, watcher=watcher)
    unchanged(store, parts)
    _run(parts, store.hold(), watcher)
    return store


def not_fewer(wanted: int, trials: list[Trial], place: str | None) -> None:
    """Raise `SearchError` S308 where a run has more trials than it is to have."""
    if wanted < len(trials):
        message = f"`trials` is {wanted}, but the run has {len(trials)} already"
        hint = "it counts all trials of a run, those that are there too"
        raise SearchError("S308", message, place, hint)


def _under_way(trials: list[Trial]) -> bool:
    return any(t.state is State.RUNNING for t in trials)


def best_of(trials: list[Trial]) -> Trial | None:
    """The first of the trials with the greatest value."""
    complete = [t for t in trials if t.value is not None]
    return max(complete, key=lambda t: (t.value, -t.number), default=None)


def best_among(trials: list[Trial]) -> Trial:
    """As `best_of`. Raises `SearchError` S403 where no trial is complete."""
    best = best_of(trials)
    if best is None:
        reason = next((t.reason for t in trials if t.reason), None)
        why = f"; the first failed: {reason}" if reason else ""
        raise SearchError("S403", f"no trial was complete{why}")
    return best


def recorded(store: TrialStore) -> Config:
    """The configuration in a run's record. Raises `SearchError` S303."""
    try:
        return checked(Config, {**store.config, "out": store.folder})
    except SearchError as error:
        message = f"the run's record is damaged: {error.message}"
        raise SearchError("S303", message, place_of(store)) from error


def place_of(store: TrialStore) -> str:
    """Where a run is kept, for messages."""
    return f"a {type(store).__name__}" if store.folder is None else str(store.folder)


def record_of(run: Path | TrialStore) -> Record:
    """A run as reports take it, finished or not; its folder or its store. Raises `SearchError`."""
    if isinstance(run, Path):
        with Store.open(run) as store:
            return record_of(store)
    config, facts = recorded(run), run.facts
    return Record(
        name=place_of(run),
        strategy=config.strategy.name,
        metric=facts["metric"],
        unit=facts["unit"],
        trials=run.trials(),
        config=run.config,
        space=facts.get("space") or {},
        seed=config.seed,
        vectors=run.vectors(),
        inputs=tuple(facts["inputs"]) if facts["inputs"] else None,
        symbols=facts["symbols"],
        budget=facts["budget"] if "budget" in facts else _spent(config),
        used_up=run.used_up,
    )


def _spent(config: Config) -> float | None:
    """The budget of a run whose record does not say what the full one was."""
    try:
        return make_task(config.task).full(config.budget)
    except SearchError:  # a task that is no longer there
        return config.budget


def unchanged(store: TrialStore, parts: Parts) -> None:
    """Raise `SearchError` S306 where the run's space or data are no longer what they were."""
    now, then = parts.facts(), store.facts
    keys = ["task", "space", "metric"]
    keys += ["data"] if then.get("data") is not None else []  # of old runs nothing is known
    for key in keys:
        if then.get(key) != now[key]:
            has = "have" if key == "data" else "has"
            hint = "bring back what it was, or start a new run"
            message = f"the run's {key} {has} changed since it began"
            raise SearchError("S306", message, place_of(store), hint)


def _run(parts: Parts, store: Store, watcher: Watcher | None) -> None:
    with store:
        run_loop(parts, store, watcher)


def keep_vectors(store: TrialStore, strategy: Strategy, trials: list[Trial]) -> None:
    """Keep where the complete trials lie in the space that the strategy works on, for reports."""
    vectors = strategy.vectors([t.candidate for t in trials if t.value is not None])
    if vectors is not None:
        store.keep_vectors(vectors)


def run_loop(parts: Parts, store: TrialStore, watcher: Watcher | None) -> list[Trial]:
    """The loop itself, with an engine that is closed whatever happens."""
    config = parts.config
    engine = parts.start()
    try:
        plan = Plan(config.trials, config.parallel, config.budget, config.seed)
        trials = Loop(parts.strategy, engine, store, plan, watcher).go()
        keep_vectors(store, parts.strategy, trials)
        return trials
    finally:
        engine.close()
