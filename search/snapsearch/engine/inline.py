"""Evaluations in this process, one after the other."""

from __future__ import annotations

from collections import deque

from snapsearch.engine.base import Engine, Job, Outcome, TrialLimits
from snapsearch.engine.guard import evaluated
from snapsearch.tasks.base import Task
from snapsearch.tasks.placement import place


class Inline(Engine):
    """Runs a job when it is asked for an outcome."""

    def __init__(self, task: Task, limits: TrialLimits, device: str = "") -> None:
        super().__init__(task, limits)
        place(device)
        self._jobs: deque[Job] = deque()

    def submit(self, job: Job) -> None:
        """Take a job."""
        self._jobs.append(job)

    def collect(self, patience: float | None = None) -> list[Outcome]:
        """Run the next job, however long it takes."""
        if not self._jobs:
            return []
        outcome = evaluated(self.task, self._jobs[0], self.limits)
        self._jobs.popleft()
        return [outcome]

    def close(self) -> None:
        """Forget the jobs that wait."""
        self._jobs.clear()
