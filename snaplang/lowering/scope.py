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


@dataclass(frozen=True, eq=False, kw_only=True)
class Scope:
    """What can be seen at a place. `names` are chained outwards, the innermost first.

    `before` is how many definitions of `words` can be seen; places are those of `source`.
    """

    words: Words
    before: int
    source: Source
    width: Dim
    params: Mapping[str, Value] = field(default_factory=dict)
    letters: Mapping[str, Dim] = field(default_factory=dict)
    paths: Paths = field(default_factory=Paths)
    decisions: MutableMapping[str, Decided] = field(default_factory=dict)
    frames: tuple[tuple[str, Span], ...] = ()
    names: tuple[dict[str, Tensor], ...] = field(default_factory=lambda: ({},))

    @classmethod
    def behind(cls, words: Words, width: Dim, source: Source | None = None) -> Scope:
        """What a text sees that stands behind all definitions of a file, its own by default."""
        return cls(words=words, before=len(words.own), source=source or words.source, width=width)

    @classmethod
    def of_body(
        cls,
        word: Word,
        width: Dim,
        params: Mapping[str, Value],
        paths: Paths | None = None,
        frames: tuple[tuple[str, Span], ...] = (),
    ) -> Scope:
        """What the body of a word sees, its parameters being `params`."""
        return cls(
            words=word.home,
            before=word.index,
            source=word.home.source,
            width=width,
            params=params,
            paths=paths or Paths(),
            frames=frames,
        )

    @classmethod
    def unbound(cls, word: Word, width: Dim) -> Scope:
        """The same where nobody has called the word: its parameters are there, without values."""
        return cls.of_body(word, width, {p.name: None for p in word.definition.parameters})

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
            words=self.words,
            before=self.before,
            source=self.source,
            width=self.width,
            params=self.params,
            letters=self.letters,
            paths=self.paths,
            decisions=self.decisions,
            frames=self.frames,
            names=({}, *self.names),
        )

    def tensor(self, name: str) -> Tensor | None:
        """The tensor of this name, the innermost one."""
        for names in self.names:
            if name in names:
                return names[name]
        return None

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
        resolved, key = self.words.resolved, (name, self.before)
        if key in resolved:
            return resolved[key]
        found = resolved[key] = self._resolve(name)
        return found

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
        known = chain(TABLE, self.known())
        names = filter(lambda n: len(n) <= MAX_NEAR and n != name, known)
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
