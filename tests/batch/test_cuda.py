"""The kernel as CUDA sees it, in numba's simulator: the same keys as on the CPU."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from snaplang.batch import Vocabulary
from tests.batch.rows import anyhow, guided, stacked

pytestmark = pytest.mark.xdist_group("batch")
SYMBOLS = (
    "dup swap add conv3 relu6 relu maxpool3 zero cat split conv(3,stride=2) max like gap shift1 "
    "sigmoid"
)
PROGRAM = """
import sys
import numpy as np
from snaplang.batch import Vocabulary
folder, symbols, level = sys.argv[1:]
rows = np.load(folder + "/rows.npy")
vocabulary = Vocabulary(symbols, device="cuda")
np.savez(folder + "/found.npz", keys=vocabulary.keys(rows, level), valid=vocabulary.valid(rows))
"""


@pytest.mark.parametrize("level", ["algebra", "structure"])
def test_the_simulator_gives_the_same_keys(level: str, tmp_path: os.PathLike[str]) -> None:
    vocabulary, rng = Vocabulary(SYMBOLS), np.random.default_rng(0)
    ties = vocabulary.encode(["dup conv3 swap conv3 add", "dup conv3 swap conv3 swap add"])
    rows = stacked(
        guided(vocabulary, 90, 8, rng), anyhow(vocabulary, 20, 4, rng), np.repeat(ties, 3, axis=0)
    )
    np.save(f"{tmp_path}/rows.npy", rows)
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path), SYMBOLS, level]
    subprocess.run(command, check=True, env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"})
    found = np.load(f"{tmp_path}/found.npz")
    assert (found["valid"] == vocabulary.valid(rows)).all()
    assert (found["keys"] == vocabulary.keys(rows, level)).all()
    assert found["valid"].sum() > 50
