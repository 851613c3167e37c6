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


@pytest.mark.parametrize(
    "program",
    [
        "conv(3, out=8, stride=3, bias=false, pad=2) zero",
        "conv(3, out=8, stride=3, bias=false, pad=2) tconv(3, stride=2, pad=1) zero",
        "maxpool(3, stride=2, pad=1) upsample2 maxpool(2, stride=1, pad=1) zero",
        "conv(1, stride=2, pad=1) conv(3, stride=2, pad=2) zero",
        "conv(4, stride=3, pad=2) upsample3 crop1 zero",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_a_way_to_a_zero_fits_every_size_that_the_program_fits(program: str, size: int) -> None:
    program = f"in x(8,H); x {program}"
    try:
        graph = snap.lower(program, inputs=[f"N,8,{size}"])
    except snap.SnapError:
        pytest.skip("too small for the program")
    text = snap.format(snap.canonicalize(program))
    there = snap.lower(text, inputs=[f"N,8,{size}"])
    assert snap.fingerprint(there) == snap.fingerprint(graph)
