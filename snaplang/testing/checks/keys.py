"""Batch keys against fingerprints, over three vocabularies; and arrays of strange kinds.

Needs numba, and some seconds to compile at the first use.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.api import fingerprint
from snaplang.batch import PAD, Vocabulary
from snaplang.diagnostics import SnapError
from snaplang.testing.checks.outcome import LEVELS, Outcome
from snaplang.testing.generators.rows import guided, none, strange
from snaplang.testing.generators.userops import declared

ROWS = 30_000
MOST = 10_000_000  # rows of one call
USERS = frozenset(("plus", "times", "least", "rounded", "capped", "foldmax", "mirrored", "nil"))
VOCABULARIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "dup swap over add cat split drop zero relu conv3 conv(3,stride=2) conv(1,out=2*c) "
        "linear(out=c/2) maxpool3 maxpool(3,stride=2) upsample2 gap sigmoid max",
        (),
    ),
    (
        "dup swap rot add mul max mean cat split2 zero relu relu6 leaky(0) leaky(1) softmax tanh "
        "maxpool3 maxpool(2,stride=2) gmp gap shift1 shift(-1) crop1 like flatten conv3 bn",
        ("N,8,H,W", "N,8,H,W"),
    ),
    (
        "dup swap over add plus times least rounded capped capped(cap=1) foldmax mirrored nil "
        "relu conv1 maxpool3 zero shuffle2",
        ("N,4,6",),
    ),
)


@contextmanager
def vocabulary(number: int) -> Iterator[Vocabulary]:
    """One of the vocabularies; users' ops are declared as long as it is used."""
    symbols, inputs = VOCABULARIES[number % len(VOCABULARIES)]
    names = USERS if number % len(VOCABULARIES) == 2 else frozenset[str]()
    with declared(random.Random(0), only=names):
        yield Vocabulary(symbols, list(inputs) or None)


def keys(seed: int, count: int = ROWS) -> Outcome:
    """Rows over a vocabulary: keys part them as fingerprints do."""
    found = Outcome()
    rng = random.Random(seed)
    level = LEVELS[seed // len(VOCABULARIES) % 2]
    with vocabulary(seed) as words:
        rows = guided(rng, words, count, rng.randint(3, 10))
        made = words.keys(rows, level)
        valid = made.any(axis=1)
        found.counts["rows"] += len(rows)
        for row in rows[~valid][:20].tolist():
            if _print(words, row, level) is not None:
                found.failures.append(f"seed {seed}: {level}: not valid: {_text(words, row)}")
        _compare(found, seed, words, rows[valid], made[valid], level)
    return found


def _compare(
    found: Outcome,
    seed: int,
    words: Vocabulary,
    rows: NDArray[np.int32],
    made: NDArray[np.uint64],
    level: str,
) -> None:
    """Of every key two different rows: the same fingerprint, and no other key has it."""
    groups: dict[tuple[int, ...], list[list[int]]] = {}
    for row, key in zip(rows.tolist(), map(tuple, made.tolist()), strict=True):
        there = groups.setdefault(key, [])
        if len(there) < 2 and row not in there:
            there.append(row)
    of_print: dict[str, list[int]] = {}
    for there in groups.values():
        prints = [_print(words, row, level) for row in there]
        found.counts["fingerprints"] += len(prints)
        first = prints[0]
        if first is None or prints[-1] != first:
            pair = " | ".join(_text(words, row) for row in there)
            found.failures.append(f"seed {seed}: {level}: one key, two fingerprints: {pair}")
        elif of_print.setdefault(first, there[0]) != there[0]:
            pair = f"{_text(words, of_print[first])} | {_text(words, there[0])}"
            found.failures.append(f"seed {seed}: {level}: two keys, one fingerprint: {pair}")


def _text(words: Vocabulary, row: Sequence[int]) -> str:
    (text,) = words.decode([[token for token in row if token != PAD]])
    return f"{text}  {list(words.inputs)}"


def _print(words: Vocabulary, row: Sequence[int], level: str) -> str | None:
    (text,) = words.decode([list(row)])
    try:
        return fingerprint(text, level, inputs=list(words.inputs) or None)
    except SnapError:
        return None


def arrays(seed: int, most: int = 100_000) -> Outcome:
    """Views, other kinds of numbers, tokens that are none, nothing at all, very many rows.

    Seed 0 has `MOST` rows.
    """
    found = Outcome()
    with vocabulary(seed) as words:
        rows = guided(random.Random(seed), words, 50, 6)
        expected = words.keys(rows)
        for what, array in strange(words, rows).items():
            found.count("arrays")
            _hold(found, seed, what, lambda a=array: bool((words.keys(a) == expected).all()))
        for what, array in none(words).items():
            found.count("arrays")
            _hold(found, seed, what, lambda a=array: not words.keys(a).any())
        many = np.tile(rows, ((MOST if seed == 0 else most) // len(rows), 1))
        found.counts["rows at once"] += len(many)
        _hold(found, seed, "many", lambda: bool((words.keys(many)[-50:] == expected).all()))
    return found


def _hold(found: Outcome, seed: int, what: str, check: Any) -> None:
    try:
        held = check()
    except Exception as error:  # a crash is what is looked for
        found.failures.append(f"seed {seed}: {what}: {type(error).__name__}: {error}")
        return
    if not held:
        found.failures.append(f"seed {seed}: {what}: other keys")
