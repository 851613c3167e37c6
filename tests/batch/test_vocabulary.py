"""What `Vocabulary` takes, gives, and says of what is wrong."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import snaplang as snap
from snaplang import batch
from snaplang.batch import PAD, Vocabulary, compiled
from tests.batch.rows import guided

pytestmark = pytest.mark.xdist_group("batch")
TEXT = "dup swap add conv3 relu conv(3, stride=2) conv(1, out=2*c) [conv3|relu] cbr3"


def test_encode_and_decode() -> None:
    vocabulary = Vocabulary(TEXT)
    programs = [
        "dup conv3 add",
        "",
        "dup conv(3,stride = 2)  swap conv( 3, stride=2) # why not\n add",
        "[ conv3 | relu ] add cbr3 conv(1,out=2 * c)",
    ]
    tokens = vocabulary.encode(programs)
    assert tokens.shape == (4, 5) and tokens.dtype == np.int32
    assert tokens[0].tolist() == [0, 3, 2, PAD, PAD]
    assert tokens[3].tolist() == [7, 2, 8, 6, PAD]
    texts = vocabulary.decode(tokens)
    assert texts[0] == "dup conv3 add" and texts[1] == ""
    assert (vocabulary.encode(texts) == tokens).all()
    for text, program in zip(texts, programs, strict=True):
        assert snap.fingerprint(text) == snap.fingerprint(program)


def test_rows_come_back_as_they_went() -> None:
    vocabulary = Vocabulary(TEXT)
    rows = guided(vocabulary, 200, 12, np.random.default_rng(0))
    assert (vocabulary.encode(vocabulary.decode(rows)) == rows).all()


def test_symbols_of_several_ops() -> None:
    vocabulary = Vocabulary(["conv3 bn relu", "dup", "add", "conv3"])
    assert vocabulary.symbols == ("conv3 bn relu", "dup", "add", "conv3")
    tokens = vocabulary.encode(["dup conv3 bn relu add conv3"])
    assert tokens.tolist() == [[1, 0, 2, 3]]
    assert vocabulary.decode(tokens) == ["dup conv3 bn relu add conv3"]
    assert vocabulary.valid(tokens).all()


def test_several_inputs() -> None:
    inputs = ["N,8,H,W", "N,8,H,W"]
    vocabulary = Vocabulary("add swap relu", inputs)
    tokens = vocabulary.encode(["in 2 add", "relu add", "in 2; swap relu add"])
    assert vocabulary.decode(tokens) == ["in 2 add", "in 2 relu add", "in 2 swap relu add"]
    assert vocabulary.valid(tokens).all()
    prints = {snap.fingerprint(text, inputs=inputs) for text in vocabulary.decode(tokens)}
    assert len(prints) == len(vocabulary.unique(tokens)[0]) == 3


def test_an_input_as_a_text() -> None:
    assert Vocabulary("conv3", "N,8,H,W").inputs == ("N,8,H,W",)


def test_unique() -> None:
    vocabulary = Vocabulary("dup swap add relu conv3")
    programs = ["relu", "add", "relu relu", "dup add", "relu relu relu", "dup swap add"]
    tokens = vocabulary.encode(programs)
    found, counts, inverse = vocabulary.unique(tokens, return_inverse=True)
    assert vocabulary.decode(found) == ["relu", "dup add"]
    assert counts.tolist() == [3, 2]
    assert inverse.tolist() == [0, -1, 0, 1, 0, 1]
    assert len(vocabulary.unique(tokens, level="structure")[0]) == 4


def test_unique_against_fingerprints() -> None:
    vocabulary = Vocabulary("dup swap add relu conv3 over max")
    rows = guided(vocabulary, 500, 7, np.random.default_rng(3))
    found, counts = vocabulary.unique(rows)
    prints = [snap.fingerprint(text) for text in vocabulary.decode(rows)]
    assert [snap.fingerprint(t) for t in vocabulary.decode(found)] == list(dict.fromkeys(prints))
    assert counts.tolist() == [prints.count(p) for p in dict.fromkeys(prints)]


@pytest.mark.parametrize(
    "tokens",
    [
        [0, 3, 2],
        [[0, 3, 2]],
        np.array([[0, 3, 2]], np.uint8),
        np.array([[0, 3, 2]], np.int64)[:, ::1],
        np.array([[0], [3], [2]], np.int16).T,
        [[-1, 0, -1, 3, 2]],
    ],
)
def test_all_whole_numbers_are_tokens(tokens: Any) -> None:
    vocabulary = Vocabulary("dup swap add conv3")
    assert vocabulary.valid(tokens).tolist() == [True]
    assert vocabulary.keys(tokens).tolist() == vocabulary.keys([[0, 3, 2]]).tolist()


def test_one_kernel_is_compiled_for_all_arrays() -> None:
    """Numba compiles anew for every layout, and for arrays that cannot be written."""
    vocabulary = Vocabulary("dup swap add conv3")
    rows = np.array([[0, 3, 2], [0, 2, -1]], np.int32)
    expected, signatures = vocabulary.keys(rows), len(compiled.cpu_rows().signatures)
    wide, shifted = np.zeros((4, 6), np.int32), np.zeros(25, np.uint8)[1:].view(np.int32)
    wide[::2, ::2], shifted[:] = rows, rows.ravel()
    kinds: list[Any] = [np.dtype(f"{order}{kind}") for order in "<>" for kind in ("i2", "i4", "i8")]
    arrays = [rows.astype(kind) for kind in [*kinds, np.int8]]
    arrays += [wide[::2, ::2], shifted.reshape(2, 3), np.asfortranarray(rows), rows[::-1][::-1]]
    arrays += [array.copy(order="A") for array in arrays]
    for array in arrays[: len(arrays) // 2]:
        array.flags.writeable = False
    for array in arrays:
        assert (vocabulary.keys(array) == expected).all()
        assert vocabulary.unique(array)[0].tolist() == rows.tolist()
    assert len(compiled.cpu_rows().signatures) == signatures == 1


def test_tokens_beyond_small_numbers() -> None:
    vocabulary = Vocabulary(["relu", *(f"relu({n})" for n in range(1, 200))])
    tokens = np.array([[-128], [127], [-2]], np.int8)
    assert vocabulary.valid(tokens).tolist() == [False, True, False]


def test_rows_are_settled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "dup swap add conv3 relu zero cat split"
    rows = guided(Vocabulary(text), 9000, 6, np.random.default_rng(4))
    expected = Vocabulary(text).keys(rows)
    monkeypatch.setattr("snaplang.batch.engine.PART", 1000)
    assert (Vocabulary(text).keys(rows) == expected).all()


def test_tokens_that_are_no_symbols_are_not_valid() -> None:
    vocabulary = Vocabulary("dup relu")
    tokens = np.array([[0], [1], [2], [-2], [2**31], [2**62]])
    assert vocabulary.valid(tokens).tolist() == [False, True, False, False, False, False]
    assert (vocabulary.keys(tokens)[2:] == 0).all()
    assert vocabulary.valid(np.array([[2**64 - 1], [1]], np.uint64)).tolist() == [False, True]


@pytest.mark.parametrize("shape", [(0, 0), (0, 5)])
def test_no_programs(shape: tuple[int, int]) -> None:
    vocabulary = Vocabulary("dup relu")
    tokens = np.zeros(shape, np.int32)
    assert vocabulary.valid(tokens).shape == (0,)
    assert vocabulary.keys(tokens).shape == (0, 2)
    assert len(vocabulary.unique(tokens)[0]) == 0
    assert vocabulary.decode(tokens) == []
    assert vocabulary.valid([]).shape == (0,)
    assert vocabulary.encode([]).shape == (0, 0)


def test_the_empty_program_is_the_identity() -> None:
    vocabulary = Vocabulary("dup identity")
    keys = vocabulary.keys([[PAD], [1]])
    assert vocabulary.valid([[PAD]]).all() and (keys[0] == keys[1]).all()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda v: v.encode(["dup tanh"]), "E514"),
        (lambda v: v.encode(["dup nosuch"]), "E201"),
        (lambda v: v.encode(["in 2 add"]), "E512"),
        (lambda v: v.encode(["dup )"]), "E102"),
        (lambda v: v.decode([[0, 9]]), "E516"),
        (lambda v: v.keys(np.ma.array([[0]], mask=[[True]])), "E516"),
        (lambda v: v.keys([[0.5]]), "E516"),
        (lambda v: v.keys([["dup"]]), "E516"),
        (lambda v: v.keys([[True]]), "E516"),
        (lambda v: v.keys([[0], [0, 1]]), "E516"),
        (lambda v: v.keys(np.zeros((1, 1, 1), int)), "E516"),
        (lambda v: v.keys(3), "E516"),
        (lambda v: v.keys([[0]], level="none"), "E510"),
        (lambda v: v.unique([[0]], level="none"), "E510"),
        (lambda v: v.keys([[0]], level=[]), "E510"),
        (lambda v: v.encode(3), "E516"),
        (lambda v: v.encode(None), "E516"),
        (lambda v: v.encode(["dup", 3]), "E516"),
        (lambda v: v.encode(b"dup"), "E516"),
        (lambda v: Vocabulary("dup conv"), "E308"),
        (lambda v: Vocabulary(["dup conv add"]), "E308"),
        (lambda v: Vocabulary("conv(3, foo=1)"), "E307"),
        (lambda v: Vocabulary("sepconv"), "E307"),
        (lambda v: Vocabulary("conv(3, out=0)", "N,8,H,W"), "E308"),
        (lambda v: Vocabulary("nosuch"), "E201"),
        (lambda v: Vocabulary("<relu|conv3>"), "E512"),
        (lambda v: Vocabulary(["in 2 add"]), "E512"),
        (lambda v: Vocabulary("relu", ["N"]), "E501"),
        (lambda v: Vocabulary("relu", device="abacus"), "E516"),
    ],
)
def test_errors(call: Any, code: str) -> None:
    with pytest.raises(snap.SnapError) as caught:
        call(Vocabulary("dup relu"))
    assert [d.code for d in caught.value.diagnostics] == [code]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((3,), "E512"),
        ((None,), "E512"),
        ((b"dup",), "E512"),
        ((["dup", 3],), "E512"),
        (("relu", 3), "E516"),
        (("relu", [3]), "E516"),
    ],
)
def test_arguments_of_other_types(arguments: tuple[Any, ...], code: str) -> None:
    with pytest.raises(snap.SnapError) as caught:
        Vocabulary(*arguments)
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_symbols_whose_arguments_may_fit_elsewhere_are_kept() -> None:
    vocabulary = Vocabulary(
        ["conv(1, out=c-8)", "conv1x3", "pick(2)", "conv(3, groups=3)"], "N,8,H,W"
    )
    assert not vocabulary.valid([[0], [3]]).any() and vocabulary.valid([[1]]).all()


def test_a_token_that_is_none_is_named() -> None:
    with pytest.raises(snap.SnapError, match="token 7 in row 1 is no symbol: there are 2"):
        Vocabulary("dup relu").decode([[0, 1], [1, 7]])


def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    with pytest.raises(snap.SnapError) as caught:
        Vocabulary("dup relu")
    (found,) = caught.value.diagnostics
    assert found.code == "E515" and found.hint == '`pip install "snaplang[batch]"`'


def test_the_package_is_read_without_numba() -> None:
    code = "import sys, snaplang.batch; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_all_threads_give_the_same() -> None:
    text = "dup swap add conv3 relu maxpool3"
    rows = guided(Vocabulary(text), 40_000, 12, np.random.default_rng(2))
    one, two = (Vocabulary(text, threads=n).keys(rows) for n in (1, 3))
    assert (one == two).all()


def test_a_vocabulary_says_what_it_is() -> None:
    assert repr(Vocabulary("dup relu")) == "Vocabulary('dup relu')"
    assert len(Vocabulary("dup relu")) == 2
    assert batch.__all__ == ["PAD", "Vocabulary"]
