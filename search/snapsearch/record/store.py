"""The record of a run: a folder with what the run was given, and its trials in an Optuna storage.

`run.json` holds configuration and facts, `trials.db` (SQLite) or the storage of any SQLAlchemy URL
the trials; optuna-dashboard opens either as it is. Whatever moment a process dies at, a trial is
there whole or is still running. Who writes holds the run: another writer is refused.

To read a run, also one that is going on:

    with Store.open("runs/digits") as store:
        store.config, store.facts        # what it was given; its metric, cost unit, symbols …
        store.trials()                   # in order of number

This neither asks strategies nor runs evaluations.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapsearch import files
from snapsearch.errors import SearchError
from snapsearch.record.base import Memory, TrialStore
from snapsearch.record.storage import Trials, looked_over
from snapsearch.trial import State, Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECORD, LOCK, TRIALS, VECTORS = "run.json", "lock", "trials.db", "vectors.npy"
FORMAT = 1
__all__ = ["FORMAT", "LEASE", "LOCK", "RECORD", "TRIALS", "VECTORS", "Memory", "Store"]

LEASE = 60.0  # seconds that a claim on a shared storage holds unless it is renewed


class Store(TrialStore):
    """A run's folder. `create` begins one, `open` reads one; `hold` before you write."""

    def __init__(self, folder: Path, record: Mapping[str, Any]) -> None:
        self._folder, self._record = folder, record
        self.config: dict[str, Any] = dict(record["config"])
        self.facts: dict[str, Any] = dict(record["facts"])
        self._trials: Trials | None = None
        self._lock = files.Hold(folder / LOCK)
        self._owner, self._renewed = files.mark(), 0.0
        self._leased = False

    # -- beginning and opening ----------------------------------------------------------------

    @staticmethod
    def vacant(folder: Path) -> None:
        """Raise `SearchError` S301 unless a run can begin in a folder: it is new or empty."""
        if (folder / RECORD).exists():
            hint = f"go on with it: snapsearch resume {folder}; or name another folder"
            raise SearchError("S301", f"`{folder}` holds a run already", str(folder), hint)
        if "?" in str(folder.resolve()):
            raise SearchError("S301", "a run's path may not have a `?` in it", str(folder))
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            hint = "name a folder that does not exist yet"
            raise SearchError("S301", f"`{folder}` holds other files", str(folder), hint)

    @staticmethod
    def create(folder: Path, config: Mapping[str, Any], facts: Mapping[str, Any]) -> Store:
        """Begin a run. Raises `SearchError` (S301 taken, S305 cannot be written)."""
        Store.vacant(folder)
        name = folder.resolve().name or "run"
        study = f"{name}-{files.mark()}" if config.get("storage") else name
        given = {"config": dict(config), "facts": dict(facts)}
        record = {"format": FORMAT, "study": study, **given}
        with files.writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            files.put(folder / RECORD, json.dumps(record, indent=2) + "\n")
        return Store(folder, record)

    @staticmethod
    def open(folder: str | Path) -> Store:
        """A run that is there. Raises `SearchError` (S302 no run, S303 damaged)."""
        folder = Path(folder)
        path = folder / RECORD
        if not path.is_file():
            hint = "give the folder that `out` named"
            raise SearchError("S302", f"`{folder}` is no run: it has no `{RECORD}`", hint=hint)
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record["format"] != FORMAT:
                message = f"the run was written in format {record['format']}, this reads {FORMAT}"
                raise SearchError("S303", message, str(path))
            assert isinstance(record["study"], str), "study"
            return Store(folder, record)
        except (ValueError, KeyError, TypeError, AssertionError, OSError) as error:
            hint = "nothing was changed; restore the file from a backup, or start a new run"
            message = f"the run's record is damaged: {type(error).__name__}: {error}"
            raise SearchError("S303", message, str(path), hint) from error

    def begin(self, config: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Write what the run is given, where `create` was not told."""
        self.config, self.facts = dict(config), dict(facts)
        self._note(config=self.config, facts=self.facts)

    @property
    def folder(self) -> Path:
        """Where the run is recorded."""
        return self._folder

    @property
    def url(self) -> str:
        """Where the trials are, as SQLAlchemy and optuna-dashboard take it."""
        chosen = self.config.get("storage")
        return str(chosen) if chosen else f"sqlite:///{self._file.resolve()}"

    @property
    def _file(self) -> Path:
        return self.folder / TRIALS

    # -- holding and letting go ---------------------------------------------------------------

    def hold(self) -> Store:
        """Claim the run for writing until `close`. Raises `SearchError` S304 if it is held."""
        self._lock.take(self.folder)
        try:
            if self.config.get("storage"):
                new = not self._begun
                self._trials = Trials(self.url, self._record["study"], self._place, create=new)
                self._trials.lease(self._owner, LEASE)
                self._leased = True
            else:
                self._begin_file()
                self._connect()
            self._settle()
            self._note_begun()
        except BaseException:
            self.close()
            raise
        return self

    def _begin_file(self) -> None:
        """Make the database beside its place, then move it there: it is never seen half made."""
        if self._file.exists():
            return
        if self._begun:
            raise self._gone()
        with files.writing(self._file):
            for stale in self.folder.glob(f".{TRIALS}*"):
                stale.unlink()
            beside = self.folder / f".{TRIALS}"
            Trials.make_file(beside, self._record["study"], self._place)
            os.replace(beside, self._file)

    @property
    def _begun(self) -> bool:
        """Whether the trials have had a place, as far as the record knew when it was opened."""
        return self._record.get("begun") is True

    def _note_begun(self) -> None:
        """Note in the record that the trials have a place: if it is gone, they are lost."""
        if not self._begun:
            self._note(begun=True)

    def _note(self, **facts: Any) -> None:
        self._record = {**self._record, **facts}
        with files.writing(self.folder):
            files.put(self.folder / RECORD, json.dumps(self._record, indent=2) + "\n")

    def _gone(self) -> SearchError:
        hint = "nothing was changed; restore it from a backup, or start a new run"
        return SearchError("S303", f"the run's `{TRIALS}` is missing", str(self._file), hint)

    def _connect(self) -> Trials:
        if self._trials is None:
            if not self.config.get("storage"):
                if not self._file.exists():
                    raise FileNotFoundError
                looked_over(self._file)
            self._trials = Trials(self.url, self._record["study"], self._place)
        return self._trials

    def _settle(self) -> None:
        assert self._trials is not None
        self._trials.about({"config": self.config, "facts": self.facts})
        self._trials.settle(self._trials.load())

    @property
    def _place(self) -> str:
        return str(self._file) if not self.config.get("storage") else "storage"

    def renew(self) -> None:
        """Say that this process still works on the run; call it now and then."""
        due = time.monotonic() > self._renewed + LEASE / 4
        if self._leased and self._trials is not None and due:
            self._trials.lease(self._owner, LEASE)
            self._renewed = time.monotonic()

    def close(self) -> None:
        """Let the run go."""
        try:
            if self._trials is not None:
                if self._leased:
                    self._trials.lease(self._owner, 0)
                self._trials.close()
        finally:
            self._trials, self._leased = None, False
            self._lock.give()

    # -- trials -------------------------------------------------------------------------------

    def trials(self) -> list[Trial]:
        """All trials in order of number. Raises `SearchError` S303 where they are damaged."""
        if self._trials is None and self.config.get("storage") and not self._begun:
            return []  # a run that ended before its study was made
        try:
            return self._connect().load()
        except FileNotFoundError as error:
            if self._begun:
                raise self._gone() from error
            return []  # a run that ended before its first trial

    def add(self, trial: Trial) -> None:
        """Write a trial that runs. Hold the run first."""
        assert self._trials is not None, "hold the run first"
        self._trials.add(trial)

    def finish(self, trial: Trial) -> None:
        """Write what came of a trial. Hold the run first."""
        assert self._trials is not None, "hold the run first"
        assert trial.state is not State.RUNNING
        self._trials.finish(trial)

    # -- beside the trials --------------------------------------------------------------------

    def keep_vectors(self, vectors: NDArray[Any]) -> None:
        """Keep a row for each complete trial: where the strategy sees it."""
        import numpy as np

        content = io.BytesIO()
        np.save(content, vectors)
        with files.writing(self.folder):
            files.put_bytes(self.folder / VECTORS, content.getvalue())

    def note_used_up(self, used_up: bool) -> None:
        """Note whether the run ended because its space had nothing new to give. Hold it first."""
        if used_up != self.used_up:
            self._note(used_up=used_up)

    @property
    def used_up(self) -> bool:
        """Whether the run ended because its space had nothing new to give."""
        return self._record.get("used_up") is True

    def vectors(self) -> NDArray[Any] | None:
        """What `keep_vectors` kept; None: nothing."""
        import numpy as np

        try:
            return np.asarray(np.load(self.folder / VECTORS, allow_pickle=False))
        except (OSError, ValueError):
            return None
