"""Sequences written out: which `cat`s share parts, decided by what they mean alone.

A sequence that fits a page is written as the longest sequence, written already, that it contains,
and what stands on its sides in the same way. A longer one is cut in two, at a power of two, and
equal pieces are written once: nested `cat`s can be exponentially long.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence

from snaplang.canonical.normal.kind import Kind
from snaplang.canonical.normal.terms import Terms

PAGE = 512
Values = tuple[int, ...]


class Sequences:
    """The sequences written so far. `item` writes a value, `join` an instance of given inputs."""

    def __init__(
        self,
        terms: Terms,
        item: Callable[[int], int],
        join: Callable[[Kind, Sequence[int]], int],
    ) -> None:
        self.terms, self.item, self.join = terms, item, join
        self._pages: dict[tuple[Kind, int], list[tuple[Values, int]]] = {}  # by their first item
        self._pieces: dict[tuple[Kind, Values], int] = {}

    def write(self, value: int) -> int:
        """The number of a sequence, its items written."""
        kind, length = self.terms.kinds[value], self.terms.size(value)
        if length > PAGE:
            return self._long(kind, value, 0, length)
        items = self._slice(value, 0, length)
        number = self.join(kind, self._factored(kind, items, len(items) - 1))
        pages = self._pages.setdefault((kind, items[0]), [])
        insort(pages, (items, number), key=lambda page: -len(page[0]))
        return number

    def _factored(self, kind: Kind, items: Values, most: int = PAGE) -> list[int]:
        """The numbers of the parts of a sequence, each of at most so many items.

        At level `structure` an equal sequence may be another instance, and is no part.
        """
        page: Values = ()
        start = number = -1
        for at, first in enumerate(items):
            if len(items) - at <= len(page):
                break
            for part, written in self._pages.get((kind, first), ()):
                if len(part) <= len(page):
                    break
                if len(part) <= most and items[at : at + len(part)] == part:
                    start, page, number = at, part, written
                    break
        if not page:
            return [self.item(v) for v in items]
        before, after = items[:start], items[start + len(page) :]
        return [*self._factored(kind, before), number, *self._factored(kind, after)]

    def _long(self, kind: Kind, value: int, start: int, stop: int) -> int:
        """A stretch of a long sequence, cut at the largest power of two below its length."""
        length = stop - start
        if length <= PAGE:
            items = self._slice(value, start, stop)
            key = (kind, items)
            if key not in self._pieces:
                numbers = self._factored(kind, items, len(items) - 1)
                self._pieces[key] = self.join(kind, numbers) if len(numbers) > 1 else numbers[0]
            return self._pieces[key]
        whole = (kind, self.terms.stretch(value, start, stop))
        if whole not in self._pieces:
            middle = start + (1 << ((length - 1).bit_length() - 1))
            left = self._long(kind, value, start, middle)
            right = self._long(kind, value, middle, stop)
            self._pieces[whole] = self.join(kind, (left, right))
        return self._pieces[whole]

    def _slice(self, value: int, start: int, stop: int) -> Values:
        """Some items of a sequence, nested ones opened."""
        terms, kind = self.terms, self.terms.kinds[value]
        found: list[int] = []
        pending = [(value, 0)]
        while pending:
            v, at = pending.pop()
            size = terms.size(v) if terms.kinds[v] is kind else 1
            if at + size <= start or at >= stop:
                continue
            if terms.kinds[v] is not kind:
                found.append(v)
                continue
            inner = []
            for a in terms.args[v]:
                inner.append((a, at))
                at += terms.size(a) if terms.kinds[a] is kind else 1
            pending += reversed(inner)
        return tuple(found)
