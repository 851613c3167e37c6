"""Scopes: what names mean at a place of a program, and how weights are called there.

A `Scope` belongs to one expansion of a definition (or to a `{ }`, `[ ]`, `< >` inside it, which
only adds names). It resolves names in the order of the language reference; it runs nothing.
"""

from __future__ import annotations

import difflib
from collections import ChainMap
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from snaplang.diagnostics import Diagnostic, Note
from snaplang.diagnostics.source import Source, Span
from snaplang.dims import Dim, dim
from snaplang.lowering.expressions import Callee, Value
from snaplang.lowering.words import Word, Words, core, splits
from snaplang.ops import TABLE
from snaplang.ops.spec import OpSpec
from snaplang.syntax import Alternatives, At

MAX_NEAR, MAX_CANDIDATES = 64, 2000  # characters and names among which a typo is looked for


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named tensor: its value number (-1 after an error) and where it was named."""

    value: int
    span: Span


@dataclass
class Paths:
    """Names for weights: each word and op numbered from 1 within its parent."""

    prefix: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)

    def next(self, name: str) -> tuple[str, ...]:
        """The path of the next `name`; a name that ends in a digit gets an underscore.

        A number that would give the name of another (`a1` and `a1_`) is left out.
        """
        gap = "_" if name[-1:].isdigit() else ""
        count = self.counts.get(name, 0) + 1
        while (found := f"{name}{gap}{count}") in self.given:
            count += 1
        self.counts[name] = count
        self.given.add(found)
        return (*self.prefix, found)


@dataclass
class Decided:
    """A named choice in an instance of its body: the choice, and what was decided (None: open)."""

    node: Alternatives
    alternative: int | None
    scope: Scope
    number: int
    inside: dict[int, dict[str, Decided]] = field(default_factory=dict)  # by alternative

    def within(self, index: int, scope: Scope) -> Scope:
        """The scope of an alternative: choices that it names are its own, and made once."""
        own = self.inside.setdefault(index, {})
        return replace(scope.inner(), decisions=ChainMap(own, scope.decisions))


@dataclass(frozen=True, eq=False)
class Scope:
    """What can be seen at a place. `names` are chained outwards, the innermost first."""

    words: Words
    before: int
    source: Source
    params: Mapping[str, Value]
    letters: Mapping[str, Dim]
    width: Dim
    paths: Paths
    decisions: MutableMapping[str, Decided]
    frames: tuple[tuple[str, Span], ...] = ()
    names: tuple[dict[str, Tensor], ...] = field(default_factory=lambda: ({},))

    def span(self, at: At) -> Span:
        """A place of this scope's source."""
        return Span(self.source, *at)

    def users_place(self, at: At) -> Span:
        """The same; inside the prelude that of the word that led there."""
        span = self.span(at)
        if span.source.builtin:
            users = (used for _, used in reversed(self.frames) if not used.source.builtin)
            return next(users, span)
        return span

    def inner(self) -> Scope:
        """The scope of a run of `{ }`, `[ ]` or `< >`."""
        return Scope(
            self.words,
            self.before,
            self.source,
            self.params,
            self.letters,
            self.width,
            self.paths,
            self.decisions,
            self.frames,
            ({}, *self.names),
        )

    def tensor(self, name: str) -> Tensor | None:
        """The tensor of this name, the innermost one."""
        return next((names[name] for names in self.names if name in names), None)

    def value(self, name: str) -> Value | None:
        """What a name in a computation means; None where nothing here has it."""
        if name in self.params:
            return self.params[name]
        if name == "c":
            return self.width
        if name in self.letters:
            return self.letters[name]
        return self.callee(name)

    def callee(self, name: str) -> Callee | None:
        """A word or an op by name, suffix and all."""
        key = (name, self.before)
        if key not in self.words.resolved:
            self.words.resolved[key] = self._resolve(name)
        return self.words.resolved[key]

    def _resolve(self, name: str) -> Callee | None:
        target: Word | OpSpec | None = self.words.find(name, self.before) or core(name)
        if target is not None:
            return Callee(name, target)
        for prefix, suffix in splits(name):
            found = self.words.find(prefix, self.before) or core(prefix)
            if found is not None:
                return Callee(prefix, found, suffix)
        return None

    def symbol(self, name: str) -> tuple[Tensor | Value | None, str | None]:
        """What a symbol means, and the suffix to read as its first argument."""
        tensor = self.tensor(name)
        if tensor is not None:
            return tensor, None
        if name in self.params:
            return self.params[name], None
        callee = self.callee(name)
        if self.params and (callee is None or callee.suffix is not None):
            for prefix, suffix in splits(name):
                if prefix in self.params:
                    return self.params[prefix], suffix
        return (callee, callee.suffix) if callee else (None, None)

    def known(self) -> Iterator[str]:
        """Every name that a symbol could have here."""
        for names in self.names:
            yield from names
        yield from self.params
        yield from self.words.names()
        yield from TABLE

    def nearest(self, name: str) -> str | None:
        """The known name that `name` is probably a misspelling of, its suffix kept."""
        if len(name) > MAX_NEAR:
            return None
        names = (n for n in chain(TABLE, self.known()) if len(n) <= MAX_NEAR and n != name)
        candidates = sorted(set(islice(names, MAX_CANDIDATES)))
        stem = name.rstrip("0123456789x") or name
        for typed, rest in ((stem, name[len(stem) :]), (name, "")):
            close = difflib.get_close_matches(typed.lower(), candidates, 1, 0.7)
            if close and close[0] + rest != name:
                return close[0] + rest
        return None


def suffix_value(suffix: str) -> Dim | tuple[int, ...]:
    """The argument that a suffix stands for: `3`, `1x7`; longer numbers are capped, not read."""
    parts = tuple(int(p[:19]) for p in suffix.split("x"))
    return dim(parts[0]) if len(parts) == 1 else parts


def missing(name: str, scope: Scope, at: At) -> Diagnostic:
    """What is wrong with a symbol that means nothing here: a typo, too early, or recursion."""
    span = scope.span(at)
    own = scope.words.own
    later = next((own[n] for n in (name, *(p for p, _ in splits(name))) if n in own), None)
    if later is None:
        close = scope.nearest(name)
        hint = f"did you mean `{close}`?" if close else "`snapc ops` lists the symbols"
        return Diagnostic("E201", f"`{name:.60}` is not known", span, hint)
    notes = (Note("defined here", later.span),)
    if later.index == scope.before:
        hint = "a program ends: `{ … }*n` repeats"
        return Diagnostic("E207", f"`{later.name}` uses itself", span, hint, None, notes)
    message = f"`{later.name}` is used before its definition"
    hint = "definitions stand before their uses"
    return Diagnostic("E201", message, span, hint, None, notes)
