"""Sizes that are 1 by chance: a product stretches them, and zeros have the stretched shape."""

from __future__ import annotations

import pytest

import snaplang as snap

# a program, one with zeros of its shape, one with zeros of another, the inputs
CASES = [
    ("dup upsample2 mul zero bn", "upsample2 zero bn", "zero bn", ["N,12,1"]),
    ("dup upsample2 swap mul zero bn", "upsample2 zero bn", "zero bn", ["N,12,1"]),
    (
        "dup maxpool(3, stride=2, pad=0) swap mul zero bn",
        "zero bn",
        "maxpool(3, stride=2, pad=0) zero bn",
        ["N,12,3"],
    ),
    (
        "in y(c,W) x(c,D); y x mul zero bn",
        "in y(c,W) x(c,D); x zero bn",
        "in y(c,W) x(c,D); y zero bn",
        ["N,12,1", "N,12,4"],
    ),
    (
        "in y(1,W) x(1,D); y flatten x flatten mul zero bn",
        "in y(1,W) x(1,D); x flatten zero bn",
        "in y(1,W) x(1,D); y flatten zero bn",
        ["N,1,1", "N,1,4"],
    ),
    (
        "in y(c,W) x(c,D); y y x mul like",
        "in y(c,W) x(c,D); y x like",
        "in y(c,W) x(c,D); y",
        ["N,12,1", "N,12,4"],
    ),
]


@pytest.mark.parametrize(("program", "same", "other", "inputs"), CASES)
def test_a_product_stretches_what_is_1_by_chance(
    program: str, same: str, other: str, inputs: list[str]
) -> None:
    assert snap.equivalent(program, same, inputs=inputs)
    assert not snap.equivalent(program, other, inputs=inputs)
    canonical = snap.canonicalize(program, inputs=inputs)
    text = snap.format(canonical)
    assert (
        snap.lower(text, inputs=inputs).shapes[-1] == snap.lower(program, inputs=inputs).shapes[-1]
    )
    assert snap.fingerprint(text, inputs=inputs) == snap.fingerprint(program, inputs=inputs)


@pytest.mark.parametrize("sizes", [(1, 2), (2, 1), (2, 3), (1, 1)])
@pytest.mark.parametrize(
    ("untyped", "typed"),
    [
        ("in 2 drop gap", "in y(c,W) x(c,D); y gap"),
        ("in 2 drop shift1", "in y(c,W) x(c,D); y shift1"),
        ("in 2 drop zero", "in y(c,W) x(c,D); y zero"),
        ("in 2 mul zero", "in y(c,W) x(c,D); y x mul zero"),
    ],
)
def test_a_1_that_is_given_to_an_untyped_input_is_1_by_chance(
    untyped: str, typed: str, sizes: tuple[int, int]
) -> None:
    if "mul" in untyped and 1 not in sizes:
        pytest.skip("only 1 stretches")
    inputs = [f"N,12,{size}" for size in sizes]
    one, other = (snap.lower(text, inputs=inputs) for text in (untyped, typed))
    assert snap.equivalent(one, other)
    text = snap.format(snap.canonicalize(one))
    assert snap.fingerprint(snap.lower(text, inputs=inputs)) == snap.fingerprint(one)
