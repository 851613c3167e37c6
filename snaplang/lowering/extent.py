"""How large an expansion will be, before it runs: what stops `{{{…}*1000}*1000}*1000` at once.

The bound is a lower one: choices count their smallest alternative, computed repeats count nothing.
"""

from __future__ import annotations

from snaplang.lowering.scope import Scope
from snaplang.lowering.words import Word
from snaplang.syntax import nodes as s

CAP = 10**9
MAX_DEPTH = 250  # deeper words count 1: the machine refuses them anyway


class Expansion:
    """Sizes of sequences of items, each computed once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[s.Item, ...], int]] = {}
        self._depth = 0

    def of(self, items: tuple[s.Item, ...], scope: Scope) -> int:
        """A lower bound on the symbols that `items` expand to, at most `CAP`."""
        found = self._known.get(id(items))
        if found is None:
            total = min(sum(self._item(item, scope) for item in items), CAP)
            found = self._known[id(items)] = (items, total)  # holding items keeps the id theirs
        return found[1]

    def of_word(self, word: Word, scope: Scope) -> int:
        """A lower bound on the symbols that a word expands to where `scope` is."""
        items = word.definition.body.items
        known = self._known.get(id(items))
        return known[1] if known else self.of(items, Scope.unbound(word, scope.width))

    def _item(self, item: s.Item, scope: Scope) -> int:
        if isinstance(item, s.Symbol):
            return self._symbol(item.name, scope)
        if isinstance(item, s.Repeat):
            times = _literal(item.count)
            return 1 + times * max(self.of(item.items, scope), 1)
        if isinstance(item, s.Branches):
            return 1 + sum(self.of(x.items, scope) for x in item.series)
        if isinstance(item, s.Alternatives):
            return 1 + min(self.of(x.items, scope) for x in item.series)
        return 1

    def _symbol(self, name: str, scope: Scope) -> int:
        callee = None if name in scope.params else scope.callee(name)
        if callee is None or not isinstance(callee.target, Word):
            return 1
        if self._depth >= MAX_DEPTH:
            return 1
        self._depth += 1
        size = self.of_word(callee.target, scope)
        self._depth -= 1
        return 1 + size


def _literal(node: s.Expression) -> int:
    """A repeat's count where it is a plain number, else 0."""
    plain = isinstance(node, s.Number) and node.text.isdecimal() and len(node.text) <= 18
    return min(int(node.text), CAP) if plain and isinstance(node, s.Number) else 0
