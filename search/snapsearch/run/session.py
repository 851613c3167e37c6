"""Runs from begin to end: what the command line and `search` both do.

`begin` starts a run from a configuration, `resume` goes on with one; both return the trials.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snapsearch.config import Config
from snapsearch.config.reading import Origin, checked
from snapsearch.errors import SearchError
from snapsearch.record.store import Memory, Store
from snapsearch.report.record import Record
from snapsearch.run.assembly import make_engine, make_space, make_strategy, make_task
from snapsearch.run.loop import Loop, Plan, Watcher
from snapsearch.space.base import Progress, Space, quiet
from snapsearch.strategies.base import Strategy, silent
from snapsearch.tasks.base import Task
from snapsearch.tasks.placement import there
from snapsearch.trial import State, Trial

# What may change on resume.
FREE = {"engine", "workers", "device", "time_limit", "memory_limit", "trials"}


@dataclass(frozen=True)
class Parts:
    """What a configuration stands for."""

    config: Config
    task: Task
    space: Space
    strategy: Strategy

    @staticmethod
    def of(config: Config, origin: Origin | None = None, watcher: Watcher | None = None) -> Parts:
        """The parts of a configuration, ready; `watcher` gets progress. Raises `SearchError`."""
        there(config.device, origin.place(["device"]) if origin else None)
        task = make_task(config.task, origin)
        task.full(config.budget, origin.place(["budget"]) if origin else None)
        space = make_space(config.space, task, origin)
        space.progress = heard_by(watcher)
        task.prepare(space)
        strategy = make_strategy(config.strategy, space, config.seed, origin)
        strategy.progress, strategy.noted = heard_by(watcher), noted_by(watcher)
        return Parts(config, task, space, strategy)

    def facts(self) -> dict[str, Any]:
        """What a run's record says of its parts, as JSON values."""
        return {
            "metric": self.task.metric,
            "budget": self.task.full(self.config.budget),
            "unit": self.task.cost_unit,
            "inputs": list(self.task.inputs) if self.task.inputs else None,
            "symbols": len(self.space.symbols),
            "task": self.task.describe(),
            "data": self.task.digest(),
            "space": _with_digest(self.space.describe()),
        }


def heard_by(watcher: Watcher | None) -> Progress:
    """Progress for a watcher; a plain function, so that what holds it can be copied."""
    return (lambda what, share: watcher.preparing(what, share)) if watcher else quiet


def noted_by(watcher: Watcher | None) -> Callable[[str], None]:
    """Notes for a watcher, likewise."""
    return (lambda text: watcher.noted(text)) if watcher else silent


def _with_digest(description: dict[str, Any]) -> dict[str, Any]:
    """A space's description; of a file also the digest of its text, to see that it changes."""
    path = Path(str(description.get("file", "")))
    if path.is_file():
        return {**description, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return description


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


def recorded(store: Store) -> Config:
    """The configuration in a run's record. Raises `SearchError` S303."""
    try:
        return checked(Config, {**store.config, "out": store.folder})
    except SearchError as error:
        place = str(store.folder)
        raise SearchError("S303", f"the run's record is damaged: {error.message}", place) from error


def record_of(folder: Path) -> Record:
    """A run as reports take it, finished or not. Raises `SearchError`."""
    with Store.open(folder) as store:
        config, facts = recorded(store), store.facts
        return Record(
            name=str(folder),
            strategy=config.strategy.name,
            metric=facts["metric"],
            unit=facts["unit"],
            trials=store.trials(),
            config=store.config,
            space=facts.get("space") or {},
            seed=config.seed,
            vectors=store.vectors(),
            inputs=tuple(facts["inputs"]) if facts["inputs"] else None,
            symbols=facts["symbols"],
            budget=facts["budget"] if "budget" in facts else _spent(config),
            used_up=store.used_up,
        )


def _spent(config: Config) -> float | None:
    """The budget of a run whose record does not say what the full one was."""
    try:
        return make_task(config.task).full(config.budget)
    except SearchError:  # a task that is no longer there
        return config.budget


def unchanged(store: Store, parts: Parts) -> None:
    """Raise `SearchError` S306 where the run's space or data are no longer what they were."""
    now, then = parts.facts(), store.facts
    keys = ["task", "space", "metric"]
    keys += ["data"] if then.get("data") is not None else []  # of old runs nothing is known
    for key in keys:
        if then.get(key) != now[key]:
            has = "have" if key == "data" else "has"
            hint = "bring back what it was, or start a new run"
            message = f"the run's {key} {has} changed since it began"
            raise SearchError("S306", message, str(store.folder), hint)


def _run(parts: Parts, store: Store, watcher: Watcher | None) -> None:
    with store:
        trials = run_loop(parts, store, watcher)
        keep_vectors(store, parts.strategy, trials)


def keep_vectors(store: Store, strategy: Strategy, trials: list[Trial]) -> None:
    """Keep where the complete trials lie in the space that the strategy works on, for reports."""
    vectors = strategy.vectors([t.candidate for t in trials if t.value is not None])
    if vectors is not None:
        store.keep_vectors(vectors)


def run_loop(parts: Parts, store: Store | Memory, watcher: Watcher | None) -> list[Trial]:
    """The loop itself, with an engine that is closed whatever happens."""
    config = parts.config
    engine = make_engine(config, parts.task)
    try:
        plan = Plan(config.trials, config.parallel, config.budget, config.seed)
        return Loop(parts.strategy, engine, store, plan, watcher).go()
    finally:
        engine.close()
