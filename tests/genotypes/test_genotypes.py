"""Published cells as programs: counts, tables, torch and ONNX, and data that is no cell.

`python -m tests.genotypes.test_genotypes TABLE.csv.gz` checks every row of the NAS-Bench-201 table.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

import snaplang as snap
from snaplang.genotypes.nb101 import vertex_channels
from snaplang.genotypes.nb201 import COUNT, arch
from snaplang.torch import Block
from tests.cli.test_cli import snapc
from tests.lift import published

CIFAR, IMAGENET = ["N,3,32,32"], ["N,3,224,224"]


def params(kind: str, data: Any, network: str = "cifar") -> int:
    """The parameters of a network."""
    program = snap.from_genotype(kind, data, network=network)
    found = snap.stats(program, inputs=CIFAR if network == "cifar" else IMAGENET).params
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize(
    ("kind", "data", "network", "count"),
    [
        ("darts", published.DARTS_V2, "cifar", 3_349_342),
        ("darts", published.DARTS_V2, "imagenet", 4_718_752),
        ("nb101", published.NB101, "cifar", 2_694_282),
    ],
)
def test_published_parameters(kind: str, data: Any, network: str, count: int) -> None:
    assert params(kind, data, network) == count


ROWS = {
    "DARTS-V1": ("darts", published.DARTS_V1),
    "DARTS-V2": ("darts", published.DARTS_V2),
    "NASNet-A, in DARTS's form": ("nasnet", published.NASNET),
    "AmoebaNet-A, in DARTS's form": ("amoebanet", published.AMOEBANET),
    "PNASNet-5": ("pnas", published.PNASNET),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_docs_have_the_parameters(name: str) -> None:
    """The table of docs/reference/genotypes.md."""
    counted = [f"{params(*ROWS[name], network):,}" for network in ("cifar", "imagenet")]
    row = f"| {name} | {' | '.join(counted)} |"
    assert row in Path("docs/reference/genotypes.md").read_text()


def test_the_shipped_example_is_what_is_imported() -> None:
    program = snap.from_genotype("darts", published.DARTS_V2, network="cifar")
    assert snap.equivalent(program, Path("examples/networks/darts_v2.snap"))
    cells = snap.from_genotype("darts", published.DARTS_V2)
    for block in ("normal", "reduction"):
        ours, theirs = (
            snap.lower(cells, block=block),
            snap.lower(Path("examples/darts_v2.snap"), block=block),
        )
        assert snap.equivalent(ours, theirs, level="structure")


# -- NAS-Bench-201 -----------------------------------------------------------------------------


def counts(text: str) -> tuple[int, int]:
    """Parameters and multiply-accumulates, by the rule of the table's notes."""
    one, three = text.count("nor_conv_1x1"), text.count("nor_conv_3x3")
    return (
        73_306 + 28_000 * one + 243_040 * three,
        7_783_040 + 3_932_160 * one + 35_389_440 * three,
    )


def check_cell(index: int) -> str:
    """Compare one cell's network with the rule; its string."""
    text = arch(index)
    stats = snap.stats(snap.from_genotype("nb201", text, network="cifar"), inputs=CIFAR)
    assert (stats.params, stats.macs) == counts(text), text
    return text


@pytest.mark.parametrize("start", range(0, COUNT, 1250))
def test_cells_of_nb201(start: int) -> None:
    for index in range(start, min(start + 1250, COUNT), 125):
        check_cell(index)


def test_indices_and_strings_of_nb201() -> None:
    assert len({arch(i) for i in range(COUNT)}) == COUNT
    first = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+"
    assert arch(0).startswith(first)
    assert snap.equivalent(
        snap.from_genotype("nb201", 0), snap.from_genotype("nb201", arch(0)), level="structure"
    )
    assert (
        snap.from_genotype("nb201", "1462").source.text
        == snap.from_genotype("nb201", 1462).source.text
    )


