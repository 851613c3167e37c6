"""Counting an automaton's sequences, exactly, and drawing from them uniformly.

Where states are few, they are counted as they are. Where types make them too many, sequences are
counted by length and stack depth alone, drawn by that, and thrown away where types do not fit:
what remains is uniform over valid programs all the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from snapsearch.errors import SearchError
from snapsearch.space.base import Automaton, Tokens
from snapsearch.space.programs.stack import StackAutomaton

MANY = 10_000  # pairs of state and length that are counted for drawing
MOST = 100_000  # and for `programs`
TRIES = 20_000  # draws in a row that may be thrown away


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


class Drawing:
    """Uniform draws from an automaton of stacks."""

    def __init__(self, automaton: StackAutomaton) -> None:
        self.automaton = automaton
        self._exact: Counts | None = None
        self._rough: Counts | None = None
        exact = Counts(automaton, automaton.step, automaton.final, MANY)
        try:
            exact(automaton.start, automaton.length)
            self._exact = exact
        except OverflowError:
            effects = automaton.machine.effects[: automaton.allowed]
            depth = len(automaton.machine.start)

            def step(state: int, token: int) -> int:
                if token >= len(effects) or state + depth < effects[token].pops:
                    return -1
                return state + effects[token].net

            self._rough = Counts(automaton, step, lambda state: state + depth == 1, MOST)

    def draw(self, rng: np.random.Generator) -> Tokens:
        """A program, uniformly over all. Raises `SearchError` S131 where there seems to be none."""
        for _ in range(TRIES):
            tokens = (self._exact or self._rough or _nothing).draw(rng)
            if tokens is None:
                break
            if self._exact is not None or self.automaton.accepts(tokens):
                return tokens
        raise SearchError(
            "S131",
            f"no program of up to {self.automaton.length} symbols was found in the space",
            None,
            "allow longer programs, or add symbols that bring tensors together",
        )


class _Nothing:
    def draw(self, rng: np.random.Generator) -> Tokens | None:
        """Nothing."""
        return None


_nothing = _Nothing()


def total(automaton: StackAutomaton) -> int | None:
    """How many programs there are; None where types make that impractical."""
    counts = Counts(automaton, automaton.step, automaton.final, MOST)
    try:
        return counts(automaton.start, automaton.length)
    except OverflowError:
        return None
