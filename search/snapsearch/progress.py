"""A run on the screen: best value, trials a minute, time left. On a terminal a bar, else lines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from snapsearch.run import Watcher
from snapsearch.trial import Trial

if TYPE_CHECKING:
    from rich.console import Console


class Bar(Watcher):
    """Shows a run on a console."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task: Any = None
        self._best: Trial | None = None
        self._planned = self._done = self._new = 0
        self._began = time.monotonic()

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def began(self, trials: list[Trial], planned: int) -> None:
        """Start counting."""
        self._planned, self._began = planned, time.monotonic()
        ended = [t for t in trials if t.state.value != "running"]
        self._done = len(ended)
        for trial in ended:
            self._better(trial)
        self._task = self._bar.add_task("", total=planned, completed=self._done, pace="")
        self._show()

    def finished(self, trial: Trial) -> None:
        """Count a trial; tell when it is the best so far, or failed."""
        self._done, self._new = self._done + 1, self._new + 1
        if trial.result is None:
            self._say(f"[red]trial {trial.number} failed[/]: ", trial.reason or "")
        elif self._better(trial):
            self._say(f"trial {trial.number}: [green]{trial.result.value:.6g}[/]  ", shown(trial))
        self._show()

    def waiting(self) -> None:
        """Move the time left."""
        self._show()

    def _better(self, trial: Trial) -> bool:
        better = trial.value is not None and (
            self._best is None or trial.value > (self._best.value or 0)
        )
        self._best = trial if better else self._best
        return better

    def _say(self, marked: str, plain: str) -> None:
        from rich.text import Text

        self._console.print(Text.from_markup(marked) + Text(plain), soft_wrap=True, highlight=False)

    def _show(self) -> None:
        best = "none yet" if self._best is None else f"{self._best.value:.6g}"
        minutes = (time.monotonic() - self._began) / 60
        pace = ""
        if self._new and minutes > 0:
            rate = self._new / minutes
            left = (self._planned - self._done) / rate
            pace = f"{rate:.3g} trials/min, {_span(left)} left"
        if self._task is not None:
            self._bar.update(
                self._task, completed=self._done, description=f"best {best}", pace=pace
            )


def shown(trial: Trial) -> str:
    """A program on one line, shortened."""
    line = " ".join(trial.candidate.program.split()) or "(the identity)"
    return line if len(line) <= 100 else line[:99] + "…"


def _span(minutes: float) -> str:
    """A time to read: `40 s`, `12 min`, `3.5 h`.

    >>> _span(0.5), _span(12), _span(210)
    ('30 s', '12 min', '3.5 h')
    """
    if minutes < 1.5:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
