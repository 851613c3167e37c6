"""Diagnostics to text for people and JSON for programs: the one place that formats them.

Carets count screen columns: tabs are shown as spaces, wide characters take two.

>>> from snaplang.diagnostics import Diagnostic
>>> from snaplang.diagnostics.source import Source, Span
>>> print(as_text([Diagnostic("E201", "`cnv` is not known", Span(Source("a", "dup cnv"), 4, 7))]))
error[E201]: `cnv` is not known
 --> a:1:5
  |
1 | dup cnv
  |     ^^^
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence

from snaplang.diagnostics.diagnostic import Diagnostic, Note
from snaplang.diagnostics.source import Span

MAX_COLUMNS = 100
TAB = 4


def as_text(diagnostics: Sequence[Diagnostic]) -> str:
    """All diagnostics as people read them, a blank line between two."""
    return "\n\n".join("\n".join(_lines(d)) for d in diagnostics)


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON array: code, message, place (file, line, column, end), hint, stack, notes."""
    return json.dumps([_record(d) for d in diagnostics], indent=2, ensure_ascii=False)


def _record(diagnostic: Diagnostic) -> dict[str, object]:
    stack = diagnostic.stack
    return {
        "code": diagnostic.code,
        "severity": "error",
        "message": diagnostic.message,
        "place": place_record(diagnostic.span),
        "hint": diagnostic.hint,
        "stack": None if stack is None else list(stack),
        "notes": [{"message": n.text, "place": place_record(n.span)} for n in diagnostic.notes],
    }


def place_record(span: Span | None) -> dict[str, object] | None:
    """A place as JSON has it."""
    if span is None:
        return None
    line, column = span.source.place(span.start)
    end_line, end_column = span.source.place(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "offset": span.start,
        "end_offset": span.end,
    }


def _lines(diagnostic: Diagnostic) -> list[str]:
    lines = [f"error[{diagnostic.code}]: {_clean(diagnostic.message)}"]
    if diagnostic.span is not None:
        lines += _excerpt(diagnostic.span)
    for note in diagnostic.notes:
        lines += note_lines(note)
    if diagnostic.stack is not None:
        held = "  ".join(diagnostic.stack) or "(empty)"
        lines.append(f"  = stack: {held}")
    if diagnostic.hint:
        lines.append(f"  = hint: {_clean(diagnostic.hint)}")
    return lines


def note_lines(note: Note, label: str = "note: ") -> list[str]:
    """A note and the place it is about."""
    lines = [f"  = {label}{_clean(note.text)}"]
    return lines + (_excerpt(note.span) if note.span else [])


def _clean(text: str) -> str:
    """Text without characters that would upset a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _excerpt(span: Span) -> list[str]:
    """The line of a place with carets below; long lines are cut around it."""
    line, column = span.source.place(span.start)
    text = span.source.line(line)
    first = column - 1
    last = min(max(first + span.end - span.start, first + 1), max(len(text), first + 1))
    start = 0 if last <= MAX_COLUMNS else max(0, first - 20)
    shown = text[start : start + MAX_COLUMNS]
    before = _screen(text[start:first])
    marked = max(1, len(_screen(text[first : min(last, start + MAX_COLUMNS)])))
    cut = "…" if start else ""
    margin = len(str(line))
    gap = " " * margin
    more = "…" if start + MAX_COLUMNS < len(text) else ""
    return [
        f"{gap}--> {_clean(span.source.name)}:{line}:{column}",
        f"{gap} |",
        f"{line} | {cut}{_screen_text(shown)}{more}",
        f"{gap} | {' ' * len(cut)}{' ' * len(before)}{'^' * marked}",
    ]


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _screen(text: str) -> str:
    """As many spaces as the text takes columns on a screen."""
    return "".join(" " * (TAB if c == "\t" else _columns(c)) for c in text)


def _columns(char: str) -> int:
    return _width(char) if char.isprintable() else 1


def _screen_text(text: str) -> str:
    """The text as it is shown: tabs as spaces, control characters as a dot."""
    shown = (" " * TAB if c == "\t" else c if c.isprintable() else "·" for c in text)
    return "".join(shown)
