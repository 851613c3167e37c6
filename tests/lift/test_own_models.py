"""Our own ONNX files: each lifts to the very graph it came from, and claims are checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import snaplang as snap
from snaplang.ops import remove
from tests.lift.round_trip import bare, case, computes_the_same, outcome

MAPS = ["N,8,H,W"]


def program_of(model: onnx.ModelProto) -> str:
    """What a model lifts to, without its input."""
    return snap.format(snap.from_onnx(model)).partition("; x ")[2].strip()


def record_of(node: onnx.NodeProto) -> dict[str, object]:
    """What a node says of itself."""
    (entry,) = node.metadata_props
    found: dict[str, object] = json.loads(entry.value)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_come_back(seed: int) -> None:
    """The twenty thousand of `python -m tests.lift.round_trip 20000`, in small."""
    _, graph, model = case(seed)
    assert outcome(graph, model) == "same"
    if seed % 4 == 0:
        assert computes_the_same(graph, model) is not False


@pytest.mark.parametrize(
    "text",
    [
        "shuffle2 relu",
        "shuffle2 shuffle4 bn",
        "shuffle2 ln",
        "shuffle8 conv1",
        "shift9 crop(2x0) zero conv3",
        "dup zero swap gap zero mul",
        "leaky(0.123456789012345)",
        "elu(1/3) gn(2, eps=1/3)",
        "dropout(1) droppath(1) noise(1e-12)",
        "dup conv1 gap swap like(linear)",
        "relu(0) relu0 mul1 cat1 split1 identity",
        "flatten linear8 flatten",
    ],
)
def test_order_and_numbers_are_kept(text: str) -> None:
    graph = snap.lower(text, inputs=["N,8,12,12"])
    lifted = snap.from_onnx(snap.to_onnx(graph))
    assert [(n.op, n.attrs, n.path) for n in lifted.nodes] == [
        (n.op, n.attrs, n.path) for n in graph.nodes
    ]
    assert replace(lifted, output_names=()) == graph


@pytest.mark.parametrize("text", ["in x(8, H, 2*H); x zero", "in x(4, lambda/2); x zero"])
def test_sizes_of_inputs_come_back_as_they_are_written(text: str) -> None:
    for shapes in (None, ["N,8,4,8"] if "2*H" in text else ["N,4,6"]):
        graph = snap.lower(text, inputs=shapes)
        lifted = snap.from_onnx(snap.to_onnx(graph))
        assert lifted.inputs[0].written == graph.inputs[0].written
        assert snap.fingerprint(lifted) == snap.fingerprint(graph)
        assert lifted.conditions == tuple(graph.conditions)


def test_sizes_that_do_not_fit_are_not_believed() -> None:
    model = snap.to_onnx("in x(8, H, 2*H); x zero", inputs=["N,8,4,8"])
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 6
    assert snap.from_onnx(model).inputs[0].written is None
    model.graph.input[0].metadata_props[0].value = "H,;"
    assert snap.from_onnx(model).inputs[0].written is None
    model = snap.to_onnx("in x(8, H, H); x zero")
    model.graph.input[0].type.tensor_type.shape.dim[3].dim_param = "2*floor(H/2)"
    assert snap.from_onnx(model).inputs[0].written is None


# Claims


def _another_op(model: onnx.ModelProto) -> None:
    model.graph.node[0].op_type = "Tanh"


def _another_attribute(model: onnx.ModelProto) -> None:
    model.graph.node[1].attribute[0].f = 0.5


def _another_constant(model: onnx.ModelProto) -> None:
    (cap,) = (w for w in model.graph.initializer if w.name == "number(6.0)")
    cap.CopyFrom(numpy_helper.from_array(np.asarray(5, np.float32), cap.name))


def _another_reader(model: onnx.ModelProto) -> None:
    """Somebody reads what is inside of the silu."""
    (gate,) = (n for n in model.graph.node if n.op_type == "Sigmoid")
    model.graph.node[-1].input[0] = gate.output[0]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (_another_op, "tanh leaky relu6 silu identity"),
        (_another_attribute, "relu leaky(0.5) relu6 silu identity"),
        (_another_constant, "relu leaky relu5 silu identity"),
        (_another_reader, "relu leaky relu6 sigmoid"),
    ],
)
def test_what_was_changed_is_read_as_it_is(
    change: Callable[[onnx.ModelProto], None], wanted: str
) -> None:
    model = snap.to_onnx("relu leaky relu6 silu identity", inputs=MAPS)
    assert program_of(model) == "relu leaky relu6 silu identity"
    change(model)
    found = snap.from_onnx(model)
    assert snap.explain_difference(found, snap.lower(wanted, inputs=MAPS)) is None


def test_an_identity_that_became_something_is_no_droppath() -> None:
    model = snap.to_onnx("droppath(0.2) noise(0.1)", inputs=MAPS)
    assert program_of(model) == "droppath(0.2) noise(0.1)"
    model.graph.node[0].op_type = "Relu"
    assert program_of(model) == "relu noise(0.1)"


@pytest.mark.parametrize(
    "claim",
    [
        {"op": "tanh"},
        {"op": "nobody/knows/1"},
        {"op": "dup"},
        {"op": "dwconv"},
        {"attrs": {"max": 6.0}},
        {"attrs": {"max": -1}},
        {"attrs": {"max": [1]}},
        {"attrs": {"k": 3}},
        {"inputs": []},
        {"inputs": ["out"]},
        {"inputs": ["nothing"]},
        {"inputs": ["x", "x"]},
        {"outputs": []},
        {"outputs": ["x"]},
        {"outputs": ["elsewhere"]},
        {"nodes": 0},
        {"nodes": 2},
        {"nodes": 10**12},
        {"nodes": True},
        {"path": ""},
        {"path": 1},
    ],
)
def test_claims_that_are_false_count_for_nothing(claim: dict[str, object]) -> None:
    model = snap.to_onnx("relu", inputs=MAPS)
    (node,) = model.graph.node
    entry = node.metadata_props[0]
    entry.value = json.dumps({**record_of(node), **claim})
    assert program_of(model) == "relu"
    for nonsense in ("", "[]", "{", "[" * 10_000, json.dumps(record_of(node))[:-3] + ",1}"):
        entry.value = nonsense
        assert program_of(model) == "relu"


@pytest.mark.parametrize("pads", [[], [[1]], [[1, 1.5]], [[-1, -1]], [[1, 1], [2, 2], [3, 3]], 1])
def test_pads_that_no_window_has(pads: object) -> None:
    model = snap.to_onnx("conv3", inputs=MAPS)
    (node,) = model.graph.node
    said = record_of(node)
    said["attrs"] = {**said["attrs"], "pad": pads}  # type: ignore[dict-item]
    node.metadata_props[0].value = json.dumps(said)
    assert program_of(model) == "conv3"


def test_a_part_may_be_somebody_elses() -> None:
    """A node put in the middle takes nothing from those around it."""
    model = snap.to_onnx("droppath(0.2) shuffle2 relu shuffle2 droppath(0.3)", inputs=MAPS)
    place = next(i for i, n in enumerate(model.graph.node) if n.op_type == "Relu")
    model.graph.node[place].CopyFrom(
        helper.make_node("Tanh", model.graph.node[place].input, model.graph.node[place].output)
    )
    assert program_of(model) == "droppath(0.2) shuffle2 tanh shuffle2 droppath(0.3)"


def test_results_are_in_order() -> None:
    model = snap.to_onnx("split2 -> b -> a  b relu a tanh cat", inputs=MAPS)
    wanted = snap.from_onnx(model)
    entry = model.graph.node[0].metadata_props[0]
    said = json.loads(entry.value)
    entry.value = json.dumps({**said, "outputs": said["outputs"][::-1]})
    assert snap.equivalent(snap.from_onnx(model), wanted)


def test_counts_of_inputs_are_checked() -> None:
    model = snap.to_onnx("in 3 add3", inputs=MAPS * 3)
    entry = model.graph.node[0].metadata_props[0]
    entry.value = entry.value.replace('"n":3', '"n":2')
    assert snap.equivalent(snap.from_onnx(model), "in 3 add3")


def test_half_precision_weights_come_along() -> None:
    model = snap.to_onnx("conv3 droppath(0.2)", inputs=MAPS)
    for weight in model.graph.initializer:
        half = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(half, weight.name))
    assert program_of(model) == "conv3 droppath(0.2)"


def test_ops_of_users_come_back() -> None:
    def emit(site: object) -> str:
        (x,) = site.inputs  # type: ignore[attr-defined]
        return str(site.op("Mul", x, site.op("Sin", x)))  # type: ignore[attr-defined]

    spec = snap.op(
        "me/wave/1", torch="def wave(x, inputs): return x", params={"inputs": 1.5}, onnx=emit
    )
    try:
        model = snap.to_onnx("relu wave(0.25) relu", inputs=MAPS)
        assert program_of(model) == "relu wave(0.25) relu"
        snap.op(
            "me/wave/1",
            torch="def wave(x): return x",
            onnx=lambda site: site.op("Cos", *site.inputs),
            replaces=True,
        )
        with pytest.raises(snap.SnapError, match="the table lacks"):
            snap.from_onnx(model)  # another emitter: these are not its nodes
    finally:
        remove(spec)
    with pytest.raises(snap.SnapError, match="the table lacks"):
        snap.from_onnx(model)


# Without their metadata, as foreign tools leave them


@pytest.mark.parametrize(
    "text",
    [
        "shuffle2 relu",
        "shuffle2 shuffle4 relu",
        "shuffle2 shuffle4",  # together nothing, and still two
        "shuffle2 ln softmax",
        "shuffle4 bn linear",
        "shuffle4 gn2",
        "shuffle2 conv3",
        "dup shuffle2 scale add",
        "flatten shuffle2 relu",
        "zero conv3 relu",
        "dup zero bn gap mul",
        "zero sigmoid zero",
        "linear4 zero dropout(0.1) cat1 gelu",
        "linear4 zero",
        "shift3 relu shift(-2)",
        "zero gap flatten linear",
        "flatten split2 add",
        "flatten split4 cat4 shuffle2",
        "dup zero cat",
        "mhsa2 shuffle2 mhsa4",
        "split2 shift3 add",
        "crop1x0 shift(-2)",
    ],
)
@pytest.mark.parametrize("shape", ["N,8,8,6", "N,8,H,W"])
def test_models_without_metadata_lift_too(text: str, shape: str) -> None:
    graph = snap.lower(text, inputs=[shape])
    lifted = snap.from_onnx(bare(snap.to_onnx(graph)))
    wanted = snap.lower(text.replace(" cat1", ""), inputs=[shape])
    assert snap.explain_difference(lifted, wanted, level="structure") is None
    assert list(lifted.state or {}) == [
        f"{n.key}.{w.name}" for n in graph.nodes for w in graph.weights(n) if not w.whole
    ]


def test_sizes_of_a_tensor_that_only_gives_them() -> None:
    text = "dup tconv(2, stride=2) like(linear)"
    lifted = snap.from_onnx(bare(snap.to_onnx(text, inputs=MAPS)))
    assert snap.equivalent(lifted, text)


@pytest.mark.parametrize("seed", range(20))
def test_random_models_without_metadata_compute_the_same(seed: int) -> None:
    _, graph, model = case(seed)
    assert computes_the_same(graph, bare(model)) is not False


@pytest.mark.parametrize("types", ["8, H + K", "8, H + K, W", "8, 3, H + K", "8, H + K, H"])
def test_sizes_come_back_as_they_were_typed(types: str) -> None:
    graph = snap.lower(f"in x({types}); x zero")
    again = snap.from_onnx(snap.to_onnx(graph))
    assert again.inputs == graph.inputs
    assert snap.fingerprint(again) == snap.fingerprint(graph)
