"""Words: what a file defines, what it borrows with `use`, and the prelude.

A `Word` is a definition together with the file it stands in and its place in the order, since a
definition sees only what stands before it. Lookup says what a name means; running it is
`lower.py`'s business.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from pkgutil import get_data
from typing import IO

from snaplang.diagnostics import Diagnostic, Note, SnapError, files
from snaplang.diagnostics.source import Source, Span
from snaplang.graph.checks import MAX_ERRORS
from snaplang.lowering.expressions import Callee
from snaplang.ops import CORE_NAMES, TABLE
from snaplang.ops.spec import OpSpec
from snaplang.syntax import nodes as s
from snaplang.syntax.parser import MAX_NESTING, MAX_SOURCE, parse

SUFFIX = re.compile(r"[0-9]+(?:x[0-9]+)*\Z")
_XIFFUS = re.compile(r"[0-9]+(?:x[0-9]+)*")  # the same, of a name read backwards
LONG = 100  # characters, of which no suffix has so many


@dataclass(frozen=True, eq=False)
class Word:
    """A definition, where it stands, and how many definitions stand before it."""

    definition: s.Definition
    home: Words
    index: int

    @property
    def name(self) -> str:
        """The word itself."""
        return self.definition.name

    @property
    def span(self) -> Span:
        """The name in its definition."""
        return Span(self.home.source, *self.definition.name_at)


@dataclass(eq=False)
class Words:
    """The words of one file: its own, those it uses, and the prelude behind them.

    `resolved` remembers what symbols turned out to mean at places of the file.
    """

    source: Source
    own: dict[str, Word] = field(default_factory=dict)
    used: dict[str, Word] = field(default_factory=dict)
    behind: Words | None = None
    resolved: dict[tuple[str, int], Callee | None] = field(default_factory=dict)

    def find(self, name: str, before: int) -> Word | None:
        """The word that `name` means to a definition at place `before`."""
        word = self.own.get(name)
        if word is not None and word.index < before:
            return word
        return self.used.get(name) or (self.behind.own.get(name) if self.behind else None)

    def names(self) -> Iterator[str]:
        """Every word that can be reached from here."""
        yield from self.own
        yield from self.used
        if self.behind:
            yield from self.behind.own

    def blocks(self) -> list[Word]:
        """What can be compiled, in order."""
        return [w for w in self.own.values() if w.definition.kind == "block"]


def read_source(path: Path, shown: str | None = None) -> Source:
    """A regular file as a source; one that is missing, endless or no text is a `SnapError`."""
    name = str(path) if shown is None else shown
    return decode(read_bytes(path, name), name, path.parent)


def read_bytes(path: Path, name: str) -> bytes:
    """What a regular file of a program's length holds; raises `SnapError`."""
    try:
        with files.opened(path, name) as file:
            return limited(file, name)
    except OSError as error:
        raise files.unreadable(name, error) from None


def limited(file: IO[bytes], name: str) -> bytes:
    """What a file holds; one that may be endless is read no further than a program can reach."""
    data = file.read(4 * MAX_SOURCE + 1)
    if data is None:  # not even the end of it is there
        raise SnapError(Diagnostic("E601", f"cannot read `{name}`: it would wait for ever"))
    if len(data) > 4 * MAX_SOURCE:
        message = f"`{name}` is too long; at most {MAX_SOURCE:,} characters are read"
        raise SnapError(Diagnostic("E104", message))
    return data


