"""Every module of the zoo lifts: from PyTorch, and from what both ONNX exporters make of it.

Fingerprints are those of the program beside the module; outputs, with the weights that were lifted,
are the module's.
"""

from __future__ import annotations

import io
import logging
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

import snaplang as snap
from snaplang.torch import Block
from tests.lift.zoo import SAMPLES
from tests.lift.zoo.sample import Sample

NAMES = [sample.name for sample in SAMPLES]


def program(sample: Sample, inference: bool = False) -> snap.Graph:
    """The graph of the program beside a module; exporters leave dropout out."""
    inputs = sample.given()
    return (snap.inference if inference else snap.lower)(sample.program, inputs=inputs)


def exported(sample: Sample, dynamo: bool, moving: bool = True) -> bytes:
    """What an exporter of PyTorch makes of a module, letters of its inputs as dynamic axes."""
    module, args = sample.module(), sample.arguments()
    letters = [
        {i: name for i, name in enumerate(text.split(",")) if not name.isdigit()}
        for text in sample.inputs
    ]
    buffer = io.BytesIO()
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            auto = torch.export.Dim.DYNAMIC
            shapes = tuple(dict.fromkeys(axes, auto) for axes in letters)
            done = torch.onnx.export(
                module, args, dynamo=True, dynamic_shapes=shapes if moving else None, verbose=False
            )
            assert done is not None
            return bytes(done.model_proto.SerializeToString())
        names = [f"x{i}" for i in range(len(args))]
        torch.onnx.export(
            module,
            args,
            buffer,  # type: ignore[arg-type]
            dynamo=False,
            input_names=names,
            dynamic_axes=dict(zip(names, letters, strict=True)) if moving else None,
        )
    return buffer.getvalue()


def tensors(result: object) -> list[Tensor]:
    """What a module returns, as a list."""
    return [result] if isinstance(result, Tensor) else list(result)  # type: ignore[call-overload]


def turned(sample: Sample, tensor: Tensor, back: bool = False) -> Tensor:
    """A tensor with its channels where programs have them."""
    if sample.channels == 1 or tensor.ndim < 3:
        return tensor
    return tensor.movedim(1, -1) if back else tensor.movedim(-1, 1)


def agrees(sample: Sample, graph: snap.Graph) -> None:
    """The lifted graph, with its weights, computes what the module does, in torch and in ONNX."""
    with torch.no_grad():
        wanted = tensors(sample.module()(*sample.arguments()))
        args = [turned(sample, a).contiguous() for a in sample.arguments()]
        found = tensors(Block(graph).eval()(*args))
    session = onnxruntime.InferenceSession(snap.to_onnx(graph).SerializeToString())
    names = [i.name for i in session.get_inputs()]
    ran = session.run(None, {n: a.numpy() for n, a in zip(names, args, strict=True)})
    for want, here, there in zip(wanted, found, ran, strict=True):
        want = turned(sample, want)
        torch.testing.assert_close(here, want, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(there, want.numpy(), rtol=1e-3, atol=1e-4)


def test_the_zoo_is_large() -> None:
    assert len(SAMPLES) >= 60 and len(set(NAMES)) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_from_torch(sample: Sample) -> None:
    module = sample.module()
    graph = snap.from_torch(module, sample.inputs)
    assert snap.explain_difference(graph, program(sample)) is None
    count = sum(p.numel() for p in module.parameters())
    assert snap.stats(graph).params == count
    agrees(sample, graph)


@pytest.mark.parametrize("dynamo", [False, True], ids=["torchscript", "dynamo"])
@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_from_onnx(sample: Sample, dynamo: bool) -> None:
    graph = snap.from_onnx(exported(sample, dynamo, moving=not sample.still))
    told = not sample.folds and not sample.still and not (sample.reroutes and dynamo)
    if told:
        assert snap.explain_difference(graph, program(sample, inference=True)) is None
    agrees(sample, graph)


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_from_onnx_with_fixed_sizes(sample: Sample) -> None:
    graph = snap.from_onnx(exported(sample, dynamo=False, moving=False))
    assert all(size.whole() for shape in graph.input_shapes() for size in shape.spatial)
    agrees(sample, graph)


def test_folded_norms_are_told() -> None:
    sample = next(s for s in SAMPLES if s.name == "basic block")
    graph = snap.from_onnx(exported(sample, dynamo=False))
    assert "bn" not in {node.op.id for node in graph.nodes}
    assert any("batch norms folded into them stay folded" in note for note in graph.notes)


class Single(nn.Module):
    """A layer with a norm, that takes one tensor."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return out


@pytest.mark.parametrize(
    ("layers", "shape", "told"),
    [
        ((nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8)), (2, 8, 9, 9), "1 convolution has"),
        ((nn.Conv1d(8, 8, 3), nn.BatchNorm1d(8)), (2, 8, 9), "1 convolution has"),
        ((nn.Linear(8, 8), nn.BatchNorm1d(8)), (2, 8), "1 layer has"),
    ],
    ids=["2d", "1d", "linear"],
)
def test_norms_folded_into_layers_with_biases_are_told(
    layers: tuple[nn.Module, ...], shape: tuple[int, ...], told: str
) -> None:
    """What dynamo folds into a bias that was there has the names that it had."""
    done = torch.onnx.export(Single(*layers).eval(), (torch.randn(shape),), verbose=False)
    assert done is not None
    graph = snap.from_onnx(done.model_proto)
    assert "bn" not in {node.op.id for node in graph.nodes}
    assert any(note.startswith(told) and "stay folded" in note for note in graph.notes)


def test_a_file_of_the_exporter(tmp_path: Path) -> None:
    sample = next(s for s in SAMPLES if s.name == "vit block on a map")
    file = tmp_path / "unet.onnx"
    file.write_bytes(exported(sample, dynamo=True))
    assert snap.equivalent(snap.from_onnx(file), program(sample))
