"""Keys are equal exactly if fingerprints are, and what is valid is what the checker accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snaplang as snap
from snaplang.batch import Vocabulary
from snaplang.batch.fallback import key_of
from snaplang.lowering.symbols import Symbols
from snaplang.ops import CORE, TABLE, remove
from snaplang.ops.spec import Fact, Rules, Shape
from tests.batch.rows import anyhow, disagreements, guided, stacked

pytestmark = pytest.mark.xdist_group("batch")

# A vocabulary, its inputs, and how long programs are.
VOCABULARIES: dict[str, tuple[str, list[str], int]] = {
    "all sorts": (
        "dup swap add conv3 relu over drop maxpool3 relu6 cat split conv(3,stride=2) zero "
        "conv(3,out=2*c)",
        [],
        10,
    ),
    "zeros": ("dup swap over zero add cat split mul max sigmoid", [], 14),
    "zeros of many shapes": ("dup zero like upsample2 maxpool(2,stride=2) cat relu crop1", [], 14),
    "zeros at seams": ("dup swap over zero cat split conv1 relu maxpool3 gap", [], 16),
    "sums": ("dup swap add mul max mean mean3 add3 rot relu conv1", [], 16),
    "activations": (
        "dup relu relu6 relu(2) leaky leaky(-0.1) sigmoid maxpool3 gmp max dropout(0.2) dropout0 "
        "identity noise(0.1) add",
        [],
        12,
    ),
    "ranks": ("dup swap add conv1 conv1x3 flatten gap cat upsample2 drop zero", [], 12),
    "ranks that differ": ("dup conv1x3 conv1x3x3 add upsample2 flatten cat", [], 7),
    "words": (
        "dup swap mul conv3 cbr3 se sepconv3 [conv1|relu] dwconv3 shuffle2 split cat {dup add}*2",
        ["N,8,H,W"],
        9,
    ),
    "three inputs": (
        "dup swap add conv3 rot relu drop conv(1,out=16) zero cat mul pick1 roll2",
        ["N,8,H,W", "N,8,H,W", "N,16,14,14"],
        13,
    ),
    "single positions": (
        "dup gap gmp maxpool3 avgpool3 shift1 conv1 flatten maxpool(3,stride=2) relu add",
        [],
        10,
    ),
    "single positions from the start": (
        "dup gap maxpool3 maxpool3x1 avgpool3 shift1 conv1 flatten upsample2 relu add",
        ["N,8,1,1"],
        9,
    ),
    "folds": (
        "shift1 shift(-1) shift2 crop1 crop2 crop(1x0) upsample2 upsample4 maxpool3 maxpool5 "
        "maxpool(3,stride=2) relu",
        ["N,8,H,W"],
        6,
    ),
    "never negative": (
        "dup relu relu6 relu(0.5) sigmoid softmax max zero leaky elu leaky(0) maxpool3 shuffle2 "
        "swap relu(0) max3 rot over",
        ["N,8,H,W"],
        14,
    ),
    "sizes": (
        "dup like like(linear) swap over add cat relu zero flatten gap mul",
        ["N,8,H,W", "N,8,W,H"],
        12,
    ),
    "parts": ("dup swap over cat split split3 split6 cat3 conv(1,out=c/2) maxpool3 zero", [], 14),
    "parts of two widths": (
        "dup swap rot over cat cat3 split split3 relu zero add",
        ["N,c,H,W", "N,K,H,W"],
        11,
    ),
    "cuts": ("dup swap over rot cat cat3 split split4 conv(1,out=4) zero drop relu", [], 13),
    "named widths": ("dup cat conv(1,out=c/2) conv(1,out=K) split2 add relu", ["N,K,H,W"], 9),
}


@pytest.mark.parametrize("level", ["algebra", "structure"])
@pytest.mark.parametrize("name", VOCABULARIES)
def test_random_programs(name: str, level: str) -> None:
    symbols, inputs, length = VOCABULARIES[name]
    vocabulary, rng = Vocabulary(symbols, inputs), np.random.default_rng(len(name))
    rows = stacked(
        anyhow(vocabulary, 50, 5, rng),
        guided(vocabulary, 150, length // 2, rng),
        guided(vocabulary, 250, length, rng),
    )
    assert disagreements(vocabulary, rows, level) == []


def test_no_law_asks_the_scalar_canonicalizer() -> None:
    for name in ("single positions", "folds", "never negative", "sizes", "parts"):
        symbols, inputs, length = VOCABULARIES[name]
        vocabulary = Vocabulary(symbols, inputs)
        vocabulary.keys(guided(vocabulary, 1000, length, np.random.default_rng(1)))
        assert vocabulary.scalar_calls == 0, name


@pytest.mark.parametrize("name", VOCABULARIES)
def test_the_scalar_canonicalizer_leads_to_the_same_key(name: str) -> None:
    """Whether a row is one for it depends on how the row is spelt; its key must not."""
    symbols, inputs, length = VOCABULARIES[name]
    vocabulary = Vocabulary(symbols, inputs)
    rows = guided(vocabulary, 100, length, np.random.default_rng(2))
    rows = rows[vocabulary.valid(rows)][:40]
    keys, store = vocabulary.keys(rows), vocabulary._engine("algebra").store
    for row, key in zip(rows, keys, strict=True):
        graph = store.symbols.graph([number for number in row.tolist() if number >= 0])
        assert (key_of(store, graph) == key).all(), vocabulary.decode(row)


def _symbols() -> st.SearchStrategy[list[str]]:
    """A few ops of the table as their sample programs spell them, and wiring."""
    texts = (re.sub(r"^in \d+ ", "", case.text) for op in CORE for case in op.cases)
    spelled = sorted({word for text in texts for word in Symbols(text).texts})
    wiring = ["dup", "swap", "add", "over"]
    return st.lists(st.sampled_from(spelled), min_size=2, max_size=7, unique=True).map(
        lambda found: wiring + [word for word in found if word not in wiring]
    )


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    symbols=_symbols(), seed=st.integers(0, 1000), level=st.sampled_from(["algebra", "structure"])
)
def test_random_vocabularies(symbols: list[str], seed: int, level: str) -> None:
    vocabulary, rng = Vocabulary(symbols), np.random.default_rng(seed)
    rows = stacked(anyhow(vocabulary, 20, 4, rng), guided(vocabulary, 60, 8, rng))
    assert disagreements(vocabulary, rows, level) == []


@pytest.fixture
def declared() -> Iterator[None]:
    """Ops of a user with rare mixtures of facts: the kernel knows some, not others."""
    before = set(TABLE)
    yield
    for name in set(TABLE) - before:
        remove(TABLE[name])


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("level", ["algebra", "structure"])
def test_ops_of_users(level: str) -> None:
    def total(rules: Rules) -> tuple[Shape, ...]:
        one, two = rules.inputs
        return (one.with_channels(one.channels + two.channels),)

    E, UP, torch = Fact.ELEMENTWISE, Fact.NON_DECREASING, "def op(x):\n    return x"
    pair = "def op(x, y):\n    return torch.cat((x + y, x + y), 1)"
    for name, facts in {
        "up": (E, UP),
        "down": (E,),
        "once": (E, Fact.IDEMPOTENT),
        "nothing": (E, Fact.ZERO_PRESERVING),
        "top": (Fact.SELECTS_MAX, Fact.ZERO_PRESERVING),
        "both": (E, UP, Fact.SELECTS_MAX),
    }.items():
        snap.op(f"me/{name}/1", torch=torch, facts=facts)
    # which the kernel leaves alone
    snap.op("me/blend/1", torch=pair, inputs=2, shape=total, facts=(Fact.COMMUTATIVE,))
    text = "dup swap add up down once nothing top both blend maxpool3 relu zero max conv1"
    vocabulary, rng = Vocabulary(text), np.random.default_rng(7)
    assert disagreements(vocabulary, guided(vocabulary, 400, 9, rng), level) == []
    assert vocabulary.scalar_calls > 0
