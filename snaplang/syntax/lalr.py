"""Running a LALR(1) table: text to whatever the rules build, or None where the text does not fit.

The table is Lark's (`table.py` has it). There are no messages here: for a text that does not fit,
`parser.py` asks Lark itself.

>>> from snaplang.syntax.table import tables
>>> table = tables()
>>> builds = {name: list for name, *_ in table.rules} | {"symbol": lambda c: c[0].text}
>>> parser = Parser(table, builds)
>>> parser.parse("dup relu")
[['dup', 'relu']]
>>> parser.parse("dup }") is None
True
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

Rule = tuple[str, int, tuple[int, ...]]  # what it makes, of how many children, which are spliced
END = "$END"


@dataclass(frozen=True)
class Table:
    """A LALR(1) table. States are numbers, and so are rules.

    `states` say for each symbol what to do: shift to a state (from 0 up), or reduce by a rule (-1
    is rule 0). Of `rules`, those whose name begins with `_` build nothing: their children take
    their place. `terminals` are patterns in the order to try them, `words` the texts of a terminal
    that are another one, `ignored` what leaves no token. `made_from` is the grammar's SHA-256.
    """

    made_from: str
    terminals: list[tuple[str, str]]
    words: dict[str, dict[str, str]]
    ignored: list[str]
    rules: list[Rule]
    states: list[dict[str, int]]
    start: int
    end: int

    def text(self) -> str:
        """The table as JSON, a line for each state."""
        fields = asdict(self)
        lines = [
            f"{json.dumps(name)}: "
            + (
                "[\n" + ",\n".join(json.dumps(v, ensure_ascii=False) for v in value) + "\n]"
                if name in ("terminals", "rules", "states")
                else json.dumps(value)
            )
            for name, value in fields.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n}\n"


def digest(grammar: str) -> str:
    """What tells one grammar from another."""
    return sha256(grammar.encode()).hexdigest()


class Token:
    """A terminal in a text: what it is, its characters, and where they stand."""

    __slots__ = ("at", "kind", "text")

    def __init__(self, kind: str, text: str, at: tuple[int, int]) -> None:
        self.kind, self.text, self.at = kind, text, at


class _Rule:
    """A rule, ready to be run; `build` is None where its children go into its user's."""

    __slots__ = ("build", "name", "size", "splices")

    def __init__(self, name: str, size: int, splices: Iterable[int], build: Build | None) -> None:
        self.name, self.size, self.build = name, size, build
        self.splices = frozenset(splices)


Children = list[Any]
Build = Callable[[Children], Any]
_State = dict[str, Any]  # a state for what is shifted, a _Rule for what is reduced


class Parser:
    """A table with what its rules build: `builds` has a function from children for each that builds
    something.
    """

    def __init__(self, table: Table, builds: Mapping[str, Build]) -> None:
        rules = [
            _Rule(name, size, places, None if name.startswith("_") else builds[name])
            for name, size, places in table.rules
        ]
        states: list[_State] = [{} for _ in table.states]
        for state, row in zip(states, table.states, strict=True):
            for symbol, action in row.items():
                state[symbol] = states[action] if action >= 0 else rules[-1 - action]
        self._start, self._end = states[table.start], states[table.end]
        patterns = [f"(?P<{name}>{pattern})" for name, pattern in table.terminals]
        self._find = re.compile("|".join([*patterns, "(?P<_>(?s:.))"])).finditer
        self._words = table.words
        self._ignored = frozenset(table.ignored)

    def parse(self, text: str) -> Any:
        """What the text builds; None where it does not fit the grammar."""
        states, values = [self._start], list[Any]()
        words, ignored = self._words, self._ignored
        for match in self._find(text):
            kind = match.lastgroup
            if kind in ignored:
                continue
            assert kind is not None
            word = match.group()
            if kind in words:
                kind = words[kind].get(word, kind)
            following = self._reduced(states, values, kind)
            if following is None:
                return None
            states.append(following)
            values.append(Token(kind, word, match.span()))
        while states[-1] is not self._end:
            if self._reduced(states, values, END, once=True) is None:
                return None
        return values[-1]

    @staticmethod
    def _reduced(
        states: list[_State], values: list[Any], kind: str, once: bool = False
    ) -> _State | None:
        """Reduce until a terminal can be shifted: the state it leads to, None where there is none.

        With `once`, one reduction will do.
        """
        while True:
            action = states[-1].get(kind)
            if action.__class__ is not _Rule:
                return action
            size = action.size
            children: Children = []
            if size:
                children = values[-size:]
                del values[-size:], states[-size:]
                if action.splices:
                    children = _spliced(children, action.splices)
            build = action.build
            values.append(children if build is None else build(children))
            states.append(states[-1][action.name])
            if once:
                return states[-1]


def _spliced(children: Children, places: frozenset[int]) -> Children:
    """Children, some of which are lists that take the place of one; the first may be reused."""
    found: Children = []
    for place, child in enumerate(children):
        if place not in places:
            found.append(child)
        elif found:
            found += child
        else:
            found = child
    return found
