"""Every core op, at every rank, over its cases: PyTorch, ONNX Runtime and the shape rules agree.

The cases stand in the op table; a new op is tested here without a line being written.
"""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import defs, shape_inference

import snaplang as snap
from snaplang.backends.onnx import DEFAULT_OPSET, OLDEST_OPSET, model
from snaplang.graph.specialize import prepare
from snaplang.ops import CORE
from snaplang.ops.spec import no_weights
from snaplang.torch import Block
from tests.conformance.runtime import newest_opset, run, session
from tests.conformance.samples import (
    Array,
    Sample,
    distance,
    numbers,
    random_weights,
    samples,
)

TOLERANCE = 1e-4
ALL = samples()
DYNAMIC = [sample for sample in ALL if sample.dynamic]
OTHER_OPSETS = [o for o in (OLDEST_OPSET, 21, newest_opset()) if o != DEFAULT_OPSET]
RUNTIME_OPSETS = sorted({*OTHER_OPSETS, DEFAULT_OPSET})

WITH_WEIGHTS = {s.spec.id: s for s in ALL if s.spec.weights is not no_weights}


def block(sample: Sample, weights: dict[str, Array]) -> Block:
    """The torch module of a sample, in eval mode, with these weights."""
    found = Block(sample.case.text, inputs=sample.inputs).eval()
    state = {key: torch.from_numpy(array) for key, array in weights.items()}
    missing, unexpected = found.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(key.endswith("num_batches_tracked") for key in missing)
    return found


def torch_outputs(module: Block, inputs: list[Array]) -> list[Array]:
    with torch.no_grad():
        result = module(*map(torch.from_numpy, inputs))
    return [t.numpy() for t in (result if isinstance(result, tuple) else (result,))]


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_torch_and_onnx_runtime_agree(sample: Sample) -> None:
    graph = sample.graph()
    weights = random_weights(graph)
    module, opened = block(sample, weights), session(model(graph, weights))
    names = [entry.name for entry in opened.get_inputs()]
    for inputs in sample.runs():
        wanted = torch_outputs(module, inputs)
        found = opened.run(None, dict(zip(names, inputs, strict=True)))
        assert [a.shape for a in wanted] == [a.shape for a in found] == numbers(graph, inputs)
        assert distance(found, wanted) <= TOLERANCE


@pytest.mark.parametrize("opset", OTHER_OPSETS)
@pytest.mark.parametrize("sample", DYNAMIC, ids=str)
def test_every_opset_computes_the_same(sample: Sample, opset: int) -> None:
    graph = sample.graph()
    weights = random_weights(graph)
    inputs = next(sample.runs())
    wanted = run(model(graph, weights), *inputs)
    assert distance(run(model(graph, weights, opset=opset), *inputs), wanted) <= 1e-5


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_checker_and_inference_accept_and_agree(sample: Sample) -> None:
    graph = sample.graph()
    for opset in sorted({*RUNTIME_OPSETS, defs.onnx_opset_version()}):
        proto = model(graph, opset=opset)
        onnx.checker.check_model(proto, full_check=True)
        shape_inference.infer_shapes(proto, check_type=True, strict_mode=True, data_prop=True)
    promised = [list(axes(info)) for info in proto.graph.output]
    for info in proto.graph.output:  # what onnx finds when nobody tells it
        info.type.tensor_type.ClearField("shape")
    bare = shape_inference.infer_shapes(proto, strict_mode=True, data_prop=True)
    for info, wanted in zip(bare.graph.output, promised, strict=True):
        found = list(axes(info))
        assert len(found) == len(wanted)
        known = [i for i, f in enumerate(found) if isinstance(f, int) or f in graph.letters()]
        assert [found[i] for i in known] == [wanted[i] for i in known]
        assert {i for i, w in enumerate(wanted) if isinstance(w, int)} <= set(known)


def axes(info: onnx.ValueInfoProto) -> list[int | str]:
    """The sizes of a typed value, letters as text."""
    dims = info.type.tensor_type.shape.dim
    return [d.dim_value if d.HasField("dim_value") else d.dim_param for d in dims]


@pytest.mark.parametrize("sample", WITH_WEIGHTS.values(), ids=str)
def test_no_weight_is_overlooked(sample: Sample) -> None:
    """Each weight matters to the result: else a wrong one could hide from all tests here."""
    graph = sample.graph()
    weights = random_weights(graph)
    inputs = next(sample.runs())
    wanted = run(model(graph, weights), *inputs)
    for key, array in weights.items():
        # the keys' bias shifts all scores of a query alike, which softmax does not see
        part = np.s_[: len(array) // 3] if key.endswith("in_proj_bias") else np.s_[:]
        changed = array.copy()
        changed[part] += 1
        assert distance(run(model(graph, weights | {key: changed}), *inputs), wanted) > TOLERANCE


@pytest.mark.parametrize(
    ("text", "given", "pairs"),
    [
        ("in 2 like", ["N,1,L", "N,1,M"], [(n, m) for n in range(1, 30) for m in range(1, 30)]),
        ("in 2 like", ["N,1,L", "N,1,M"], [(14, 46), (26, 22), (2, 82), (297, 75), (75, 297)]),
        ("dup maxpool(2, stride=2) swap like", ["N,1,L"], [(n,) for n in range(2, 120)]),
        ("dup conv(1, stride=2) swap like", ["N,1,L"], [(n,) for n in range(2, 120)]),
        ("in a(1, 8*L) b(1, L); a b like", [], [(8 * n, n) for n in range(1, 60)]),
    ],
)
def test_like_picks_the_rows_that_pytorch_picks(
    text: str, given: list[str], pairs: list[tuple[int, ...]]
) -> None:
    """Among these are the sizes, such as 14 to 2, where a plain `Resize` picks others."""
    graph = prepare(snap.lower(text, inputs=given or None))
    weights = random_weights(graph)
    module = Block(text, inputs=given or None).eval()
    module.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()})
    opened = session(model(graph, weights))
    names = [entry.name for entry in opened.get_inputs()]
    for sizes in pairs:
        inputs = [np.arange(n, dtype=np.float32).reshape(1, 1, n) for n in sizes]
        (found,) = opened.run(None, dict(zip(names, inputs, strict=True)))
        assert distance([found], torch_outputs(module, inputs)) <= TOLERANCE, sizes


@pytest.mark.parametrize(("n", "m"), [(14, 2), (14, 7), (7, 14), (9, 5), (2, 82)])
def test_like_on_known_sizes(n: int, m: int) -> None:
    given = [f"N,1,{n},3", f"N,2,{m},W"]
    proto = model(prepare(snap.lower("in 2 like", inputs=given)))
    inputs = [np.random.default_rng(0).standard_normal(s, dtype=np.float32) for s in
              ((2, 1, n, 3), (2, 2, m, 4))]  # fmt: skip
    wanted = torch_outputs(Block("in 2 like", inputs=given), inputs)
    assert distance(run(proto, *inputs), wanted) == 0


def test_every_core_op_has_cases_at_every_rank() -> None:
    covered = {(sample.spec.id, sample.rank) for sample in ALL}
    assert covered == {(spec.id, rank) for spec in CORE for rank in spec.ranks}


def test_distance_sees_differences() -> None:
    one = np.ones(3, np.float32)
    assert distance([one], [one]) == 0
    assert distance([one * 1.001], [one]) > TOLERANCE
    assert distance([one], [one * 0]) > TOLERANCE
    with pytest.raises(AssertionError):
        distance([one * np.nan], [one])
