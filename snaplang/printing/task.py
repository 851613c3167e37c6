"""What a schedule orders and what it is made of: tasks, steps, and the texts of wiring.

A task takes values off the stack and leaves others; it is an op, or the end of the program. Tasks
know nothing of ops, shapes or graphs, so that the search works on numbers alone.

>>> [wiring(Step("roll", 1)), wiring(Step("pick", 4))]
['swap', 'pick4']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Stack = tuple[int, ...]


class Step(NamedTuple):
    """A symbol: `run` a task, `pick`/`roll` at a depth, `drop`, `name` or `push` a value."""

    move: str
    of: int


@dataclass(frozen=True, slots=True)
class Task:
    """Values taken, deepest first, and left; `free` if the order of those taken is no matter."""

    takes: Stack
    leaves: Stack
    free: bool = False


_SHORT = {("pick", 0): "dup", ("pick", 1): "over", ("roll", 1): "swap", ("roll", 2): "rot"}


def wiring(step: Step) -> str:
    """The symbol of a wiring step, the shortest there is."""
    if step.move == "drop":
        return "drop"
    return _SHORT.get(step) or f"{step.move}{step.of}"
