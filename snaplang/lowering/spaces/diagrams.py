"""Functions of decisions: what a value is in each member of a space, written down once.

A diagram is a decision diagram with several ways at each node: it asks for the choices that its
value depends on, in order of their numbers, and ends in leaves. Equal diagrams are one number, so
that a space in which choices change nothing costs no more than a single program, and one whose
members differ costs as much as the differences, not as the members.

>>> known = Diagrams()
>>> first, second = known.literal(0, 2, 1), known.literal(1, 2, 1)
>>> exactly_one = known.apply(lambda a, b: a != b, first, second)
>>> known.first(exactly_one), known.at(exactly_one, {0: 1, 1: 1})
({0: 0, 1: 1}, False)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

BUDGET = 40_000  # steps of `apply`, some microseconds each
DEEPEST = 600  # choices that one value may depend on
_LEAF = 1 << 60


class TooManyError(Exception):
    """The members of a space differ in too many ways to be told apart."""


class Diagrams:
    """Diagrams over one set of choices; each is a number, the same for equal ones."""

    def __init__(self, budget: int | None = None) -> None:
        self.budget = BUDGET if budget is None else budget
        self._tops: list[int] = []  # the choice asked for
        self._ways: list[tuple[int, ...]] = []  # the diagram for each alternative
        self._depths: list[int] = []
        self._leaves: list[Any] = []
        self._known: dict[Hashable, int] = {}
        self.never, self.always = self.leaf(False), self.leaf(True)

    def leaf(self, value: Hashable) -> int:
        """The diagram that is `value` in every member."""
        return self._made(("leaf", type(value), value), _LEAF, (), value)

    def node(self, choice: int, ways: tuple[int, ...]) -> int:
        """The diagram that is one of `ways`, which ask for later choices only."""
        if len(set(ways)) == 1:
            return ways[0]
        return self._made((choice, ways), choice, ways, None)

    def _made(self, key: Hashable, top: int, ways: tuple[int, ...], value: Any) -> int:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._tops)
            depth = 1 + max((self._depths[way] for way in ways), default=-1)
            if depth > DEEPEST:
                raise TooManyError
            self._tops.append(top)
            self._ways.append(ways)
            self._leaves.append(value)
            self._depths.append(depth)
        return found

    def literal(self, choice: int, alternatives: int, taken: int) -> int:
        """True where a choice takes an alternative."""
        ways = (self.always if i == taken else self.never for i in range(alternatives))
        return self.node(choice, tuple(ways))

    def constant(self, diagram: int) -> bool:
        """Whether a diagram is the same in every member."""
        return self._tops[diagram] == _LEAF

    def apply(self, function: Callable[..., Hashable], *operands: int) -> int:
        """The diagram of a function of the operands' values."""
        return self.guarded(self.always, None, function, *operands)

    def guarded(
        self, guard: int, outside: Hashable, function: Callable[..., Hashable], *operands: int
    ) -> int:
        """The same where `guard` is true; elsewhere `outside`, and the function is not asked."""
        known: dict[tuple[int, ...], int] = {}
        beyond = self.leaf(outside)

        def at(ops: tuple[int, ...]) -> int:
            if ops[0] == self.never:
                return beyond
            found = known.get(ops)
            if found is None:
                found = known[ops] = below(ops)
            return found

        def below(ops: tuple[int, ...]) -> int:
            top = min([self._tops[op] for op in ops])
            if top == _LEAF:
                return self.leaf(function(*[self._leaves[op] for op in ops[1:]]))
            self.budget -= 1
            if self.budget < 0:
                raise TooManyError
            asked = next(op for op in ops if self._tops[op] == top)
            ways = range(len(self._ways[asked]))
            return self.node(top, tuple([at(self._after(ops, top, way)) for way in ways]))

        return at((guard, *operands))

    def _after(self, ops: tuple[int, ...], top: int, way: int) -> tuple[int, ...]:
        return tuple([self._ways[op][way] if self._tops[op] == top else op for op in ops])

    def both(self, one: int, other: int) -> int:
        """Where both are true."""
        if one == other or other == self.always:
            return one
        if one == self.always:
            return other
        return self.guarded(one, False, bool, other)

    def either(self, one: int, other: int) -> int:
        """Where one is true."""
        return self.apply(lambda a, b: a or b, one, other) if one != other else one

    def without(self, one: int, other: int) -> int:
        """Where the first is true and the second is not."""
        return self.guarded(one, False, lambda b: not b, other)

    def leaves(self, diagram: int) -> list[Any]:
        """The values, in the order of the members in which they first appear."""
        seen: dict[int, None] = {}
        waiting = [diagram]
        while waiting:
            found = waiting.pop()
            if found not in seen:
                seen[found] = None
                waiting += reversed(self._ways[found])
        return [self._leaves[found] for found in seen if self._tops[found] == _LEAF]

    def where(self, diagram: int, value: Hashable) -> int:
        """Where a diagram has a value."""
        return self.apply(lambda found: found is value or found == value, diagram)

    def at(self, diagram: int, decisions: Mapping[int, int]) -> Any:
        """The value in a member; choices that are not decided take their first alternative."""
        while self._tops[diagram] != _LEAF:
            diagram = self._ways[diagram][decisions.get(self._tops[diagram], 0)]
        return self._leaves[diagram]

    def first(self, members: int) -> dict[int, int] | None:
        """The decisions of the first member where it is true; None where there is none."""
        if members == self.never:
            return None
        found: dict[int, int] = {}
        while self._tops[members] != _LEAF:  # all but `never` are true somewhere
            ways = self._ways[members]
            way = next(i for i, below in enumerate(ways) if below != self.never)
            found[self._tops[members]], members = way, ways[way]
        return found

    def share(self, members: int, sizes: list[int]) -> int:
        """How many ways there are to decide choices of these sizes so that it is true."""
        known: dict[int, int] = {}  # ways to decide the choices from the one asked for on

        def count(diagram: int, start: int) -> int:
            top = min(self._tops[diagram], len(sizes))
            if diagram not in known:
                ways = self._ways[diagram]
                known[diagram] = sum(count(w, top + 1) for w in ways) if ways else 0
                known[diagram] += diagram == self.always
            total = known[diagram]
            for size in sizes[start:top]:
                total *= size
            return total

        return count(members, 0)
