"""Free spaces counted in bulk, against counting them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from snaplang import SnapError
from snaplang.batch.states import weight
from snaplang.cli import counting
from snaplang.graph.builder import RankNeededError
from snaplang.lowering.symbols import Symbols

pytestmark = pytest.mark.xdist_group("batch")
SPACES: dict[str, tuple[str, int, list[str]]] = {
    "plain": ("dup swap add conv3 relu", 6, []),
    "sequences and zeros": ("dup cat split zero max", 5, []),
    "stacks that run dry": ("over drop dup mul relu6", 6, []),
    "two inputs": ("add relu swap drop", 5, ["N,8,H,W", "N,8,H,W"]),
    "shapes": ("dup swap split cat conv(3,stride=2) add zero conv1 gap", 4, []),
    "words": ("dup cbr3 se add3 {dup add}*3 [conv1|relu]", 4, ["N,16,H,W"]),
    "nothing": ("", 3, []),
    "no program": ("add", 3, []),
}


@pytest.mark.parametrize("level", ["algebra", "structure"])
@pytest.mark.parametrize("name", SPACES)
def test_both_ways_count_the_same(name: str, level: str) -> None:
    text, length, inputs = SPACES[name]
    symbols = Symbols(text, inputs)
    bulk = counting._in_bulk(symbols, length, level, 10**6, counting.quiet)
    assert bulk == counting._one_by_one(symbols, length, level, 10**6, counting.quiet)


def test_counts_beyond_64_bits() -> None:
    """All programs of `dup add` and its like in turn: 2 to the 40th, then squared."""
    symbols = Symbols(" ".join(["relu"] * 40))
    rows = counting._in_bulk(symbols, 15, "algebra", 100, counting.quiet)
    assert [(row.programs, row.architectures) for row in rows[1:]] == [
        (40**length, 1) for length in range(1, 16)
    ]


def test_a_rank_is_asked_for() -> None:
    with pytest.raises(RankNeededError):
        counting._in_bulk(Symbols("relu conv1x3"), 3, "algebra", 100, counting.quiet)
    rows = counting.free_space("conv1x3 relu", 20).rows  # more than one by one could count
    assert rows[20].programs == 2**20


def test_the_limit() -> None:
    with pytest.raises(SnapError, match="more than 30 different stacks"):
        counting._in_bulk(Symbols("relu tanh sigmoid"), 6, "algebra", 30, counting.quiet)


def test_without_numba_they_are_counted_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MANY", 10)
    expected = counting.free_space("dup add relu", 4)
    monkeypatch.setattr(counting, "find_spec", lambda name: None)
    monkeypatch.setattr(counting, "_in_bulk", None)
    assert counting.free_space("dup add relu", 4) == expected


def test_progress_is_told_to_the_end() -> None:
    told: list[int] = []

    @contextmanager
    def ticking(total: int, label: str) -> Iterator[Callable[[int], None]]:
        told.append(-total)
        yield told.append

    counting._in_bulk(Symbols("dup add relu"), 6, "algebra", 10**6, ticking)
    assert sum(told) == 0 and told[0] == -weight(6)
