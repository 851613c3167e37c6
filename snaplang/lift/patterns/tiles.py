"""A `Tile`: what several terms are together, and how they will be emitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from snaplang.lift.terms import Term


@dataclass(frozen=True)
class Tile:
    """An op and the terms that it takes.

    `how` is the way of emission, `op` the op of the table, `given` its arguments and weights.
    """

    how: str
    leaves: tuple[Term, ...]
    op: str = ""
    given: dict[str, Any] = field(default_factory=dict)
