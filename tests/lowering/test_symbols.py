"""What symbols do to a stack, against lowering programs that bring the stack about."""

from __future__ import annotations

import pytest

import snaplang as snap

SHAPES = ["N,c,H,W"]
TAKEN = {
    "dup": (1, 2),
    "drop": (1, 0),
    "over": (2, 3),
    "rot": (3, 3),
    "pick50": (51, 52),
    "roll3000": (3001, 3001),
    "relu": (1, 1),
    "add": (2, 1),
    "add13": (13, 1),
    "cat64": (64, 1),
    "split3": (1, 3),
    "sepconv3": (1, 1),
    "[ relu | conv3 | bn ]": (1, 3),
    "{ swap }*2": (2, 2),
    "{ add }*9": (10, 1),
    "{ relu drop }*1": (1, 0),
}


@pytest.mark.parametrize("text", TAKEN)
def test_a_symbol_takes_as_few_tensors_as_it_can(text: str) -> None:
    effect = snap.Symbols([text], SHAPES).alone(0)
    assert (effect.taken, len(effect.left)) == TAKEN[text]
    assert effect.net == TAKEN[text][1] - TAKEN[text][0]
    if effect.left and effect.taken < 100:
        program = f"in {effect.taken} {text} out {len(effect.left)}"
        graph = snap.lower(program, inputs=SHAPES * effect.taken)
        assert (graph.nodes, graph.outputs, graph.shapes) == (
            effect.nodes, effect.left, effect.shapes
        )  # fmt: skip


def test_untyped_inputs_have_the_rank_that_a_symbol_asks_for() -> None:
    effect = snap.Symbols(["conv(1x3)", "relu"]).alone(0)
    assert effect.shapes[0].rank == 2
    assert snap.Symbols("relu").alone(0).shapes[0].rank is None


def test_an_effect_depends_on_shapes_where_counts_do_not() -> None:
    symbols = snap.Symbols("conv3 cat add", SHAPES)
    one = symbols.alone(0).shapes[-1]
    (joined,) = symbols.alone(1).shapes[2:]
    wide = symbols.effect(0, [joined])
    assert wide is not None and wide.shapes == (joined, one)
    assert symbols.effect(2, [one, joined]) is None


@pytest.mark.parametrize(
    ("symbols", "code", "words"),
    [
        ("dup conv4x", "E201", "conv4x"),
        ("dup rlu", "E201", "did you mean `relu`"),
        ("in 2 add", "E512", "no list of symbols"),
        (["<relu|gelu>"], "E512", "is no symbol"),
        (["-> a"], "E512", "is no symbol"),
        ([3], "E512", "a vocabulary is a text or a list of texts"),
        (["}"], "E10", "}"),
    ],
)
def test_what_is_no_vocabulary_is_an_error(symbols: str, code: str, words: str) -> None:
    with pytest.raises(snap.SnapError) as caught:
        snap.Symbols(symbols, SHAPES)
    assert caught.value.diagnostics[0].code.startswith(code) and words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "inputs", "code", "words"),
    [
        ("add5000", SHAPES, "E202", "takes 5000 tensors"),
        ("[ add | relu ]", SHAPES, "E202", "`add` takes 2 tensors"),
        ("conv(3x3)", ["N,c"], "E4", "1 to 3 spatial axes"),
    ],
)
def test_a_symbol_that_fits_no_stack_is_an_error(
    text: str, inputs: list[str], code: str, words: str
) -> None:
    with pytest.raises(snap.SnapError) as caught:
        snap.Symbols([text], inputs).alone(0)
    found = caught.value.diagnostics[0]
    assert found.code.startswith(code) and words in str(caught.value)
    assert found.span is not None and found.span.source.text == text


@pytest.mark.parametrize("number", [-1, 2, 99])
def test_a_symbol_that_is_not_there_is_an_error(number: int) -> None:
    symbols = snap.Symbols("dup relu", SHAPES)
    for ask in (symbols.alone, lambda n: symbols.effect(n, ())):
        with pytest.raises(snap.SnapError, match=f"E514.*there is no symbol {number}"):
            ask(number)


def test_too_few_tensors_are_told() -> None:
    symbols = snap.Symbols("add13", SHAPES)
    with pytest.raises(snap.SnapError, match=r"E202.*`add` takes 13 tensors, the stack holds 1"):
        symbols.effect(0, symbols.start().input_shapes())
