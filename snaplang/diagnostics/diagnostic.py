"""Diagnostics as values: what is wrong, where, and what would help.

Nothing here formats text (`render.py` does) or knows the language (`codes` lists the codes).

>>> Diagnostic("E201", "the stack is empty").code
'E201'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from snaplang.diagnostics.source import Span


@dataclass(frozen=True)
class Note:
    """A second place that belongs to a diagnostic, with a word on its part."""

    text: str
    span: Span | None = None


@dataclass(frozen=True)
class Diagnostic:
    """One error: a stable code, a message with the offending value, a place and a hint.

    `stack` is what the stack held, bottom first, one text per tensor; None where it has no bearing.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    stack: tuple[str, ...] | None = None
    notes: tuple[Note, ...] = ()


class SnapError(Exception):
    """A program, a file or a request was rejected; `.diagnostics` says why, in source order."""

    exit_code = 1

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic) -> None:
        found = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = found
        super().__init__(found)

    def __str__(self) -> str:
        from snaplang.diagnostics.render import as_text

        return as_text(self.diagnostics)


def located(error: SnapError, span: Span | None) -> SnapError:
    """The error at a place, where it has none of its own."""
    found = SnapError(d if d.span else replace(d, span=span) for d in error.diagnostics)
    found.__cause__ = error.__cause__
    return found


def fail(code: str, message: str, span: Span | None = None, hint: str | None = None) -> SnapError:
    """A `SnapError` of a single diagnostic, to be raised."""
    return SnapError(Diagnostic(code, message, span, hint))
