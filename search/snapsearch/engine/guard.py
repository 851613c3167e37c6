"""An evaluation under limits: whatever a candidate does, an outcome comes of it.

Wall time is kept by the system's timer (in the main thread of a process), memory by the system's
limit on what a process may allocate. Where the system has neither, nothing is limited here, and
an engine with processes of its own has to see to it.
"""

from __future__ import annotations

import math
import signal
import sys
import sysconfig
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from numbers import Real
from pathlib import Path
from typing import Any

from snapsearch.engine.base import Job, Outcome, TrialLimits
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Failure, Task
from snapsearch.trial import Result

GIB = 1 << 30


def evaluated(task: Task, job: Job, limits: TrialLimits) -> Outcome:
    """Run a job. `SearchError`s (the task cannot be used at all) and interrupts pass through."""
    try:
        with timed(limits.seconds), bounded(limits.memory):
            result = _plain(task.evaluate(job.program, job.budget, job.seed))
    except Failure as failure:
        return Outcome(job.number, None, str(failure))
    except SearchError:
        raise
    except MemoryError:
        return Outcome(job.number, None, "memory: an allocation was refused")
    except (Exception, SystemExit) as error:
        return Outcome(job.number, None, reason_of(error))
    if not math.isfinite(result.value):
        return Outcome(job.number, None, f"diverged: the value is {result.value}")
    return Outcome(job.number, result)


def _plain(result: object) -> Result:
    """What a task returned, its figures as floats. Raises `TypeError` for what is no result."""
    if not isinstance(result, Result) or not isinstance(result.metrics, Mapping):
        raise TypeError(f"`evaluate` returned no Result but {result!r:.100}")
    for name, figure in {**result.metrics, "cost": result.cost, "value": result.value}.items():
        if not isinstance(figure, Real):
            raise TypeError(f"`{name}` of the Result is no number but {figure!r:.100}")
    metrics = {str(name): float(figure) for name, figure in result.metrics.items()}
    return replace(result, value=float(result.value), metrics=metrics, cost=float(result.cost))


def reason_of(error: BaseException) -> str:
    """A reason from what a candidate raised."""
    text = str(error).strip().partition("\n")[0][:300]
    lowered = text.lower()
    if "out of memory" in lowered or "can't allocate memory" in lowered:
        return f"memory: {text}"
    return f"error: {type(error).__name__}: {text}{_place(error)}"


def _place(error: BaseException) -> str:
    """The user's line in which something was raised, ` (file:line)`; empty where none is theirs."""
    packages = [sys.modules[name] for name in ("snaplang", "snapsearch") if name in sys.modules]
    others = [Path(str(package.__file__)).parent for package in packages]
    others.append(Path(sysconfig.get_path("stdlib")))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        within = {"site-packages", "dist-packages"}.isdisjoint(path.parts)
        if within and path.is_file() and not any(path.is_relative_to(root) for root in others):
            return f" ({path}:{frame.lineno})"
    return ""


@contextmanager
def timed(seconds: float | None) -> Iterator[None]:
    """Raise `Failure` (time) in the block when `seconds` have passed."""
    main = threading.current_thread() is threading.main_thread()
    if seconds is None or not main or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise Failure("time", f"stopped after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def bounded(gib: float | None) -> Iterator[None]:
    """Refuse allocations of more than `gib` GiB beyond what the process has already."""
    try:
        import resource

        before = resource.getrlimit(resource.RLIMIT_DATA)
        own = _allocated()
    except (ImportError, OSError, ValueError):
        gib = None
    if gib is None:
        yield
        return
    most = own + int(gib * GIB)
    hard = before[1]
    resource.setrlimit(
        resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _allocated() -> int:
    """What this process has allocated, in bytes (Linux)."""
    with open("/proc/self/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    raise OSError("no VmData")
