"""`snapc` on ONNX models: what programs can be asked, models can be asked too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file

import snaplang as snap
from snaplang.torch import Block
from tests.cli.test_cli import snapc

TEXT = "dup conv3 bn relu conv3 bn add relu"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "block.onnx"
    file.write_bytes(snap.to_onnx(TEXT, inputs=["N,8,H,W"], seed=4).SerializeToString())
    return file


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A model with an op that the table lacks."""
    proto = snap.to_onnx("conv3 tanh conv1", inputs=["N,8,H,W"])
    proto.producer_name = "someone"
    proto.graph.node[1].op_type = "Softsign"
    file = tmp_path / "odd.onnx"
    file.write_bytes(proto.SerializeToString())
    return file


def test_hash_and_equal(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, mine, _ = snapc("hash", str(model), capsys=capsys)
    _, text, _ = snapc("hash", "-e", TEXT, "--input", "N,8,H,W", capsys=capsys)
    assert mine.split()[0] == text.split()[0]
    code, out, _ = snapc("equal", "-e", TEXT, str(model), capsys=capsys)
    assert (code, out.split(":")[0]) == (0, "the same")
    code, out, _ = snapc("equal", str(model), "-e", "dup conv3 add", capsys=capsys)
    assert code == 1 and "they part at" in out


def test_suffixes_in_capitals(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loud = model.rename(model.with_suffix(".ONNX"))
    assert snapc("check", str(loud), capsys=capsys)[0] == 0


def test_emitting(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = snapc(str(model), "--emit", "snap", capsys=capsys)
    assert code == 0 and snap.equivalent(out, TEXT, inputs=None)
    for kind in ("torch", "dot", "mermaid", "json", "stats"):
        code, out, _ = snapc(str(model), "--emit", kind, capsys=capsys)
        assert code == 0 and out
    code, out, _ = snapc("check", str(model), capsys=capsys)
    assert code == 0 and "[N, 8, H, W] -> [N, 8, H, W]" in out


def test_weights_stay_with_the_model(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, weights, again = tmp_path / "b.py", tmp_path / "b.safetensors", tmp_path / "b.onnx"
    for target in (source, weights, again):
        assert snapc(str(model), "-o", str(target), capsys=capsys)[0] == 0
    block = Block(TEXT, channels=8)
    block.load_state_dict(load_file(weights), strict=False)
    first = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(model).graph.initializer}
    second = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(again).graph.initializer}
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    for name, tensor in block.state_dict().items():
        if name in first:
            assert torch.equal(tensor, torch.from_numpy(first[name].copy()))
    assert "class Program" in source.read_text() or "class Block" in source.read_text()


def test_a_model_is_not_overwritten(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = model.read_bytes()
    code, _, err = snapc(str(model), "--emit", "onnx", capsys=capsys)
    assert code == 2 and "overwrite" in err and model.read_bytes() == before


@pytest.mark.parametrize(
    "options", [("--input", "N,8,H,W"), ("--block", "b"), ("--set", "c=8"), ("--choose", "0")]
)
def test_options_for_programs(
    options: tuple[str, str], model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = snapc(str(model), "--emit", "stats", *options, capsys=capsys)
    assert code == 1 and "E818" in err and options[0] in err


@pytest.mark.parametrize("command", ["fmt", "count"])
def test_commands_for_programs(
    command: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = snapc(command, str(model), capsys=capsys)
    assert code == 1 and "E606" in err


def test_opaque(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = snapc("hash", str(odd), capsys=capsys)
    assert code == 1 and "E810" in err and "`Softsign`" in err
    code, out, _ = snapc("hash", "--opaque", str(odd), capsys=capsys)
    assert code == 0
    assert snapc("hash", "--opaque", str(odd), capsys=capsys)[1] == out
    assert snapc("equal", "--opaque", str(odd), str(odd), capsys=capsys)[0] == 0
    assert snapc(str(odd), "--opaque", "--emit", "dot", capsys=capsys)[0] == 0
    for kind, wanted in (("torch", "E904"), ("onnx", "E712"), ("snap", "E790")):
        out = str(odd.with_suffix(".out"))
        code, _, err = snapc(str(odd), "--opaque", "--emit", kind, "-o", out, capsys=capsys)
        assert code == 1 and wanted in err and not Path(out).exists()


def test_notes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proto = snap.to_onnx("conv3", inputs=["N,8,H,W"])
    proto.producer_name = "pytorch"
    for old, new in (("conv1.weight", "onnx::Conv_7"), ("conv1.bias", "onnx::Conv_8")):
        for i, name in enumerate(proto.graph.node[0].input):
            proto.graph.node[0].input[i] = new if name == old else name
        for tensor in proto.graph.initializer:
            tensor.name = new if tensor.name == old else tensor.name
    file = tmp_path / "folded.onnx"
    file.write_bytes(proto.SerializeToString())
    _, _, err = snapc("hash", str(file), capsys=capsys)
    assert err.startswith("note: 1 convolution has weights that the exporter has computed")
