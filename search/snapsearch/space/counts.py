"""Counting an automaton's sequences, exactly, and drawing from them uniformly.

>>> from snapsearch.space import free
>>> automaton = free("dup add conv3 relu", length=4).automaton
>>> counts = Counts(automaton, automaton.step, automaton.final, 10_000)
>>> counts(automaton.start, automaton.length)
64
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from snapsearch.space.base import Automaton, Tokens


class Counts:
    """How many sequences go on from a state: exact whole numbers of any size."""

    def __init__(
        self,
        automaton: Automaton,
        step: Callable[[int, int], int],
        final: Callable[[int], bool],
        most: int,
    ) -> None:
        self.automaton, self.step, self.final, self.most = automaton, step, final, most
        self._known: dict[tuple[int, int], int] = {}
        self._forks: dict[tuple[int, int], tuple[list[int], list[tuple[int, int]]]] = {}

    def __call__(self, state: int, left: int) -> int:
        """Sequences of at most `left` tokens from a state; `OverflowError` past `most` pairs."""
        key = (state, left)
        found = self._known.get(key)
        if found is None:
            found = int(self.final(state))
            if left > 0:
                for token in range(self.automaton.end):
                    after = self.step(state, token)
                    if after >= 0:
                        found += self(after, left - 1)
            if len(self._known) >= self.most:
                raise OverflowError
            self._known[key] = found
        return found

    def draw(self, rng: np.random.Generator) -> Tokens | None:
        """A sequence, uniformly; None where there is none."""
        state, left = self.automaton.start, self.automaton.length
        if not self(state, left):
            return None
        place = below(rng, self(state, left))
        tokens: list[int] = []
        while True:
            ends, moves = self._fork(state, left)
            chosen = bisect_right(ends, place)
            if chosen == 0:
                return tuple(tokens)
            place -= ends[chosen - 1]
            token, state = moves[chosen - 1]
            left -= 1
            tokens.append(token)

    def _fork(self, state: int, left: int) -> tuple[list[int], list[tuple[int, int]]]:
        """Where the shares of ending here and of each next token end, and what token and state."""
        found = self._forks.get((state, left))
        if found is None:
            ends, moves = [int(self.final(state))], []
            for token in range(self.automaton.end) if left else ():
                after = self.step(state, token)
                share = self(after, left - 1) if after >= 0 else 0
                if share:
                    ends.append(ends[-1] + share)
                    moves.append((token, after))
            found = self._forks[state, left] = ends, moves
        return found


def below(rng: np.random.Generator, n: int) -> int:
    """A whole number from 0 to n - 1, uniformly; n may have any size."""
    if n < 2**63:
        return int(rng.integers(n))
    bits = n.bit_length()
    while True:
        found = int.from_bytes(rng.bytes((bits + 7) // 8), "big") >> (-bits % 8)
        if found < n:
            return found
