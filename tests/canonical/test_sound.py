"""Canonical graphs compute what their originals do; and the check can fail."""

from __future__ import annotations

import pytest

import snaplang as snap
from tests.canonical import sound


@pytest.mark.parametrize("start", range(0, 200, 10))
def test_canonical_and_original_agree_in_torch(start: int) -> None:
    for seed in range(start, start + 10):
        sound.check(seed)


@pytest.mark.parametrize("wrong", ["conv3 sigmoid", "conv3 relu relu6", "conv5 relu"])
def test_a_wrong_law_would_be_seen(wrong: str) -> None:
    shapes = ["N,8,9,9"]
    graph, other = snap.lower("conv3 relu", inputs=shapes), snap.lower(wrong, inputs=shapes)
    if wrong == "conv5 relu":
        with pytest.raises(RuntimeError):  # the weights have other shapes
            sound.differs_by(graph, other, False, False)
    else:
        assert sound.differs_by(graph, other, True, False) > sound.TOLERANCE
