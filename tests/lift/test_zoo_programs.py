"""Each module of the zoo and its program agree: in parameters, weights, and what they compute."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import Tensor, fx, nn

import snaplang as snap
from snaplang.torch import Block
from tests.lift.zoo import SAMPLES
from tests.lift.zoo.sample import Sample

every = pytest.mark.parametrize("sample", SAMPLES, ids=str)


@cache
def block(sample: Sample) -> nn.Module:
    """The sample's program in eval mode, with the weights of its module."""
    made = Block(sample.program, inputs=sample.given()).eval()
    state = {k: v for k, v in made.state_dict().items() if "num_batches" not in k}
    given = sample.weights()
    assert [tuple(v.shape) for v in state.values()] == [tuple(v.shape) for v in given]
    made.load_state_dict(dict(zip(state, given, strict=True)), strict=False)
    return made


def outputs(run: Callable[..., object], arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What a module returns, as a tuple."""
    with torch.no_grad():
        found = run(*(a.clone() for a in arguments))  # modules may write into their input
    found = tuple(found) if isinstance(found, tuple | list) else (found,)
    assert all(isinstance(value, Tensor) for value in found)
    return found


@every
def test_parameters(sample: Sample) -> None:
    found = sum(p.numel() for p in block(sample).parameters())
    assert found == sum(p.numel() for p in sample.module().parameters())


@every
def test_outputs(sample: Sample) -> None:
    given = sample.arguments()
    expected = outputs(sample.module(), given)
    there = tuple(x.movedim(sample.channels, 1) for x in given)
    found = tuple(x.movedim(1, sample.channels) for x in outputs(block(sample), there))
    assert [x.shape for x in found] == [x.shape for x in expected]
    for one, other in zip(found, expected, strict=True):
        assert other.std() > 0.05, "almost nothing comes out to be compared"
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


@every
def test_trace(sample: Sample) -> None:
    """torch.fx traces what is not marked, torch.export the rest."""
    module, given = sample.module(), sample.arguments()
    if not sample.exported:
        traced: Callable[..., object] = fx.symbolic_trace(module)
    else:
        with pytest.raises((TypeError, fx.proxy.TraceError)):
            fx.symbolic_trace(module)
        traced = torch.export.export(module, given).module()
    for one, other in zip(outputs(traced, given), outputs(module, given), strict=True):
        torch.testing.assert_close(one, other)


@every
def test_folds(sample: Sample) -> None:
    """`folds` is said of exactly the samples with a batch norm directly behind a convolution."""
    graph = snap.lower(sample.program, inputs=sample.given())
    makers = {value: node.op.id for node in graph.nodes for value in node.outputs}
    norms = [node for node in graph.nodes if node.op.id == "bn"]
    assert sample.folds == any(makers.get(n.inputs[0]) in ("conv", "tconv") for n in norms)


def test_names() -> None:
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES) >= 36
