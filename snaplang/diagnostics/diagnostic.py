"""Diagnostics as values: what is wrong, where, and what would help.

Nothing here formats text (`render.py` does), raises (`error.py` does) or knows the language
(`codes` does).

>>> Diagnostic("E201", "the stack is empty").code
'E201'
"""

from __future__ import annotations

from dataclasses import dataclass

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
