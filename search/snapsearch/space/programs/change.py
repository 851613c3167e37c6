"""Small changes and crossings of token sequences, valid by the automaton.

Which changes there are is one list, in one order: `edits` goes through it, `edit` draws from it.

>>> list(edits((5,), 2, 1))
[(0,), (1,), ()]
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from snapsearch.space.base import Automaton, Tokens


def edits(tokens: Tokens, symbols: int, length: int) -> Iterator[Tokens]:
    """All sequences one change away, valid or not: another symbol, one less, one more, an exchange
    of neighbours. Of equal ones, the first alone where that is easily seen."""
    for i, old in enumerate(tokens):
        yield from ((*tokens[:i], t, *tokens[i + 1 :]) for t in range(symbols) if t != old)
    for i, old in enumerate(tokens):
        if not i or tokens[i - 1] != old:
            yield (*tokens[:i], *tokens[i + 1 :])
    if len(tokens) < length:
        for i in range(len(tokens) + 1):
            before = tokens[i - 1] if i else None
            yield from ((*tokens[:i], t, *tokens[i:]) for t in range(symbols) if t != before)
    for i in range(len(tokens) - 1):
        if tokens[i] != tokens[i + 1]:
            yield (*tokens[:i], tokens[i + 1], tokens[i], *tokens[i + 2 :])


def edit(tokens: Tokens, symbols: int, length: int, rng: np.random.Generator) -> Tokens:
    """A sequence one change away: each kind of change alike, then each place, then each symbol."""
    n = len(tokens)
    kinds = [0, 1] * (n > 0) + [2] * (n < length) + [3] * (n > 1)
    kind = kinds[int(rng.integers(len(kinds)))]
    i = int(rng.integers(n + 1 if kind == 2 else n - 1 if kind == 3 else n))
    if kind == 1:
        return (*tokens[:i], *tokens[i + 1 :])
    if kind == 3:
        return (*tokens[:i], tokens[i + 1], tokens[i], *tokens[i + 2 :])
    return (*tokens[:i], int(rng.integers(symbols)), *tokens[i + (kind == 0) :])


def crossings(one: Tokens, other: Tokens, automaton: Automaton) -> list[tuple[int, int]]:
    """Where a head of `one` and a tail of `other` fit together: the states there are the same."""
    places: dict[int, list[int]] = {}
    state = automaton.start
    for j, token in enumerate((*other, None)):
        places.setdefault(state, []).append(j)
        state = state if token is None else automaton.step(state, token)
    found, state = [], automaton.start
    for i, token in enumerate((*one, None)):
        for j in places.get(state, ()):
            if i + len(other) - j <= automaton.length and (i or j):
                found.append((i, j))
        state = state if token is None else automaton.step(state, token)
    return found
