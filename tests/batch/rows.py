"""Random rows of tokens, and whether keys part them as fingerprints do.

>>> from snaplang.batch import Vocabulary
>>> rows = guided(Vocabulary("dup add relu"), 4, 6, np.random.default_rng(0))
>>> Vocabulary("dup add relu").valid(rows).all()
np.True_
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import snaplang as snap
from snaplang.batch import PAD, Vocabulary
from snaplang.testing.generators.rows import Tokens, stacked, steered

__all__ = ["Tokens", "anyhow", "disagreements", "guided", "scalar", "stacked"]


def guided(vocabulary: Vocabulary, count: int, length: int, rng: np.random.Generator) -> Tokens:
    """Random rows that leave one tensor as far as arity goes: any symbol that does not rule that
    out is as likely as the others.
    """
    return steered(rng, vocabulary, count, length)


def anyhow(vocabulary: Vocabulary, count: int, length: int, rng: np.random.Generator) -> Tokens:
    """Random rows of symbols, gaps, and a few tokens that are none."""
    return rng.integers(PAD, len(vocabulary) + 1, (count, length)).astype(np.int32)


def scalar(vocabulary: Vocabulary, row: Sequence[int] | Tokens, level: str) -> str | None:
    """The fingerprint of a row, None where it is not well-typed."""
    if any(token >= len(vocabulary) for token in row):
        return None
    (text,) = vocabulary.decode([list(row)])
    try:
        return snap.fingerprint(text, level, inputs=list(vocabulary.inputs) or None)
    except snap.SnapError:
        return None


def disagreements(vocabulary: Vocabulary, rows: Tokens, level: str = "algebra") -> list[str]:
    """Where validity or the partition by keys differs from what the scalar path says."""
    valid, keys = vocabulary.valid(rows), vocabulary.keys(rows, level)
    found: list[str] = []
    by_key: dict[Any, tuple[str, str]] = {}
    by_print: dict[str, tuple[Any, str]] = {}
    for row, ok, key in zip(rows, valid.tolist(), map(tuple, keys.tolist()), strict=True):
        expected = scalar(vocabulary, row, level)
        text = " ".join(vocabulary.symbols[t] for t in row if 0 <= t < len(vocabulary))
        if ok != (expected is not None) or ok != any(key):
            found.append(f"valid is {ok}: {text}")
        elif expected is not None:
            known, other = by_key.setdefault(key, (expected, text))
            if known != expected:
                found.append(f"one key: {other} | {text}")
            before, other = by_print.setdefault(expected, (key, text))
            if before != key:
                found.append(f"two keys: {other} | {text}")
    return found
