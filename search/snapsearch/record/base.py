"""The contract of a store: where the trials of a run are kept while it goes on, and after.

The loop adds each trial when it is asked and finishes it when its outcome is there, in any order;
`trials` gives them back in order of number. `Store` keeps them in a folder, `Memory` nowhere. One
of your own is given to `search(store=…)`; it has to write three methods:

>>> class Listed(TrialStore):
...     def __init__(self):
...         self.kept = {}
...     def trials(self):
...         return [self.kept[number] for number in sorted(self.kept)]
...     def add(self, trial):
...         self.kept[trial.number] = trial
...     def finish(self, trial):
...         self.kept[trial.number] = trial
>>> from snapsearch.testing import check_store
>>> check_store(Listed)

A store that outlives the process also overrides `begin`, and gives back `config` and `facts`: then
`search` goes on with what it holds, or refuses where that was another run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from snapsearch.trial import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TrialStore(ABC):
    """Base of stores. One run, one store; `config` and `facts` are empty until a run begins."""

    config: Mapping[str, Any] = MappingProxyType({})  # what the run was given, as JSON values
    facts: Mapping[str, Any] = MappingProxyType({})  # its metric, budget, inputs … likewise
    _used_up = False
    _vectors: NDArray[Any] | None = None

    # -- trials -------------------------------------------------------------------------------

    @abstractmethod
    def trials(self) -> list[Trial]:
        """All trials in order of number; those that are running too."""

    @abstractmethod
    def add(self, trial: Trial) -> None:
        """Write a trial that runs. Raises `SearchError` where it cannot be written."""

    @abstractmethod
    def finish(self, trial: Trial) -> None:
        """Write what came of a trial that was added."""

    # -- the run ------------------------------------------------------------------------------

    def begin(self, config: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Hook: a new run begins, with this configuration and these facts."""
        self.config, self.facts = dict(config), dict(facts)

    @property
    def folder(self) -> Path | None:
        """The folder of the run, if it has one."""
        return None

    @property
    def used_up(self) -> bool:
        """Whether the run ended because its space had nothing new to give."""
        return self._used_up

    def note_used_up(self, used_up: bool) -> None:
        """Hook: note whether the run ended because its space had nothing new to give."""
        self._used_up = used_up

    def vectors(self) -> NDArray[Any] | None:
        """What `keep_vectors` kept; None: nothing."""
        return self._vectors

    def keep_vectors(self, vectors: NDArray[Any]) -> None:
        """Hook: keep a row for each complete trial: where the strategy sees it; for reports."""
        self._vectors = vectors

    # -- holding and letting go ---------------------------------------------------------------

    def renew(self) -> None:  # noqa: B027
        """Hook: this process still works on the run; called every few seconds."""

    def close(self) -> None:  # noqa: B027
        """Hook: let the run go."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Memory(TrialStore):
    """Trials that are kept nowhere: for a search of which only the result is wanted."""

    def __init__(self) -> None:
        self._trials: list[Trial] = []

    def trials(self) -> list[Trial]:
        """All trials in order of number."""
        return list(self._trials)

    def add(self, trial: Trial) -> None:
        """Take a trial that runs."""
        self._trials.append(trial)

    def finish(self, trial: Trial) -> None:
        """Take what came of a trial."""
        self._trials[trial.number] = trial
