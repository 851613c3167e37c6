"""The contract of a strategy: `ask` for candidates, `tell` what came of them. The loop does I/O.

What is proposed as trial k is a function of the space, the seed, k, the trials finished so far and
those that still run. So a strategy needs no saved state: `tell` it the stored trials, in
order, and it goes on as if it had never stopped. A fingerprint is never proposed twice.
"""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from snapsearch.config.registry import options_of
from snapsearch.errors import SearchError
from snapsearch.space.base import Progress, Space, quiet
from snapsearch.streams import stream
from snapsearch.trial import Candidate, State, Trial

DRAWS = 500  # draws in a row that may all be known


def silent(text: str) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Proposal:
    """A candidate, how the strategy came by it, and what it expects of it (None: nothing)."""

    candidate: Candidate
    origin: str = ""
    estimate: float | None = None


class Strategy(ABC):
    """Base of all strategies; subclasses write `propose` and, if they learn, `learn`."""

    name: ClassVar[str]
    source: ClassVar[str]  # author and year
    about: ClassVar[Mapping[str, str]] = MappingProxyType({})  # its options: what each is
    progress: Progress = staticmethod(
        quiet
    )  # called with the progress of long work; may be replaced
    noted: Callable[[str], None] = staticmethod(silent)  # called with notes for the user

    def __init__(self, space: Space, seed: int) -> None:
        self.space, self.seed = space, seed
        self.trials: list[Trial] = []  # finished, in order of number
        self.known: set[str] = set()  # fingerprints proposed
        self.asked = 0

    @classmethod
    def table(cls) -> list[tuple[str, object, str]]:
        """Its options: name, default (`inspect.Parameter.empty`: needed), and what it is."""
        return [(p.name, p.default, cls.about.get(p.name, "")) for p in options_of(cls)[0]]

    @final
    def ask(self, n: int = 1) -> list[Trial]:
        """Up to `n` new trials, running; fewer only when the space has nothing new to give."""
        fresh: list[Trial] = []
        while len(fresh) < n:
            with self._blamed("propose"):
                found = self.propose(stream(self.seed, "ask", self.asked))
                if found is not None and not isinstance(found, Proposal):
                    raise TypeError(f"it returned no Proposal but {found!r:.100}")
            if found is None:
                break
            trial = Trial(self.asked, found.candidate, origin=found.origin, estimate=found.estimate)
            self._count(trial)
            fresh.append(trial)
        return fresh

    @final
    def tell(self, trials: Sequence[Trial]) -> None:
        """Take finished trials in; those of an earlier process count as asked."""
        for trial in trials:
            self._count(trial)
            if trial.state is not State.RUNNING:
                self.trials.append(trial)
        with self._blamed("learn"):
            self.learn([t for t in trials if t.state is not State.RUNNING])

    @contextmanager
    def _blamed(self, method: str) -> Iterator[None]:
        """What a subclass raises as `SearchError` S143, with the line that raised it."""
        try:
            yield
        except SearchError:
            raise
        except Exception as error:
            name = getattr(self, "name", type(self).__name__)
            line = traceback.extract_tb(error.__traceback__)[-1]
            message = f"`{method}` of the strategy `{name}` failed: {type(error).__name__}: {error}"
            raise SearchError("S143", message, f"{line.filename}:{line.lineno}") from error

    def _count(self, trial: Trial) -> None:
        self.asked = max(self.asked, trial.number + 1)
        self.known.add(trial.candidate.fingerprint)

    @property
    def complete(self) -> list[Trial]:
        """The trials with a value, in order."""
        return [t for t in self.trials if t.state is State.COMPLETE]

    def fresh(self, rng: np.random.Generator, origin: str) -> Proposal | None:
        """A draw that is not known yet, uniformly over what is not; None: the space is exhausted.

        Where the space can be enumerated and draws keep failing, it is searched from a place drawn
        by chance; elsewhere it counts as exhausted after `DRAWS` draws.
        """
        for _ in range(DRAWS):
            found = self.space.sample_distinct(rng)
            if found.fingerprint not in self.known:
                return Proposal(found, origin)
        if not self.space.enumerable():
            return None
        left = [c for c in self.space.all() if c.fingerprint not in self.known]
        return Proposal(left[int(rng.integers(len(left)))], origin) if left else None

    @abstractmethod
    def propose(self, rng: np.random.Generator) -> Proposal | None:
        """A candidate whose fingerprint is not in `known`; None where the space is exhausted."""

    def vectors(self, candidates: Sequence[Candidate]) -> NDArray[np.floating[Any]] | None:
        """Where candidates lie in the space that the strategy works on, [n, d]; None: it has none.

        Reports draw their map of it.
        """
        return None

    def learn(self, trials: Sequence[Trial]) -> None:  # noqa: B027
        """Hook: trials were added to `self.trials`. `tell` may bring one, or a whole run's."""
