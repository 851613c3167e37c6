"""Fingerprints of very many programs, by kernels, against those worked out one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snapsearch.space import FreeSpace, Tokens
from snapsearch.space.programs import many

SPACES: dict[str, dict[str, Any]] = {
    "plain": {"symbols": "dup swap add cat conv3 relu maxpool3 zero", "length": 9},
    "same": {"symbols": "dup add cat relu split2 drop", "length": 7, "same": True},
    "words": {"symbols": ["sepconv3", "dup", "add", "relu relu", "bn"], "length": 6},
    "inputs": {"symbols": "add dup swap conv3", "length": 5, "inputs": ("N,c,H,W", "N,c,H,W")},
}


def programs(space: FreeSpace, n: int) -> list[Tokens]:
    """Valid programs, canonical encodings, and rows by chance, most of which are not valid."""
    rng = np.random.default_rng(0)
    drawn = [space.sample_tokens(rng) for _ in range(n)]
    drawn += [found for tokens in drawn[: n // 4] if (found := space.canonical(tokens))]
    width = len(space.canonical_automaton.symbols)
    sizes = rng.integers(0, space.length + 4, n)
    return drawn + [tuple(rng.integers(0, width, size).tolist()) for size in sizes]


@pytest.mark.parametrize("name", SPACES)
def test_kernels_say_what_one_by_one_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    batch = programs(FreeSpace(**SPACES[name]), 150)
    wanted = FreeSpace(**SPACES[name]).fingerprints(batch)
    assert None in wanted and len(set(wanted)) < len(batch)
    worked_out: list[Tokens] = []
    fresh = FreeSpace(**SPACES[name])
    one = FreeSpace._worked_out

    def counted(space: FreeSpace, tokens: Tokens) -> str:
        worked_out.append(tokens)
        return one(space, tokens)

    monkeypatch.setattr(FreeSpace, "_worked_out", counted)
    monkeypatch.setattr(many, "MANY", 1)
    assert fresh.fingerprints(batch) == wanted
    assert len(worked_out) == len({print_ for print_ in wanted if print_})
    assert fresh.fingerprints([]) == []


def test_all_architectures_are_the_same_with_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [c.fingerprint for c in FreeSpace("dup add conv3 relu", 5).all()]
    monkeypatch.setattr(many, "MANY", 1)
    assert [c.fingerprint for c in FreeSpace("dup add conv3 relu", 5).all()] == wanted


def test_without_numba_all_are_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MANY", 1)
    monkeypatch.setattr(many, "find_spec", lambda name: None)
    space = FreeSpace("dup add relu", 3)
    first, second = space.fingerprints([(2,), (2, 2)])
    assert first is not None and first == second and "_vocabulary" not in space._sorting.__dict__
