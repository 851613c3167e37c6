"""Bad models: a clear error with a code, quickly; nothing executed, nothing written."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

import snaplang as snap
from tests.lift.fuzz import changed, models, outcome

GOOD = snap.to_onnx("dup conv3 bn relu dwconv3 add", inputs=["N,8,H,W"]).SerializeToString()


def code_of(model: object, **options: bool) -> str:
    """The code that lifting something fails with; none where it does not."""
    try:
        snap.from_onnx(model, **options)  # type: ignore[arg-type]
    except snap.SnapError as error:
        assert len({d.code for d in error.diagnostics}) == 1
        assert str(error)
        return error.diagnostics[0].code
    return ""


def model(*nodes: onnx.NodeProto, weights: dict[str, np.ndarray] | None = None) -> onnx.ModelProto:
    """A model of some nodes from `x`, [N, 8, H, W], to `y`."""
    sizes: list[str | int | None] = ["N", 8, "H", "W"]
    graph = helper.make_graph(
        list(nodes),
        "bad",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, sizes)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])


def test_the_good_model_is_good() -> None:
    assert code_of(GOOD) == ""


@pytest.mark.parametrize("part", range(40))
def test_cut_short(part: int) -> None:
    """A prefix of a model is another model at best."""
    assert code_of(GOOD[: len(GOOD) * part // 40]) in ("E811", "E813", "E817")


@settings(max_examples=400)
@given(st.integers(0, 8 * len(GOOD) - 1), st.integers(0, 2**32))
def test_flipped_bits(bit: int, seed: int) -> None:
    """Any bit may be wrong, in the structure most of all; what is lifted is a whole graph."""
    data = bytearray(GOOD)
    data[bit // 8] ^= 1 << bit % 8
    choice = random.Random(seed)
    where = choice.choice([choice.randrange(300), choice.randrange(len(data) - 1500, len(data))])
    data[where] ^= 1 << choice.randrange(8)
    assert code_of(bytes(data)) in ("", "E810", "E811", "E812", "E813", "E814", "E817")


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_noise(data: bytes) -> None:
    assert code_of(data) in ("E811", "E813", "E817")


def test_files(tmp_path: Path) -> None:
    assert code_of(tmp_path / "missing.onnx") == "E601"
    assert code_of(tmp_path) == "E601"
    with pytest.raises(snap.SnapError, match="Is a directory"):
        snap.from_onnx(tmp_path)
    assert code_of("\0") == "E601"
    text = tmp_path / "text.onnx"
    text.write_text("dup conv3 add")
    assert code_of(text) == "E811"


def external(location: str, **entries: str) -> onnx.ModelProto:
    """A model whose weights are said to be in another file."""
    weight = np.ones((8, 8, 1, 1), np.float32)
    proto = model(helper.make_node("Conv", ["x", "w"], ["y"]), weights={"w": weight})
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=value)
    return proto


def test_external_data(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "data").write_bytes(np.full(64, 2, np.float32).tobytes())
    (tmp_path / "outside").write_bytes(bytes(256))
    (folder / "link").symlink_to(tmp_path / "outside")
    file = folder / "model.onnx"

    def code(location: str, **entries: str) -> str:
        file.write_bytes(external(location, **entries).SerializeToString())
        return code_of(file)

    assert code("data") == ""
    graph = snap.from_onnx(file)
    assert graph.state is not None and graph.state["conv1.weight"].max() == 2
    assert code("data", offset="0", length="256") == ""
    for location in ("missing", "../outside", str(tmp_path / "outside"), "link", "", "a\0b", "."):
        assert code(location) == "E812", location
    assert code("data", offset="8") == "E812"
    assert code("data", offset="-1") == "E812"
    assert code("data", length="12") == "E812"
    assert code("data", offset="x") == "E812"
    assert code_of(external("data")) == "E812"  # no file, no folder
    assert sorted(p.name for p in folder.iterdir()) == ["data", "link", "model.onnx"]


def test_claims_of_many_gigabytes() -> None:
    huge = onnx.TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2**31, 2**20, 1, 1])
    proto = model(helper.make_node("Conv", ["x", "w"], ["y"]))
    proto.graph.initializer.append(huge)
    assert code_of(proto) == "E811"
    proto.graph.initializer[0].raw_data = bytes(64)
    assert code_of(proto) == "E811"
    claim = b"\x3a" + b"\xff\xff\xff\xff\x07" + GOOD  # a graph of 2 GB, says its header
    assert code_of(claim) == "E811"
    whole = np.array([2**40], np.int64)
    fill = helper.make_node("ConstantOfShape", ["n"], ["z"])
    add = helper.make_node("Add", ["x", "z"], ["y"])
    assert code_of(model(fill, add, weights={"n": whole})) in ("E810", "E813")
    row = [np.array(v, np.int64) for v in (0, 2**60, 1)]
    span = helper.make_node("Range", ["a", "b", "c"], ["z"])
    named = dict(zip("abc", row, strict=True))
    assert code_of(model(span, add, weights=named)) in ("E810", "E813")


def test_circles() -> None:
    one = helper.make_node("Add", ["x", "b"], ["a"])
    two = helper.make_node("Relu", ["a"], ["b"])
    last = helper.make_node("Relu", ["b"], ["y"])
    assert code_of(model(one, two, last)) == "E813"
    assert code_of(model(helper.make_node("Relu", ["y"], ["y"]))) == "E813"
    assert code_of(model(helper.make_node("Relu", ["nowhere"], ["y"]))) == "E813"
    assert code_of(model(helper.make_node("Relu", ["x"], ["z"]))) == "E813"  # no output


def test_functions_that_call_themselves() -> None:
    opset = [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)]
    call = helper.make_node("Again", ["a"], ["b"], domain="own")
    again = helper.make_function("own", "Again", ["a"], ["b"], [call], opset)
    proto = model(helper.make_node("Again", ["x"], ["y"], domain="own"))
    proto.functions.append(again)
    proto.opset_import.append(helper.make_opsetid("own", 1))
    assert code_of(proto) == "E813"


def test_functions_are_put_in_place() -> None:
    opset = [helper.make_opsetid("", 20)]
    body = [helper.make_node("Sigmoid", ["a"], ["s"]), helper.make_node("Mul", ["a", "s"], ["b"])]
    proto = model(helper.make_node("Swish", ["x"], ["y"], domain="own"))
    proto.functions.append(helper.make_function("own", "Swish", ["a"], ["b"], body, opset))
    proto.opset_import.append(helper.make_opsetid("own", 1))
    assert snap.equivalent(snap.from_onnx(proto), "silu")


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Conv", ["x", "w"], ["y"], strides=[0, 1]),
        helper.make_node("Conv", ["x", "w"], ["y"], pads=[1]),
        helper.make_node("Conv", ["x", "w"], ["y"], group=3),
        helper.make_node("Conv", ["x", "w"], ["y"], group=0),
        helper.make_node("Conv", ["x"], ["y"]),
        helper.make_node("Conv", [], ["y"]),
        helper.make_node("Gemm", ["x", "w"], ["y"]),
        helper.make_node("Transpose", ["x"], ["y"], perm=[0, 0, 1, 7]),
        helper.make_node("Concat", ["x", "x"], ["y"]),
        helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3]),
        helper.make_node("MaxPool", ["x"], ["y"]),
        helper.make_node("Reshape", ["x", "w"], ["y"]),
        helper.make_node("Slice", ["x", "w", "w"], ["y"]),
        helper.make_node("Resize", ["x", "", "w"], ["y"]),
        helper.make_node("Softmax", ["x"], ["y"], axis=9),
        helper.make_node("Cast", ["x"], ["y"]),
        helper.make_node("Add", ["x"], []),
    ],
    ids=lambda node: f"{node.op_type} {len(node.input)} {len(node.attribute)}",
)
def test_nodes_that_make_no_sense(node: onnx.NodeProto) -> None:
    proto = model(node, weights={"w": np.ones((4, 5, 1, 1), np.float32)})
    assert code_of(proto) in ("E810", "E813", "E817")
    assert code_of(proto, opaque=True) in ("", "E810", "E813", "E817")


def test_inputs_that_programs_cannot_have() -> None:
    relu = helper.make_node("Relu", ["x"], ["y"])
    proto = model(relu)
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
    assert code_of(proto) == "E817"
    proto = model(relu)
    proto.graph.input[0].type.tensor_type.ClearField("shape")
    assert code_of(proto) == "E817"
    proto = model(relu)
    del proto.graph.input[0].type.tensor_type.shape.dim[1:]
    assert code_of(proto) == "E817"
    proto = model(relu)
    del proto.graph.input[:]
    assert code_of(proto) in ("E813", "E817")
    constant = helper.make_node("Constant", [], ["y"], value_float=1.0)
    assert code_of(model(constant)) == "E817"


def test_what_the_table_lacks_is_listed() -> None:
    proto = model(
        helper.make_node("Softplus", ["x"], ["a"], name="here"),
        helper.make_node("Mul", ["a", "two"], ["b"], name="there"),
        helper.make_node("Celu", ["x"], ["c"], name="elsewhere"),
        helper.make_node("Add", ["b", "c"], ["y"]),
        weights={"two": np.array(2, np.float32)},
    )
    with pytest.raises(snap.SnapError) as caught:
        snap.from_onnx(proto)
    (diagnostic,) = caught.value.diagnostics
    notes = [note.text for note in diagnostic.notes]
    assert diagnostic.code == "E810"
    multiplied = "`mul` at `there`: a multiplication by 2"
    assert notes == ["`Softplus` at `here`", multiplied, "`Celu` at `elsewhere`"]


def test_sizes_that_cannot_be_computed_are_lacking_not_wrong() -> None:
    """A model that divides by a size is whole; the table has nothing for it."""
    proto = model(
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "two"], ["h"]),
        helper.make_node("Cast", ["h"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["f", "seven"], ["part"], name="by seven"),
        helper.make_node("Div", ["one", "f"], ["share"], name="share"),
        helper.make_node("Mul", ["x", "share"], ["a"]),
        helper.make_node("Mul", ["a", "part"], ["y"]),
        weights={"two": np.array(2), "one": np.array(1.0, "f"), "seven": np.array(7.0, "f")},
    )
    with pytest.raises(snap.SnapError) as caught:
        snap.from_onnx(proto)
    (diagnostic,) = caught.value.diagnostics
    names = {note.text.split(":")[0] for note in diagnostic.notes}
    assert diagnostic.code == "E810" and {"`Div` at `by seven`", "`Div` at `share`"} <= names
    assert snap.fingerprint(snap.from_onnx(proto, opaque=True))


def test_activations_of_constants_and_weights_made_of_sizes() -> None:
    """Sound ONNX of no use: lacking, and an instance without inputs has no program."""
    weight = np.random.default_rng(0).random((8, 8, 1, 1), np.float32)
    relu = helper.make_node("Relu", ["w"], ["v"], name="of a weight")
    proto = model(relu, helper.make_node("Mul", ["x", "v"], ["y"]), weights={"w": weight[:1]})
    for op in ("Relu", "LeakyRelu", "Gelu", "Elu", "HardSigmoid", "Clip", "Erf"):
        proto.graph.node[0].CopyFrom(helper.make_node(op, ["w"], ["v"], name="of a weight"))
        assert code_of(proto) == "E810"
        graph = snap.from_onnx(proto, opaque=True)
        assert snap.fingerprint(graph)
        with pytest.raises(snap.SnapError, match="E790"):
            snap.format(graph)
    proto = model(
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Add", ["x", "s"], ["y"]),
    )
    for axis in proto.graph.input[0].type.tensor_type.shape.dim[1:]:
        axis.dim_value = 4
    for kind in ("Add", "Mul", "PRelu"):
        proto.graph.node[1].op_type = kind
        assert code_of(proto) in ("E810", "E813")
        code_of(proto, opaque=True)


def test_batches_with_names_of_their_own_are_one() -> None:
    proto = model(helper.make_node("Add", ["x", "z"], ["y"]))
    proto.graph.input.append(
        helper.make_tensor_value_info("z", TensorProto.FLOAT, ["M", 8, "H", "W"])
    )
    graph = snap.from_onnx(proto)
    assert snap.equivalent(graph, "in x z; x z add")
    assert "the batches of `z` and `x` are taken to be one" in graph.notes


def test_a_token_for_each_sample_is_lacking() -> None:
    """A weight stretched to the batch, as exporters write class tokens."""
    proto = model(
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Slice", ["s", "zero", "one"], ["n"]),
        helper.make_node("Concat", ["n", "rest"], ["sizes"], axis=0),
        helper.make_node("Expand", ["token", "sizes"], ["t"], name="stretch"),
        helper.make_node("Concat", ["x", "t"], ["y"], axis=2),
        weights={
            "zero": np.array([0]), "one": np.array([1]), "rest": np.array([8, 1, 1]),
            "token": np.random.default_rng(0).random((1, 8, 1, 1), np.float32),
        },
    )  # fmt: skip
    proto.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 1
    with pytest.raises(snap.SnapError) as caught:
        snap.from_onnx(proto)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E810" and "`parameter` at `stretch`" in diagnostic.notes[0].text


def test_weights_in_two_places() -> None:
    weight = np.random.default_rng(0).standard_normal((8, 8, 1, 1)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "shared.weight"], ["a"]),
        helper.make_node("Conv", ["a", "shared.weight"], ["y"]),
    ]
    with pytest.raises(snap.SnapError) as caught:
        snap.from_onnx(model(*nodes, weights={"shared.weight": weight}))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E814" and len(diagnostic.notes) == 2
    # one constant for equal weights is the exporters' doing
    graph = snap.from_onnx(model(*nodes, weights={"shared.weight": np.ones_like(weight)}))
    assert len(graph.nodes) == 2 and "a copy each" in graph.notes[0]


# -- modules ---------------------------------------------------------------------------------------


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(self.conv(x))
        return out


class DependsOnData(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x


class Failing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError("not today")


def torch_code(module: object, *inputs: str) -> str:
    with pytest.raises(snap.SnapError) as caught:
        snap.from_torch(module, list(inputs))  # type: ignore[arg-type]
    return caught.value.diagnostics[0].code


def test_modules_that_cannot_be_lifted() -> None:
    assert torch_code(Twice(), "N,8,H,W") == "E814"
    assert torch_code(DependsOnData(), "N,8,H,W") == "E815"
    assert torch_code(Failing(), "N,8,H,W") == "E815"
    assert torch_code("no module", "N,8,H,W") == "E815"
    assert torch_code(nn.Softplus(), "N,8,H,W") == "E810"
    assert torch_code(nn.Conv2d(8, 8, 3)) == "E816"
    assert torch_code(nn.Conv2d(8, 8, 3), "N,8,H,W", "N,8,H,W") == "E816"
    assert torch_code(nn.Conv2d(8, 8, 3), "y=N,8,H,W") == "E816"
    assert torch_code(nn.Conv2d(8, 8, 3), "N,4,H,W") == "E813"
    assert torch_code(nn.Conv2d(8, 8, 3), "N;8") == "E501"


def test_lifting_changes_nothing_of_a_module() -> None:
    module = nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.Dropout(0.5)).train()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    snap.from_torch(module, ["N,8,H,W"])
    assert module.training
    for key, value in module.state_dict().items():
        assert torch.equal(value, before[key])


def test_a_short_run_of_the_fuzzer() -> None:
    start, chance = models(), random.Random(9)
    for _ in range(600):
        outcome(changed(chance.choice(start), chance), chance.random() < 0.5)
