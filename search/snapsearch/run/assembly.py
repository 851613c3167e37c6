"""From a configuration to what runs: task, space, strategy and engine, each checked.

Each is found by name or as `module:Class`; a function that returns one will do as well, other than
for engines.

>>> make_task(Section(name="digits")).metric
'validation accuracy (%)'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from snapsearch.config.reading import Origin, checked
from snapsearch.config.registry import (
    ENGINES,
    STRATEGIES,
    TASKS,
    load,
    nearest,
    not_one,
    options_of,
)
from snapsearch.config.sections import Config, Section
from snapsearch.engine.base import Engine, TrialLimits
from snapsearch.errors import SearchError, together
from snapsearch.space.base import Space
from snapsearch.strategies.base import Strategy
from snapsearch.tasks.base import Task

# What may be said of a task's own space.
LIMITS = {"max_nodes", "max_params", "max_macs", "sizes", "same"}
# Keys of a configuration that go to an engine which takes them.
_MACHINE = ("workers", "device")


def make_task(section: Section, origin: Origin | None = None) -> Task:
    """The task of a `[task]` section. Raises `SearchError` (S101, S121, S122, S2..)."""
    values = dict(section.options)
    found = load("task", section.name, TASKS)
    if section.name not in TASKS and not _takes_options(found):
        from snapsearch.tasks.function import made

        return made(section.name, values, origin)
    task: Task = found(checked(found.options_type, values, origin, ["task"]))
    return task


def _takes_options(found: Any) -> bool:
    """Whether a user's class is a task that is made from the fields of its `options_type`."""
    of_tasks = isinstance(found, type) and issubclass(found, Task)
    return of_tasks and "options" in (option.name for option in options_of(found, 0)[0])


def make_space(
    section: Mapping[str, Any] | None, task: Task, origin: Origin | None = None
) -> Space:
    """The space of a `[space]` section, or the task's own. Raises `SearchError`."""
    values = {k: v for k, v in (section or task.default_space or {}).items() if v is not None}
    limits = set(values) <= LIMITS
    if limits and task.default_space:
        values = _limited(task, values, origin)
    elif limits:
        place = origin.place(["space", *list(values)[:1]]) if origin else None
        hint = "name a file of SNAP with choices as its `space`"
        raise SearchError("S129", f"the task `{task.name}` has no space of its own", place, hint)
    return space_of(values, origin)


def space_of(values: Mapping[str, Any], origin: Origin | None = None) -> Space:
    """The space that a table says, or that a `describe` was taken of. Raises `SearchError`."""
    with _placed(origin, "space"):
        if ":" in str(values.get("name", "")):
            return _own_space(dict(values))
        return _described(values, origin)


def _limited(task: Task, limits: Mapping[str, Any], origin: Origin | None) -> dict[str, Any]:
    """The task's own space under limits, counted at the task's input unless `sizes` are given.

    Raises `SearchError` S136 where neither is known.
    """
    values = {**(task.default_space or {}), **limits}
    counted = {"max_params", "max_macs", "sizes"} & limits.keys()
    if not counted or "name" in values:
        return values
    shapes = list(task.inputs or ())
    if not shapes and not {"sizes", "inputs"} & values.keys():
        place = origin.place(["space", min(counted)]) if origin else None
        message = f"`{min(counted)}` needs `sizes`, for the task `{task.name}` tells no inputs"
        raise SearchError("S136", message, place, 'give `sizes`, such as ["N,16,32,32"]')
    values = {"sizes": shapes, **values} if shapes else values
    axes = {2: "L", 3: "H,W", 4: "D,H,W"}.get(shapes[0].count(",")) if shapes else None
    return {"inputs": [f"N,c,{axes}"], **values} if axes and "symbols" in values else values


def _described(values: Mapping[str, Any], origin: Origin | None) -> Space:
    """The space of a table without a name. Raises one `SearchError` of all that is wrong."""
    from snapsearch.space import build
    from snapsearch.space.sections import FreeSection, TemplateSection

    free = {"symbols", "length"} & values.keys()
    if free or {"file", "template"} & values.keys():
        checked(FreeSection if free else TemplateSection, values, origin, ["space"])
    try:
        return build(values)
    except SearchError as error:
        if error.code == "S136" and origin:
            key = "sizes" if "sizes" in values else next(iter(LIMITS & values.keys()), "sizes")
            error.place = origin.place(["space", key])
        raise


@contextmanager
def _placed(origin: Origin | None, key: str) -> Iterator[None]:
    """Gives errors that have no place the place of a key."""
    try:
        yield
    except SearchError as error:
        for found in getattr(error, "errors", (error,)):
            found.place = found.place or (origin.place([key]) if origin else None)
        raise


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
        raise not_one("Space", name, found)
    return found


def make_strategy(
    section: Section, space: Space, seed: int, origin: Origin | None = None
) -> Strategy:
    """The strategy of a `[strategy]` section. Raises `SearchError`."""
    with _placed(origin, "strategy"), _takes("strategy", section):
        found = load("strategy", section.name, STRATEGIES)
        _known_options("strategy", section, found, origin)
        strategy: object = found(space, seed, **section.options)
        if not isinstance(strategy, Strategy):
            raise not_one("Strategy", section.name, strategy)
        return strategy


@contextmanager
def _takes(what: str, section: Section) -> Iterator[None]:
    """What a class raises that is made from options becomes `SearchError` S123."""
    try:
        yield
    except (TypeError, ValueError) as error:
        message = f"the {what} `{section.name}` does not take its options: {error}"
        raise SearchError("S123", message) from error


def _known_options(what: str, section: Section, made: Any, origin: Origin | None) -> None:
    """Raise `SearchError` S123 for each option that a class does not have, or misses."""
    named, others = options_of(made)
    known = [p.name for p in named]
    who, wrong = f"the {what} `{section.name}`", []
    for name in () if others else section.options:
        if name not in known:
            close = nearest(name, known)
            there = f"there is {', '.join(known)}" if known else "it has none"
            hint = f"did you mean `{close}`?" if close else there
            place = origin.place([what, name]) if origin else None
            wrong.append(SearchError("S123", f"{who} has no option `{name}`", place, hint))
    given = section.options.keys() | (_MACHINE if what == "engine" else ())
    for option in named:
        if option.default is option.empty and option.name not in given:
            wrong.append(SearchError("S123", f"{who} needs the option `{option.name}`"))
    if wrong:
        raise together(wrong)


def find_engine(section: Section, origin: Origin | None = None) -> type[Engine]:
    """The class of an `[engine]` section, its options looked over. Raises `SearchError`."""
    with _placed(origin, "engine"), _takes("engine", section):
        found: object = load("engine", section.name, ENGINES)
        if not isinstance(found, type):
            raise SearchError("S122", f"the engine `{section.name}` is a function, not a class")
        if not issubclass(found, Engine):
            raise not_one("Engine", section.name, found)
        _known_options("engine", section, found, origin)
        return found


def make_engine(config: Config, task: Task, kind: type[Engine] | None = None) -> Engine:
    """The engine, its workers starting; `kind` instead of the one named. Raises `SearchError`."""
    kind = kind or find_engine(config.engine)
    takes = {option.name for option in options_of(kind)[0]} & set(_MACHINE)
    options = {name: getattr(config, name) for name in takes} | config.engine.options
    with _takes("engine", config.engine):
        return kind(task, TrialLimits(config.time_limit, config.memory_limit), **options)
