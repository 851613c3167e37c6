"""Symbols on lines: one line where all fit, else filled lines between those of the header.

>>> print(layout("block b(c=8) {", ["relu"] * 3, "}"), end="")
block b(c=8) { relu relu relu }
"""

from __future__ import annotations

from collections.abc import Sequence

from snaplang.printing.fold import Loop

COLUMNS = 88
INDENT = "    "


def layout(opening: str, items: Sequence[str | Loop], closing: str) -> str:
    """The text of a program, as the formatter would leave it; nothing at all for the identity."""
    whole = " ".join(filter(None, (opening, *map(str, items), closing)))
    if len(whole) <= COLUMNS:
        return whole and whole + "\n"
    body = _filled(items, COLUMNS - len(INDENT) * bool(closing))
    indent = INDENT if closing else ""
    lines = [opening, *(indent + line for line in body), closing]
    return "".join(line + "\n" for line in lines if line)


def _filled(items: Sequence[str | Loop], columns: int) -> list[str]:
    """Lines of at most so many columns, if symbols allow; long repeats have lines of their own."""
    lines: list[str] = []
    line = ""
    for item in items:
        text = str(item)
        if isinstance(item, Loop) and len(text) > columns:
            body = _filled(item.items, columns - len(INDENT))
            lines += [line, "{", *(INDENT + inner for inner in body), f"}}*{item.count}"]
            line = ""
        elif line and len(line) + 1 + len(text) > columns:
            lines.append(line)
            line = text
        else:
            line += " " * bool(line) + text
    return [line for line in (*lines, line) if line]
