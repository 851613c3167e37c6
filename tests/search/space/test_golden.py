"""Encodings and programs of members as they have always been: records of runs hold them.

Auto-encoders are kept by the symbols of a space, in their order. The digests are of versions before
`snap.Symbols` and `snap.Decider` were asked.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from snapsearch.space import from_file
from tests.search.space.test_free import space_of
from tests.support.architecture import ROOT

FREE = {
    "plain": "5ac8fd25a21ed6b8",
    "widths": "830c1b7ea4935fa4",
    "strides": "ed3fdc15f2dd2162",
    "words": "351647599d65c1db",
    "splits": "71fe35d9a04b2915",
    "zeros": "697746b886afbd5f",
    "two": "7261fc2a36d57899",
    "same": "6e57e2827c2fd680",
}
TEMPLATES = {
    ("nb201", "cell"): "f433f0d721cfdc13",
    ("nb201", "network"): "2904a86ebb58b933",
    ("darts_cell", None): "e43d26989f1888be",
    ("residual", None): "3cf78a0dfaca4ecf",
}


def digest(value: object) -> str:
    """A short hash of JSON values."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", FREE)
def test_encodings_of_free_spaces_stay(name: str) -> None:
    space = space_of(name, 8)
    rng = np.random.default_rng(5)
    rows = []
    for _ in range(25):
        tokens = space.sample_tokens(rng)
        prints = space.fingerprints([tokens])
        rows.append([list(tokens), space.decode(tokens), prints, space.canonical(tokens)])
    assert digest([space.symbols, space.canonical_automaton.symbols, rows]) == FREE[name]


@pytest.mark.parametrize(("file", "block"), TEMPLATES)
def test_programs_of_members_stay(file: str, block: str | None) -> None:
    space = from_file(ROOT / "examples" / "spaces" / f"{file}.snap", block=block)
    rng = np.random.default_rng(0)
    drawn = [space.sample_tokens(rng) for _ in range(5)]
    assert (
        digest([[list(tokens), space.decode(tokens)] for tokens in drawn]) == TEMPLATES[file, block]
    )