def test_the_shipped_space_has_the_imported_cells() -> None:
    space = snap.parse(Path("examples/spaces/nb201.snap"))
    names = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
    cell = (1, 0, 2, 3, 0, 4)
    ops = [names[i] for i in cell]
    text = f"|{ops[0]}~0|+|{ops[1]}~0|{ops[2]}~1|+|{ops[3]}~0|{ops[4]}~1|{ops[5]}~2|"
    member = snap.lower(space, block="cell", choose=cell)
    assert snap.equivalent(snap.from_genotype("nb201", text), member, level="structure")


# -- other encodings ---------------------------------------------------------------------------


def test_the_same_genotype_in_every_form() -> None:
    data = {
        "normal": [["sep_conv_3x3", 0], ["skip_connect", 1]],
        "normal_concat": [2],
        "reduce": [["max_pool_3x3", 1], ["none", 0]],
        "reduce_concat": [2],
    }
    genotype = namedtuple("genotype", "normal normal_concat reduce reduce_concat")
    forms: list[Any] = [
        data,
        json.dumps(data),
        repr(data),
        f"Genotype({', '.join(f'{k}={v!r}' for k, v in data.items())})",
        genotype(**data),
        {"normal": [[["sep_conv_3x3", 0], ["skip_connect", 1]]], "reduction": data["reduce"]},
        {"normal": [[0, "sep_conv_3x3", 1, "skip_connect"]], "reduce": data["reduce"]},
    ]
    texts = {snap.from_genotype("darts", form).source.text for form in forms}
    assert len(texts) == 1


def test_none_is_nothing_in_darts_and_the_identity_in_nasnet() -> None:
    data = {"normal": [["none", 0], ["sep_conv_3x3", 1]], "reduce": [["none", 0], ["none", 1]]}
    darts, nasnet = (snap.from_genotype(kind, data).source.text for kind in ("darts", "nasnet"))
    assert "s0 zero s1 sepconv3 add" in darts and "maxpool(1, stride=2) zero" in darts
    assert "s0 s1 sepconv3 add" in nasnet and "s0 facred s1 facred add" in nasnet


def test_nasnets_own_lists_count_states_from_the_last_cell() -> None:
    text = snap.from_genotype("pnas", published.PNASNET).source.text
    assert "s0 sepconv5 s0 maxpool3 add -> s2" in text
    assert "s1 sepconv7 s1 maxpool3 add -> s3" in text
    assert "s4 sepconv3 s1 maxpool3 add -> s5" in text


def test_channels_of_nb101_are_divided_as_in_the_benchmark() -> None:
    # three vertices reach the output: 128 = 43 + 43 + 42; the first vertex feeds the second
    matrix = [[0, 1, 1, 1, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0] * 5]
    assert vertex_channels(matrix, 128) == [0, 43, 43, 42, 0]
    ops = ["input", *["conv1x1-bn-relu"] * 3, "output"]
    text = snap.from_genotype("nb101", {"matrix": matrix, "ops": ops}).source.text
    assert "v1 split43 drop cat42 x cbr(1, out=42) add" in text
    assert params("nb101", [matrix, ops]) > 0


def test_arrays_and_files_are_data_too(tmp_path: Path) -> None:
    data = published.NB101
    arrays = {"module_adjacency": np.array(data["matrix"]), "module_operations": data["ops"]}
    file = tmp_path / "cell.json"
    file.write_text(json.dumps(data))
    texts = {snap.from_genotype("nb101", form).source.text for form in (data, arrays, file)}
    assert len(texts) == 1
    one, other = (snap.from_genotype("nb201", index) for index in (7, np.int64(7)))
    assert one.source.text == other.source.text


