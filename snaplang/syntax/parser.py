"""Text to syntax tree: a LALR(1) parser made from `grammar/snap.lark`, and messages.

A text that fits the grammar is read by `lalr.py` alone. For any other, `scan` looks at the raw
characters first: strange characters, brackets and nesting get better messages there than any parser
could give; then Lark's own parser says what it expected. Nodes are built in `reductions.py`,
unchecked.

>>> parse(Source("-", "dup relu")).tree.body.items[1].name
'relu'
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from snaplang.diagnostics import Diagnostic, Note, SnapError
from snaplang.diagnostics.source import Source, Span
from snaplang.syntax import nodes as s
from snaplang.syntax.lalr import Parser
from snaplang.syntax.reductions import BUILDS
from snaplang.syntax.table import grammar, tables

if TYPE_CHECKING:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

MAX_SOURCE = 1_000_000  # characters
MAX_NESTING = 200
MAX_ERRORS = 20
MAX_TRIES = 500  # tokens to skip, for those after them to be read

_PIECES = re.compile(
    r"""\#[^\n]* | "[^"\n]*" | -> | [ \t\r\n\f]+ | [A-Za-z0-9_.+\-*/=,:;|]+?(?=->|[^\w.+*/=,:;|-]|$)
    | (?P<open>[{\[(<]) | (?P<close>[}\])>]) | (?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)
_STANDS = {
    "use": ": it stands at the top of a file",
    "def": ": definitions stand before the body",
    "block": ": blocks stand before the body",
}
_CLOSER = {"{": "}", "[": "]", "(": ")", "<": ">"}


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(tables(), BUILDS)


@lru_cache(maxsize=1)
def _lark() -> Lark:
    """Lark's parser of the same grammar, which knows what to say where a text does not fit."""
    from snaplang.syntax.derive import lark_of

    return lark_of(grammar())


def parse(source: Source) -> s.Program:
    """The syntax tree of a source; raises `SnapError` with everything that is wrong with it."""
    text = source.text
    _limit(source)
    tree = _parser().parse(text)
    if tree is None or sum(map(text.count, _CLOSER)) > MAX_NESTING:
        found = scan(source)  # brackets may be paired, and too deep
        if found or tree is None:
            raise SnapError(found or _problems(source))
    if not text.isascii():
        _hold_text(source)
    assert isinstance(tree, s.File)
    return s.Program(tree, source)


def _limit(source: Source) -> None:
    if len(source.text) > MAX_SOURCE:
        size = f"{len(source.text):,} characters"
        raise SnapError(
            Diagnostic("E104", f"`{source.name}` has {size}; at most {MAX_SOURCE:,} are read")
        )


def _hold_text(source: Source) -> None:
    """Raise for halves of characters, which a comment or a path may hold and no file can."""
    try:
        source.text.encode()
    except UnicodeEncodeError as error:
        message = f"character U+{ord(source.text[error.start]):04X} is no text: it is not UTF-8"
        place = Span(source, error.start, error.start + 1)
        raise SnapError(Diagnostic("E602", message, place)) from None


def _problems(source: Source) -> list[Diagnostic]:
    """What Lark finds, skipping unexpected tokens, so that one run finds them all."""
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    problems: list[Diagnostic] = []
    last_end, tries = -1, 0

    def on_error(error: UnexpectedInput) -> bool:
        nonlocal last_end, tries
        tries += 1
        if not isinstance(error, UnexpectedToken):  # a legal character that begins no token
            problems.append(_strange(Span(source, *_first_character(error))))
            return len(problems) < MAX_ERRORS
        start, end = _extent(error.token, source)
        if source.text[last_end:start].strip() or last_end < 0:
            problems.append(_unexpected(error, source, start, end))
        last_end = end
        again = len(problems) < MAX_ERRORS and tries < MAX_TRIES
        return again and error.token.type != "$END"

    with suppress(UnexpectedInput):
        _lark().parse(source.text, on_error=on_error)
    assert problems, "Lark takes a text that its own table does not take"
    return problems


def _first_character(error: UnexpectedInput) -> tuple[int, int]:
    start = error.pos_in_stream or 0
    return start, start + 1


