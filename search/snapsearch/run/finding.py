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
from snapsearch.engine import spawned
from snapsearch.engine.base import Engine
from snapsearch.errors import SearchError
from snapsearch.record.base import Memory, TrialStore
from snapsearch.record.store import Store
from snapsearch.run.loop import Watcher
from snapsearch.run.parts import Given, Parts
from snapsearch.run.session import FREE, best_among, not_fewer, place_of, run_loop, unchanged
from snapsearch.space.base import Space
from snapsearch.strategies.base import Strategy
from snapsearch.tasks.base import Task
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
    store: TrialStore | None = None,
    **options: Any,
) -> Found:
    """Search, and return the best with all trials.

    `task`, `space`, `strategy` and `engine` are names, tables as in a configuration, or objects (of
    strategies and engines, the class); `options` are a configuration's other keys: `seed`,
    `parallel`, `engine`, `workers`, `time_limit` … With `out` the run is recorded there, with
    `store` in a store of your own, and goes on if that holds one that was begun with the same
    arguments; where its trials are evaluated and under which limits may differ, and there may be
    more of them. Raises `SearchError`.
    """
    spawned.refuse()
    values = {"task": _table(task), "strategy": _named(strategy), "trials": trials, **options}
    if "engine" in options:
        values["engine"] = _named(options["engine"])
    if space is not None:
        values["space"] = _table(space)
    origin = Origin(arguments=list(values))
    config = read(None, values, origin)
    parts = Parts.of(config, origin, watcher, _given(task, space, strategy, options.get("engine")))
    if out is not None and store is not None:
        raise SearchError("S101", "a run has `out` or `store`, not both", "search(store=…)")
    if out is not None:
        with _folder(Path(out), parts, origin) as held:
            return _found(run_loop(parts, held, watcher), held)
    kept = store or Memory()
    _begin(kept, parts, origin)
    return _found(run_loop(parts, kept, watcher), kept)


def _given(task: object, space: object, strategy: object, engine: object) -> Given:
    """Those of the arguments that are objects, not names."""
    return Given(
        task if isinstance(task, Task) else None,
        space if isinstance(space, Space) else None,
        strategy if isinstance(strategy, type) and issubclass(strategy, Strategy) else None,
        engine if isinstance(engine, type) and issubclass(engine, Engine) else None,
    )


def _table(value: Any) -> Any:
    """What a configuration says of an argument; an object goes by its description."""
    if isinstance(value, Task):
        return {**value.describe(), "name": value.name}
    if isinstance(value, Space):
        return value.describe()
    return str(value) if isinstance(value, PathLike) else value


def _named(given: Any) -> Any:
    """What a configuration says of a strategy or an engine; a class goes by its name."""
    if isinstance(given, type):
        return {"name": getattr(given, "name", f"{given.__module__}:{given.__qualname__}")}
    return given


def _folder(folder: Path, parts: Parts, origin: Origin) -> Store:
    """The run's record, held: a new one, or the one that was begun with the same arguments."""
    if not (folder / "run.json").exists():
        return Store.create(folder, parts.config.record(), parts.facts()).hold()
    with Store.open(folder) as store:
        _go_on(store, parts, origin)
    return store.hold()


def _begin(store: TrialStore, parts: Parts, origin: Origin) -> None:
    """Begin a run in a store, or go on with the one that it holds."""
    if store.config:
        _go_on(store, parts, origin)
    else:
        store.begin(parts.config.record(), parts.facts())


def _go_on(store: TrialStore, parts: Parts, origin: Origin) -> None:
    """Raise `SearchError` (S306, S308) unless a store holds a run with the same arguments."""
    not_fewer(parts.config.trials, store.trials(), origin.place(["trials"]))
    for key, value in parts.config.record().items():
        if key not in FREE and store.config.get(key) != value:
            held = f"holds a run with another `{key}`: {store.config.get(key)!r}"
            hint = "name another folder" if store.folder else "bring another store"
            message = f"`{place_of(store)}` {held}"
            raise SearchError("S306", message, place_of(store), hint)
    unchanged(store, parts)


def _found(trials: list[Trial], store: TrialStore) -> Found:
    return Found(best_among(trials), tuple(trials), store.folder, store.used_up)
