"""`search`: a whole search from Python, with objects of your own or with names.

best = search(task="digits", strategy="latent", trials=64, out="runs/digits")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from snapsearch.config.reading import Origin, read
from snapsearch.config.sections import Config
from snapsearch.engine import spawned
from snapsearch.errors import SearchError
from snapsearch.record.store import Memory, Store
from snapsearch.run.assembly import make_space, make_strategy, make_task
from snapsearch.run.loop import Watcher
from snapsearch.run.session import (
    FREE,
    Parts,
    best_among,
    heard_by,
    keep_vectors,
    not_fewer,
    noted_by,
    run_loop,
    unchanged,
)
from snapsearch.space.base import Space
from snapsearch.strategies.base import Strategy
from snapsearch.tasks.base import Task
from snapsearch.tasks.placement import there
from snapsearch.trial import Trial


@dataclass(frozen=True)
class Found:
    """What a search found: its best trial, all trials, and the folder of its record, if any.

    `used_up`: it ended because the space had nothing new to give.
    """

    best: Trial
    trials: tuple[Trial, ...]
    folder: Path | None
    used_up: bool = False

    @property
    def program(self) -> str:
        """The best block, as SNAP."""
        return self.best.candidate.readable

    @property
    def value(self) -> float:
        """Its value."""
        assert self.best.value is not None
        return self.best.value


def search(
    task: str | Mapping[str, Any] | Task,
    space: str | PathLike[str] | Mapping[str, Any] | Space | None = None,
    strategy: str | Mapping[str, Any] | type[Strategy] = "latent",
    trials: int = 64,
    out: str | PathLike[str] | None = None,
    watcher: Watcher | None = None,
    **options: Any,
) -> Found:
    """Search, and return the best with all trials.

    `task`, `space` and `strategy` are names, tables as in a configuration, or objects (of a
    strategy, the class); `options` are a configuration's other keys: `seed`, `parallel`, `engine`,
    `workers`, `time_limit` … With `out` the run is recorded there, and goes on if the folder holds
    one that was begun with the same arguments; where its trials are evaluated and under which
    limits may differ, and there may be more of them. Raises `SearchError`.
    """
    spawned.refuse()
    values = {
        "task": _table(task),
        "strategy": _named(strategy),
        "trials": trials,
        **options,
    }
    if space is not None:
        values["space"] = _table(space)
    origin = Origin(arguments=list(values))
    config = read(None, values, origin)
    parts = _parts(config, task, space, strategy, origin, watcher)
    if out is None:
        memory = Memory()
        return _found(run_loop(parts, memory, watcher), memory)
    with _store(Path(out), parts, origin) as store:
        trials_made = run_loop(parts, store, watcher)
        keep_vectors(store, parts.strategy, trials_made)
        return _found(trials_made, store)


def _table(value: Any) -> Any:
    """What a configuration says of an argument; an object goes by its description."""
    if isinstance(value, Task):
        return {**value.describe(), "name": value.name}
    if isinstance(value, Space):
        return value.describe()
    return str(value) if isinstance(value, PathLike) else value


def _named(strategy: str | Mapping[str, Any] | type[Strategy]) -> Any:
    return {"name": strategy.name} if isinstance(strategy, type) else strategy


def _parts(
    config: Config, task: Any, space: Any, strategy: Any, origin: Origin, watcher: Watcher | None
) -> Parts:
    there(config.device, origin.place(["device"]))
    made = task if isinstance(task, Task) else make_task(config.task, origin)
    made.full(config.budget, origin.place(["budget"]))
    chosen_space = space if isinstance(space, Space) else make_space(config.space, made, origin)
    chosen_space.progress = heard_by(watcher)
    made.prepare(chosen_space)
    if isinstance(strategy, type):
        chosen = strategy(chosen_space, config.seed)
    else:
        chosen = make_strategy(config.strategy, chosen_space, config.seed, origin)
    chosen.progress, chosen.noted = heard_by(watcher), noted_by(watcher)
    return Parts(config, made, chosen_space, chosen)


def _store(folder: Path, parts: Parts, origin: Origin) -> Store:
    """The run's record: a new one, or the one that was begun with the same arguments."""
    config, facts = parts.config.record(), parts.facts()
    if not (folder / "run.json").exists():
        return Store.create(folder, config, facts).hold()
    with Store.open(folder) as store:
        not_fewer(parts.config.trials, store.trials(), origin.place(["trials"]))
    for key, value in config.items():
        if key not in FREE and store.config.get(key) != value:
            message = f"`{folder}` holds a run with another `{key}`: {store.config.get(key)!r}"
            raise SearchError("S306", message, str(folder), "name another folder")
    unchanged(store, parts)
    return store.hold()


def _found(trials: list[Trial], store: Store | Memory) -> Found:
    folder = store.folder if isinstance(store, Store) else None
    return Found(best_among(trials), tuple(trials), folder, store.used_up)
