"""Source to well-set source: spaces, indentation and blank lines; comments and line breaks stay.

Works on tokens, never on the graph: what stands on a line stays on it. The result parses to the
same tree, and formatting it again changes nothing.

>>> from snaplang.diagnostics.source import Source
>>> formatted_source(Source("-", "def f( k ){conv( k,bias = false )  bn}\\n\\n\\n  f3 #twice"))
'def f(k) { conv(k, bias=false) bn }\\n\\nf3  #twice\\n'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Source
from snaplang.syntax.parser import parse

INDENT = "    "
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f]+) | (?P<newline>\n) | (?P<comment>\#[^\n]*) | (?P<string>"[^"\n]*")
    | (?P<number>[0-9]+(?:x[0-9]+)+|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*) | (?P<arrow>->) | (?P<mark>.)""",
    re.VERBOSE,
)
_OPEN, _CLOSE = set("{[(<"), set("}])>")


@dataclass(frozen=True)
class SourceToken:
    """A token; `bracket` is the innermost bracket that it stands in ("" at the top)."""

    kind: str
    text: str
    bracket: str


def formatted_source(source: Source) -> str:
    """The source, well set, one newline at its end; raises `SnapError` if it does not parse."""
    tree = parse(source).tree
    text = "".join(line + "\n" for line in _layout(source.text))
    if parse(Source(source.name, text, source.folder)).tree != tree:
        raise SnapError(Diagnostic("E999", f"`{source.name}` changed its meaning when formatted"))
    return text


def on_one_line(text: str) -> str:
    """A piece of program in normal form on one line, without comments."""
    tokens = _tokens(text)
    return _set([token for token in tokens if token.kind not in ("newline", "comment")])


def _tokens(text: str) -> Iterator[SourceToken]:
    brackets: list[str] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind == "space":
            continue
        if kind == "mark" and match[0] in _CLOSE:
            brackets.pop()
        yield SourceToken(kind, match[0], brackets[-1] if brackets else "")
        if kind == "mark" and match[0] in _OPEN:
            brackets.append(match[0])


def _layout(text: str) -> list[str]:
    """The lines: indented by open brackets, at most one blank line in a row, none at the ends.

    Of several brackets that a line leaves open, only the first indents what follows.
    """
    lines: list[str] = []
    open_: list[int] = []
    for row in _rows(text):
        if not row:
            if lines and lines[-1]:
                lines.append("")
            continue
        lead = _leading_closers(row)
        lines.append(INDENT * sum(open_[: len(open_) - lead]) + _set(row))
        fresh = 0
        for token in row:
            step = _step(token)
            if step > 0:
                open_.append(0 if fresh else 1)
                fresh += 1
            elif step < 0:
                fresh = max(0, fresh - 1)
                open_.pop()
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _rows(text: str) -> Iterator[list[SourceToken]]:
    row: list[SourceToken] = []
    for token in _tokens(text):
        if token.kind == "newline":
            yield row
            row = []
        else:
            row.append(token)
    yield row


def _step(token: SourceToken) -> int:
    if token.kind != "mark":
        return 0
    return (token.text in _OPEN) - (token.text in _CLOSE)


def _leading_closers(row: list[SourceToken]) -> int:
    count = 0
    for token in row:
        if token.kind != "mark" or token.text not in _CLOSE:
            break
        count += 1
    return count


def _set(row: list[SourceToken]) -> str:
    """One line, single spaces where they belong."""
    out = ""
    for i, token in enumerate(row):
        if i:
            out += _gap(row, i)
        out += token.text.rstrip() if token.kind == "comment" else token.text
    return out


def _gap(row: list[SourceToken], i: int) -> str:
    """What stands between token i-1 and token i."""
    left, right = row[i - 1], row[i]
    if right.kind == "comment":
        return "  "
    if right.text in (",", ";", ":") or left.text == "(" or right.text == ")":
        return ""
    if right.text == "(":
        return _before_parenthesis(left)
    if left.text in ("<",) or right.text == ">" or "=" in (left.text, right.text):
        return ""
    if "*" in (left.text, right.text) or "/" in (left.text, right.text):
        return ""
    if left.text == "-" and left.kind == "mark" and _unary(row, i - 1):
        return ""
    return " "


def _before_parenthesis(left: SourceToken) -> str:
    """A call has none before it; a group has one behind a comma, a sum's sign or a bar."""
    return " " if left.text in (",", "+", ";", "|") else ""


def _unary(row: list[SourceToken], i: int) -> bool:
    """Whether the minus at i has no left operand."""
    return i == 0 or row[i - 1].text in ("(", ",", "=", "*", "/", "+", "-")
