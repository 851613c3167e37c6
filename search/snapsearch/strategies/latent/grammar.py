"""Sequences as rows of numbers, and what an automaton lets follow in many rows at once.

A row has `length + 1` places and is closed and filled up with `end`. Rows in the same state with
the same number of places left share what may follow, so that is looked up once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from snapsearch.space.base import Automaton, Tokens

Rows = NDArray[np.int64]  # [n, length + 1], closed by `end`
States = NDArray[np.int64]
DONE = -2  # the state of a closed row


class Grammar:
    """Rows of an automaton."""

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.length, self.end = automaton.length, automaton.end
        self.places, self.width = automaton.length + 1, automaton.end + 1
        self._closed = np.zeros(self.width, dtype=np.bool_)
        self._closed[self.end] = True

    def rows(self, batch: Sequence[Tokens]) -> Rows:
        """Sequences as rows."""
        rows = np.full((len(batch), self.places), self.end, dtype=np.int64)
        for row, tokens in zip(rows, batch, strict=True):
            row[: len(tokens)] = tokens
        return rows

    def tokens(self, rows: Rows) -> list[Tokens]:
        """Rows as sequences."""
        lengths = (rows == self.end).argmax(axis=1)
        return [tuple(row[:n]) for row, n in zip(rows.tolist(), lengths.tolist(), strict=True)]

    def starts(self, n: int) -> States:
        """The states of n empty rows."""
        return np.full(n, self.automaton.start, dtype=np.int64)

    def allowed(self, states: States, left: int) -> NDArray[np.bool_]:
        """What may follow when `left` more symbols fit, after `end` only `end`; [n, V + 1]."""
        distinct, place = np.unique(states, return_inverse=True)
        masks = [
            self._closed if s == DONE else self.automaton.mask(s, left) for s in distinct.tolist()
        ]
        return np.stack(masks)[place]

    def after(self, states: States, tokens: NDArray[np.int64]) -> States:
        """Each state after a token that `allowed` allowed."""
        pairs, place = np.unique(np.stack([states, tokens]), axis=1, return_inverse=True)
        steps = [
            DONE if s == DONE or t == self.end else self.automaton.step(s, t)
            for s, t in pairs.T.tolist()
        ]
        return np.asarray(steps, dtype=np.int64)[place.reshape(-1)]
