"""Sizes that are 1 by chance: keys say what fingerprints say."""

from __future__ import annotations

import pytest

import snaplang as snap

pytest.importorskip("numba")

from snaplang.batch import Vocabulary


def test_a_product_that_stretches_a_bound_1_leaves_the_other_size() -> None:
    programs = ["dup upsample2 mul zero", "upsample2 zero", "zero", "zero dup upsample2 mul"]
    vocabulary = Vocabulary("dup upsample2 mul zero", inputs=["N,12,1"])
    keys = [tuple(key) for key in vocabulary.keys(vocabulary.encode(programs))]
    prints = [snap.fingerprint(program, inputs=["N,12,1"]) for program in programs]
    assert [k == keys[0] for k in keys] == [f == prints[0] for f in prints]
    assert keys[0] == keys[1] == keys[3] != keys[2]
