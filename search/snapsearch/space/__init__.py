"""Spaces: which programs a search may propose. `base` has the contract.

`free` and `template` build the two kinds, `from_file` a template from a `.snap` file, `build` a
space from what `describe` says of it.

>>> free("dup add conv3 relu", length=4).programs()
64
>>> build(template("dup <conv3|conv1> add").describe()).programs()
2
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from snapsearch.errors import SearchError
from snapsearch.space.base import Automaton, FreeOptions, Space, TemplateOptions, Tokens
from snapsearch.space.limits import Limits
from snapsearch.space.programs.free import FreeSpace
from snapsearch.space.templates.template import TemplateSpace

__all__ = [
    "Automaton",
    "FreeSpace",
    "Limits",
    "Space",
    "TemplateSpace",
    "Tokens",
    "build",
    "free",
    "from_file",
    "template",
]

_LIMITS = ("max_nodes", "max_params", "max_macs")


def free(symbols: str | Sequence[str], length: int, **options: Unpack[FreeOptions]) -> FreeSpace:
    """A free space; options are those of `FreeSpace`, and the limits by name.

    Raises `SearchError`: S125, S126 and S130 for what is no vocabulary, S135 for a length or limit
    that is none, S136 for `sizes` that are not of the inputs.

    >>> free("dup add conv3 relu", length=4, max_params=5000).programs()
    64
    """
    return FreeSpace(symbols, length, **_with_limits(options))


def template(text: str, **options: Unpack[TemplateOptions]) -> TemplateSpace:
    """A template from its text; options are those of `TemplateSpace`, and the limits by name.

    Raises `SnapError` for what is no program, `SearchError` S127 for one without choices.

    >>> template("dup <conv3|conv1> add").decode((1,))
    '# choose 1\\ndup conv1 add\\n'
    """
    return TemplateSpace(text, **_with_limits(options))


def from_file(path: str | os.PathLike[str], **options: Unpack[TemplateOptions]) -> TemplateSpace:
    """A template from a `.snap` file. Raises `SearchError` S128 where it cannot be read.

    Otherwise as `template`, of what stands in the file.
    """
    if not Path(path).is_file():
        raise SearchError("S128", f"there is no file `{os.fspath(path)}`", os.fspath(path))
    return TemplateSpace(Path(path), **_with_limits(options))


def build(description: Mapping[str, Any]) -> Space:
    """The space that a `describe` was taken of. Raises `SearchError` S129 for another table."""
    known = {name: value for name, value in description.items() if value is not None}
    if {"symbols", "length"} <= known.keys():
        return free(known.pop("symbols"), known.pop("length"), **known)
    if "file" in known:
        return from_file(known.pop("file"), **known)
    if "template" in known:
        return template(known.pop("template"), **known)
    raise SearchError(
        "S129", "a space is described by `symbols` and `length`, `file` or `template`"
    )


def _with_limits(options: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(options)
    limits = {name: options.pop(name) for name in _LIMITS if name in options}
    return {**options, "limits": Limits(**limits)} if limits else options


Space.free = staticmethod(free)
Space.template = staticmethod(template)
Space.from_file = staticmethod(from_file)
Space.build = staticmethod(build)
