"""Neural architecture search over SNAP programs: which block works best on my data?

A `Space` says which programs there are, a `Task` what one is worth, a `Strategy` which to try next;
`search` brings them together, the command `snapsearch` does the same with a record on disk. Names
are imported when they are first used.

    from snapsearch import search
    best = search(task="digits", strategy="random", trials=16)
    print(best.value, best.program)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.0.1"

if TYPE_CHECKING:
    from snapsearch.engine.base import Engine
    from snapsearch.errors import SearchError
    from snapsearch.record.base import TrialStore
    from snapsearch.record.store import Store
    from snapsearch.run.finding import Found, search
    from snapsearch.space import build, free, from_file, template
    from snapsearch.space.base import Space
    from snapsearch.strategies.base import Proposal, Strategy
    from snapsearch.tasks.base import Failure, Options, Task
    from snapsearch.tasks.network import Network
    from snapsearch.trial import Candidate, Result, State, Trial

_HOMES = {
    "Candidate": "trial",
    "Engine": "engine.base",
    "Failure": "tasks.base",
    "Found": "run.finding",
    "Network": "tasks.network",
    "Options": "tasks.base",
    "Proposal": "strategies.base",
    "Result": "trial",
    "SearchError": "errors",
    "Space": "space.base",
    "State": "trial",
    "Store": "record.store",
    "Strategy": "strategies.base",
    "Task": "tasks.base",
    "Trial": "trial",
    "build": "space",
    "free": "space",
    "from_file": "space",
    "TrialStore": "record.base",
    "search": "run.finding",
    "template": "space",
}

__all__ = [
    "Candidate",
    "Engine",
    "Failure",
    "Found",
    "Network",
    "Options",
    "Proposal",
    "Result",
    "SearchError",
    "Space",
    "State",
    "Store",
    "Strategy",
    "Task",
    "Trial",
    "TrialStore",
    "build",
    "free",
    "from_file",
    "search",
    "template",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `snapsearch` has no attribute `{name}`")
    return getattr(import_module(f"snapsearch.{_HOMES[name]}"), name)
