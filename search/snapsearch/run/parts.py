"""The parts of a run: what a configuration names, or what a caller brings, made and ready.

>>> from snapsearch.config.reading import read
>>> Parts.of(read(None, {"task": "digits", "strategy": "random"})).strategy.name
'random'
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snapsearch.config.reading import Origin
from snapsearch.config.sections import Config
from snapsearch.engine.base import Engine
from snapsearch.run.assembly import find_engine, make_engine, make_space, make_strategy, make_task
from snapsearch.run.loop import Watcher
from snapsearch.space.base import Progress, Space, quiet
from snapsearch.strategies.base import Strategy, silent
from snapsearch.tasks.base import Task
from snapsearch.tasks.placement import there


@dataclass(frozen=True)
class Given:
    """Objects of the caller's own, of strategies and engines the classes; None: as configured."""

    task: Task | None = None
    space: Space | None = None
    strategy: type[Strategy] | None = None
    engine: type[Engine] | None = None


@dataclass(frozen=True)
class Parts:
    """What a configuration stands for."""

    config: Config
    task: Task
    space: Space
    strategy: Strategy

    engine: type[Engine]

    @staticmethod
    def of(
        config: Config,
        origin: Origin | None = None,
        watcher: Watcher | None = None,
        given: Given | None = None,
    ) -> Parts:
        """Made from a configuration and ready; objects that are given stand for what it names.

        `watcher` hears of what takes long. Raises `SearchError`.
        """
        given = given or Given()
        there(config.device, origin.place(["device"]) if origin else None)
        engine = given.engine or find_engine(config.engine, origin)
        task = make_task(config.task, origin) if given.task is None else given.task
        task.full(config.budget, origin.place(["budget"]) if origin else None)
        space = make_space(config.space, task, origin) if given.space is None else given.space
        space.progress = heard_by(watcher)
        task.prepare(space)
        if given.strategy:
            strategy = given.strategy(space, config.seed)
        else:
            strategy = make_strategy(config.strategy, space, config.seed, origin)
        strategy.progress, strategy.noted = heard_by(watcher), noted_by(watcher)
        return Parts(config, task, space, strategy, engine)

    def start(self) -> Engine:
        """The engine, its workers starting."""
        return make_engine(self.config, self.task, self.engine)

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
    """Progress as a watcher hears it; a plain function, so that what holds it can be copied."""
    return (lambda what, share: watcher.preparing(what, share)) if watcher else quiet


def noted_by(watcher: Watcher | None) -> Callable[[str], None]:
    """Notes as a watcher hears them, likewise."""
    return (lambda text: watcher.noted(text)) if watcher else silent


def _with_digest(description: dict[str, Any]) -> dict[str, Any]:
    """A space's description; of a file also the digest of its text, to see that it changes."""
    path = Path(str(description.get("file", "")))
    if path.is_file():
        return {**description, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return description
