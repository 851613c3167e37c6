"""Small and odd sizes: whatever the checker lets through runs, and the same everywhere.

Programs of one or two ops at every rank, on sizes from 1 to 5, with paddings, dilations and strides
past the tensor's end; where sizes are letters, a `ValueError` comes where the checker says no.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

import snaplang as snap
from snaplang.backends.onnx import model
from snaplang.graph.specialize import prepare
from snaplang.torch import Block
from tests.conformance.runtime import run
from tests.conformance.samples import AXES, random_weights

OTHERS = (
    *("gap", "gmp", "flatten", "linear(out=3)", "bn", "ln", "gn1", "gn2", "gn4", "inorm"),
    *("softmax", "mhsa2", "shift(-3)", "shuffle2", "split2 cat", "dup gap mul", "dup gap like"),
    *("dup crop1 like(linear)", "dup crop1 swap like", "upsample2", "upsample(3, mode=linear)"),
)


def window(rng: random.Random, rank: int) -> str:
    """A convolution or pool with arguments of all kinds."""

    def size(low: int, high: int) -> str:
        many = rank if rng.random() < 0.4 else 1
        return "x".join(str(rng.randint(low, high)) for _ in range(many))

    name = rng.choice(["conv", "tconv", "dwconv", "maxpool", "avgpool", "avgpool"])
    parts = [size(1, 5)]
    parts += [f"stride={size(1, 6)}"] if rng.random() < 0.5 else []
    parts += [f"pad={size(0, 2)}"] if rng.random() < 0.4 else []
    if "pool" not in name and rng.random() < 0.4:
        parts.append(f"dilation={size(1, 3)}")
    if name in ("conv", "tconv"):
        parts += rng.sample(["groups=2", "groups=c", "out=8", "bias=false"], rng.randint(0, 2))
    return f"{name}({', '.join(sorted(set(parts), key=parts.index))})"


def drawn(seed: int) -> tuple[str, int, list[int], str]:
    """A program, its rank, sizes with batch and channels, and the shape it is checked at."""
    rng = random.Random(seed)
    rank = rng.choice([0, 1, 2, 3, 3])
    text = " ".join(
        window(rng, rank)
        if rng.random() < 0.5
        else rng.choice([f"crop{rng.randint(0, 3)}", *OTHERS])
        for _ in range(rng.randint(1, 2))
    )
    sizes = [rng.choice([1, 2]), rng.choice([1, 4]), *(rng.randint(1, 5) for _ in range(rank))]
    letters = ["N", sizes[1], *AXES[rank]]
    return text, rank, sizes, ",".join(map(str, letters if rng.random() < 0.4 else sizes))


def ran(seed: int) -> str:
    """How a drawn program fares: "rejected" by the checker, "refused" at run time, or "same"."""
    text, _, sizes, shape = drawn(seed)
    try:
        graph = prepare(snap.lower(text, inputs=[shape]))
    except snap.SnapError:
        return "rejected"
    weights = random_weights(graph)
    block = Block(text, inputs=[shape]).eval()
    block.load_state_dict({k: torch.from_numpy(a) for k, a in weights.items()}, strict=False)
    x = np.random.default_rng(seed).standard_normal(sizes, dtype=np.float32)
    try:
        snap.lower(text, inputs=[",".join(map(str, sizes))])
    except snap.SnapError:
        with pytest.raises(ValueError, match=r"must be|does not hold"):
            block(torch.from_numpy(x))
        return "refused"
    with torch.no_grad():
        wanted = block(torch.from_numpy(x)).numpy()
    (found,) = run(model(graph, weights), x)
    assert found.shape == wanted.shape, text
    # what a norm makes of equal numbers is rounding alone
    assert np.allclose(found, wanted, rtol=1e-3, atol=1e-3), text
    return "same"


@pytest.mark.parametrize("part", range(4))
def test_what_the_checker_accepts_runs(part: int) -> None:
    results = [ran(seed) for seed in range(80 * part, 80 * part + 80)]
    assert results.count("same") >= 40
    assert results.count("rejected") >= 5


def test_some_sizes_are_refused_at_run_time() -> None:
    assert [ran(seed) for seed in range(60)].count("refused") >= 1


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("inorm", "2,4,1"),
        ("inorm", "1,4,H,W"),
        ("inorm(eps=0.1)", "N,1,D,H,W"),
        ("gn4", "1,4"),
        ("gn1", "1,1,H,W"),
        ("avgpool3", "2,4,D,H,W"),
        ("avgpool(5, stride=2)", "1,4,1,2,3"),
    ],
)
def test_a_single_position_runs_in_pytorch_too(text: str, shape: str) -> None:
    graph = prepare(snap.lower(text, inputs=[shape]))
    sizes = [int(size) if size.isdecimal() else 1 for size in shape.split(",")]
    x = np.full(sizes, 3, np.float32)
    block = Block(text, inputs=[shape])
    weights = {k: t.numpy() for k, t in block.state_dict().items()}
    (wanted,) = run(model(graph, weights), x)
    for module in (block.train(), block.eval()):
        with torch.no_grad():
            found = module(torch.from_numpy(x)).numpy()
        assert np.allclose(found, wanted, atol=1e-3)
