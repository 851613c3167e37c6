"""`module:function`: data that your function returns, or a whole task of your own.

    def data(fold: int = 0):
        return (train_x, train_y), (valid_x, valid_y)              # or a third pair: test

Examples are arrays `[N, C, *S]` with one to three sizes (uint8 from 0 to 255, or floats), classes
are whole numbers from 0. Or it returns a `Task`, which then evaluates programs as it likes.
Options that the function has as parameters go to it, all others to the network and its training.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import Field

from snapsearch.config.reading import Origin, checked
from snapsearch.config.registry import load
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Options, Task
from snapsearch.tasks.classify import Classification, NetworkOptions
from snapsearch.tasks.data import Data
from snapsearch.tasks.data import checked as checked_data
from snapsearch.tasks.digits import SPACE


class FunctionOptions(NetworkOptions):
    """As for every network, and what the function is given."""

    function: str = Field(description="module:function")
    arguments: dict[str, Any] = Field({}, description="what it is given")


class Function(Classification):
    """Classification of the data that a function returns."""

    name = "MODULE:FUNCTION"
    summary = "data, or a whole task, that your function returns"
    options_type: ClassVar[type[Options]] = FunctionOptions
    options: FunctionOptions
    default_space = SPACE

    def load(self) -> Data:
        """Call the function. Raises `SearchError` S205, S206."""
        found = called(self.options.function, self.options.arguments)
        if not isinstance(found, tuple | list) or len(found) not in (2, 3):
            message = f"it returned {type(found).__name__}, not (train, valid) or (…, test)"
            raise SearchError("S205", message, self.options.function)
        return checked_data(found[0], found[1], *found[2:], place=self.options.function)


def made(name: str, values: Mapping[str, Any], origin: Origin | None) -> Task:
    """The task of a `[task]` section whose name has a colon. Raises `SearchError`."""
    names = parameters(load("task", name, {}))
    mine = {k: v for k, v in values.items() if names is None or k in names}
    others = {k: v for k, v in values.items() if k not in mine}
    given = {"function": name, "arguments": mine, **others}
    options = checked(FunctionOptions, given, origin, ["task"])
    task = Function(options)
    found = called(name, mine)
    if isinstance(found, Task):
        return found
    task.__dict__["data"] = task.load()
    return task


def parameters(function: Callable[..., Any]) -> set[str] | None:
    """The names a function takes; None: any."""
    known = inspect.signature(function).parameters
    if any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return None
    return set(known)


def called(name: str, arguments: Mapping[str, Any]) -> Any:
    """What the function returns. Raises `SearchError` S206 for what it raises."""
    try:
        return load("task", name, {})(**arguments)
    except SearchError:
        raise
    except Exception as error:
        message = f"the function failed: {type(error).__name__}: {error}"
        raise SearchError("S206", message, name) from error
