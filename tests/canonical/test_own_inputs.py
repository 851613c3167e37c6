"""Canonical programs over inputs that other inputs would change: letters, ranks, zeros."""

from __future__ import annotations

import pytest

import snaplang as snap

PROGRAMS = [
    # on `in 2` the zero of the first input would be made from the second, which is an output
    "in x(c,S) y(c,H); x zero bn -> v out v y",
    "in x(c,S) y(c,H); x zero tconv(2, stride=2) -> v out v y",
    "in x(c,S) y(c,H); y x zero bn out 2",
    # an input without a type, closed by what stands beside it, is printed with letters
    "in y z(c, H+W, D); z y like -> a out a z",
    "in y(c) z(2*c, W+H); y z like",
    "in y(c) z(c, W, W+H); z zero y y add out 2",
    # an op that is dropped closes both inputs, and binds the one whose channels are a number
    "in x(8) z(c); x conv(1x3) drop z zero x out 2",
    "in x(8) z(8); x conv(1x3) drop z zero x out 2",
]


@pytest.mark.parametrize("level", ["algebra", "structure"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_canonical_text_is_canonical_and_has_the_fingerprint(program: str, level: str) -> None:
    canonical = snap.canonicalize(program, level=level)
    text = snap.format(canonical)
    found = {snap.fingerprint(x, level=level) for x in (program, canonical, text)}
    assert len(found) == 1
    assert snap.format(snap.canonicalize(text, level=level)) == text
