"""Random rows of tokens: programs over a vocabulary that leave one tensor as far as arity goes.

>>> import random
>>> from snaplang.batch import Vocabulary
>>> rows = guided(random.Random(0), Vocabulary("dup add relu"), 4, 6)
>>> Vocabulary("dup add relu").valid(rows).tolist()
[True, True, True, True]
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.batch import PAD, Vocabulary
from snaplang.lowering.symbols import DeeperError, Symbols

Tokens = NDArray[np.int32]
DEEPEST = 130


def arity(symbols: Symbols, number: int) -> tuple[int, int]:
    """How many tensors a symbol takes and leaves."""
    shape = symbols.start(2 if symbols.start().rank is None else None).input_shapes()[:1]
    for count in range(DEEPEST):
        try:
            effect = symbols.effect(number, shape * count)
        except DeeperError:
            continue
        return count, 1 if effect is None else len(effect.left)
    raise ValueError(f"`{symbols.texts[number]}` takes too many tensors")


def guided(rng: random.Random, vocabulary: Vocabulary, count: int, length: int) -> Tokens:
    """Rows of which any symbol that does not rule out a single result is as likely as others."""
    return steered(np.random.default_rng(rng.randrange(2**32)), vocabulary, count, length)


def steered(chance: np.random.Generator, vocabulary: Vocabulary, count: int, length: int) -> Tokens:
    """The same from numpy's source of chance."""
    symbols = Symbols(vocabulary.symbols, vocabulary.inputs)
    pairs = [arity(symbols, number) for number in range(len(vocabulary))]
    takes, leaves = np.array(pairs).T
    change = leaves - takes
    fall = max(1, -int(change.min()))
    rows = np.full((count, length), PAD, np.int32)
    height = np.full(count, max(1, len(vocabulary.inputs)))
    for place in range(length):
        after = height[:, None] + change
        rest = length - 1 - place
        fits = (takes <= height[:, None]) & (after >= 1) & (after - fall * rest <= 1)
        chosen = (fits * chance.random(fits.shape)).argmax(axis=1)
        there = fits.any(axis=1)
        rows[there, place] = chosen[there]
        height = np.where(there, height + change[chosen], height)
    return rows


def stacked(*parts: Tokens) -> Tokens:
    """Rows of different lengths, one below the other."""
    width = max(part.shape[1] for part in parts)
    padded = [np.pad(p, ((0, 0), (0, width - p.shape[1])), constant_values=PAD) for p in parts]
    return np.concatenate(padded)


def strange(vocabulary: Vocabulary, rows: Tokens) -> dict[str, Any]:
    """Arrays that a vocabulary has to take, by what is strange about them."""
    wide = np.full((len(rows) * 2, rows.shape[1] * 2), PAD, np.int64)
    wide[::2, ::2] = rows
    frozen = rows.copy()
    frozen.flags.writeable = False
    return {
        "every second row and column of a larger array": wide[::2, ::2],
        "backwards, backwards": rows[::-1, ::-1][::-1, ::-1],
        "by columns": np.asfortranarray(rows),
        "read-only": frozen,
        "lists": rows.tolist(),
        "bytes": rows.astype(np.int8),
        "big-endian": rows.astype(">i4"),
        "gaps in front": np.concatenate([np.full_like(rows, PAD), rows], axis=1),
    }


def none(vocabulary: Vocabulary) -> dict[str, Any]:
    """Arrays without a valid program, or without any."""
    many = len(vocabulary)
    return {
        "no rows": np.zeros((0, 5), np.int32),
        "nothing": [],
        "negative": np.full((3, 4), -2),
        "most negative": np.full((3, 4), np.iinfo(np.int64).min),
        "too large": np.full((3, 4), many),
        "largest": np.full((3, 4), np.iinfo(np.uint64).max, np.uint64),
    }
