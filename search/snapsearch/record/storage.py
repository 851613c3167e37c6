"""Trials in an Optuna storage: one study a run, each step one transaction.

A trial is written as running when it is asked, with all that is known of it; then its outcome, as
one attribute; then its state and value. A process that dies between the last two has finished the
trial: `load` sees the outcome. The study's number of a trial is the run's.

This knows Optuna and SQLAlchemy; who may write, and where a run lies, `store` knows.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapsearch.errors import SearchError
from snapsearch.files import FULL
from snapsearch.trial import Candidate, Result, State, Trial

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

OUTCOME, LEASE, ABOUT = "outcome", "lease", "snapsearch"
_SIGNS = (  # what databases say, the code, what we say, and the hint
    ("malformed", "S303", "the trials' database is damaged", "nothing was changed"),
    ("not a database", "S303", "the trials' database is damaged", "nothing was changed"),
    ("no such table", "S303", "the trials' database is damaged", "nothing was changed"),
    ("disk is full", "S305", FULL, "make room, then go on with `snapsearch resume`"),
    ("disk i/o error", "S305", "the disk is full or broken", "make room, then `snapsearch resume`"),
    ("readonly", "S305", "the trials' database may not be written", None),
    ("locked", "S304", "another program keeps the trials' database locked", "close it"),
)


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turns what storages raise into `SearchError`s with a code."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError, sqlite3.Error) as error:
        cause = error.__cause__ if isinstance(error, StorageInternalError) else error
        text = str(getattr(cause, "orig", None) or cause)
        for sign, code, message, hint in _SIGNS:
            if sign in text.lower():
                raise SearchError(code, f"{message} ({text})", place, hint) from error
        raise SearchError("S307", f"the storage fails: {text}", place) from error


def looked_over(path: Path) -> None:
    """Raise `SearchError` S303 unless a SQLite file is whole."""
    place = str(path)
    if path.stat().st_size == 0:
        raise SearchError("S303", "the trials' database is empty", place, "nothing was changed")
    with told(place):
        connection = sqlite3.connect(path, timeout=60)
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            connection.execute("SELECT count(*) FROM studies, trials").fetchone()
        finally:
            connection.close()
    if found != "ok":
        message = f"the trials' database is damaged ({found})"
        raise SearchError("S303", message, place, "nothing was changed")


class Trials:
    """The trials of one study, in a storage of any SQLAlchemy URL."""

    def __init__(self, url: str, study: str, place: str, create: bool = False) -> None:
        self.place, self._ids = place, dict[int, int]()
        with told(place), _quiet():
            self._storage = _storage(url, place)
            self._study = self._find(study, create)

    @staticmethod
    def make_file(path: Path, study: str, place: str) -> None:
        """Write a SQLite file with an empty study; whole on disk when this returns."""
        new = Trials(f"sqlite:///{path.resolve()}", study, place, create=True)
        new.close()
        with open(path, "rb") as made:
            os.fsync(made.fileno())

    def _find(self, study: str, create: bool) -> int:
        from optuna.study import StudyDirection

        try:
            return int(self._storage.get_study_id_from_name(study))
        except KeyError as error:
            if create:
                return int(self._storage.create_new_study([StudyDirection.MAXIMIZE], study))
            message = f"the storage has no study `{study}`"
            raise SearchError("S303", message, self.place, "nothing was changed") from error

    def close(self) -> None:
        """Close all connections."""
        self._storage.remove_session()
        self._storage.engine.dispose()

    # -- trials -------------------------------------------------------------------------------

    def load(self) -> list[Trial]:
        """All trials in order of number."""
        with told(self.place):
            found = self._storage.get_all_trials(self._study, deepcopy=False)
        found.sort(key=lambda t: t.number)
        self._ids = {t.number: t._trial_id for t in found}
        try:
            return [_read(t) for t in found]
        except (KeyError, TypeError, ValueError) as error:
            message = f"a trial is no trial of snapsearch: {error!r}"
            raise SearchError("S303", message, self.place, "nothing was changed") from error

    def add(self, trial: Trial) -> None:
        """Write a running trial."""
        with told(self.place):
            self._ids[trial.number] = self._storage.create_new_trial(self._study, _running(trial))

    def finish(self, trial: Trial) -> None:
        """Write the outcome of a trial that is there."""
        from optuna.trial import TrialState

        key = self._ids[trial.number]
        with told(self.place):
            self._storage.set_trial_user_attr(key, OUTCOME, _outcome(trial))
            if trial.result is None:
                self._storage.set_trial_state_values(key, TrialState.FAIL)
            else:
                self._storage.set_trial_state_values(key, TrialState.COMPLETE, [trial.result.value])

    def settle(self, trials: list[Trial]) -> None:
        """Finish what a process that died had as good as finished."""
        with told(self.place):
            for frozen in self._storage.get_all_trials(self._study, deepcopy=False):
                if not frozen.state.is_finished() and OUTCOME in frozen.user_attrs:
                    self.finish(trials[frozen.number])

    # -- the study ----------------------------------------------------------------------------

    def about(self, facts: dict[str, Any]) -> None:
        """Keep what the run is, for whoever finds the study in its storage."""
        with told(self.place):
            if self._storage.get_study_user_attrs(self._study).get(ABOUT) != facts:
                self._storage.set_study_user_attr(self._study, ABOUT, facts)

    def lease(self, owner: str, seconds: float) -> None:
        """Claim or renew the study for a while. Raises `SearchError` S304 if another has it."""
        with told(self.place):
            held = self._storage.get_study_user_attrs(self._study).get(LEASE) or {}
            if held.get("owner") not in (None, owner) and held["until"] > time.time():
                left = held["until"] - time.time()
                hint = f"if that process is gone, its claim ends in {left:.0f} seconds"
                message = "another process is running this study"
                raise SearchError("S304", message, self.place, hint)
            claim = {"owner": owner, "until": time.time() + seconds} if seconds else {}
            self._storage.set_study_user_attr(self._study, LEASE, claim)


def _storage(url: str, place: str) -> Any:
    from optuna.storages import RDBStorage

    patience = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {}
    try:
        return RDBStorage(url.replace("{", "{{").replace("}", "}}"), engine_kwargs=patience)
    except (RuntimeError, ImportError, ValueError) as error:
        text = str(error).partition("\n")[0]
        raise SearchError("S307", f"the storage cannot be used: {text}", place) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's notes on studies that were made."""
    logger = logging.getLogger("optuna")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _running(trial: Trial) -> FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    known = {
        "program": trial.candidate.program,
        "fingerprint": trial.candidate.fingerprint,
        "tokens": list(trial.candidate.tokens),
        "origin": trial.origin,
        "estimate": trial.estimate,
    }
    return FrozenTrial(
        number=trial.number,
        state=TrialState.RUNNING,
        value=None,
        datetime_start=datetime.now(),
        datetime_complete=None,
        params={},
        distributions={},
        user_attrs=known,
        system_attrs={},
        intermediate_values={},
        trial_id=-1,
    )


def _outcome(trial: Trial) -> dict[str, Any]:
    if trial.result is None:
        return {"reason": trial.reason or "unknown"}
    result = trial.result
    return {"value": result.value, "metrics": dict(result.metrics), "cost": result.cost}


def _read(frozen: FrozenTrial) -> Trial:
    attrs = frozen.user_attrs
    candidate = Candidate(tuple(attrs["tokens"]), attrs["program"], attrs["fingerprint"])
    known = {"origin": attrs["origin"], "estimate": attrs["estimate"]}
    outcome = attrs.get(OUTCOME)
    if outcome is None:
        return Trial(frozen.number, candidate, **known)
    if "reason" in outcome:
        return Trial(frozen.number, candidate, State.FAILED, None, outcome["reason"], **known)
    result = Result(outcome["value"], outcome["metrics"], outcome["cost"])
    return Trial(frozen.number, candidate, State.COMPLETE, result, None, **known)
