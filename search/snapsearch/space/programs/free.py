"""Free spaces: all programs over a vocabulary, up to a length.

>>> space = FreeSpace("dup add conv3 relu", length=4)
>>> space.programs()
64
>>> space.decode(space.encode("dup conv3 add"))
'dup conv3 add'
>>> space.canonical(space.encode("dup relu relu add")) == space.canonical(
...     space.encode("dup relu add")
... )
True
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.space.base import Space, Tokens
from snapsearch.space.facts import facts_of
from snapsearch.space.limits import Limits, check_sizes
from snapsearch.space.programs import many
from snapsearch.space.programs.change import crossings, edit, edits
from snapsearch.space.programs.drawing import Drawing, total
from snapsearch.space.programs.linear import PARTING, WIRING, Writer
from snapsearch.space.programs.stack import Machine, StackAutomaton
from snapsearch.space.programs.symbols import parts, split
from snapsearch.trial import Candidate

TRIES = 200  # changes that may turn out invalid, or the same architecture, before a fresh draw
SMALL = 50_000  # programs that are enumerated without being asked twice
KEPT = 200_000  # fingerprints that are kept
LONGEST = 200  # symbols that a space's programs may have


class FreeSpace(Space):
    """All valid programs of up to `length` symbols of a vocabulary that leave one tensor.

    `symbols` is text or a list: ops with arguments, words of the prelude, wiring, user ops.
    `inputs` are the shapes of the inputs, letters for what is open. `sizes` are the shapes that
    parameters and MACs are counted at. With `same` a program must leave the shape of its first
    input. Tokens past the vocabulary's are wiring and single instances that canonical encodings
    may use (`canonical_automaton`). Raises `SearchError` for what is no vocabulary.
    """

    def __init__(
        self,
        symbols: str | Sequence[str],
        length: int,
        inputs: Sequence[str] = ("N,c,H,W",),
        sizes: Sequence[str] | None = None,
        same: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.vocabulary = _vocabulary(symbols)
        if isinstance(length, bool) or not isinstance(length, int) or not 1 <= length <= LONGEST:
            message = f"`length` is {length!r}, but must be a number from 1 to {LONGEST}"
            raise SearchError("S135", message)
        self.inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        self.sizes = (sizes,) if isinstance(sizes, str) else None if sizes is None else tuple(sizes)
        check_sizes(self.sizes, self.inputs)
        self.limits = limits or Limits()
        self._machine = self._built()
        known = len(self.vocabulary)
        self.automaton: StackAutomaton = StackAutomaton(self._machine, length, known, same)
        self.canonical_automaton: StackAutomaton = StackAutomaton(
            self._machine, length + max(4, length // 2), None, same
        )
        self.same = same
        self._drawing: Drawing | None = None
        self._writer = Writer(self._machine)
        self._prints: OrderedDict[Tokens, str] = OrderedDict()

    def _built(self) -> Machine:
        """The machine of the vocabulary, of what its words are made of, and of wiring.

        Where zeros may be joined, the canonical form makes narrow ones from wide ones.
        """
        machine = Machine(self.vocabulary, self.inputs)
        more = dict.fromkeys(
            part
            for symbol, effect in zip(machine.symbols, machine.effects, strict=True)
            for part in parts(symbol, self.inputs, effect)
        )
        more.update(dict.fromkeys(WIRING))
        known = {
            fact for effect in machine.effects for node in effect.nodes for fact in node.op.facts
        }
        if {snap.Fact.MAKES_ZERO, snap.Fact.JOINS_ZEROS} <= known:
            more.update(dict.fromkeys(PARTING))
        extra = [symbol for symbol in more if symbol not in self.vocabulary]
        return Machine((*self.vocabulary, *extra), self.inputs)

    # -- tokens, programs, candidates ---------------------------------------------------------

    def decode(self, tokens: Sequence[int]) -> str:
        """The program that tokens stand for."""
        return " ".join([self.symbols[t] for t in tokens])

    def encode(self, program: str) -> Tokens:
        """The tokens of a program written in the space's symbols."""
        numbers = {symbol: t for t, symbol in reversed(list(enumerate(self.symbols)))}
        words = split(program)
        strange = [word for word in words if word not in numbers]
        if strange:
            hint = f"its symbols are: {' '.join(self.vocabulary)}"
            raise SearchError("S133", f"`{strange[0]}` is no symbol of the space", None, hint)
        return tuple(numbers[word] for word in words)

    def candidate(self, tokens: Sequence[int]) -> Candidate | None:
        """The candidate of tokens, canonical encodings too; None: invalid, or past a limit."""
        key = tuple(tokens)
        (found,) = self.fingerprints([key])
        if found is None or not self._fits(key):
            return None
        return Candidate(key, self.decode(key), found)

    def _fits(self, tokens: Tokens) -> bool:
        limits = self.limits
        if limits.none:
            return True
        if not limits.counts:
            graph = self._machine.graph(tokens)
            return graph is not None and limits.broken(graph, None) is None
        return limits.broken(self.decode(tokens), self.sizes or self.inputs) is None

    def accepts(self, tokens: Sequence[int]) -> bool:
        """Whether tokens are a valid encoding, a canonical one or one in the vocabulary alone."""
        return self.automaton.accepts(tokens) or self.canonical_automaton.accepts(tokens)

    def fingerprints(self, batch: Sequence[Tokens]) -> list[str | None]:
        """The fingerprint of each encoding, None for invalid ones.

        Of very many, by batch kernels, one of each architecture is worked out.
        """
        rows = [tuple(tokens) for tokens in batch]
        if len(rows) < many.MANY or not self._sorting.possible:
            return [self._fingerprint(tokens) for tokens in rows]
        valid = [tokens for tokens in rows if self.accepts(tokens)]
        found: list[str] = []
        for tokens, first in zip(valid, self._sorting.alike(valid), strict=True):
            seen = first < len(found)
            found.append(self._keep(tokens, found[first] if seen else self._worked_out(tokens)))
        prints = dict(zip(valid, found, strict=True))
        return [prints.get(tokens) for tokens in rows]

    @cached_property
    def _sorting(self) -> many.Sorting:
        return many.Sorting(self._machine.symbols, self.inputs)

    def _fingerprint(self, tokens: Tokens) -> str | None:
        found = self._prints.get(tokens)
        if found is None:
            if not self.accepts(tokens):
                return None
            found = self._keep(tokens, self._worked_out(tokens))
        return found

    def _worked_out(self, tokens: Tokens) -> str:
        graph = self._machine.graph(tokens)
        assert graph is not None
        return snap.fingerprint(graph)

    def _keep(self, tokens: Tokens, fingerprint: str) -> str:
        self._prints[tokens] = fingerprint
        if len(self._prints) > KEPT:
            self._prints.popitem(last=False)
        return fingerprint

    def canonical(self, tokens: Sequence[int]) -> Tokens | None:
        """The encoding that all encodings of an architecture share, for `canonical_automaton`.

        None where the architecture has none: the tokens are invalid, or it takes more symbols, or
        wiring deeper, than canonical encodings may have.
        """
        graph = self._machine.graph(tokens)
        found = None if graph is None else self._writer.write(snap.canonicalize(graph))
        automaton = self.canonical_automaton
        return None if found is None or len(found) > automaton.length else found

    def facts(self, tokens: Sequence[int]) -> dict[str, float]:
        """See `facts_of`; parameters and MACs are counted where `sizes` are given."""
        if self.sizes is not None:
            return facts_of(snap.lower(self.decode(tokens), inputs=list(self.sizes)))
        graph = self._machine.graph(tokens)
        if graph is None:
            raise SearchError("S133", f"`{self.decode(tokens)}` is no program of the space")
        return facts_of(graph)

    # -- drawing and changing -----------------------------------------------------------------

    def sample_tokens(self, rng: np.random.Generator) -> Tokens:
        """Tokens of a valid program, uniformly; limits are not asked."""
        if self._drawing is None:
            self._drawing = Drawing(self.automaton)
        return self._drawing.draw(rng)

    def mutate(self, candidate: Candidate, rng: np.random.Generator) -> Candidate:
        """A valid program one change away, of another architecture; a fresh one if none is met."""
        for _ in range(TRIES):
            tokens = edit(candidate.tokens, len(self.vocabulary), self.length, rng)
            found = self.candidate(tokens) if self.automaton.accepts(tokens) else None
            if found is not None and found.fingerprint != candidate.fingerprint:
                return found
        return self.sample(rng)

    def cross(self, one: Candidate, other: Candidate, rng: np.random.Generator) -> Candidate:
        """A head of one and a tail of the other, joined where their stacks are of the same types.

        A mutation of the first where every such program is one of the two.
        """
        places = crossings(one.tokens, other.tokens, self.automaton)
        for at in rng.permutation(len(places))[:TRIES]:
            i, j = places[at]
            found = self.candidate((*one.tokens[:i], *other.tokens[j:]))
            if found and found.fingerprint not in (one.fingerprint, other.fingerprint):
                return found
        return self.mutate(one, rng)

    def neighbours(self, candidate: Candidate) -> Iterator[Candidate]:
        """All candidates one change away, of other architectures, each once, in a fixed order."""
        seen = {candidate.fingerprint}
        for tokens in edits(candidate.tokens, len(self.vocabulary), self.length):
            found = self.candidate(tokens) if self.automaton.accepts(tokens) else None
            if found is not None and found.fingerprint not in seen:
                seen.add(found.fingerprint)
                yield found

    # -- size ---------------------------------------------------------------------------------

    def programs(self) -> int:
        """How many valid programs there are, limits aside. Raises `SearchError` S132."""
        if self._total is None:
            raise SearchError(
                "S132",
                "the stacks of this space are of too many types to count its programs",
                None,
                "count shorter programs",
            )
        return self._total

    @cached_property
    def _total(self) -> int | None:
        return total(self.automaton)

    def enumerable(self) -> bool:
        """Whether there are few enough programs to go through them all."""
        return self._total is not None and self._total <= SMALL

    def encodings(self) -> Iterator[Tokens]:
        """All valid programs, in order: a symbol more is behind a symbol less."""
        automaton = self.automaton
        walk: list[tuple[Tokens, int]] = [((), automaton.start)]
        while walk:
            tokens, state = walk.pop()
            if automaton.final(state):
                yield tokens
            left = automaton.length - len(tokens)
            for token in reversed(range(len(self.vocabulary))) if left else ():
                after = automaton.step(state, token)
                if after >= 0 and automaton.closable(after, left - 1):
                    walk.append(((*tokens, token), after))

    def all(self) -> Iterator[Candidate]:
        """See `Space.all`; of many programs the fingerprints are worked out at once."""
        if self.programs() >= many.MANY:
            self.fingerprints(list(self.encodings()))
        yield from super().all()

    def describe(self) -> dict[str, Any]:
        """What is needed to build the space again."""
        return {
            "symbols": list(self.vocabulary),
            "length": self.length,
            "inputs": list(self.inputs),
            "sizes": None if self.sizes is None else list(self.sizes),
            "same": self.same,
            **asdict(self.limits),
        }


def _vocabulary(symbols: str | Sequence[str]) -> tuple[str, ...]:
    words = split(symbols) if isinstance(symbols, str) else [s.strip() for s in symbols]
    if not words:
        raise SearchError("S125", "a free space needs symbols", None, 'try "dup add conv3 bn relu"')
    twice = [word for i, word in enumerate(words) if word in words[:i]]
    if twice:
        raise SearchError("S126", f"`{twice[0]}` stands twice among the symbols")
    return tuple(words)
