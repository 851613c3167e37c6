"""Spaces unfolded: text in which each choice stands once, so that decisions can be pasted in.

A word with choices that is used six times has six decisions to make; here it becomes six words.
Repeats are written out. What this cannot follow (a repeat whose count is computed, choices in a
body that another word runs twice) is left alone; `pasting.py` sees that, and does without.

>>> from snaplang.diagnostics.source import Source
>>> from snaplang.syntax.parser import parse
>>> unfolded(parse(Source("-", "def act { <relu|gelu> } act conv3 act")), None)
'<relu|gelu> conv3 <relu|gelu>\\n'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from string import ascii_lowercase

from snaplang.syntax import (
    Alternatives,
    Argument,
    At,
    Bind,
    Body,
    Definition,
    Item,
    Name,
    Number,
    Parameter,
    Program,
    Repeat,
    Symbol,
)
from snaplang.syntax.walk import Tree, children, walk

_SPLIT = re.compile(r"([A-Za-z_]\w*?)(\d+(?:x\d+)*)\Z")
_COMMENT = re.compile(r"#[^\n]*")
Named = set[str]
Edit = tuple[At, str]


def names(body: Body) -> set[str]:
    """What a body calls its tensors."""
    ports = body.inputs.ports if body.inputs else ()
    return {bind.name for bind in walk(body, Bind)} | {port.name for port in ports}


def bound(word: Definition) -> set[str]:
    """The names that are not words within a word: its parameters and tensors."""
    return names(word.body) | {p.name for p in word.parameters}


class Unfolding:
    """A program of one block being written anew."""

    def __init__(self, program: Program, block: str | None) -> None:
        self.text = program.source.text
        tree = program.tree
        blocks = [d for d in tree.definitions if d.kind == "block"]
        self.main = next((d for d in blocks if d.name == block or block is None), None)
        self.body = tree.body
        self.words = {d.name: d for d in tree.definitions if d is not self.main}
        self.choosing: set[str] = set()
        self.hidden: set[str] = set()  # words that a name of the word being written hides
        for name, word in self.words.items():  # definitions stand before their uses
            self.hidden = bound(word)
            if self._chooses(self._parts(word)):
                self.choosing.add(name)
        self.written: list[str] = []
        self.taken = set(re.findall(r"\w+", self.text))
        self._suffixes = ("".join(s) for n in (1, 2, 3) for s in product(ascii_lowercase, repeat=n))

    def _parts(self, word: Definition) -> list[Item | Parameter]:
        return [*word.body.items, *word.parameters]

    def _chooses(self, parts: Sequence[Tree]) -> bool:
        """Whether there are choices in some parts, or words that have some."""
        found = (node for part in parts for node in walk(part))
        return any(isinstance(node, Alternatives) or self._called(node) for node in found)

    def _called(self, node: Tree) -> tuple[str, Symbol | Name] | None:
        """The word with choices that a symbol, an argument or a default names, and where."""
        said: Tree | None = node if isinstance(node, Symbol) else None
        if isinstance(node, Argument | Parameter):
            said = node.value if isinstance(node, Argument) else node.default
        if not isinstance(said, Symbol | Name) or said.name in self.hidden:
            return None
        split = None if said.name in self.words else _SPLIT.match(said.name)
        name = split[1] if split else said.name
        return (name, said) if name in self.choosing - self.hidden else None

    def result(self) -> str:
        """The text of the program."""
        if self.main is None:
            self.hidden = names(self.body)
            last = self._edited(self.body.at, self.body.items, set())
        else:
            self.hidden = bound(self.main)
            last = self._edited(self.main.at, self._parts(self.main), set())
        used = "\n".join([*self.written, last])
        kept: list[str] = []
        for name, word in reversed(self.words.items()):
            if name not in self.choosing and re.search(rf"\b{name}(?![A-Za-z_])", used):
                kept.insert(0, self.text[slice(*word.at)])
                used += kept[0]
        parts = [_COMMENT.sub("", part) for part in (*kept, *self.written, last)]
        lines = "\n".join(parts).splitlines()
        return "\n".join(line.rstrip() for line in lines if line.strip()) + "\n"

    # -- edits --------------------------------------------------------------------------------

    def _edited(self, at: At, nodes: Sequence[Tree], named: Named) -> str:
        """A stretch of text with what is in it written anew."""
        edits = [edit for node in nodes for edit in self._edits(node, named)]
        found, end = "", at[0]
        for (start, stop), new in sorted(edits):
            found += self.text[end:start] + new
            end = stop
        return found + self.text[end : at[1]]

    def _edits(self, node: Tree, named: Named) -> Iterator[Edit]:
        called = self._called(node)
        if isinstance(node, Alternatives):
            yield node.at, self._choice(node, named)
        elif isinstance(node, Repeat) and self._runs(node) is not None:
            yield node.at, self._repeat(node, named)
        else:
            if called is not None:
                name, said = called
                start = said.at[0]
                yield (start, start + len(name)), self._word(name, said)
            for part in children(node):
                yield from self._edits(part, named)

    def _choice(self, node: Alternatives, named: Named) -> str:
        """A choice; one with a name that was made before repeats its decision."""
        if node.name is not None and node.name in named:
            return f"<{node.name}>"
        if node.name is not None:
            named.add(node.name)
        start, found = node.at[0], ""
        for series in (s for s in node.series if s.items):
            at = (series.items[0].at[0], series.items[-1].at[1])
            found += self.text[start : at[0]] + self._edited(at, series.items, set(named))
            start = at[1]
        return found + self.text[start : node.at[1]]

    def _runs(self, node: Repeat) -> int | None:
        """How often something with choices is repeated, where that is plain to see."""
        count = node.count
        if not self._chooses(node.items) or not isinstance(count, Number):
            return None
        return int(count.text) if count.text.isdigit() and len(count.text) < 4 else None

    def _repeat(self, node: Repeat, named: Named) -> str:
        at = (node.items[0].at[0], node.items[-1].at[1])
        runs = [self._edited(at, node.items, named) for _ in range(self._runs(node) or 0)]
        return " ".join(f"{{ {run} }}*1" for run in runs)

    def _word(self, name: str, node: Symbol | Name) -> str:
        """A word of its own for a use of a word with choices; a lone choice comes in its place."""
        word = self.words[name]
        lone = self._lone(word)
        if lone is not None and isinstance(node, Symbol) and node.arguments is None:
            return self._choice(lone, set())
        new = f"{name}_{next(self._suffixes)}"
        while new in self.taken:
            new = f"{name}_{next(self._suffixes)}"
        head = self.text[word.at[0] : word.name_at[0]] + new
        outer, self.hidden = self.hidden, bound(word)
        rest = self._edited((word.name_at[1], word.at[1]), self._parts(word), set())
        self.hidden = outer
        self.written.append(head + rest)
        return new

    def _lone(self, word: Definition) -> Alternatives | None:
        """The choice that a word is another name for, if its names mean the same in its place."""
        body = word.body
        bare = word.kind == "def" and not word.parameters and not body.inputs and not body.outputs
        first = body.items[0] if len(body.items) == 1 else None
        if not bare or not isinstance(first, Alternatives) or first.name:
            return None
        said = {node.name for node in walk(first) if isinstance(node, Symbol | Name)}
        said |= {found[1] for name in said if (found := _SPLIT.match(name))}
        return None if said & self.hidden else first


def unfolded(program: Program, block: str | None) -> str:
    """The text of a program in which each choice stands as often as it is decided."""
    return Unfolding(program, block).result()
