"""A run on the screen: best value, trials a minute, time left. On a terminal a bar, else lines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from snapsearch.run.loop import Watcher
from snapsearch.trial import Trial, brief

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE, AGAIN = 2.0, 30.0  # seconds until a line says what takes long, and until the next


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
        self._what, self._due = "", 0.0  # what is being prepared, when it is due to be told

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def preparing(self, what: str, share: float) -> None:
        """Tell what is waited for: on a terminal at once, else in a line now and then."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._due = what, now + PATIENCE
        told = f"{what}: {share:.0%}"
        if self._console.is_terminal:
            self._bar.update(self._shown(), description=told)
        elif now >= self._due:
            self._due = now + AGAIN
            self._say("", f"preparing {told}")

    def noted(self, text: str) -> None:
        """A line."""
        self._say("", f"note: {text}")

    def began(self, trials: list[Trial], planned: int) -> None:
        """Start counting."""
        self._planned, self._began = planned, time.monotonic()
        ended = [t for t in trials if t.state.value != "running"]
        self._done = len(ended)
        for trial in ended:
            self._better(trial)
        self._bar.update(self._shown(), total=planned)
        self._show()

    def asked(self, trial: Trial) -> None:
        """What was prepared for it is done."""
        self._show()

    def finished(self, trial: Trial) -> None:
        """Count a trial; tell when it is the best so far, or failed."""
        self._done, self._new = self._done + 1, self._new + 1
        if trial.result is None:
            self._say(f"[red]trial {trial.number} failed[/]: ", trial.reason or "")
        elif self._better(trial):
            found = f"trial {trial.number}: [green]{trial.result.value:.6g}[/]  "
            self._say(found, brief(trial.candidate))
        self._show()

    def waiting(self) -> None:
        """Move the time left."""
        self._show()

    def _shown(self) -> Any:
        """The bar's one line."""
        if self._task is None:
            self._task = self._bar.add_task("", total=None, pace="")
        return self._task

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
        self._bar.update(self._shown(), completed=self._done, description=f"best {best}", pace=pace)


def _span(minutes: float) -> str:
    """A time to read: `40 s`, `12 min`, `3.5 h`.

    >>> _span(0.5), _span(12), _span(210)
    ('30 s', '12 min', '3.5 h')
    """
    if minutes < 1.5:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
