"""Diagnostics raised: `SnapError`, which every function of the package raises for bad input.

>>> print(fail("E601", "cannot read `x.snap`"))
error[E601]: cannot read `x.snap`
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from snaplang.diagnostics.diagnostic import Diagnostic
from snaplang.diagnostics.render import as_text
from snaplang.diagnostics.source import Span


class SnapError(Exception):
    """A program, a file or a request was rejected; `.diagnostics` says why, in source order."""

    exit_code = 1

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic) -> None:
        found = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = found
        super().__init__(found)

    def __str__(self) -> str:
        return as_text(self.diagnostics)


def located(error: SnapError, span: Span | None) -> SnapError:
    """The error at a place, where it has none of its own."""
    found = SnapError(d if d.span else replace(d, span=span) for d in error.diagnostics)
    found.__cause__ = error.__cause__
    return found


def fail(code: str, message: str, span: Span | None = None, hint: str | None = None) -> SnapError:
    """A `SnapError` of a single diagnostic, to be raised."""
    return SnapError(Diagnostic(code, message, span, hint))