def test_nb101_prunes_what_leads_nowhere() -> None:
    matrix = [[0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0] * 4]
    ops = ["input", "conv3x3-bn-relu", "conv1x1-bn-relu", "output"]
    small = {
        "matrix": [[0, 1, 0], [0, 0, 1], [0] * 3],
        "ops": ["input", "conv1x1-bn-relu", "output"],
    }
    one, two = (snap.from_genotype("nb101", x) for x in ({"matrix": matrix, "ops": ops}, small))
    assert one.source.text == two.source.text


NETWORKS = [
    ("darts", published.DARTS_V1),
    ("darts", published.DARTS_V2),
    ("nasnet", published.NASNET),
    ("amoebanet", published.AMOEBANET),
    ("pnas", published.PNASNET),
    ("nb101", published.NB101),
    ("nb201", 1462),
]


@pytest.mark.parametrize(("kind", "data"), NETWORKS)
def test_networks_run_alike_in_torch_and_onnx_runtime(kind: str, data: Any) -> None:
    few = {"nb101": 1, "nb201": 1}.get(kind, 4)
    program = snap.from_genotype(kind, data, network="cifar", channels=8, cells=few)
    block = Block(program, inputs=["N,3,H,W"]).eval()
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        theirs = block(x).numpy()
    weights = {name: tensor.numpy() for name, tensor in block.state_dict().items()}
    model = snap.to_onnx(program, weights=weights, inputs=["N,3,H,W"])
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (ours,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    assert ours.shape == (2, 10)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("kind", "data"), NETWORKS[:5])
@pytest.mark.parametrize("cells", [1, 2, 3, 14])
def test_imagenet_networks_of_any_depth(kind: str, data: Any, cells: int) -> None:
    program = snap.from_genotype(kind, data, network="imagenet", channels=8, cells=cells)
    assert snap.lower(program, inputs=IMAGENET).shapes[-1].channels == 1000


# -- bad input ---------------------------------------------------------------------------------

CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)
BAD = [
    ("darts", "__import__('os').system('true')", "no plain data"),
    ("darts", "Genotype(normal=open('x'))", "no plain data"),
    ("darts", "Genotype(normal=[x for x in y])", "no plain data"),
    ("darts", "range(10**9)", "no plain data"),
    ("darts", "", "no plain data"),
    ("darts", "[" * 5000, "no plain data"),
    ("darts", "{'a': 1}", "no `normal` cell"),
    ("darts", {"normal": [["sep_conv_3x3", 0]], "reduce": []}, "each step takes two"),
    ("darts", {"normal": [["sep_conv_3x3", 2], ["none", 0]]}, "reads state 2"),
    ("darts", {"normal": [["sep_conv_3x3", -1], ["none", 0]]}, "reads state -1"),
    ("darts", {"normal": [["launch_missiles", 0], ["none", 0]]}, "no operation"),
    ("darts", {"normal": [["sep_conv_3x3", True], ["none", 0]]}, "no pair"),
    ("darts", {"normal": "sep_conv_3x3"}, "no list of pairs"),
    ("darts", {"normal": [["none", 0], ["none", 1]], "normal_concat": [9]}, "states are 0 to 2"),
    ("darts", 7, "a `normal` and a `reduce` cell"),
    ("darts", "x" * 200_000, "200,000 characters"),
    ("pnas", {"operations": ["none"], "hiddenstate_indices": [0, 1]}, "as many"),
    ("nb101", {"matrix": [[0, 1], [0, 0]]}, "a `matrix` and `ops`"),
    ("nb101", {"matrix": [[0, 1], [1, 0]], "ops": ["input", "output"]}, "only above"),
    ("nb101", {"matrix": [[0, 1, 0]] * 2, "ops": ["input", "output"]}, "2 by 2"),
    ("nb101", {"matrix": [[0, 0], [0, 0]], "ops": ["input", "output"]}, "nothing leads"),
    ("nb101", {"matrix": [[0] * 9] * 9, "ops": ["input"] * 9}, "at most 7"),
    ("nb201", 15_625, "no cell 15625"),
    ("nb201", -1, "no cell -1"),
    ("nb201", "|none~0|+|none~5|", "comes later"),
    ("nb201", "|rm -rf~0|", "no node"),
    ("nb201", "|explode~0|", "no operation"),
    ("nb201", "|none~0|" * 5000, "no node"),
    ("nb201", True, "a string or an index"),
    ("nb201", 10**5000, "16610 bits"),
    ("nb201", "0x" + "f" * 90_000, "360000 bits"),
    ("nb201", "|none~\u0660|", "no node"),
    ("darts", "{[1]: 2}", "no plain data"),
    ("darts", {"normal": [["none", 10**5000], ["none", 0]]}, "16610 bits"),
    ("darts", {"normal": [["none", 0], ["none", 0]], "normal_concat": [10**5000]}, "16610 bits"),
    ("darts", {"normal": CIRCLE}, "nested so deep"),
    ("nb101", {"matrix": [7, 8], "ops": ["input", "output"]}, "2 by 2"),
    ("nb101", {"matrix": 7, "ops": ["input", "output"]}, "a `matrix` and `ops`"),
    ("nb101", {"matrix": [[0, 1], [0, 0]], "ops": ["input", {}]}, "`{}` at 1 is no operation"),
    ("nb101", {"matrix": [[0, 1], [0, 0]], "ops": ["maxpool3x3", "output"]}, "stands `input`"),
    ("nb101", {"matrix": [[0, 1, 0]] * 3, "ops": ["input", ["a"], "output"]}, "only above"),
    ("other", {}, "no kind of genotype"),
]


