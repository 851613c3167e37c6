"""What can be named: tasks, strategies and engines, and where each lives.

Names are found without importing what they stand for, so that lists and `--help` stay light. A
name with a colon is the user's own: `module:attribute`, looked up from the working directory too.

>>> nearest("digit", TASKS)
'digits'
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snapsearch.errors import SearchError


@dataclass(frozen=True)
class Entry:
    """Where a name's class lives, and one line on it."""

    target: str
    summary: str


TASKS: dict[str, Entry] = {
    "digits": Entry(
        "snapsearch.tasks.digits:Digits",
        "handwritten digits that come with scikit-learn; seconds a trial on one core",
    ),
    "images": Entry(
        "snapsearch.tasks.images:Images", "a folder with one folder of pictures for each class"
    ),
    "table": Entry(
        "snapsearch.tasks.table:Table", "values looked up in a CSV file, such as NAS-Bench-201"
    ),
    "MODULE:FUNCTION": Entry(
        "snapsearch.tasks.function:Function", "data, or a whole task, that your function returns"
    ),
}
STRATEGIES: dict[str, Entry] = {
    "latent": Entry(
        "snapsearch.strategies.latent:Latent",
        "ascent and mutation in the latent space of an auto-encoder (AutoSNAP, 2020)",
    ),
    "random": Entry(
        "snapsearch.strategies.random:Random", "distinct architectures, drawn uniformly"
    ),
    "evolution": Entry(
        "snapsearch.strategies.evolution:Evolution", "aging tournament (Real et al., 2019)"
    ),
    "local": Entry(
        "snapsearch.strategies.local:Local", "first-improvement descent (White et al., 2020)"
    ),
}
ENGINES: dict[str, Entry] = {
    "inline": Entry("snapsearch.engine.inline:Inline", "in this process, one after the other"),
    "workers": Entry(
        "snapsearch.engine.workers:Workers",
        "in worker processes, which are killed and replaced where a candidate runs wild",
    ),
}


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`."""
    found = difflib.get_close_matches(name, list(known), 1, 0.5)
    return found[0] if found else None


def unknown(what: str, name: str, known: Mapping[str, Any]) -> SearchError:
    """The error S121 for a name that stands for nothing."""
    close = nearest(name, known)
    hint = f"did you mean `{close}`?" if close else f"there are {', '.join(known)}"
    return SearchError("S121", f"there is no {what} `{name}`", hint=hint)


def options_of(made: Callable[..., Any], given: int = 2) -> tuple[list[inspect.Parameter], bool]:
    """The named parameters of a class or function behind the `given` first ones.

    Also whether it takes any others.

    >>> [option.name for option in options_of(lambda space, seed, rate=0.1: None)[0]]
    ['rate']
    """
    takes = list(inspect.signature(made).parameters.values())[given:]
    named = [p for p in takes if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return named, len(named) < len(takes)


def load(what: str, name: str, known: Mapping[str, Entry]) -> Any:
    """The class or function of a name. Raises `SearchError` S121, S122."""
    if name not in known and ":" not in name:
        raise unknown(what, name, known)
    target = known[name].target if name in known else name
    module, _, attribute = target.partition(":")
    here = str(Path.cwd())
    if name not in known and here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError, SyntaxError) as error:
        message = f"the {what} `{name}` cannot be loaded: {type(error).__name__}: {error}"
        raise SearchError("S122", message) from error
    if not callable(found):
        made = type(found).__name__
        raise SearchError("S122", f"the {what} `{name}` is no class or function but {made}")
    return found


def not_one(what: str, name: str, found: object) -> SearchError:
    """The error S122 for a class or function of yours that makes something else."""
    if isinstance(found, type):
        return SearchError("S122", f"`{name}` is no {what} but the class `{found.__name__}`")
    return SearchError("S122", f"`{name}` returned no {what} but {type(found).__name__}")
