"""The suite for spaces: what `snapsearch.space.base` promises, whoever keeps it.

>>> from snapsearch.testing.samples import tiny
>>> check_space(tiny())
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TypeVar

import numpy as np

from snapsearch.run.assembly import space_of
from snapsearch.space.base import Space, Tokens
from snapsearch.testing.contract import Contract, named
from snapsearch.trial import Candidate

T = TypeVar("T")
FEW = 2_000  # programs of a space that are gone through one by one
AROUND = 40  # neighbours that are looked at


def check_space(space: Space | Callable[[], Space], samples: int = 20) -> None:
    """Raise `AssertionError` where a space breaks its contract.

    `space` is one, or a class or function without arguments that makes one. `samples` candidates
    are drawn, changed, written and read; a small space is gone through as a whole. `describe` has
    to name what a configuration can: `{"name": "module:function", …}` for a space of your own.

        check_space(MySpace(length=6))
    """
    contract = Contract(named(space))
    with contract.calling("__init__"):
        made: object = space if isinstance(space, Space) else space()
    contract.keeps("is a Space", isinstance(made, Space), made)
    assert isinstance(made, Space)
    case = _TriedSpace(contract, made)
    case.alphabet()
    drawn = case.drawn(samples)
    for candidate in drawn:
        case.member(candidate, "sample")
        case.written(candidate)
        case.accepted(candidate.tokens)
        case.known(candidate)
    case.identity(drawn)
    case.changes(drawn)
    case.size(drawn)
    case.description(drawn)


@dataclass(frozen=True)
class _TriedSpace:
    """A space that is tried."""

    contract: Contract
    space: Space

    def alphabet(self) -> None:
        """Symbols are different texts."""
        with self.contract.calling("symbols"):
            symbols, length = self.space.symbols, self.space.length
        kept = len(set(symbols)) == len(symbols) > 0
        self.contract.keeps("has different `symbols`", kept, symbols)
        self.contract.keeps("has a `length` of one at least", length >= 1, length)

    def repeated(self, what: str, draw: Callable[[np.random.Generator], T]) -> T:
        """What is drawn, which the generator alone decides."""
        with self.contract.calling(what):
            one, same = (draw(np.random.default_rng(5)) for _ in range(2))
        promise = f"draws the same from the same generator by `{what}`"
        self.contract.keeps(promise, one == same, f"{one} and {same}")
        return one

    def drawn(self, samples: int) -> list[Candidate]:
        """Some candidates."""
        space = self.space
        self.repeated("sample_tokens", space.sample_tokens)
        found = self.repeated("sample", lambda rng: [space.sample(rng) for _ in range(samples)])
        distinct = self.repeated("sample_distinct", space.sample_distinct)
        self.member(distinct, "sample_distinct")
        return found

    def member(self, candidate: object, method: str) -> None:
        """A candidate is what its tokens say."""
        promise = f"gives candidates of itself by `{method}`"
        self.contract.keeps(promise, isinstance(candidate, Candidate), candidate)
        assert isinstance(candidate, Candidate)
        with self.contract.calling("candidate"):
            again = self.space.candidate(candidate.tokens)
        found = f"{candidate}, but `candidate` of its tokens is {again}"
        self.contract.keeps(promise, again == candidate, found)
        size = len(candidate.tokens)
        self.contract.keeps("writes nothing longer than `length`", size <= self.space.length, size)

    def written(self, candidate: Candidate) -> None:
        """Tokens and program are two ways to say the same."""
        with self.contract.calling("decode` and `encode"):
            text = self.space.decode(candidate.tokens)
            tokens = self.space.encode(candidate.program)
            again = self.space.candidate(tokens)
        promise = "decodes tokens to the program of their candidate"
        self.contract.keeps(promise, text == candidate.program, f"{text!r}, not {candidate}")
        kept = again is not None and again.fingerprint == candidate.fingerprint
        promise = "encodes a program to tokens of its architecture"
        self.contract.keeps(promise, kept, f"{tokens} of {candidate}")

    def accepted(self, tokens: Tokens) -> None:
        """The automaton lets a candidate's tokens through, one by one, and end."""
        automaton = self.space.automaton
        with self.contract.calling("automaton"):
            state = automaton.start
            for place, token in enumerate((*tokens, automaton.end)):
                mask = automaton.mask(state, automaton.length - place)
                kept = mask.shape == (automaton.end + 1,)
                self.contract.keeps("has a mask of all symbols and `end`", kept, mask.shape)
                found = f"token {token} at {place} of {tokens}"
                promise = "masks no token of a valid program (`automaton.mask`)"
                self.contract.keeps(promise, bool(mask[token]), found)
                if token != automaton.end:
                    state = automaton.step(state, token)
                    promise = "steps through valid programs (`automaton.step`)"
                    self.contract.keeps(promise, state >= 0, found)
            kept = automaton.final(state)
        self.contract.keeps("may end where a program does (`automaton.final`)", kept, tokens)

    def known(self, candidate: Candidate) -> None:
        """Facts are finite numbers by name."""
        with self.contract.calling("facts"):
            facts = self.space.facts(candidate.tokens)
        for name, figure in facts.items():
            kept = isinstance(name, str) and math.isfinite(figure)
            self.contract.keeps("knows finite numbers as `facts`", kept, (name, figure))

    def identity(self, drawn: list[Candidate]) -> None:
        """Fingerprints and canonical encodings part candidates alike."""
        batch = [candidate.tokens for candidate in drawn]
        with self.contract.calling("fingerprints"):
            prints, none = self.space.fingerprints(batch), self.space.fingerprints([])
        self.contract.keeps("has no fingerprints of no rows", list(none) == [], none)
        by_print: dict[str, Tokens | None] = {}
        by_code: dict[Tokens | None, str] = {}
        for candidate, found in zip(drawn, prints, strict=True):
            promise = "has in `fingerprints` what its candidates have"
            kept = found == candidate.fingerprint
            self.contract.keeps(promise, kept, f"{found} of {candidate}")
            with self.contract.calling("canonical"):
                code = self.space.canonical(candidate.tokens)
            self.contract.keeps("has a `canonical` encoding", code is not None, candidate)
            same = by_print.setdefault(candidate.fingerprint, code) == code
            same &= by_code.setdefault(code, candidate.fingerprint) == candidate.fingerprint
            promise = "has one `canonical` encoding for each fingerprint"
            self.contract.keeps(promise, same, f"{code} of {candidate}")

    def changes(self, drawn: list[Candidate]) -> None:
        """What is changed stays in the space; neighbours are other architectures, each once."""
        space = self.space
        for one, other in pairwise(drawn):
            self.member(self.repeated("mutate", lambda rng: space.mutate(one, rng)), "mutate")  # noqa: B023
            crossed = self.repeated("cross", lambda rng: space.cross(one, other, rng))  # noqa: B023
            self.member(crossed, "cross")
        for one in drawn[:3]:
            with self.contract.calling("neighbours"):
                around, same = (list(islice(space.neighbours(one), AROUND)) for _ in range(2))
            self.contract.keeps("has `neighbours` in a fixed order", around == same, one)
            for near in around:
                self.member(near, "neighbours")
            prints = [near.fingerprint for near in around]
            promise = "has other architectures as `neighbours`, each once"
            twice = _twice([one.fingerprint, *prints])
            self.contract.keeps(promise, not twice, f"{twice} around {one}")

    def size(self, drawn: list[Candidate]) -> None:
        """A small space that can be enumerated has as many encodings as it says, each once."""
        with self.contract.calling("programs` and `enumerable"):
            if not self.space.enumerable() or self.space.programs() > FEW:
                return
            count, every = self.space.programs(), list(self.space.encodings())
            members = list(self.space.all())
        found = f"{len(every)} encodings, but {count} programs"
        self.contract.keeps("counts its encodings by `programs`", len(every) == count, found)
        self.contract.keeps("has each encoding once", not _twice(every), _twice(every))
        prints = [member.fingerprint for member in members]
        self.contract.keeps("has each architecture once in `all`", not _twice(prints), prints)
        for candidate in drawn:
            kept = candidate.fingerprint in prints
            self.contract.keeps("has all that it draws in `all`", kept, candidate)

    def description(self, drawn: list[Candidate]) -> None:
        """A space can be built again from what a record keeps of it."""
        with self.contract.calling("describe"):
            described = self.space.describe()
            self.contract.gives_json("describe", described)
            again = space_of({k: v for k, v in described.items() if v is not None})
            same = [again.candidate(candidate.tokens) for candidate in drawn]
        self.contract.keeps("can be built again from `describe`", same == drawn, described)


def _twice(values: Iterable[T]) -> list[T]:
    """What stands there more than once."""
    seen: set[T] = set()
    return [value for value in values if value in seen or seen.add(value)]  # type: ignore[func-returns-value]
