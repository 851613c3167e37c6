"""Names in emitted source: what is taken, what a word's class is called, what a variable may be.

>>> names = Names()
>>> names.take(camel("inverted_residual1")), names.take("InvertedResidual"), names.take("class")
('InvertedResidual', 'InvertedResidual2', 'class_')
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from snaplang.ops.reserved import SPOKEN


class Names:
    """Names of one scope, each given once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {*SPOKEN, *taken}

    def take(self, name: str) -> str:
        """`name`, or the next like it that is free: `Basic2`, `class_`."""
        found = name
        if name in SPOKEN or keyword.iskeyword(name):
            found = name = name + "_"
        count = 1
        while found in self.taken or keyword.iskeyword(found):
            count += 1
            found = f"{name}{count}"
        self.taken.add(found)
        return found


def word_of(component: str) -> str:
    """A word from a component of a path: `basic2` is the second `basic`."""
    word = re.sub(r"[0-9]+\Z", "", component)
    return word.removesuffix("_") or word


def camel(component: str) -> str:
    """A class name for a word."""
    parts = re.split(r"[^A-Za-z0-9]+", word_of(component))
    name = "".join(part[:1].upper() + part[1:] for part in parts if part)
    return name if name and name[0].isalpha() else f"Block{name}"


def root_name(name: str) -> str:
    """A class name for a program; digits stay."""
    return camel(name + "_0") if name[-1:].isdigit() else camel(name)


def reference(base: str, path: str) -> str:
    """How Python reaches a submodule; names that it would mangle or not parse go by getattr.

    >>> reference("self", "basic1.conv1"), reference("self", "__a1")
    ('self.basic1.conv1', 'getattr(self, "__a1")')
    """
    for name in path.split("."):
        odd = name.startswith("__") or not name.isidentifier() or keyword.iskeyword(name)
        base = f'getattr({base}, "{name}")' if odd else f"{base}.{name}"
    return base


def assignment(path: str, value: str) -> str:
    """A line of `__init__` that gives `self` a submodule."""
    base, _, name = path.rpartition(".")
    owner = reference("self", base) if base else "self"
    target = reference(owner, name)
    if target.startswith("getattr(") and target.endswith(f'"{name}")'):
        return f'{owner}.add_module("{name}", {value})'
    return f"{target} = {value}"
