"""Sizes that may come out below 1: conditions wherever they can arise, and true ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest
import torch

import snaplang as snap
from snaplang.backends.onnx import model
from snaplang.cli.outputs import Request, check
from snaplang.dims import Dim, at_least, dim, floor, letter, lowest, substitute
from snaplang.graph import Condition, Graph
from snaplang.graph.conditions import distinct, holds
from snaplang.graph.specialize import prepare, substituted
from snaplang.ops import remove
from snaplang.ops.spec import Rules, Shape
from snaplang.torch import Block

H, W = letter("H"), letter("W")


def least(text: str, *inputs: str) -> list[str]:
    """The conditions of a program."""
    return [str(c) for c in snap.lower(text, inputs=list(inputs) or None).conditions]


@pytest.mark.parametrize(
    ("text", "inputs", "wanted"),
    [
        ("conv(5, pad=0)", ["N,8,L"], ["L >= 5"]),
        ("conv(3, dilation=2, pad=0) crop2", ["N,8,H,9"], ["H >= 7"]),
        ("maxpool(3, stride=2, pad=0) avgpool(3, stride=2, pad=0)", ["N,8,L"], ["L >= 7"]),
        ("conv(2, stride=2)", ["N,8,L"], ["L >= 2"]),
        ("conv(3, stride=2) maxpool3 dwconv2", ["N,8,H,W"], []),
        ("tconv(1, pad=1)", ["N,8,L"], ["L >= 3"]),
        ("crop(0x3)", ["N,8,H,W"], ["W >= 4"]),
        ("crop3", [], ["S >= 4"]),
        ("conv(3, out=c-8)", [], ["c >= 9"]),
        ("in x(4, 2*L - 5); x relu", [], ["L >= 3"]),
        ("in x(4, L + M); x crop4", [], ["L + M >= 5"]),
        ("def w { in x(k, L - 2); x relu } crop1 w", ["N,8,L"], ["L >= 2"]),
        ("dup maxpool(2, stride=2) upsample2 add", ["N,8,L"], ["L = 2*floor(L/2)"]),
        ("crop3 flatten", ["N,8,H,W"], ["H >= 4", "W >= 4"]),
    ],
)
def test_sizes_that_may_be_empty_are_conditions(
    text: str, inputs: list[str], wanted: list[str]
) -> None:
    assert least(text, *inputs) == wanted


def test_check_lists_them_and_sizes_are_tested() -> None:
    text = "conv(5, pad=0) crop1"
    lines = list(check(Request(None, text, inputs=("N,8,H,9",))))
    assert lines[1:] == ["  needs H >= 6"]
    graph = snap.lower(text, inputs=["N,8,H,9"])
    assert substituted(graph, {"H": dim(6)}).shapes[-1] == Shape(dim(8), (dim(1), dim(4)))
    with pytest.raises(snap.SnapError, match=r"E403.*5 is less than 6"):
        substituted(graph, {"H": dim(5)})
    with pytest.raises(snap.SnapError, match="E503"):
        snap.lower("in x(4, 1 - L); x relu")
    with pytest.raises(snap.SnapError, match="E403"):
        substituted(snap.lower("conv(3, out=c-8)"), {"c": dim(8)})


def test_they_are_tested_at_run_time_and_written_into_models() -> None:
    graph = snap.lower("in x(2, 2*L, M); x crop(3x1)")
    block = Block("in x(2, 2*L, M); x crop(3x1)")
    assert block(torch.zeros(1, 2, 4, 2)).shape == (1, 2, 1, 1)
    with pytest.raises(ValueError, match="L must be at least 2, not 1"):
        block(torch.zeros(1, 2, 2, 2))
    assert "L >= 2; M >= 2" in model(prepare(graph)).graph.doc_string
    sums = Block("in x(1, L + M) y(1, M); y drop x crop4")
    with pytest.raises(ValueError, match=r"L [+] M must be at least 5, not 4"):
        sums(torch.zeros(1, 1, 4), torch.zeros(1, 1, 2))


def drawn_sizes(rng: random.Random) -> Iterator[Dim]:
    """Sizes as windows, crops and products make them."""
    while True:
        size = rng.choice([H, H, 2 * H - 1, H + W])
        for _ in range(rng.randint(1, 4)):
            step, cut = rng.randint(1, 3), rng.randint(0, 6)
            size = rng.choice(
                [floor((size - cut) / step) + 1, size - cut, size * step - cut, floor(size / step)]
            )
        yield size


def test_a_least_size_is_solved_without_loss() -> None:
    rng = random.Random(1)
    solved = 0
    for size, _ in zip(drawn_sizes(rng), range(300), strict=False):
        number = rng.randint(-1, 3)
        left, bound = at_least(size, number)
        known, worst = lowest(size), None
        for h, w in product(range(1, 26), (1, 2, 7)):
            sizes = {"H": dim(h), "W": dim(w)}
            value = substitute(size, sizes).number
            other = substitute(left, sizes).number
            assert value is not None and other is not None
            assert (value >= number) == (other >= bound), (str(size), number, str(left), bound)
            worst = value if worst is None else min(worst, value)
        assert known is None or worst is None or known <= worst
        solved += left == H
    assert solved > 150


def test_only_what_says_something_is_kept() -> None:
    def more(left: Dim, number: int) -> Condition:
        return Condition(left, None, 0, 0, "a window", None, number)

    even = Condition(H, 2 * floor(H / 2), 0, 2, "an axis")
    assert distinct([more(H, 2), even, more(H, 5), more(W, 2), more(H, 5)]) == (
        even,
        more(H, 5),
        more(W, 2),
    )
    assert distinct([more(H, 2), even]) == (even,)
    assert distinct([more(H, 3), even]) == (more(H, 3), even)
    assert holds(more(H, 3), {"H": dim(3)}) and not holds(more(H, 3), {"H": dim(2)})


def test_a_users_rule_may_ask_for_a_least_size() -> None:
    def shape(rules: Rules) -> tuple[Shape, ...]:
        (shape,) = rules.inputs
        rules.at_least(shape.channels, 4, "channels")
        return (shape.with_spatial(size - 5 for size in shape.spatial),)

    def lowered(*inputs: str) -> Graph:
        return snap.lower("trim", inputs=list(inputs))

    spec = snap.op("me/trim/1", torch="def trim(x):\n    return x[:, :, 5:]", shape=shape)
    try:
        assert [str(c) for c in snap.lower("trim").conditions] == ["c >= 4", "S >= 6"]
        assert lowered("N,4,6").conditions == ()
        with pytest.raises(snap.SnapError, match=r"E403.*channels: 3 is less than 4"):
            lowered("N,3,6")
        with pytest.raises(snap.SnapError, match=r"E403.*a size of the result: 0 is less than 1"):
            lowered("N,4,5")
    finally:
        remove(spec)
