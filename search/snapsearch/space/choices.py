"""The automaton of a template: a sequence decides its choices, in order of expansion.

Where no decision changes which choices there are, a state is how many are decided. Otherwise (a
choice within an alternative) it is the decisions so far, and what comes next is asked of snaplang.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import NDArray

import snaplang as snap
from snapsearch.space.base import Automaton, Tokens

Lowered = Callable[[Tokens], snap.Graph]


class ChoiceAutomaton(Automaton):
    """Sequences that decide all choices; a token is the number of an alternative.

    `lowered` gives the graph of a template with its first choices decided.
    """

    def __init__(self, lowered: Lowered) -> None:
        self._lowered = lowered
        self._prefixes: list[Tokens] = [()]
        self._numbers: dict[Tokens, int] = {(): 0}
        self._sizes: dict[int, int] = {}
        first = [len(c.alternatives) for c in lowered(()).choices]
        self.sizes: tuple[int, ...] | None = tuple(first) if self._flat(first) else None
        longest = self.sizes or self._longest()
        self.length = len(longest)
        self.symbols = tuple(map(str, range(max(longest, default=0))))

    def _flat(self, sizes: list[int]) -> bool:
        """Whether decisions leave the number of choices and alternatives as they are."""
        for i, size in enumerate(sizes):
            for alternative in range(1, size):
                tokens = tuple(alternative if j == i else 0 for j in range(len(sizes)))
                try:
                    found = self._lowered(tokens).choices
                except snap.SnapError as error:
                    if any(d.code == "E506" for d in error.diagnostics):  # more than there are
                        return False
                    continue  # ill-typed, which says nothing
                if [len(c.alternatives) for c in found] != sizes:
                    return False
        return True

    def _longest(self) -> tuple[int, ...]:
        """The most decisions that any sequence needs, with their greatest numbers."""
        found: list[int] = []
        walk = [0]
        while walk:
            state = walk.pop()
            size, place = self.alternatives(state), len(self._prefixes[state])
            if size:
                found += [0] * (place + 1 - len(found))
                found[place] = max(found[place], size)
                walk += [self.step(state, token) for token in range(size)]
        return tuple(found)

    def alternatives(self, state: int) -> int:
        """How many alternatives the next choice has; 0 where all are decided."""
        if self.sizes is not None:
            return self.sizes[state] if state < len(self.sizes) else 0
        if state not in self._sizes:
            prefix = self._prefixes[state]
            try:
                left = [c for c in self._lowered(prefix).choices if c.decided is None]
            except snap.SnapError:  # ill-typed, whatever follows
                left = []
            self._sizes[state] = len(left[0].alternatives) if left else 0
        return self._sizes[state]

    def step(self, state: int, token: int) -> int:
        """The state after a decision, -1 where there is no such alternative."""
        if not 0 <= token < self.alternatives(state):
            return -1
        if self.sizes is not None:
            return state + 1
        prefix = (*self._prefixes[state], token)
        found = self._numbers.setdefault(prefix, len(self._prefixes))
        if found == len(self._prefixes):
            self._prefixes.append(prefix)
        return found

    def final(self, state: int) -> bool:
        """Whether all choices are decided."""
        return self.alternatives(state) == 0

    def mask(self, state: int, left: int) -> NDArray[np.bool_]:
        """Which alternatives there are, or `end`; [V + 1]."""
        found = np.zeros(self.end + 1, dtype=np.bool_)
        size = self.alternatives(state)
        found[:size] = left > 0
        found[self.end] = size == 0
        return found

    def accepts(self, tokens: Tokens) -> bool:
        """Whether tokens decide all choices."""
        state = self.start
        for token in tokens:
            state = self.step(state, token)
            if state < 0:
                return False
        return self.final(state)

    def count(self) -> int:
        """How many sequences there are."""
        if self.sizes is not None:
            return prod(self.sizes)
        return self.below(self.start)

    def below(self, state: int) -> int:
        """How many sequences go on from a state."""
        size = self.alternatives(state)
        return sum(self.below(self.step(state, t)) for t in range(size)) if size else 1