def decode(data: bytes, name: str, folder: Path | None) -> Source:
    """Bytes as a source; an error has the place of the first byte that is not UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        message = (
            f"`{name}` is not UTF-8: byte 0x{data[error.start]:02x} at line {line}, byte {column}"
        )
        raise SnapError(Diagnostic("E602", message)) from None
    return Source(name, text, folder)


@lru_cache(maxsize=1)
def prelude() -> Words:
    """The derived words that ship with the package."""
    data = get_data("snaplang", "prelude.snap")
    assert data is not None
    source = Source("prelude.snap", data.decode("utf-8"), builtin=True)
    return Loader().load(parse(source))


class Loader:
    """Collects the words of a program and of the files that it uses; each file is read once."""

    def __init__(self) -> None:
        self._files: dict[str, Words] = {}
        self._open: list[tuple[str, Span]] = []
        self._root = Path()  # the folder that files are used from

    def load(self, program: s.Program) -> Words:
        """The words of a program; raises `SnapError` for conflicts, cycles and missing files."""
        self._root = program.source.folder or Path()
        return self._load(program)

    def _load(self, program: s.Program) -> Words:
        source = program.source
        words = Words(source, behind=None if source.builtin else prelude())
        found: list[Diagnostic] = []
        known: set[str] = set()
        for use in program.tree.uses:
            try:
                self._use(words, use, Span(source, *use.at), known, found)
            except SnapError as error:
                found += error.diagnostics
            _enough(found)
        for index, definition in enumerate(program.tree.definitions):
            found += _define(words, definition, index)
            _enough(found)
        if found:
            raise SnapError(found)
        return words

    def _use(
        self, words: Words, use: s.Use, span: Span, known: set[str], found: list[Diagnostic]
    ) -> None:
        if use.path in known:
            return
        known.add(use.path)
        path = self._place(words.source.folder or Path(), use, span)
        for word in self._file(path, use, span).values():
            other = words.used.get(word.name)
            if other is not None and other.definition is not word.definition:
                message = f"`{word.name}` comes from two files"
                notes = (Note("here", other.span), Note("and here", word.span))
                hint = "rename one, or use only one of the files"
                found.append(Diagnostic("E604", message, span, hint, None, notes))
                _enough(found)
            words.used[word.name] = word

    def _place(self, folder: Path, use: s.Use, span: Span) -> str:
        """Where a used file is, with all links followed; not outside of the program's folder."""
        try:
            path = os.path.realpath(folder / use.path)
            if files.outside(path, self._root):
                message = f"`{use.path}` is outside the folder of the program"
                hint = "`snapc --trust` reads it, and so does Python in `snaplang.files.trusted()`"
                raise SnapError(Diagnostic("E609", message, span, hint))
        except (OSError, ValueError) as error:
            first = files.unreadable(use.path, error).diagnostics[0]
            raise SnapError(Diagnostic(first.code, first.message, span)) from None
        return path

    def _file(self, path: str, use: s.Use, span: Span) -> dict[str, Word]:
        if any(path == p for p, _ in self._open):
            notes = tuple(Note("used here", s) for _, s in self._open[-8:])
            raise SnapError(
                Diagnostic("E603", f"`{use.path}` uses itself", span, None, None, notes)
            )
        if len(self._open) >= MAX_NESTING:
            hint = f"files may use files {MAX_NESTING} deep"
            raise SnapError(Diagnostic("E105", "nested too deeply", span, hint))
        if path not in self._files:
            self._open.append((path, span))
            try:
                self._files[path] = self._read(path, use, span)
            finally:
                self._open.pop()
        return self._files[path].own

    def _read(self, path: str, use: s.Use, span: Span) -> Words:
        stem = Path(path).stem
        try:
            program = parse(read_source(Path(path), use.path))
        except SnapError as error:
            if error.diagnostics[0].span is None:  # the file itself: say who wanted it
                first = error.diagnostics[0]
                raise SnapError(Diagnostic(first.code, first.message, span, first.hint)) from None
            raise
        words = self._load(program)
        whole = body_as_block(words, program.tree, stem)
        if whole is not None and words.own.get(stem) is not whole:
            message = f"`{use.path}` has a body without a name, and `{stem}` cannot be one"
            hint = "rename the file, or make its body a block"
            raise SnapError(Diagnostic("E206", message, span, hint))
        return words


def _enough(found: list[Diagnostic]) -> None:
    """End where there are more errors than anyone reads."""
    if len(found) >= MAX_ERRORS:
        raise SnapError(found[:MAX_ERRORS])


def body_as_block(words: Words, tree: s.File, name: str) -> Word | None:
    """A file without `block` is one block, named after the file."""
    if words.blocks() or (tree.body.empty and words.own):
        return None
    definition = s.Definition("block", name, (), tree.body, tree.body.at, tree.body.at)
    word = Word(definition, words, len(tree.definitions))
    if name.isidentifier() and name not in words.own and name not in CORE_NAMES:
        words.own[name] = word
    return word


def _define(words: Words, definition: s.Definition, index: int) -> list[Diagnostic]:
    """Add a definition; what stands in its way is returned."""
    span = Span(words.source, *definition.name_at)
    name = definition.name
    if name in CORE_NAMES:
        message = f"`{name}` is a core op and cannot be redefined"
        return [Diagnostic("E206", message, span, "choose another name")]
    if name in words.own:
        notes = (Note("first defined here", words.own[name].span),)
        return [Diagnostic("E206", f"`{name}` is defined twice", span, None, None, notes)]
    words.own[name] = Word(definition, words, index)
    found = []
    seen: set[str] = set()
    for parameter in definition.parameters:
        if parameter.name in seen:
            place = Span(words.source, *parameter.at)
            found.append(Diagnostic("E206", f"two parameters `{parameter.name}`", place))
        seen.add(parameter.name)
    return found


def splits(name: str) -> tuple[tuple[str, str], ...]:
    """The readings of `name` as a shorter name with a suffix: conv1x7 is conv, 1x7.

    Of a suffix that is too long to mean anything the first reading is enough.
    """
    return _splits(name) if len(name) <= LONG else _long_splits(name)


@lru_cache(maxsize=4096)
def _splits(name: str) -> tuple[tuple[str, str], ...]:
    places = (i for i in range(1, len(name)) if name[i].isdigit() and SUFFIX.match(name, i))
    return tuple((name[:i], name[i:]) for i in places)


def _long_splits(name: str) -> tuple[tuple[str, str], ...]:
    match = _XIFFUS.match(name[:0:-1])
    if match is None:
        return ()
    first, least = len(name) - match.end(), len(name) - LONG
    places = [first, *(i for i in range(max(first + 1, least), len(name)) if name[i].isdigit())]
    return tuple((name[:i], name[i:]) for i in places)


def core(name: str) -> OpSpec | None:
    """The op of this name."""
    return TABLE.get(name)
