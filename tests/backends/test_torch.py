"""Emitted PyTorch source: complete, true to its comments, readable, and able to stand alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import snaplang as snap
from snaplang.backends.torch import source
from snaplang.backends.torch.helpers import HELPERS
from snaplang.backends.torch.ops import EMITTERS
from snaplang.graph.weights import expected, sizes
from snaplang.ops import CORE
from tests.backends.emitted import checked, module, names_used
from tests.backends.sources import SOURCES
from tests.conformance.samples import Sample, samples

SAMPLES = [sample for sample in samples() if sample.dynamic]
NETWORKS = sorted((Path(__file__).parents[2] / "examples/networks").glob("*.snap"))


@pytest.mark.parametrize("name", SOURCES)
def test_people_get_to_read_this(name: str) -> None:
    text, inputs, wanted = SOURCES[name]
    assert source(snap.lower(text, inputs=inputs), name) == wanted


def test_the_table_covers_the_core_exactly() -> None:
    assert set(EMITTERS) == {spec.id for spec in CORE if not spec.moves and not spec.spells}


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_weights_have_the_names_shapes_and_starts_of_the_op_table(sample: Sample) -> None:
    torch.manual_seed(0)
    graph = sample.graph()
    found = module(source(graph, "Net"), "Net").state_dict()
    wanted = expected(graph)
    assert {key: tuple(t.shape) for key, t in found.items()} == {
        key: sizes(weight) for key, weight in wanted.items()
    }
    for key, weight in wanted.items():
        values, init = found[key].double(), weight.init
        if init.kind == "constant":
            assert (values - init.value()).abs().max() <= 1e-6 * abs(init.value())
        else:
            assert init.kind == "uniform"
            assert values.abs().max() <= init.value() * (1 + 1e-6)
            assert values.numel() < 20 or values.abs().max() >= init.value() * 0.7


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_comments_tell_the_shapes(sample: Sample) -> None:
    rewritten, comments = checked(source(sample.graph(), "Net"))
    net = module(rewritten, "Net", comments=comments).eval()
    for inputs in sample.runs():
        net(*map(torch.from_numpy, inputs))
    assert comments.seen >= 2


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_comments_in_whole_networks_tell_the_shapes(path: Path) -> None:
    graph = snap.lower(path, inputs=["N,3,H,W"])
    rewritten, comments = checked(source(graph, "Net"))
    net = module(rewritten, "Net", comments=comments).eval()
    net(torch.zeros(2, 3, 64 if graph.conditions else 67, 96))
    assert comments.seen > 50


def test_a_wrong_comment_would_be_found() -> None:
    rewritten, comments = checked(SOURCES["Net"][2].replace("ceil(H/stride)", "H"))
    with pytest.raises(AssertionError, match=r"out_channels, H, ceil\(W/stride\)\] is \(1, 64, 3"):
        module(rewritten, "Net", comments=comments)(torch.zeros(1, 16, 5, 5))


def _tidy(text: str) -> None:
    used = names_used(text)
    assert used.imported <= used.read
    assert set(used.defined[:-1]) <= used.read
    assert max(map(len, text.split("\n"))) <= 100
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert not any(line.endswith(" ") for line in text.split("\n"))


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_networks_are_tidy(path: Path) -> None:
    _tidy(source(snap.lower(path, inputs=["N,3,H,W"])))


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_samples_are_tidy(sample: Sample) -> None:
    _tidy(source(sample.graph()))


def test_helpers_come_along_only_where_they_are_used() -> None:
    text = source(snap.lower("droppath(0.1) scale", inputs=["N,8,H,W"]))
    assert names_used(text).defined == ["drop_path", "Scale", "Program"]
    assert {"drop_path", "Scale"} <= set(HELPERS)


def test_long_statements_are_broken() -> None:
    branches = " | ".join(["relu"] * 60)
    text = source(snap.lower(f"[ {branches} ] cat60 split60 add60", inputs=["N,8,H,W"]), "Wide")
    _tidy(text)
    x = torch.randn(1, 8, 2, 2)
    wanted = torch.cat([x.relu()] * 60, 1).chunk(60, 1)
    assert torch.allclose(module(text, "Wide")(x), torch.stack(wanted).sum(0), atol=1e-5)


ALONE = """
import sys, torch
sys.modules["snaplang"] = None  # an import of it would fail
sys.path[:] = [p for p in sys.path if p and "main" not in p.split("/")[-1:]]
namespace = {"__name__": "alone"}
exec(sys.stdin.read(), namespace)
net = namespace["Net"]()
print(tuple(net(torch.zeros(1, 16, 5, 5)).shape), sum(p.numel() for p in net.parameters()))
print([name for name in sys.modules if name.startswith(("snap", "lark", "onnx"))])
"""


def test_the_source_runs_where_only_torch_is_installed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE],
        input=SOURCES["Net"][2],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    count = sum(p.numel() for p in module(SOURCES["Net"][2], "Net").parameters())
    assert done.stdout == f"(1, 64, 3, 3) {count}\n['snaplang']\n"


def test_emitting_does_not_import_torch(tmp_path: Path) -> None:
    code = (
        "import sys, snaplang as snap\n"
        "assert 'nn.Conv2d(8, 8, 3' in snap.to_torch_source('conv3', inputs=['N,8,H,W'])\n"
        "print('torch' in sys.modules)\n"
        "import snaplang.torch\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\nTrue\n"  # and this test can fail


@pytest.mark.parametrize("name", ["class", "a b", "", "nn", "Exception", "1st"])
def test_a_class_name_that_python_does_not_take_is_an_error(name: str) -> None:
    graph = snap.lower("relu", inputs=["N,8,H,W"])
    with pytest.raises(snap.SnapError) as caught:
        source(graph, name)
    assert caught.value.diagnostics[0].code == "E730"
    assert "class Good(nn.Module)" in source(graph, "Good")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("res_net_18", "ResNet18"), ("_3d", "Block3d"), ("exception", "Exception_"), ("a", "A")],
)
def test_the_name_of_a_program_makes_a_class_name(name: str, wanted: str) -> None:
    graph = replace(snap.lower("relu", inputs=["N,8,H,W"]), name=name)
    assert names_used(source(graph)).defined == [wanted]


def test_open_choices_and_widths_are_errors() -> None:
    for text, code in (("<relu | tanh>", "E507"), ("conv3", "E508")):
        with pytest.raises(snap.SnapError) as caught:
            source(snap.lower(text))
        assert caught.value.diagnostics[0].code == code
