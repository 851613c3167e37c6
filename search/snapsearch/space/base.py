"""The contract of a space: it samples, changes, encodes and decodes valid programs, and counts.

A space works on token sequences; `symbols[t]` is what token `t` stands for. In a free space tokens
are SNAP symbols, in a template the decisions of its choices. An `Automaton` says which tokens may
follow which prefix, so that sampling and masked decoding share one notion of validity. Every
candidate that leaves a space is a valid program within its limits (nodes, parameters, MACs).
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypedDict, TypeVar, Unpack

import numpy as np
from numpy.typing import NDArray

from snapsearch.errors import SearchError
from snapsearch.space.limits import Limits
from snapsearch.trial import Candidate

Tokens = tuple[int, ...]
T = TypeVar("T")
Progress = Callable[[str, float], None]  # what is being done, and which share of it is
DRAWS = 5_000  # draws that may be past a limit before a space counts as empty
EVERY = 50  # members, between two words of progress


def quiet(what: str, share: float) -> None:
    """Progress that nobody looks at."""


class Automaton(ABC):
    """Which tokens may follow a prefix. States are small integers, found as they are needed.

    The token `end` (= the number of symbols) closes a sequence; it may follow a state that is
    `final`. Every state that `mask` leads to can be closed within the length that is left.
    """

    symbols: tuple[str, ...]
    length: int  # of the longest sequence, `end` not counted
    start: int = 0

    @property
    def end(self) -> int:
        """The token that closes a sequence."""
        return len(self.symbols)

    @abstractmethod
    def step(self, state: int, token: int) -> int:
        """The state after a token, -1 where the token may not stand."""

    @abstractmethod
    def final(self, state: int) -> bool:
        """Whether a sequence may end here."""

    @abstractmethod
    def mask(self, state: int, left: int) -> NDArray[np.bool_]:
        """Which of the symbols and `end` may come next when `left` more symbols fit; [V + 1]."""


class SpaceOptions(TypedDict, total=False):
    """What both kinds of spaces take: shapes of the inputs, and limits, at once or by name."""

    inputs: Sequence[str]
    sizes: Sequence[str] | None
    limits: Limits | None
    max_nodes: int | None
    max_params: int | None
    max_macs: int | None


class FreeOptions(SpaceOptions, total=False):
    """The options of a free space; `FreeSpace` says what each is."""

    same: bool


class TemplateOptions(SpaceOptions, total=False):
    """The options of a template; `TemplateSpace` says what each is."""

    block: str | None
    exact: bool | None


class MakesFree(Protocol):
    """`snapsearch.space.free`."""

    def __call__(
        self, symbols: str | Sequence[str], length: int, **options: Unpack[FreeOptions]
    ) -> Space:
        """A free space."""


class MakesTemplate(Protocol):
    """`snapsearch.space.template`."""

    def __call__(self, text: str, **options: Unpack[TemplateOptions]) -> Space:
        """A template from its text."""


class ReadsTemplate(Protocol):
    """`snapsearch.space.from_file`."""

    def __call__(self, path: str | os.PathLike[str], **options: Unpack[TemplateOptions]) -> Space:
        """A template from a file."""


class BuildsSpace(Protocol):
    """`snapsearch.space.build`."""

    def __call__(self, description: Mapping[str, Any]) -> Space:
        """The space that a `describe` was taken of."""


class Space(ABC):
    """Base of free spaces and templates; `Space.from_file("space.snap")` and the like make them."""

    # The functions of `snapsearch.space`, which knows the kinds of spaces and sets these.
    free: ClassVar[MakesFree]
    template: ClassVar[MakesTemplate]
    from_file: ClassVar[ReadsTemplate]
    build: ClassVar[BuildsSpace]

    automaton: Automaton
    canonical_automaton: Automaton
    progress: Progress = staticmethod(
        quiet
    )  # called with the progress of long work; may be replaced

    @property
    def symbols(self) -> tuple[str, ...]:
        """What tokens stand for."""
        return self.automaton.symbols

    @property
    def length(self) -> int:
        """The longest encoding."""
        return self.automaton.length

    # -- tokens, programs, candidates ---------------------------------------------------------

    @abstractmethod
    def decode(self, tokens: Sequence[int]) -> str:
        """The SNAP program that tokens stand for, as text; not checked."""

    @abstractmethod
    def encode(self, program: str) -> Tokens:
        """The tokens of a program of the space. Raises `SearchError` for others."""

    @abstractmethod
    def candidate(self, tokens: Sequence[int]) -> Candidate | None:
        """The candidate of some tokens; None where they are invalid or past a limit."""

    @abstractmethod
    def canonical(self, tokens: Sequence[int]) -> Tokens | None:
        """The encoding that all encodings of an architecture share; None where there is none.

        It is a sequence of `canonical_automaton`, which may know more symbols than the space's own
        programs are written in, and longer sequences.
        """

    @abstractmethod
    def fingerprints(self, batch: Sequence[Tokens]) -> list[str | None]:
        """The identity of many encodings at once (None: invalid), by batch kernels where they are.

        Equal if and only if snaplang's fingerprints are.
        """

    @abstractmethod
    def facts(self, tokens: Sequence[int]) -> dict[str, float]:
        """What is known of a program without training: live ops by name, depth, paths, params."""

    # -- drawing and changing -----------------------------------------------------------------

    @abstractmethod
    def sample_tokens(self, rng: np.random.Generator) -> Tokens:
        """The tokens of a program, uniformly, before limits are asked."""

    def sample(self, rng: np.random.Generator) -> Candidate:
        """Uniform over well-typed programs within the limits. Raises `SearchError` S124."""
        for _ in range(DRAWS):
            found = self.candidate(self.sample_tokens(rng))
            if found is not None:
                return found
        message = f"none of {DRAWS:,} programs drawn was well-typed and within the limits"
        raise SearchError("S124", message, None, "raise max_nodes, max_params or max_macs")

    def sample_distinct(self, rng: np.random.Generator) -> Candidate:
        """Uniform over architectures where the space is enumerable, else as `sample`."""
        if not self.enumerable():
            return self.sample(rng)
        members = self._members
        if not members:
            raise SearchError("S124", "no program of the space is within its limits")
        found = self.candidate(members[int(rng.integers(len(members)))])
        assert found is not None
        return found

    @cached_property
    def _members(self) -> list[Tokens]:
        return [candidate.tokens for candidate in self.all()]

    @abstractmethod
    def mutate(self, candidate: Candidate, rng: np.random.Generator) -> Candidate:
        """A valid program close by, of another architecture where there is one."""

    @abstractmethod
    def cross(self, one: Candidate, other: Candidate, rng: np.random.Generator) -> Candidate:
        """A valid program with parts of both."""

    @abstractmethod
    def neighbours(self, candidate: Candidate) -> Iterator[Candidate]:
        """All candidates one change away, of other architectures, each once, in a fixed order."""

    # -- size ---------------------------------------------------------------------------------

    @abstractmethod
    def programs(self) -> int:
        """How many valid programs there are, exactly, limits aside."""

    @abstractmethod
    def enumerable(self) -> bool:
        """Whether `all` is practical: at most some hundred thousand programs."""

    @abstractmethod
    def encodings(self) -> Iterator[Tokens]:
        """All valid encodings, in a fixed order; only where `enumerable`."""

    def all(self) -> Iterator[Candidate]:
        """Every architecture within the limits once, in a fixed order; only where `enumerable`."""
        seen: set[str] = set()
        for tokens in self._told(self.encodings(), self.programs()):
            found = self.candidate(tokens)
            if found is not None and found.fingerprint not in seen:
                seen.add(found.fingerprint)
                yield found

    def _told(self, encodings: Iterable[T], count: int) -> Iterator[T]:
        """`count` encodings, with a word of progress now and then: each may take milliseconds."""
        for i, tokens in enumerate(encodings):
            if i % EVERY == 0 and i:
                self.progress("architectures of the space", i / count)
            yield tokens

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What a run's record keeps of the space, as JSON values; enough to build it again."""
