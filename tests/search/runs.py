"""Runs of the tiny task in processes of their own, for tests that kill, starve and crowd them."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from snapsearch.config.reading import read
from snapsearch.config.sections import Config
from snapsearch.record.store import RECORD, Store
from snapsearch.run.session import begin, resume
from snapsearch.trial import Trial

_PRELOAD = ["optuna.storages", "sqlalchemy.dialects.sqlite", "snapsearch.run.session", "numpy"]
_PRELOAD += ["alembic.command", "optuna.storages._rdb.storage", "tests.search.tiny", "filelock"]


def config(folder: Path, task: dict[str, Any] | None = None, **values: Any) -> Config:
    """A tiny run in a folder."""
    return read(
        None,
        {
            "task": {"name": "tests.search.tiny:score", **(task or {})},
            "space": {"name": "tests.search.tiny:sequences"},
            "strategy": "tests.search.tiny:Climb",
            "out": str(folder),
            **values,
        },
    )


def run(made: Config) -> list[Trial]:
    """Begin a run, or go on where its folder holds one; the trials it ends with."""
    if (made.folder / RECORD).exists():
        changes = {"engine": made.engine, "workers": made.workers, "trials": made.trials}
        store = resume(made.folder, changes)
    else:
        store = begin(made)
    return trials(store.folder)


def trials(folder: Path) -> list[Trial]:
    """The trials on record."""
    with Store.open(folder) as store:
        return store.trials()


def start(made: Config) -> BaseProcess:
    """`run` in another process, which is forked from a server that has imported what it needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    process = context.Process(target=_run, args=(made,))
    process.start()
    return process


def _run(made: Config) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run(made)


def evaluations(log: Path) -> list[str]:
    """The programs that were evaluated, in the order in which they began."""
    return log.read_text().splitlines() if log.exists() else []


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