def _extent(token: Any, source: Source) -> tuple[int, int]:
    if token.type == "$END":
        return len(source.text), len(source.text)
    return token.start_pos, token.end_pos


def _unexpected(error: Any, source: Source, start: int, end: int) -> Diagnostic:
    """A token that cannot stand where it stands."""
    word = source.text[start:end]
    shown = f"`{word}`" if word else "the end of the file"
    names = sorted({_friendly(t) for t in error.accepts or error.expected or ()} - {""})
    hint = "expected " + _listed(names) if names else None
    if word == "(":
        hint = "arguments stand directly after the name, without a space: `conv(3)`"
    elif error.token.type == "CALL" and "RPAR" in (error.accepts or error.expected or ()):
        hint = f"a piece of program as an argument stands in braces: `{{ {word}(…) }}`"
    elif re.fullmatch(r"in|out|use|def|block|true|false|none|same", word):
        hint = f"`{word}` is reserved" + _STANDS.get(word, "")
    return Diagnostic("E101", f"{shown} is unexpected here", Span(source, start, end), hint)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def _friendly(terminal: str) -> str:
    """A terminal as a reader knows it; keywords are left out where a symbol fits."""
    known = {"NAME": "a symbol", "CALL": "a symbol", "NUMBER": "a number", "STRING": "a string"}
    known |= {"$END": "the end of the file", "KERNEL": "a kernel like 1x7"}
    if terminal in known or terminal in {"TRUE", "FALSE", "NONE", "SAME"}:
        return known.get(terminal, "")
    pattern = next((t.pattern.value for t in _lark().terminals if t.name == terminal), terminal)
    return f"`{pattern}`"


def scan(source: Source) -> list[Diagnostic]:
    """What is wrong with the characters: strange ones, unpaired brackets, nesting too deep."""
    found: list[Diagnostic] = []
    open_: list[tuple[str, int]] = []
    for match in _PIECES.finditer(source.text):
        place = Span(source, match.start(), match.end())
        if match["open"]:
            open_.append((match["open"], match.start()))
            if len(open_) > MAX_NESTING:
                hint = f"brackets may be nested {MAX_NESTING} deep"
                return [*found, Diagnostic("E105", "nested too deeply", place, hint)]
        elif match["close"]:
            found += _close(source, open_, place)
        elif match["bad"]:
            found.append(_strange(place))
        if len(found) >= MAX_ERRORS:
            return found
    return found + [_unclosed(source, *entry) for entry in open_]


def _close(source: Source, open_: list[tuple[str, int]], place: Span) -> list[Diagnostic]:
    """Pair a closing bracket; a mismatch closes what it can."""
    char = place.text
    if open_ and _CLOSER[open_[-1][0]] == char:
        open_.pop()
        return []
    if all(_CLOSER[o] != char for o, _ in open_):
        return [Diagnostic("E102", f"`{char}` closes nothing", place)]
    found = []
    while _CLOSER[open_[-1][0]] != char:
        bracket, start = open_.pop()
        note = Note(f"`{bracket}` opened here", Span(source, start, start + 1))
        message = f"`{char}` comes before the `{_CLOSER[bracket]}` of `{bracket}`"
        found.append(Diagnostic("E102", message, place, None, None, (note,)))
    open_.pop()
    return found


def _unclosed(source: Source, bracket: str, start: int) -> Diagnostic:
    place = Span(source, start, start + 1)
    return Diagnostic("E102", f"`{bracket}` is never closed", place, f"add `{_CLOSER[bracket]}`")


def _strange(place: Span) -> Diagnostic:
    char = place.text
    if char == '"':
        return Diagnostic("E103", 'this `"` is never closed', place, "a string ends on its line")
    shown = f"`{char}`" if char.isprintable() else f"character U+{ord(char):04X}"
    hint = "names are made of ASCII letters, digits and `_`" if char.isalpha() else None
    if char == ".":
        hint = "a number has digits on both sides of its point: `0.5`"
    return Diagnostic("E103", f"{shown} has no meaning in SNAP", place, hint)
