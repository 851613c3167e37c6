"""Programs of a free space counted, and drawn uniformly.

Where states are few, programs are counted as they are. Where types make them too many, they are
counted by length and stack depth alone, drawn by that, and thrown away where types do not fit: what
remains is uniform over valid programs all the same.

>>> from snapsearch.space.programs.stack import Machine
>>> total(StackAutomaton(Machine(["dup", "add", "conv3", "relu"], ["N,c,H,W"]), 4))
64
"""

from __future__ import annotations

import numpy as np

from snapsearch.errors import SearchError
from snapsearch.space.base import Tokens
from snapsearch.space.counts import Counts
from snapsearch.space.programs.stack import StackAutomaton

MANY = 10_000  # pairs of state and length that are counted for drawing
MOST = 100_000  # and for `programs`
TRIES = 20_000  # draws in a row that may be thrown away


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
                if token >= len(effects) or state + depth < effects[token].taken:
                    return -1
                after = state + effects[token].net
                return after if after + depth > 0 else -1

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
