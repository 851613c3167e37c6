"""What runs in a worker process: jobs from a pipe, outcomes into it, until the pipe ends.

A worker ignores Ctrl-C (its parent decides), and ends when its parent does, whatever ends that.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from snapsearch.engine.base import TrialLimits
from snapsearch.engine.guard import evaluated
from snapsearch.errors import SearchError

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


def main(
    pipe: Connection, pickled: bytes, limits: TrialLimits, device: str, index: int, of: int
) -> None:
    """Serve jobs. Sends `None` once the task is ready, then an outcome (or an error) per job."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(dict.fromkeys(THREADS, "1"))
    from snapsearch.tasks.placement import place

    place(device, index, of)
    task = pickle.loads(pickled)
    pipe.send(None)
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        answer: Any
        try:
            answer = evaluated(task, job, limits)
        except SearchError as error:
            answer = error
        pipe.send(answer)


def _end_with_parent() -> None:
    """A parent that was killed closes nothing that a busy worker would notice."""
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
