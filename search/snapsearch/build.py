"""From a configuration to what runs: task, space, strategy and engine, each checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snapsearch.config import Config, Section
from snapsearch.engine.base import Engine, Limits
from snapsearch.errors import SearchError
from snapsearch.reading import Origin, checked
from snapsearch.registry import ENGINES, STRATEGIES, TASKS, Entry, load
from snapsearch.space.base import Space
from snapsearch.strategies.base import Strategy
from snapsearch.tasks.base import Task


def make_task(section: Section, origin: Origin | None = None) -> Task:
    """The task of a `[task]` section. Raises `SearchError` (S101, S121, S122, S2..)."""
    values = dict(section.options)
    if ":" in section.name:
        from snapsearch.tasks.function import made

        return made(section.name, values, origin)
    found = load("task", section.name, TASKS)
    task: Task = found(checked(found.options_type, values, origin, ["task"]))
    return task


def make_space(section: Mapping[str, Any] | None, task: Task) -> Space:
    """The space of a `[space]` section, or the task's own. Raises `SearchError`."""
    values = dict(section or task.default_space or {})
    if not values:
        hint = "name a file of SNAP with choices: --space space.snap"
        raise SearchError("S124", f"the task `{task.name}` has no space of its own", hint=hint)
    if ":" in str(values.get("name", "")):
        return _own_space(values)
    made: Space = load("space", "file", {"file": Entry("snapsearch.space:build", "")})(values)
    return made


def _own_space(values: dict[str, Any]) -> Space:
    """What a user's function returns."""
    name = values.pop("name")
    function = load("space", name, {})
    try:
        found: object = function(**values)
    except Exception as error:
        message = f"the space `{name}` cannot be made: {type(error).__name__}: {error}"
        raise SearchError("S122", message) from error
    if not isinstance(found, Space):
        raise SearchError("S122", f"`{name}` returned no Space but {type(found).__name__}")
    return found


def make_strategy(section: Section, space: Space, seed: int) -> Strategy:
    """The strategy of a `[strategy]` section. Raises `SearchError`."""
    found = load("strategy", section.name, STRATEGIES)
    try:
        strategy: Strategy = found(space, seed, **section.options)
    except (TypeError, ValueError) as error:
        message = f"the strategy `{section.name}` does not take these options: {error}"
        raise SearchError("S123", message) from error
    return strategy


def make_engine(config: Config, task: Task) -> Engine:
    """The engine, its workers starting."""
    limits = Limits(config.time_limit, config.memory_limit)
    engine: Engine
    if config.engine == "inline":
        from snapsearch.tasks.placement import place

        place(config.device)
        engine = load("engine", "inline", ENGINES)(task, limits)
    else:
        engine = load("engine", "workers", ENGINES)(task, limits, config.workers, config.device)
    return engine
