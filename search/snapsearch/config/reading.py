"""Configurations from TOML and flags; errors with file, line, key, value and the nearest key.

>>> from pathlib import Path
>>> read(None, {"task": "digits", "trials": 3}).trials
3
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from snapsearch.config.registry import nearest
from snapsearch.config.sections import Config
from snapsearch.errors import SearchError, together

Model = TypeVar("Model", bound=BaseModel)


class Origin:
    """Where keys were written: lines of a TOML file, flags, or arguments of `search`."""

    def __init__(
        self,
        file: Path | None = None,
        text: str = "",
        flags: Sequence[str] = (),
        arguments: Sequence[str] = (),
    ) -> None:
        self._file, self._lines, self._flags = file, text.splitlines(), set(flags)
        self._arguments = set(arguments)

    def place(self, keys: Sequence[str]) -> str | None:
        """`run.toml:4` for a key, or `--trials`, or `search(trials=…)`."""
        dotted = ".".join(keys)
        if keys[:1] and keys[0] in self._arguments:
            return f"search({keys[0]}=…)"
        if dotted in self._flags or (keys[:1] and keys[0] in self._flags):
            return f"--{keys[0].replace('_', '-')}" if len(keys) == 1 else f"--set {dotted}"
        if self._file is None:
            return None
        line = next((n for i in range(len(keys)) if (n := self._line(keys[: len(keys) - i]))), None)
        return f"{self._file}:{line}" if line else str(self._file)

    def _line(self, keys: Sequence[str]) -> int | None:
        """The line where a key stands, in its table or dotted."""
        table: list[str] = []
        for number, line in enumerate(self._lines, 1):
            header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
            if header:
                table = _parts(header[1])
                if table == list(keys):
                    return number
                continue
            key = re.match(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w-]+)*)\s*=""", line)
            if key is not None and [*table, *_parts(key[1])] == list(keys):
                return number
        return None


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def read(file: Path | None, flags: Mapping[str, Any], origin: Origin | None = None) -> Config:
    """The configuration of a file (or none) and of flags, which win. Keys may be dotted.

    `origin` is where keys were written, unless in the file and the flags. Raises `SearchError` S101
    for values, S102 for files.
    """
    text, values = "", dict[str, Any]()
    if file is not None:
        text, values = _toml(file)
    for dotted, value in flags.items():
        _put(values, dotted.split("."), value)
    origin = origin or Origin(file, text, list(flags))
    if "task" not in values:
        hint = "`snapsearch tasks` lists them: snapsearch run --task digits"
        raise SearchError("S101", "no task is named", str(file) if file else None, hint)
    return checked(Config, values, origin)


def _toml(file: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{file}:{line[1]}" if line else str(file)
        raise SearchError("S102", f"this is no TOML: {error}", place) from error
    except UnicodeDecodeError as error:
        raise SearchError("S102", "this is no text in UTF-8", str(file)) from error
    except OSError as error:
        raise SearchError("S102", f"cannot read: {error.strerror}", str(file)) from error


def _put(values: dict[str, Any], keys: list[str], value: Any) -> None:
    """Set a dotted key; `task = "digits"` becomes a table where an option of it is set."""
    *path, last = keys
    for key in path:
        below = values.get(key)
        if isinstance(below, str):
            below = {"file" if key == "space" else "name": below}
        values[key] = dict(below) if isinstance(below, dict) else {}
        values = values[key]
    below = values.get(last)
    if (
        isinstance(value, str)
        and isinstance(below, dict)
        and last in ("task", "strategy", "engine")
    ):
        value = {**below, "name": value}
    values[last] = value


def value_of(text: str) -> Any:
    """A value as TOML writes it; what is none is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def checked(
    model: type[Model],
    values: Mapping[str, Any],
    origin: Origin | None = None,
    within: Sequence[str] = (),
) -> Model:
    """`values` as a model. Raises one `SearchError` S101 that tells all that is wrong."""
    try:
        return model(**values)
    except ValidationError as error:
        origin = origin or Origin()
        told = [_told(model, e, origin, within) for e in error.errors(include_url=False)]
        raise together(told) from error


def _told(
    model: type[BaseModel], error: Mapping[str, Any], origin: Origin, within: Sequence[str]
) -> SearchError:
    """One of pydantic's errors in our words."""
    loc = [str(part) for part in error["loc"]]
    keys = [*within, *loc]
    place, dotted = origin.place(keys), ".".join(keys)
    if error["type"] == "extra_forbidden":
        close = nearest(loc[-1], model.model_fields)
        known = ", ".join(model.model_fields) or "none"
        hint = f"did you mean `{close}`?" if close else f"there are: {known}"
        return SearchError("S101", f"there is no `{dotted}`", place, hint)
    if error["type"] == "missing":
        return SearchError("S101", f"`{dotted}` is missing", place)
    why = error["msg"].removeprefix("Value error, ")
    why = why[:1].lower() + why[1:]
    return SearchError("S101", f"`{dotted}` is {error['input']!r}: {why}", place)
