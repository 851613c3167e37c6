"""Programs made to be hard: symmetric, nested, huge, and such as the kernel cannot decide."""

from __future__ import annotations

import numpy as np
import pytest

from snaplang.batch import Vocabulary
from tests.batch.rows import disagreements, guided, stacked

pytestmark = pytest.mark.xdist_group("batch")
SYMBOLS = "dup swap add conv1 conv3 rot cat over mbconv(3) relu drop max zero split mean add3 pick2"


def after(count: int, body: str) -> str:
    """So many equal branches, added one after the other."""
    return " ".join(["dup"] * (count - 1) + [body] + [f"swap {body} add"] * (count - 1))


def before(count: int, body: str) -> str:
    """The same, all branches first."""
    return " ".join([f"dup {body} swap"] * (count - 1) + [body] + ["add"] * (count - 1))


def hard() -> list[str]:
    """Pairs and more of programs that are the same, or nearly."""
    found = []
    for n in (2, 3, 4, 5, 6, 8, 12):
        for body in ("conv1", "conv1 relu", "conv1 conv3"):
            found += [after(n, body), before(n, body)]
        found.append(before(n, "conv3 conv1"))
    for n in (3, 9, 20, 35, 66):
        found += [
            "dup add " * n,
            "dup add " * (n - 1) + "dup swap add",
            "relu dup add " * n,
            "dup conv1 swap conv1 add " * n,
            "dup conv1 swap conv1 swap add " * n,
        ]
    for n in (3, 8, 9, 10, 11, 12):  # sequences of 2^n, which need not be used
        found += [
            "dup cat " * n,
            "dup cat " * n + "relu",
            "dup cat " * (n - 1) + "dup swap cat",
            "dup " + "dup cat " * n + "drop",
        ]
    found += ["mbconv(3) " * n for n in (1, 15, 25, 40)]
    found += ["dup " * 120 + "conv1 " + "swap conv1 add " * 120, "dup " * 300 + "drop " * 300]
    cross = "dup conv1 swap conv1 over over mean {} rot rot mean {} add"
    found += [cross.format(*pair) for pair in (("conv1", "conv1"), ("conv1", "conv3"), ("", ""))]
    return found


@pytest.mark.parametrize("level", ["algebra", "structure"])
def test_hard_programs(level: str) -> None:
    vocabulary = Vocabulary(SYMBOLS)
    rows = stacked(vocabulary.encode(hard()), guided(vocabulary, 100, 18, np.random.default_rng(1)))
    assert disagreements(vocabulary, rows, level) == []
    assert vocabulary.scalar_calls > 0  # some are beyond the kernel


def test_a_key_does_not_depend_on_the_way() -> None:
    """The same architecture, within the kernel's room and beyond it."""
    vocabulary = Vocabulary("dup drop relu conv1 cat")
    short = "dup relu conv1 cat"
    long = "dup " * 290 + "drop " * 290 + short  # more than the kernel's stack
    huge = "dup " + "dup cat " * 12 + "drop " + short  # a sequence that is not needed
    keys = vocabulary.keys(vocabulary.encode([short, long, huge]))
    assert (keys == keys[0]).all()
    assert vocabulary.scalar_calls == 2


def test_ties_beyond_the_budget_are_decided_once() -> None:
    vocabulary = Vocabulary("dup swap add conv1")
    rows = vocabulary.encode([after(12, "conv1"), before(12, "conv1")])
    keys = vocabulary.keys(np.repeat(rows, 50, axis=0))
    assert (keys == keys[0]).all()
    assert vocabulary.scalar_calls <= 2


def test_few_ties_are_decided_by_the_kernel() -> None:
    vocabulary = Vocabulary("dup swap add conv1 relu")
    rows = vocabulary.encode([after(3, "conv1 relu"), before(3, "conv1 relu")])
    keys = vocabulary.keys(rows)
    assert (keys[0] == keys[1]).all()
    assert vocabulary.scalar_calls == 0
