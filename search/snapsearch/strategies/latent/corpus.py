"""What an auto-encoder is trained on: programs of a space, their canonical encodings, free facts.

Nothing here knows a value. Programs are drawn uniformly; those of which the space has no canonical
encoding stand for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snapsearch.space.base import Progress, Space, Tokens, quiet
from snapsearch.strategies.latent.grammar import Grammar, Rows
from snapsearch.strategies.latent.options import CoderOptions
from snapsearch.streams import stream

KNOWN = 1500  # of so many programs facts are asked, which cost more than tokens


def canonical(space: Space, tokens: Tokens) -> Tokens:
    """The canonical encoding, or the encoding itself where there is none."""
    found = space.canonical(tokens)
    return tokens if found is None else found


@dataclass(frozen=True)
class Corpus:
    """Rows to read and the rows wanted for them, [n, T]; facts, standardised, [m, F], m <= n."""

    read: Rows
    wanted: Rows
    facts: NDArray[np.floating[Any]]
    names: tuple[str, ...]


def draw(space: Space, options: CoderOptions, seed: int, progress: Progress = quiet) -> Corpus:
    """The corpus of a space: the same for the same options and seed."""
    rng = stream(seed, "corpus")
    read: list[Tokens] = []
    wanted: list[Tokens] = []
    known: list[dict[str, float]] = []
    for i in range(options.samples):
        tokens = space.sample_tokens(rng)
        if space.fingerprints([tokens])[0] is None:
            continue  # ill-typed, which some templates allow
        wanted.append(canonical(space, tokens))
        read.append(tokens if options.reads == "any" else wanted[-1])
        if options.facts and len(known) < KNOWN:
            known.append(space.facts(tokens))
        if i % 100 == 0:
            progress("programs for the auto-encoder", i / options.samples)
    grammar = Grammar(space.canonical_automaton)
    names = tuple(sorted({name for facts in known for name in facts}))
    table = np.array([[facts.get(name, 0.0) for name in names] for facts in known])
    if len(table):
        table = (table - table.mean(axis=0)) / np.maximum(table.std(axis=0), 1e-6)
    return Corpus(grammar.rows(read), grammar.rows(wanted), table, names)
