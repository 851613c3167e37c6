"""The examples: their headers tell the truth, and every backend agrees on what they compute."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

import snaplang as snap
from snaplang.dims import dim, substitute
from snaplang.graph import Graph
from snaplang.graph.specialize import prepare
from snaplang.graph.weights import expected, sizes
from snaplang.lowering.lower import block_names
from snaplang.torch import Block
from tests.conformance.runtime import run
from tests.conformance.samples import Array, distance
from tests.support.examples import CLAIMS, EXAMPLES, FOLDER, ROOT, Claim, claims, header

# What torchvision counts at 1000 classes, and its multiply-accumulates at 224x224 in thousands of
# millions; for DARTS and NAS-Bench-201 what their authors' code prints, for U-Net the usual port's.
PUBLISHED = {
    "resnet18": (11_689_512, 1.814),
    "resnet50": (25_557_032, 4.089),
    "mobilenet_v2": (3_504_872, 0.301),
    "densenet121": (7_978_856, 2.834),
    "shufflenet_v2": (2_278_604, 0.145),
    "efficientnet_b0": (5_288_548, 0.386),
    "convnext_tiny": (28_589_128, 4.456),
    "darts_v2": (3_349_342, None),
    "unet": (31_037_698, None),
}


def of(kind: str) -> list[Claim]:
    """The claims of a kind."""
    return [claim for claim in CLAIMS if claim.kind == kind]


def program_of(path: Path) -> str:
    """A name for a test of a file."""
    return path.relative_to(FOLDER).with_suffix("").as_posix()


@pytest.mark.parametrize("path", EXAMPLES, ids=program_of)
def test_headers_say_what_it_is_where_from_and_what_it_costs(path: Path) -> None:
    lines = header(path)
    assert re.fullmatch(r"# [A-Z].+", lines[0])
    assert sum(line.startswith("# Source: ") for line in lines) == 1
    counted = {claim.block for claim in claims(path) if claim.kind == "Parameters"}
    blocks = block_names(snap.parse(path))
    assert counted == (set(blocks) if len(blocks) > 1 else {None})
    assert all(len(line) <= 100 for line in path.read_text("utf-8").split("\n"))


@pytest.mark.parametrize("path", EXAMPLES, ids=program_of)
def test_examples_are_well_set(path: Path) -> None:
    assert snap.format(path) == path.read_text("utf-8")


@pytest.mark.parametrize("path", EXAMPLES, ids=program_of)
def test_examples_check_without_any_option(path: Path) -> None:
    for block in block_names(snap.parse(path)):
        assert snap.lower(path, block=block).outputs


@pytest.mark.parametrize("claim", of("Parameters"), ids=str)
def test_parameters(claim: Claim) -> None:
    assert f"{snap.stats(claim.graph()).params:,}" == claim.written


@pytest.mark.parametrize("claim", of("MACs"), ids=str)
def test_multiply_accumulates(claim: Claim) -> None:
    macs = snap.stats(claim.graph()).macs
    assert macs is not None
    assert f"{macs / 1e9:.{claim.decimals}f}" == claim.written


@pytest.mark.parametrize("claim", of("Members"), ids=str)
def test_members_of_spaces(claim: Claim) -> None:
    open_ = claim.graph().open_choices
    assert open_ and all(choice.within is None for choice in open_)
    assert f"{math.prod(len(choice.alternatives) for choice in open_):,}" == claim.written


def test_every_space_counts_its_members() -> None:
    assert {c.path for c in of("Members")} == set(FOLDER.glob("spaces/*.snap"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("networks/*.snap")), ids=program_of)
def test_networks_cost_what_is_published(path: Path) -> None:
    params, macs = PUBLISHED[path.stem]
    found = {claim.kind: claim.number for claim in claims(path)}
    assert found["Parameters"] == params
    assert macs is None or found["MACs"] == macs


@pytest.mark.parametrize("choose", ["2,3,1,0,4,3", "0,0,0,0,0,2", "4,2,2,3,3,1"])
def test_nas_bench_201_counts_as_the_benchmark_does(choose: str) -> None:
    path = FOLDER / "spaces/nb201.snap"
    ops = [int(op) for op in choose.split(",")]
    wanted = 73_306 + 28_000 * ops.count(2) + 243_040 * ops.count(3)
    assert snap.stats(path, block="network", choose=choose).params == wanted


def test_the_darts_space_holds_the_cell_that_darts_found() -> None:
    claim = next(c for c in of("Parameters") if c.path.stem == "darts_cell")
    cell = snap.lower(FOLDER / "darts_v2.snap", block="normal")
    assert _ops(claim.graph()) == _ops(cell)


def _ops(graph: Graph) -> list[tuple[str, object, tuple[int, ...]]]:
    """The ops and their wiring, without identities."""
    number = {value: value for value in range(len(graph.inputs))}
    found: list[tuple[str, object, tuple[int, ...]]] = []
    for node in graph.nodes:
        inputs = tuple(number[value] for value in node.inputs)
        if node.op.name == "identity":
            number[node.outputs[0]] = inputs[0]
            continue
        found.append((node.op.id, node.attrs, inputs))
        number[node.outputs[0]] = len(graph.inputs) + len(found)
    return found


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("efficientnet_b0", [Fraction(i, 80) for i in (2, 4, 6, 7, 9, 10, 12, 13, 14)]),
        ("convnext_tiny", [Fraction(i, 170) for i in range(18)]),
    ],
)
def test_stochastic_depth_grows_with_depth(name: str, wanted: list[Fraction]) -> None:
    graph = snap.lower(FOLDER / f"networks/{name}.snap")
    found = [node.attrs.real("p") for node in graph.nodes if node.op.name == "droppath"]
    assert found == [float(p) for p in wanted]


def _inputs(graph: Graph, side: int) -> list[Array]:
    """Two samples, letters of sizes replaced by `side`."""
    random = np.random.default_rng(0)
    found = []
    for shape in graph.input_shapes():
        letters = {name: dim(side) for size in shape.spatial for name in size.letters()}
        sizes = [substitute(size, letters).whole() for size in (shape.channels, *shape.spatial)]
        found.append(random.standard_normal((2, *(s or 0 for s in sizes)), dtype=np.float32))
    return found


def _weights(graph: Graph) -> dict[str, Array]:
    """Weights that keep numbers of one size through fifty layers, none at a neutral start."""
    random = np.random.default_rng(1)
    found: dict[str, Array] = {}
    for key, weight in expected(graph).items():
        shape = sizes(weight)
        if weight.whole:
            continue
        array = random.standard_normal(shape, dtype=np.float32)
        if len(shape) > 1:
            found[key] = array * np.float32(math.sqrt(2 / math.prod(shape[1:])))
        else:
            middle = 1 if weight.name in ("weight", "running_var") else 0
            found[key] = np.abs(middle + array * np.float32(0.1))
    return found


@pytest.mark.parametrize("claim", of("Parameters"), ids=str)
def test_torch_and_onnx_runtime_agree(claim: Claim) -> None:
    graph = prepare(claim.graph())
    inputs = _inputs(graph, 32 if claim.path.parent.name == "networks" else 8)
    weights = _weights(graph)
    block = Block(graph).eval()
    state = {key: torch.from_numpy(array) for key, array in weights.items()}
    missing = block.load_state_dict(state, strict=False)
    assert all(key.endswith("num_batches_tracked") for key in missing.missing_keys)
    with torch.no_grad():
        wanted = block(*map(torch.from_numpy, inputs)).numpy()
    assert wanted.std() > 0 or not weights
    assert distance(run(snap.to_onnx(graph, weights=weights), *inputs), [wanted]) < 1e-4


def test_the_docs_list_every_example() -> None:
    page = ROOT / "docs" / "reference" / "examples.md"
    rows = [line for line in page.read_text("utf-8").split("\n") if line]
    for path in EXAMPLES:
        name = path.relative_to(ROOT).as_posix()
        (row,) = (row for row in rows if f"`{name}`" in row)
        count = next(c for c in claims(path) if c.kind == "Parameters")
        assert f"| {count.written} |" in row
    assert sum("`examples/" in row for row in rows) == len(EXAMPLES)
