"""The shape of ONNX models: names, axes, metadata, bytes, and what is refused.

That they compute the right thing is held in tests/conformance.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import defs, helper, numpy_helper

import snaplang as snap
from snaplang import SnapError
from snaplang.backends.onnx import DEFAULT_OPSET, OLDEST_OPSET, encoded, model
from snaplang.backends.onnx.ops import EMITTERS
from snaplang.backends.onnx.wire import frame
from snaplang.graph.specialize import prepare
from snaplang.graph.weights import initial
from snaplang.ops import CORE
from tests.backends.models import code_of, graph, nodes, values
from tests.conformance.runtime import run

OPSETS = range(OLDEST_OPSET, defs.onnx_opset_version() + 1)
RESIDUAL = "dup conv3 bn relu conv(3, bias=false) bn add relu"


def test_the_table_is_the_core_table() -> None:
    emitted = {spec.id for spec in CORE if spec.moves is None and not spec.spells}
    assert set(EMITTERS) == emitted


# Names and axes


def test_letters_become_dynamic_axes() -> None:
    proto = model(graph("conv(3, stride=2)", "N,4,H,9"))
    assert values(proto.graph.input) == {"x": ["N", 4, "H", 9]}
    assert values(proto.graph.output) == {"out": ["N", 4, "ceil(H/2)", 5]}


def test_equal_sizes_have_equal_names() -> None:
    proto = model(graph("dup { conv(3, stride=2) }*2 swap conv(5, stride=4) out 2"))
    first, second = values(proto.graph.output).values()
    assert first == second == ["N", 4, "ceil(H/4)", "ceil(W/4)"]


def test_a_batch_may_be_a_number() -> None:
    assert values(model(graph("relu", "3,4,L")).graph.input) == {"x": [3, 4, "L"]}


def test_typed_inputs_keep_names_and_expressions() -> None:
    text = "in low(8, H, W) skip(4, 2*H, 2*W); low upsample2 skip cat"
    proto = model(prepare(snap.lower(text)))
    assert values(proto.graph.input) == {
        "low": ["N", 8, "H", "W"],
        "skip": ["N", 4, "2*H", "2*W"],
    }
    assert values(proto.graph.output) == {"out": ["N", 12, "2*H", "2*W"]}


def test_nodes_are_named_by_path_and_weights_by_state_dict_key() -> None:
    proto = model(graph("def cbr { conv(3, bias=false) bn relu } cbr cbr"))
    assert [name for name, _ in nodes(proto)] == [
        "cbr1.conv1",
        "cbr1.bn1",
        "cbr1.relu1",
        "cbr2.conv1",
        "cbr2.bn1",
        "cbr2.relu1",
    ]
    assert [w.name for w in proto.graph.initializer][:5] == [
        "cbr1.conv1.weight",
        "cbr1.bn1.weight",
        "cbr1.bn1.bias",
        "cbr1.bn1.running_mean",
        "cbr1.bn1.running_var",
    ]
    assert list(proto.graph.node[1].output) == ["cbr1.bn1"]
    assert list(proto.graph.node[-1].output) == ["out"]


def test_helper_nodes_stand_below_their_instance() -> None:
    assert nodes(model(graph("ln relu"))) == [
        ("ln1/Transpose", "Transpose"),
        ("ln1/LayerNormalization", "LayerNormalization"),
        ("ln1", "Transpose"),
        ("relu1", "Relu"),
    ]


def test_initializers_are_the_state_dict_without_counters() -> None:
    block = graph("conv3 bn gn2 prelu scale mhsa2 linear(out=3)")
    found = {w.name: tuple(w.dims) for w in model(block).graph.initializer if "(" not in w.name}
    wanted = {k: v.shape for k, v in initial(block).items() if not k.endswith("_tracked")}
    assert found == wanted
    assert found["linear1.weight"] == (3, 4)


def test_outputs_that_are_inputs_or_repeated_pass_through_identity() -> None:
    proto = model(graph("in x; x relu -> y out x y y x", "N,4,H,W"))
    onnx.checker.check_model(proto, full_check=True)
    assert list(values(proto.graph.output)) == ["x_2", "y", "y_2", "x_3"]
    data = np.random.default_rng(0).standard_normal((1, 4, 2, 2), dtype=np.float32)
    positive = np.maximum(data, 0)
    for found, wanted in zip(run(proto, data), (data, positive, positive, data), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_names_that_meet_stay_apart() -> None:
    proto = model(graph("in conv1 out1; conv1 conv3 out1 conv3 out 2", "N,4,H,W"))
    onnx.checker.check_model(proto, full_check=True)
    made = [name for node in proto.graph.node for name in node.output]
    everything = [*values(proto.graph.input), *made, *(w.name for w in proto.graph.initializer)]
    assert len(set(everything)) == len(everything)


def test_conditions_are_written_down() -> None:
    proto = model(graph("dup conv(3, stride=2) upsample2 add"))
    assert "Sizes must meet: " in proto.graph.doc_string
    assert "H" in proto.graph.doc_string
    assert model(graph("relu")).graph.doc_string == ""


def test_the_producer_is_named() -> None:
    proto = model(graph("relu"))
    assert (proto.producer_name, proto.producer_version) == ("snaplang", snap.__version__)
    assert proto.graph.name


# Training-only ops


def test_dropout_is_dropout_and_the_rest_is_in_the_metadata() -> None:
    proto = model(graph("dropout(0.3) droppath(0.2) noise(0.1) relu"))
    assert nodes(proto) == [
        ("dropout1", "Dropout"),
        ("droppath1", "Identity"),
        ("noise1", "Identity"),
        ("relu1", "Relu"),
    ]
    records = [json.loads(e.value) for node in proto.graph.node for e in node.metadata_props]
    assert [(r["op"], r["inputs"], r["attrs"]) for r in records] == [
        ("dropout", ["x"], {"p": 0.3}),
        ("droppath", ["dropout1"], {"p": 0.2}),
        ("noise", ["droppath1"], {"sigma": 0.1}),
        ("relu", ["noise1"], {"max": None}),
    ]
    (ratio,) = [w for w in proto.graph.initializer if w.name == proto.graph.node[0].input[1]]
    assert numpy_helper.to_array(ratio) == np.float32(0.3)


def test_dropout_of_everything_runs() -> None:
    """ONNX Runtime refuses a ratio of 1, even where it does nothing."""
    data = np.ones((1, 4, 2, 2), np.float32)
    np.testing.assert_array_equal(run(model(graph("dropout(1)")), data)[0], data)


def test_momentum_is_the_weight_of_the_old_statistics() -> None:
    (node,) = model(graph("bn(momentum=0.01)")).graph.node
    (momentum,) = [a.f for a in node.attribute if a.name == "momentum"]
    assert momentum == pytest.approx(0.99)


# Numbers that are easily lost


def test_zero_is_zero_on_infinities() -> None:
    data = np.full((1, 4, 2, 2), np.inf, np.float32)
    assert not run(model(graph("zero")), data)[0].any()


@pytest.mark.parametrize("opset", [OLDEST_OPSET, DEFAULT_OPSET, 21])
@pytest.mark.parametrize("text", ["gn2", "ln", "inorm"])
def test_norms_do_not_cancel_far_from_zero(text: str, opset: int) -> None:
    data = np.random.default_rng(0).standard_normal((2, 4, 5, 6)).astype(np.float32) + 200
    groups = {"gn2": (2, 2, 2, 60), "ln": (2, 4, 30), "inorm": (2, 4, 30)}[text]
    axis = 1 if text == "ln" else -1
    rows = data.astype(np.float64).reshape(groups if text != "gn2" else (2, 2, 60))
    centred = rows - rows.mean(axis, keepdims=True)
    wanted = centred / np.sqrt((centred**2).mean(axis, keepdims=True) + 1e-5)
    found = run(model(graph(text), opset=opset), data)[0]
    np.testing.assert_allclose(found.ravel(), wanted.ravel(), atol=1e-4)


# Opsets


@pytest.mark.parametrize("opset", OPSETS)
def test_each_opset_is_declared_with_its_oldest_ir(opset: int) -> None:
    proto = model(graph(RESIDUAL), opset=opset)
    assert [(entry.domain, entry.version) for entry in proto.opset_import] == [("", opset)]
    assert proto.ir_version == helper.find_min_ir_version_for(proto.opset_import)
    onnx.checker.check_model(proto, full_check=True)


@pytest.mark.parametrize("opset", [0, OPSETS[0] - 1, OPSETS[-1] + 1])
def test_other_opsets_are_refused(opset: int) -> None:
    with pytest.raises(SnapError) as caught:
        model(graph("relu"), opset=opset)
    (found,) = caught.value.diagnostics
    assert found.code == "E711"
    assert found.message == f"opset {opset} is not supported"
    assert str(OPSETS[0]) in str(found.hint) and str(OPSETS[-1]) in str(found.hint)


def test_gelu_is_one_node_where_onnx_has_it() -> None:
    assert nodes(model(graph("gelu"), opset=20)) == [("gelu1", "Gelu")]
    assert "Erf" in [kind for _, kind in nodes(model(graph("gelu"), opset=19))]


# Weights


def test_same_arguments_same_bytes() -> None:
    first, second = (model(graph(RESIDUAL), seed=5).SerializeToString() for _ in range(2))
    assert first == second
    assert model(graph(RESIDUAL), seed=6).SerializeToString() != first


def test_bytes_do_not_depend_on_hashing() -> None:
    script = (
        "import sys, hashlib, snaplang as s; from snaplang.graph.specialize import prepare;"
        "from snaplang.backends.onnx import encoded;"
        f"g = prepare(s.lower({RESIDUAL!r}, inputs=['N,4,H,W']));"
        "print(hashlib.sha256(encoded(g)).hexdigest())"
    )
    results = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(results) == 1


@pytest.mark.parametrize("text", [RESIDUAL, "", "relu", "droppath(0.5)", "conv(1, out=300)"])
@pytest.mark.parametrize("given_", [False, True])
def test_encoded_is_the_model_byte_for_byte(text: str, given_: bool) -> None:
    block = graph(text)
    weights = {k: v + 1 for k, v in initial(block, 3).items()} if given_ else None
    assert encoded(block, weights, seed=4) == model(block, weights, 4).SerializeToString()


def test_encoded_holds_the_weights_once() -> None:
    block = graph("{ conv(3) }*20", "N,128,H,W")
    size = sum(array.nbytes for array in initial(block).values())
    encoded(graph("conv1"))  # what is loaded once does not count
    tracemalloc.start()
    data = encoded(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(data) > size
    assert peak < 1.5 * size


@given(st.integers(0, 2**40), st.integers(1, 15))
def test_frames_are_protobuf(length: int, number: int) -> None:
    """Decoded by hand: a key, then a length in groups of seven bits, the lowest first."""
    key, *rest = frame(number, length)
    assert key == number << 3 | 2
    assert sum((byte & 127) << 7 * i for i, byte in enumerate(rest)) == length
    assert [byte > 127 for byte in rest] == [True] * (len(rest) - 1) + [False]


def test_given_weights_are_used_whatever_holds_them() -> None:
    block = graph("linear(out=2)", "N,4")
    matrix = np.arange(8, dtype=np.float64).reshape(2, 4)
    weights = {
        "linear1.weight": torch.nn.Parameter(torch.from_numpy(matrix).to(torch.bfloat16)),
        "linear1.bias": [1.0, 2.0],
    }
    data = np.ones((1, 4), np.float32)
    np.testing.assert_allclose(run(model(block, weights), data)[0], [[7, 24]])


def test_given_weights_must_fit() -> None:
    with pytest.raises(SnapError) as caught:
        model(graph("conv3"), {"conv1.weight": np.zeros((4, 4, 3, 3))})
    assert code_of(caught) == {"E721"}


def test_a_model_beyond_the_limit_is_refused_at_once() -> None:
    for function in (model, encoded):
        with pytest.raises(SnapError) as caught:
            function(graph("conv3", "N,9000,H,W"))
        assert code_of(caught) == {"E713"}
    with pytest.raises(SnapError) as caught:
        model(graph("inorm", "N,900000000,H,W"))
    assert code_of(caught) == {"E713"}


# Generated programs

_OPS = st.sampled_from(
    ["relu", "conv3", "conv(2, stride=2)", "bn", "dup add", "dup tanh cat conv1", "split2 swap cat",
     "gn2", "ln", "dup zero max", "maxpool2", "shift5", "shuffle2", "dup gap sigmoid mul"]
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(_OPS, max_size=6), st.sampled_from(OPSETS))
def test_whatever_is_well_typed_is_a_valid_model(ops: list[str], opset: int) -> None:
    proto = model(graph(" ".join(ops), "N,8,H,W"), opset=opset)
    onnx.checker.check_model(proto, full_check=True)
    onnx.shape_inference.infer_shapes(proto, strict_mode=True, data_prop=True)


# Imports


@pytest.mark.parametrize("extra", ["", "import torch;"])
def test_torch_is_not_imported(extra: str) -> None:
    """And the check would notice: with `extra` it is."""
    script = f"{extra}import sys, snaplang.backends.onnx; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == str(bool(extra)), done.stderr
