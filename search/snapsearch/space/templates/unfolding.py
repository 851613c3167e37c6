"""Templates unfolded: text in which each choice stands once, so that decisions can be pasted in.

A word with choices that is used six times has six decisions to make; here it becomes six words.
Repeats are written out. What this cannot follow (a repeat whose count is computed, choices in a
body that another word runs twice) is left alone; `pasting.py` sees that, and does without.

>>> import snaplang as snap
>>> unfolded(snap.parse("def act { <relu|gelu> } act conv3 act"), None)
'<relu|gelu> conv3 <relu|gelu>\\n'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from string import ascii_lowercase
from typing import Any

import snaplang as snap

_SPLIT = re.compile(r"([A-Za-z_]\w*?)(\d+(?:x\d+)*)\Z")
_COMMENT = re.compile(r"#[^\n]*")
Named = set[str]


def kind(node: Any) -> str:
    """The grammar rule that a node of a tree bears the name of."""
    return type(node).__name__


def inner(node: Any) -> tuple[Any, ...]:
    """The items, branches or arguments within a node."""
    match kind(node):
        case "Repeat" | "Series" | "Code":
            return tuple(node.items)
        case "Alternatives" | "Branches":
            return tuple(node.series)
        case "Symbol":
            return tuple(a.value for a in node.arguments or ())
    return ()


def walk(nodes: Sequence[Any]) -> Iterator[Any]:
    """Nodes and all that is within them."""
    for node in nodes:
        yield node
        yield from walk(inner(node))


def names(body: Any) -> set[str]:
    """What a body calls its tensors."""
    ports = body.inputs.ports if body.inputs else ()
    return {n.name for n in walk(body.items) if kind(n) == "Bind"} | {p.name for p in ports}


def bound(word: Any) -> set[str]:
    """The names that are not words within a word: its parameters and tensors."""
    return names(word.body) | {p.name for p in word.parameters}


class Unfolding:
    """A program of one block being written anew."""

    def __init__(self, program: snap.Program, block: str | None) -> None:
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
            nodes = list(walk(self._parts(word)))
            if any(kind(n) == "Alternatives" or self._called(n) for n in nodes):
                self.choosing.add(name)
        self.written: list[str] = []
        self.taken = set(re.findall(r"\w+", self.text))
        self._suffixes = ("".join(s) for n in (1, 2, 3) for s in product(ascii_lowercase, repeat=n))

    def _parts(self, word: Any) -> list[Any]:
        return [*word.body.items, *(p.default for p in word.parameters if p.default is not None)]

    def _called(self, node: Any) -> str | None:
        """The word with choices that a symbol or an argument names."""
        if kind(node) not in ("Symbol", "Name") or node.name in self.hidden:
            return None
        split = None if node.name in self.words else _SPLIT.match(node.name)
        name = split[1] if split else node.name
        return name if name in self.choosing - self.hidden else None

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

    def _edited(self, at: tuple[int, int], nodes: Sequence[Any], named: Named) -> str:
        """A stretch of text with what is in it written anew."""
        edits = [edit for node in nodes for edit in self._edits(node, named)]
        found, end = "", at[0]
        for (start, stop), new in sorted(edits):
            found += self.text[end:start] + new
            end = stop
        return found + self.text[end : at[1]]

    def _edits(self, node: Any, named: Named) -> Iterator[tuple[tuple[int, int], str]]:
        called = self._called(node)
        if kind(node) == "Alternatives":
            yield node.at, self._choice(node, named)
        elif kind(node) == "Repeat" and self._runs(node) is not None:
            yield node.at, self._repeat(node, named)
        else:
            if called is not None:
                start = node.at[0]
                yield (start, start + len(called)), self._word(called, node)
            for part in inner(node):
                yield from self._edits(part, named)

    def _choice(self, node: Any, named: Named) -> str:
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

    def _runs(self, node: Any) -> int | None:
        """How often something with choices is repeated, where that is plain to see."""
        chosen = any(kind(n) == "Alternatives" or self._called(n) for n in walk(node.items))
        plain = kind(node.count) == "Number" and node.count.text.isdigit()
        return int(node.count.text) if chosen and plain and len(node.count.text) < 4 else None

    def _repeat(self, node: Any, named: Named) -> str:
        at = (node.items[0].at[0], node.items[-1].at[1])
        runs = [self._edited(at, node.items, named) for _ in range(self._runs(node) or 0)]
        return " ".join(f"{{ {run} }}*1" for run in runs)

    def _word(self, name: str, node: Any) -> str:
        """A word of its own for a use of a word with choices; a lone choice comes in its place."""
        word = self.words[name]
        lone = self._lone(word)
        if lone is not None and kind(node) == "Symbol" and node.arguments is None:
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

    def _lone(self, word: Any) -> Any:
        """The choice that a word is another name for, if its names mean the same in its place."""
        body, first = word.body, [*word.body.items, None][0]
        bare = word.kind == "def" and not word.parameters and not body.inputs and not body.outputs
        if not bare or len(body.items) != 1 or kind(first) != "Alternatives" or first.name:
            return None
        said = {n.name for n in walk(body.items) if kind(n) in ("Symbol", "Name")}
        said |= {found[1] for name in said if (found := _SPLIT.match(name))}
        return None if said & self.hidden else first


def unfolded(program: snap.Program, block: str | None) -> str:
    """The text of a program in which each choice stands as often as it is decided."""
    return Unfolding(program, block).result()
