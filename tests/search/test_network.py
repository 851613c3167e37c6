"""Networks around blocks: what is built computes, whatever block it is; what cannot be is told."""

from __future__ import annotations

import pytest
import torch

import snaplang as snap
from snaplang.torch import Block
from snapsearch.errors import SearchError
from snapsearch.tasks.base import Failure
from snapsearch.tasks.network import Network, embedded

NB201 = """def norconv(k) { relu conv(k, bias=false) bn }
block cell(c=16) {
    in n0(c, H, W);
    n0 norconv3 -> n1
    n0 n1 norconv1 add
}"""
FITTING = {
    "plain": "dup conv3 bn relu add",
    "identity": "",
    "comment": "# only this\nrelu  # and this",
    "words": "def act { relu }\nconv3 act",
    "narrow": "conv(1, out=c/2)",
    "wide": "dup conv3 cat",
    "smaller": "maxpool(2, stride=2) conv3",
    "smaller and wider": "conv(3, stride=2, out=2*c)",
    "larger": "upsample2",
    "a block": "block mine { conv3 relu }",
    "with a width": NB201,
    "with a number": "# choose 1\nin x(16, H, W);\nx relu conv3(bias=false) x add",
    "with its own names": "def cell { relu } def network { tanh }\nconv3 cell network",
}


@pytest.mark.parametrize("program", FITTING.values(), ids=FITTING)
@pytest.mark.parametrize("shape", ((1, 8, 8), (3, 9, 7)), ids=str)
def test_a_network_computes(program: str, shape: tuple[int, ...]) -> None:
    network = Network(shape, 10, width=4, stages=2, repeats=2)
    text, name = network.program(program), network.name(program)
    module = Block(text, inputs=network.inputs, block=name)
    assert module(torch.zeros(2, *shape)).shape == (2, 10)
    params = sum(p.numel() for p in module.parameters())
    assert network.count(program)["parameters"] == params


@pytest.mark.parametrize("shape", ((2, 12), (1, 6, 6, 6)))
def test_one_and_three_axes(shape: tuple[int, ...]) -> None:
    network = Network(shape, 3, width=4)
    module = Block(network.program("dup conv3 bn relu add"), inputs=network.inputs, block="network")
    assert module(torch.zeros(2, *shape)).shape == (2, 3)


def test_the_block_is_repeated_with_weights_of_its_own() -> None:
    one, two = (Network((1, 8, 8), 10, 4, 1, n).count("conv3")["parameters"] for n in (1, 2))
    assert two - one == snap.stats("conv3", inputs=["N,4,H,W"]).params


REJECTED = {
    "flatten": "the block makes [N, 4*H*W] of [N, 4, H, W]",
    "in 2 add": "the block has 2 inputs",
    "dup out 2": "the block has 2 outputs",
    "conv3 foo": "E201",
    "split3 add3": "E4",
    "block a { relu } block b { relu }": "several blocks: a, b",
    "<conv3 | conv1>": "",
}


@pytest.mark.parametrize("program", REJECTED)
def test_what_is_no_block_of_a_network_is_rejected(program: str) -> None:
    with pytest.raises(Failure) as caught:
        Network((1, 8, 8), 10, 4).count(program)
    assert caught.value.reason == "rejected"
    assert REJECTED[program] in caught.value.detail


def test_examples_have_axes() -> None:
    with pytest.raises(SearchError, match="1 to 3 spatial axes, not \\(64\\)"):
        Network((64,), 10)


def test_a_bare_body_keeps_its_words_outside() -> None:
    block = embedded("def f { relu }\n\nf f")
    assert block.text == "def f { relu }\nblock cell {\nf f\n}"
