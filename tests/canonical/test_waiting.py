"""Rows in which elementwise functions and what goes below them alternate."""

from __future__ import annotations

import random

import pytest

import snaplang as snap
from snaplang.api import lower
from snaplang.canonical.normal import normal
from snaplang.canonical.order import final_colours

ROWS = ["shuffle2 gelu", "sigmoid maxpool3", "shift1 relu6 crop1 leaky(-1)", "tanh gelu maxpool3"]


@pytest.mark.parametrize("row", ROWS)
def test_a_long_row_is_no_larger_than_it_is_written(row: str) -> None:
    form = normal(lower(f"{{ {row} }}*1000"), "algebra")
    assert len(form.terms.kinds) < 6000


@pytest.mark.parametrize("row", ["shuffle2 gelu", "sigmoid maxpool3"])
def test_a_very_long_row_has_a_fingerprint(row: str) -> None:
    """Made one by one, its values would be more than there may be (E513)."""
    assert snap.fingerprint(f"{{ {row} }}*2200") == snap.fingerprint(" ".join([row] * 2200))


@pytest.mark.parametrize("level", ["algebra", "structure"])
def test_what_waits_changes_no_form(level: str) -> None:
    draw = random.Random(5)
    symbols = "relu gelu sigmoid relu6 leaky shuffle2 maxpool3 crop1 shift1 identity zero"
    words = [
        *symbols.split(),
        "dup add",
        "dup shuffle2 add",
        "sigmoid dup tanh max",
    ]
    for _ in range(100):
        graph = lower(" ".join(draw.choices(words, k=9)), inputs=["N,8,40"])
        eager = normal(graph, level, shuffle=draw)  # in any order nothing waits
        found = [sorted(final_colours(form).values()) for form in (normal(graph, level), eager)]
        assert found[0] == found[1]
