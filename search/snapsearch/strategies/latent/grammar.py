"""An automaton as arrays: many sequences at once are drawn, masked, and checked.

A sequence is a row of `length + 1` tokens, closed and filled up with `end`. Rows of one state and
one remaining length share what may follow, so it is looked up once for all of them.

`grammar.sample(1000, rng)` draws rows uniformly over all sequences; `grammar.masks(rows)` says
what might have stood at each place, which is what a decoder is trained and run with.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snapsearch.space.base import Automaton, Tokens

Rows = NDArray[np.int64]  # [n, length + 1], closed by `end`
Mask = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]
DONE = -2  # the state of a closed sequence
MANY = 200_000  # counts kept; past it sequences are drawn by masks alone, no longer uniformly


class Grammar:
    """What an automaton allows, for many rows at once."""

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.length, self.end = automaton.length, automaton.end
        self.width = automaton.end + 1
        self._masks: dict[tuple[int, int], Mask] = {}
        self._steps: dict[tuple[int, int], int] = {}
        self._counts: dict[tuple[int, int], float] = {}

    # -- rows and tokens ----------------------------------------------------------------------

    def rows(self, batch: Sequence[Tokens]) -> Rows:
        """Sequences as rows."""
        rows = np.full((len(batch), self.length + 1), self.end, dtype=np.int64)
        for row, tokens in zip(rows, batch, strict=True):
            row[: len(tokens)] = tokens
        return rows

    def tokens(self, rows: Rows) -> list[Tokens]:
        """Rows as sequences."""
        lengths = (rows == self.end).argmax(axis=1)
        return [
            tuple(row[:n]) for row, n in zip(rows.tolist(), lengths.tolist(), strict=True)
        ]

    # -- states -------------------------------------------------------------------------------

    def mask(self, state: int, left: int) -> Mask:
        """What may follow a state when `left` more symbols fit; after `end` only `end`; [V + 1]."""
        found = self._masks.get((state, left))
        if found is None:
            if state == DONE:
                found = np.zeros(self.width, dtype=bool)
                found[self.end] = True
            else:
                found = self.automaton.mask(state, left)
            self._masks[state, left] = found
        return found

    def step(self, state: int, token: int) -> int:
        """The state after a token that the mask allowed."""
        if state == DONE or token == self.end:
            return DONE
        found = self._steps.get((state, token))
        if found is None:
            found = self._steps[state, token] = self.automaton.step(state, token)
        return found

    def starts(self, n: int) -> NDArray[np.int64]:
        """The states of n empty rows."""
        return np.full(n, self.automaton.start, dtype=np.int64)

    def allowed(self, states: NDArray[np.int64], left: int) -> Mask:
        """What may follow each state; [n, V + 1]."""
        distinct, place = np.unique(states, return_inverse=True)
        return np.stack([self.mask(s, left) for s in distinct.tolist()])[place]

    def after(self, states: NDArray[np.int64], tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each state after its token."""
        distinct, place = np.unique(
            np.stack([states, tokens]), axis=1, return_inverse=True
        )
        steps = [self.step(s, t) for s, t in distinct.T.tolist()]
        return np.asarray(steps, dtype=np.int64)[place]

    def masks(self, rows: Rows) -> Mask:
        """What might have stood at each place of valid rows; [n, length + 1, V + 1]."""
        states, found = self.starts(len(rows)), []
        for place in range(self.length + 1):
            found.append(self.allowed(states, self.length - place))
            states = self.after(states, rows[:, place])
        return np.stack(found, axis=1)

    # -- drawing ------------------------------------------------------------------------------

    def count(self, state: int, left: int) -> float:
        """How many ways there are to go on from a state and close, in `left` symbols at most."""
        if state == DONE:
            return 1.0
        found = self._counts.get((state, left))
        if found is None:
            allowed = np.flatnonzero(self.mask(state, left)).tolist()
            found = sum(self.count(self.step(state, t), max(left - 1, 0)) for t in allowed)
            if len(self._counts) >= MANY:
                raise OverflowError("too many states to count")
            self._counts[state, left] = found
        return found

    @cached_property
    def countable(self) -> bool:
        """Whether the sequences of the automaton can be counted, and so drawn uniformly."""
        try:
            return self.count(self.automaton.start, self.length) > 0
        except OverflowError:
            return False

    def weights(self, states: NDArray[np.int64], left: int) -> Floats:
        """How likely each token is to come next in a row drawn uniformly; [n, V + 1]."""
        distinct, place = np.unique(states, return_inverse=True)
        rows = np.zeros((len(distinct), self.width))
        for row, state in zip(rows, distinct.tolist(), strict=True):
            for token in np.flatnonzero(self.mask(state, left)).tolist():
                row[token] = (
                    self.count(self.step(state, token), max(left - 1, 0))
                    if self.countable
                    else 1.0
                )
        scaled: Floats = rows / rows.sum(axis=1, keepdims=True)
        return scaled[place]

    def sample(self, n: int, rng: np.random.Generator) -> Rows:
        """Rows drawn uniformly over all sequences (token by token where there are too many)."""
        states = self.starts(n)
        rows = np.full((n, self.length + 1), self.end, dtype=np.int64)
        for place in range(self.length + 1):
            chances = self.weights(states, self.length - place).cumsum(axis=1)
            draws = rng.random((n, 1)) * chances[:, -1:]
            rows[:, place] = (draws >= chances).sum(axis=1)
            states = self.after(states, rows[:, place])
        return rows
