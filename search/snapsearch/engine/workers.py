"""Evaluations in worker processes: one job each at a time, killed and replaced where need be.

Workers are spawned, not forked, so that they start clean; a GPU is shared between those that are
placed on it. A worker that dies takes its job with it: that trial has failed, with the signal as
its reason, and another worker takes the place.
"""

from __future__ import annotations

import pickle
import signal
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from snapsearch.engine import spawned, worker
from snapsearch.engine.base import Engine, Job, Outcome, TrialLimits
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Task

GRACE = 3.0  # seconds past its time that a worker may take to say so itself


@dataclass
class _Worker:
    """A process, our end of its pipe, its job, and when that has to be over."""

    process: Any
    pipe: Connection
    place: int
    ready: bool = False
    job: Job | None = None
    deadline: float = float("inf")


class Workers(Engine):
    """A pool of `workers` processes that evaluate one task."""

    def __init__(self, task: Task, limits: TrialLimits, workers: int = 1, device: str = "") -> None:
        spawned.refuse()
        super().__init__(task, limits)
        self._pickled, self._device, self._n = pickle.dumps(task), device, workers
        self._waiting: deque[Job] = deque()
        self._workers = [self._start(place) for place in range(workers)]

    def submit(self, job: Job) -> None:
        """Take a job; a free worker gets it at once."""
        self._waiting.append(job)
        self._hand_out()

    def collect(self, patience: float | None = None) -> list[Outcome]:
        """Wait for outcomes. Raises `SearchError` where the task itself cannot work."""
        end = time.monotonic() + (float("inf") if patience is None else patience)
        while self._waiting or self.busy():
            outcomes = self._round(end)
            self._hand_out()
            if outcomes or time.monotonic() >= end:
                return outcomes
        return []

    def close(self) -> None:
        """Kill all workers."""
        for one in self._workers:
            _kill(one)
        self._workers = []
        self._waiting.clear()

    def pids(self) -> list[int]:
        """The processes at work."""
        return [w.process.pid for w in self._workers]

    def busy(self) -> int:
        """How many jobs are running."""
        return sum(w.job is not None for w in self._workers)

    # -- workers ------------------------------------------------------------------------------

    def _start(self, place: int) -> _Worker:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=worker.main,
            args=(theirs, self._pickled, self.limits, self._device, place, self._n),
            daemon=True,
            name=f"{spawned.NAME}-{place}",
        )
        process.start()
        theirs.close()
        return _Worker(process, ours, place)

    def _hand_out(self) -> None:
        for one in self._workers:
            if self._waiting and one.ready and one.job is None:
                job = self._waiting.popleft()
                try:
                    one.pipe.send(job)
                except OSError:  # it is dead; the next round sees that
                    self._waiting.appendleft(job)
                    return
                one.job = job
                if self.limits.seconds is not None:
                    one.deadline = time.monotonic() + self.limits.seconds + GRACE

    def _round(self, end: float) -> list[Outcome]:
        """Wait once; the outcomes of workers that answered, died, or had to be killed."""
        first = min(end, *(w.deadline for w in self._workers))
        patience = None if first == float("inf") else max(0.0, first - time.monotonic())
        watched = [x for w in self._workers for x in (w.pipe, w.process.sentinel)]
        ready = wait(watched, patience)
        outcomes = []
        for i, one in enumerate(self._workers):
            if one.pipe in ready or one.process.sentinel in ready:
                outcomes += self._heard(i, one)
            elif time.monotonic() >= one.deadline:
                assert one.job is not None
                reason = f"time: killed after {self.limits.seconds:g} seconds"
                outcomes.append(Outcome(one.job.number, None, reason))
                self._replace(i, one)
        return outcomes

    def _heard(self, i: int, one: _Worker) -> list[Outcome]:
        try:
            answer = one.pipe.recv() if one.pipe.poll() else _DEAD
        except (EOFError, OSError):
            answer = _DEAD
        if isinstance(answer, Outcome):
            one.job, one.deadline = None, float("inf")
            return [answer]
        if answer is None:
            one.ready = True
            return []
        if isinstance(answer, SearchError):
            raise answer
        job, ready = one.job, one.ready
        self._replace(i, one)
        if job is None:
            if ready:
                return []
            code = one.process.exitcode
            if code == spawned.UNGUARDED:
                raise spawned.unguarded()
            hint = "run it with the engine `inline` to see why"
            raise SearchError("S402", f"a worker ended before it began: {_why(code)}", hint=hint)
        return [Outcome(job.number, None, f"died: {_why(one.process.exitcode)}")]

    def _replace(self, i: int, one: _Worker) -> None:
        _kill(one)
        self._workers[i] = self._start(one.place)


_DEAD = object()


def _kill(one: _Worker) -> None:
    if one.process.is_alive():
        one.process.kill()
    one.process.join()
    one.pipe.close()


def _why(code: int | None) -> str:
    """An exit code in words."""
    if code is not None and code < 0:
        try:
            return f"the worker was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"the worker was killed by signal {-code}"
    return f"the worker ended with exit code {code}"
