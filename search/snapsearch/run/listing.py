"""Lists of names for the command line, and the options of what is named."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from snapsearch.config.registry import ENGINES, STRATEGIES, TASKS, Entry, load

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Row = tuple[str, str, str]  # name, default, what it is
KINDS = {"task": TASKS, "strategy": STRATEGIES, "engine": ENGINES}


def listed(entries: Mapping[str, Entry]) -> str:
    """A name and its line each.

    >>> listed({"a": Entry("m:A", "the first"), "bcd": Entry("m:B", "the second")})
    'a    the first\\nbcd  the second'
    """
    width = max(map(len, entries))
    return "\n".join(f"{name:{width}}  {entry.summary}" for name, entry in entries.items())


def described(kind: str, name: str) -> str:
    """One name, its line, and the table of its options. Raises `SearchError` S121, S122."""
    rows = option_rows(kind, name)
    entry = KINDS[kind].get(name)
    head = f"{name}: {entry.summary}" if entry else name
    if not rows:
        return f"{head}\n\nIt has no options."
    first, second = (max(len(row[i]) for row in rows) for i in (0, 1))
    table = [
        f"  {key:{first}}  {default:{second}}  {about}".rstrip() for key, default, about in rows
    ]
    return "\n".join([head, "", *table])


def option_rows(kind: str, name: str) -> list[Row]:
    """The options of a task, a strategy or an engine. Raises `SearchError` S121, S122."""
    found = load(kind, name, KINDS[kind])
    if kind == "task":
        fields = found.options_type.model_fields
        return [(key, _default(info), info.description or "") for key, info in fields.items()]
    rows = [(key, _shown(default), about) for key, default, about in found.table()]
    return rows if kind == "strategy" else _of_engine(rows)


def _of_engine(rows: list[Row]) -> list[Row]:
    """An engine's options: those it takes of a configuration's keys, its own, and the limits."""
    from snapsearch.config.sections import Config

    fields = Config.model_fields
    limits = [(key, "", "") for key in ("time_limit", "memory_limit")]
    return [
        (key, _default(fields[key]), fields[key].description or "")
        if key in fields
        else (key, default, about)
        for key, default, about in [*rows, *limits]
    ]


def _default(info: FieldInfo) -> str:
    return "required" if info.is_required() else _shown(info.default)


def _shown(value: Any) -> str:
    """A default as tables have it."""
    if value is inspect.Parameter.empty:
        return "required"
    return repr(list(value) if isinstance(value, tuple) else value)