@pytest.mark.parametrize(
    ("kind", "data", "message"), BAD, ids=[f"{kind} {said}" for kind, _, said in BAD]
)
def test_what_is_no_genotype(kind: str, data: Any, message: str) -> None:
    with pytest.raises(snap.SnapError) as error:
        snap.from_genotype(kind, data)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E801"
    assert message in f"{diagnostic.message} {diagnostic.hint}"


def test_python_has_no_say_in_what_is_no_genotype(recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(snap.SnapError):
        snap.from_genotype("darts", "1if 1 else 2 is 3")
    assert not recwarn.list


@pytest.mark.parametrize(
    "options", [{"channels": 0}, {"cells": 0}, {"cells": 10**9}, {"network": "mars"}]
)
def test_networks_that_cannot_be(options: dict[str, Any]) -> None:
    for kind, data in NETWORKS:
        with pytest.raises(snap.SnapError, match="E801"):
            snap.from_genotype(kind, data, **{"network": "cifar"} | options)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "genotype.txt"
    source.write_text(published.DARTS_V2)
    target = tmp_path / "network.snap"
    args = ["import", "darts", str(source), "--network", "cifar", "-o", str(target)]
    assert snapc(*args, capsys=capsys)[0] == 0
    assert snap.stats(target, inputs=CIFAR).params == 3_349_342
    code, out, _ = snapc("import", "nb201", "7", capsys=capsys)
    assert (code, out) == (0, snap.from_genotype("nb201", 7).source.text)
    assert snapc("fmt", "--check", str(target), capsys=capsys)[0] == 0
    for missing in ("missing.json", "no/such/folder", "../there.txt"):
        code, _, err = snapc("import", "darts", missing, capsys=capsys)
        assert code == 1 and "E601" in err and missing in err
    code, _, err = snapc("import", "darts", "", capsys=capsys)
    assert code == 1 and "E801" in err
    assert snapc("import", "mars", "7", capsys=capsys)[0] == 2


def main(table: str) -> None:
    """Check every row of the table of NAS-Bench-201."""
    with gzip.open(table, "rt") as lines:
        for row in csv.DictReader(lines):
            text = check_cell(int(row["index"]))
            assert text == row["arch"]
            assert round(counts(text)[0] / 1e6, 6) == float(row["params"]), row
    print("every row: string, parameters and multiply-accumulates agree")


if __name__ == "__main__":
    main(sys.argv[1])
