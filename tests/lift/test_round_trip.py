"""What we emit lifts back to what it was: ONNX of every opset, and torch source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import snaplang as snap
from snaplang.graph.specialize import prepare
from snaplang.lowering.lower import block_names
from snaplang.ops import CORE
from snaplang.ops.spec import OpSpec
from snaplang.torch import Block

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.snap"))
NETWORKS = sorted((ROOT / "examples" / "networks").glob("*.snap"))
OPSETS = range(18, onnx.defs.onnx_opset_version() + 1)
AXES = {1: "L", 2: "H,W", 3: "D,H,W", None: "H,W"}


def graphs(file: Path) -> list[snap.Graph]:
    """The blocks of an example, each on inputs that it takes."""
    found = []
    for block in block_names(snap.parse(file)):
        graph = snap.lower(file, block=block)
        if not graph.bound:
            shapes = [f"{i.name}=N,192,{AXES[graph.rank]}" for i in graph.inputs]
            graph = snap.lower(file, block=block, inputs=shapes)
        found.append(prepare(graph))
    return found


def texts(graph: snap.Graph) -> list[str]:
    """The shapes of a graph's inputs."""
    shapes = graph.input_shapes()
    return [",".join(map(str, (graph.batch, s.channels, *s.spatial))) for s in shapes]


def cases(spec: OpSpec, moving: bool) -> list[snap.Graph]:
    """An op's own samples, their sizes as numbers or, where that is possible, as letters."""
    found = []
    for case in spec.cases:
        for rank in case.ranks or spec.ranks:
            shapes = case.shapes(rank)
            given = [",".join(["N", *map(str, s)]) for s in shapes]
            if moving:
                letters = [[f"S{i}_{j}" for j in range(rank)] for i in range(len(shapes))]
                given = [
                    ",".join(["N", str(s[0]), *n]) for s, n in zip(shapes, letters, strict=True)
                ]
            try:
                found.append(prepare(snap.lower(case.text, inputs=given)))
            except snap.SnapError:
                assert moving  # some samples want sizes that fit each other
    return found


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.stem)
def test_examples_through_onnx(file: Path, opset: int) -> None:
    for graph in graphs(file):
        lifted = snap.from_onnx(snap.to_onnx(graph, opset=opset))
        assert snap.explain_difference(lifted, graph) is None
        assert [n.key for n in lifted.nodes if lifted.weights(n)] == [
            n.key for n in graph.nodes if graph.weights(n)
        ]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.stem)
def test_examples_through_torch(file: Path) -> None:
    for graph in graphs(file):
        if any("*" in text for text in texts(graph)):
            continue  # an input of twice a letter cannot be given
        lifted = snap.from_torch(Block(graph), texts(graph))
        assert snap.explain_difference(lifted, graph) is None


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.stem)
def test_outputs_of_examples(file: Path) -> None:
    """With its weights the lifted graph computes what the first model did."""
    for graph in graphs(file):
        first = snap.to_onnx(graph, seed=3)
        second = snap.to_onnx(snap.from_onnx(first))
        sizes = {"N": 1, **{letter: 16 for letter in graph.letters()}}
        random = np.random.default_rng(5)
        feeds = {}
        for info in first.graph.input:
            axes = info.type.tensor_type.shape.dim
            shape = [a.dim_value or eval_size(a.dim_param, sizes) for a in axes]
            feeds[info.name] = random.standard_normal(shape, np.float32)
        for a, b in zip(run(first, feeds), run(second, feeds), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def eval_size(text: str, sizes: dict[str, int]) -> int:
    """A letter, or a number times one."""
    factor, _, name = text.rpartition("*")
    return int(factor or 1) * (sizes[name] if name != "N" else 1)


def run(model: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return list(session.run(None, feeds))


@pytest.mark.parametrize("moving", [False, True], ids=["numbers", "letters"])
@pytest.mark.parametrize("spec", [s for s in CORE if s.cases], ids=lambda s: s.name)
def test_every_op_through_onnx(spec: OpSpec, moving: bool) -> None:
    for graph in cases(spec, moving):
        lifted = snap.from_onnx(snap.to_onnx(graph))
        assert snap.explain_difference(lifted, graph) is None


@pytest.mark.parametrize("moving", [False, True], ids=["numbers", "letters"])
@pytest.mark.parametrize("spec", [s for s in CORE if s.cases], ids=lambda s: s.name)
def test_every_op_through_torch(spec: OpSpec, moving: bool) -> None:
    for graph in cases(spec, moving):
        if [n.op.id for n in graph.nodes] == ["flatten"] and not graph.shapes[0].spatial:
            continue  # nothing happens there, and a trace has nothing to show for it
        lifted = snap.from_torch(Block(graph), texts(graph))
        assert snap.explain_difference(lifted, graph) is None


@pytest.mark.parametrize("file", NETWORKS, ids=lambda p: p.stem)
def test_networks_through_onnx(file: Path) -> None:
    for block in block_names(snap.parse(file)):
        size = "32,32" if "darts" in file.stem else "224,224"
        graph = snap.lower(file, block=block, inputs=[f"N,3,{size}"])
        lifted = snap.from_onnx(snap.to_onnx(graph))
        assert snap.equivalent(lifted, graph)
        assert snap.stats(lifted).params == snap.stats(graph).params


def test_weights_come_along_from_torch() -> None:
    torch.manual_seed(1)
    block = Block("dup conv3 bn relu conv3 bn add relu", channels=8).eval()
    lifted = snap.from_torch(block, ["N,8,H,W"])
    assert lifted.state is not None
    again = Block(lifted).eval()
    x = torch.randn(2, 8, 5, 7)
    torch.testing.assert_close(again(x), block(x))
    assert list(again.state_dict()) == list(block.state_dict())


def test_training_ops_stay_in_training_mode() -> None:
    block = Block("dup conv3 dropout(0.2) droppath(0.1) noise(0.3) add", channels=8)
    lifted = snap.from_torch(block, ["N,8,H,W"])
    assert snap.equivalent(lifted, "dup conv3 dropout(0.2) droppath(0.1) noise(0.3) add")
    assert block.training
    evaluated = snap.from_torch(block.eval(), ["N,8,H,W"])
    assert snap.equivalent(evaluated, "dup conv3 dropout(0.2) add")
