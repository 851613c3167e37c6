"""What has no room in the kernel goes to the scalar canonicalizer, and corrupts nothing."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import snaplang as snap
from snaplang.batch import Vocabulary
from snaplang.batch.states import weight
from snaplang.lowering.symbols import Symbols

WIDE = ["N,64,H,W"]


@pytest.mark.parametrize(
    "symbol",
    [
        "{split(8) cat(8)}*56",  # 504 tensors: the last that fits
        "{split(8) cat(8)}*60",
        "{split(32) cat(32)}*40",
        "{dup}*599 add(600)",
        "{dup}*5999 add(6000)",
    ],
)
def test_symbols_that_make_or_read_many_tensors(symbol: str) -> None:
    vocabulary = Vocabulary([symbol, "relu"], inputs=WIDE, threads=1)
    tokens = np.array([[0, 1], [1, 0], [1, 1], [0, -1]])
    texts = vocabulary.decode(tokens)
    assert vocabulary.valid(tokens).all()
    keys = [tuple(key) for key in vocabulary.keys(tokens).tolist()]
    prints = [snap.fingerprint(text, inputs=WIDE) for text in texts]
    for i in range(len(texts)):
        for j in range(i):
            assert (keys[i] == keys[j]) == (prints[i] == prints[j])


@pytest.mark.parametrize("count", [256, 257])
def test_many_inputs(count: int) -> None:
    symbols = ["dup", f"add({count})", "relu", f"add({count + 1})"]
    vocabulary = Vocabulary(symbols, inputs=["N,c,H,W"] * count)
    tokens = [[1, -1], [0, 3], [2, -1], [2, 1]]
    assert vocabulary.valid(tokens).tolist() == [True, True, False, True]
    keys = vocabulary.keys(tokens)
    assert len({*map(tuple, keys.tolist())}) == 4 and not keys[2].any()


def test_tokens_that_are_no_symbols_with_too_many_inputs() -> None:
    vocabulary = Vocabulary("relu add(257)", inputs=["N,c,H,W"] * 257)
    assert vocabulary.valid([[1], [2], [-2]]).tolist() == [True, False, False]


def test_comments_in_symbols_swallow_nothing() -> None:
    vocabulary = Vocabulary(["relu # hi", "relu # first\n tanh", "bn"])
    assert vocabulary.symbols == ("relu", "relu tanh", "bn")
    assert vocabulary.decode([[0, 2], [1, 2]]) == ["relu bn", "relu tanh bn"]
    (branches,) = Symbols("[ relu | tanh # hi\n ]").texts
    assert branches == "[ relu | tanh ]"


def test_programs_are_read_where_the_longest_symbol_ends_badly() -> None:
    vocabulary = Vocabulary(["conv3 relu", "conv3", "relu bn"])
    tokens = vocabulary.encode(["conv3 relu bn", "conv3 relu conv3", ""])
    assert tokens.tolist() == [[1, 2], [0, 1], [-1, -1]]
    with pytest.raises(snap.SnapError, match="`relu` is not in this vocabulary"):
        vocabulary.encode("conv3 relu relu")


def test_long_counts_have_weights() -> None:
    assert weight(3) == 15 and weight(5000) < 2**64


@pytest.mark.parametrize("threads", [0, -1, 1.5, "a", True])
def test_threads_are_whole_numbers(threads: int) -> None:
    with pytest.raises(snap.SnapError, match="`threads` is"):
        Vocabulary("relu", threads=threads)


def test_without_a_gpu_the_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snaplang.batch.vocabulary.cuda_found", lambda: False)
    with pytest.raises(snap.SnapError, match="no GPU"):
        Vocabulary("relu", device="cuda")


def test_vocabularies_are_pickled_and_copied_after_use() -> None:
    vocabulary = Vocabulary("dup relu add")
    keys = vocabulary.keys([[0, 1, 2]])
    for again in (pickle.loads(pickle.dumps(vocabulary)), copy.deepcopy(vocabulary)):
        assert (again.keys([[0, 1, 2]]) == keys).all()
