"""The automaton of a template: a sequence decides its choices, in order of expansion.

A token is the number of an alternative. A choice within an alternative is asked for only where that
is taken; so a state is the next choice, and those earlier decisions that later choices hang on.

>>> import snaplang as snap
>>> automaton = ChoiceAutomaton(snap.choices("<relu | conv3 <bn | ln | identity>> <relu | bn>"))
>>> automaton.count(), automaton.length, automaton.accepts((1, 2, 0)), automaton.accepts((0, 0, 0))
(8, 3, True, False)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.space.base import Automaton, Tokens
from snapsearch.space.counts import below

MOST = 100_000  # states
Known = tuple[tuple[int, int], ...]  # earlier decisions that count: (choice, alternative)
Key = tuple[int, Known]  # the next choice, and what counts there


class ChoiceAutomaton(Automaton):
    """Sequences that decide all of some choices, as `snap.choices` lists those of a program.

    Raises `SearchError` S134 where choices hang on each other in more than `MOST` ways.
    """

    def __init__(self, choices: Sequence[snap.Choice]) -> None:
        self._forks = [(len(c.alternatives), c.within) for c in choices]
        self._last = {within[0]: i for i, (_, within) in enumerate(self._forks) if within}
        widest = max((size for size, _ in self._forks), default=0)
        self.symbols = tuple(map(str, range(widest)))
        self._keys: list[Key] = [self._next(0, ())]
        self._steps: list[tuple[int, ...]] = []
        self._explore()
        self._below = [1] * len(self._keys)  # ways to go on, from a state
        self._least = [0] * len(self._keys)  # decisions that are left, at least and at most
        self._most = [0] * len(self._keys)
        for state in sorted(range(len(self._keys)), key=self._keys.__getitem__, reverse=True):
            if after := self._steps[state]:
                self._below[state] = sum(self._below[s] for s in after)
                self._least[state] = 1 + min(self._least[s] for s in after)
                self._most[state] = 1 + max(self._most[s] for s in after)
        self.length = self._most[self.start]

    def _next(self, choice: int, known: Known) -> Key:
        """The first choice from `choice` on that is asked, and what still counts there."""
        while choice < len(self._forks):
            within = self._forks[choice][1]
            if within is None or within in known:
                break
            choice += 1
        return choice, tuple(k for k in known if self._last.get(k[0], -1) >= choice)

    def _explore(self) -> None:
        """All states, and where each alternative leads."""
        states = {self._keys[0]: 0}
        for choice, known in self._keys:  # grows on the way
            size = self._forks[choice][0] if choice < len(self._forks) else 0
            after = [self._next(choice + 1, (*known, (choice, a))) for a in range(size)]
            for key in after:
                if key not in states:
                    states[key] = len(states)
                    self._keys.append(key)
            self._steps.append(tuple(states[key] for key in after))
            if len(states) > MOST:
                message = "the choices of the template hang on each other in too many ways"
                raise SearchError("S134", message, None, "put choices beside each other")

    def alternatives(self, state: int) -> int:
        """How many alternatives the next choice has; 0 where all are decided."""
        return len(self._steps[state])

    def width(self, choice: int) -> int:
        """How many alternatives a choice has."""
        return int(self._forks[choice][0])

    def step(self, state: int, token: int) -> int:
        """The state after a decision, -1 where there is no such alternative."""
        after = self._steps[state]
        return after[token] if 0 <= token < len(after) else -1

    def final(self, state: int) -> bool:
        """Whether all choices are decided."""
        return not self._steps[state]

    def mask(self, state: int, left: int) -> NDArray[np.bool_]:
        """Which alternatives may be taken when `left` more fit, or `end`; [V + 1]."""
        found = np.zeros(self.end + 1, dtype=np.bool_)
        found[self.end] = self.final(state)
        for token, after in enumerate(self._steps[state]):
            found[token] = self._least[after] < left
        return found

    def accepts(self, tokens: Sequence[int]) -> bool:
        """Whether tokens decide all choices."""
        state = self.start
        for token in tokens:
            state = self.step(state, token)
            if state < 0:
                return False
        return self.final(state)

    def count(self) -> int:
        """How many sequences there are."""
        return self._below[self.start]

    def decisions(self, tokens: Sequence[int]) -> dict[int, int]:
        """What tokens decide: the alternative of each choice that is asked, by its number."""
        state, found = self.start, {}
        for token in tokens:
            found[self._keys[state][0]] = token
            state = self._steps[state][token]
        return found

    def tokens(
        self, decisions: Mapping[int, int], rng: np.random.Generator | None = None
    ) -> Tokens:
        """Some decisions as tokens; others that are asked are drawn, or are 0 without `rng`."""
        state, found = self.start, []
        while after := self._steps[state]:
            decided = decisions.get(self._keys[state][0])
            if decided is None:
                decided = 0 if rng is None else int(rng.integers(len(after)))
            found.append(decided)
            state = after[found[-1]]
        return tuple(found)

    def draw(self, rng: np.random.Generator) -> Tokens:
        """A sequence, uniformly over all."""
        found: list[int] = []
        state = self.start
        while after := self._steps[state]:
            at = below(rng, self._below[state])
            token = 0
            while at >= self._below[after[token]]:
                at -= self._below[after[token]]
                token += 1
            found.append(token)
            state = after[token]
        return tuple(found)
