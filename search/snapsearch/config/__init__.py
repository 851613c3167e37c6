"""What a run is asked to do: the configuration, and the parts that it names.

    sections  the sections of a TOML file
    reading   a file to a configuration, with errors that have places
    registry  names of tasks, strategies and engines

TOML -> tables -> sections -> parts. Everything wrong with a file is said at once. The names of this
package are imported when they are first used: lists of names need no pydantic.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapsearch.config.sections import Config, Section

__all__ = ["Config", "Section"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module("snapsearch.config.sections"), name)
