"""Weights: how they are drawn, read and held against a graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

import snaplang as snap
from snaplang import SnapError
from snaplang.graph import Graph
from snaplang.graph.specialize import prepare
from snaplang.graph.weights import check, expected, initial, load, safetensors_of

PROGRAM = "conv3 bn relu linear(out=2)"
NAMES = [
    "conv1.weight",
    "conv1.bias",
    "bn1.weight",
    "bn1.bias",
    "bn1.running_mean",
    "bn1.running_var",
    "bn1.num_batches_tracked",
    "linear1.weight",
    "linear1.bias",
]


def graph(text: str = PROGRAM, shape: str = "N,4,H,W") -> Graph:
    return prepare(snap.lower(text, inputs=[shape]))


def rejected(call: Any, *args: Any) -> list[tuple[str, str, list[str]]]:
    """The code, message and notes of each diagnostic of the error that `call` raises."""
    with pytest.raises(SnapError) as caught:
        call(*args)
    return [(d.code, d.message, [n.text for n in d.notes]) for d in caught.value.diagnostics]


# Drawing


def test_names_are_state_dict_keys_in_order() -> None:
    assert list(expected(graph())) == list(initial(graph())) == NAMES


def test_kinds_and_shapes() -> None:
    arrays = initial(graph())
    assert arrays["conv1.weight"].shape == (4, 4, 3, 3)
    assert arrays["bn1.num_batches_tracked"].shape == ()
    kinds = {k: str(v.dtype) for k, v in arrays.items()}
    assert kinds.pop("bn1.num_batches_tracked") == "int64"
    assert set(kinds.values()) == {"float32"}


def test_a_weight_depends_on_seed_and_name_alone() -> None:
    alone, beside = initial(graph("conv3"), 5), initial(graph("conv3 relu conv3"), 5)
    np.testing.assert_array_equal(alone["conv1.weight"], beside["conv1.weight"])
    assert (beside["conv1.weight"] != beside["conv2.weight"]).all()
    assert (initial(graph("conv3"), 6)["conv1.weight"] != alone["conv1.weight"]).all()


@pytest.mark.parametrize("seed", [-1, 0, 2**70])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert np.isfinite(initial(graph(), seed)["conv1.weight"]).all()


def test_drawn_numbers_do_not_change_between_releases() -> None:
    first = initial(graph("conv3"), 0)["conv1.weight"].ravel()[:3]
    np.testing.assert_array_equal(first, np.array(PINNED, np.float32))


PINNED = [-0.09972429, 0.11589645, -0.16659206]

LAYERS: dict[str, Callable[[], torch.nn.Module]] = {
    "conv(3, out=64)": lambda: torch.nn.Conv2d(32, 64, 3),
    "conv(3, out=64, groups=4)": lambda: torch.nn.Conv2d(32, 64, 3, groups=4),
    "tconv(4, stride=2, out=64)": lambda: torch.nn.ConvTranspose2d(32, 64, 4, 2),
    "linear(out=100)": lambda: torch.nn.Linear(32, 100),
    "bn": lambda: torch.nn.BatchNorm2d(32),
    "gn4": lambda: torch.nn.GroupNorm(4, 32),
    "prelu": lambda: torch.nn.PReLU(),
    "mhsa4": lambda: torch.nn.MultiheadAttention(32, 4, batch_first=True),
}


@pytest.mark.parametrize("text", LAYERS)
def test_start_is_distributed_as_in_pytorch(text: str) -> None:
    """Same names and shapes; means, deviations and extremes of many draws as PyTorch's."""
    torch.manual_seed(0)
    theirs = LAYERS[text]().state_dict()
    drawn = [initial(graph(text, "N,32,H,W"), seed) for seed in range(4)]
    (prefix,) = {key.split(".")[0] for key in drawn[0]}
    assert {k.removeprefix(f"{prefix}."): v.shape for k, v in drawn[0].items()} == {
        k: tuple(v.shape) for k, v in theirs.items()
    }
    for name, tensor in theirs.items():
        ours = np.stack([arrays[f"{prefix}.{name}"] for arrays in drawn]).astype(float)
        other = tensor.double().numpy()
        spread = other.std() if other.size > 1 else 0.0
        slack = 6 * spread / max(other.size, 1) ** 0.5  # six standard errors
        assert abs(ours.mean() - other.mean()) <= slack
        assert abs(ours.std() - spread) <= slack
        assert abs(np.abs(ours).max() - np.abs(other).max()) <= 2 * slack + 0.02 * spread


def test_bounds_are_met_and_reached() -> None:
    array = initial(graph("conv(3, out=200)", "N,8,H,W"))["conv1.weight"]
    bound = (8 * 9) ** -0.5
    assert 0.99 * bound < array.max() <= bound * (1 + 1e-6)
    assert 0.99 * bound < -array.min() <= bound * (1 + 1e-6)


# Files


def saved(path: Path, arrays: Any) -> Path:
    file = path / "w.safetensors"
    save_file(arrays, file)
    return file


def test_a_file_round_trips(tmp_path: Path) -> None:
    arrays = initial(graph(), 3)
    found = load(saved(tmp_path, arrays), graph())
    assert list(found) == NAMES
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_counters_may_be_absent(tmp_path: Path) -> None:
    arrays = {k: v for k, v in initial(graph()).items() if not k.endswith("_tracked")}
    assert len(load(saved(tmp_path, arrays), graph())) == len(NAMES) - 1


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_are_converted(tmp_path: Path, kind: torch.dtype) -> None:
    start = initial(graph(), 3)
    tensors = {k: torch.from_numpy(v) for k, v in start.items()}
    tensors = {k: v.to(kind) if v.is_floating_point() else v for k, v in tensors.items()}
    file = tmp_path / "w.safetensors"
    save_torch(tensors, file)
    found = load(file, graph())
    assert found["conv1.weight"].dtype == np.float32
    np.testing.assert_array_equal(found["conv1.weight"], tensors["conv1.weight"].float().numpy())


def test_every_misfit_is_listed(tmp_path: Path) -> None:
    arrays = initial(graph())
    del arrays["conv1.bias"], arrays["linear1.weight"]
    arrays |= {
        "extra": np.zeros((2, 1), np.float32),
        "bn1.weight": np.zeros(3, np.float32),
        "bn1.bias": np.zeros(4, np.int64),
    }
    file = saved(tmp_path, arrays)
    assert rejected(load, file, graph()) == [
        ("E721", f"`{file}`: 2 names are missing", ["conv1.bias [4]", "linear1.weight [2, 4]"]),
        ("E721", f"`{file}`: 1 name is unexpected", ["extra [2, 1]"]),
        (
            "E721",
            f"`{file}`: 2 names are of another shape or type",
            ["bn1.weight [3], needed [4]", "bn1.bias holds I64, needed floats"],
        ),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"abc",
        b"\xff" * 64,
        (10**12).to_bytes(8, "little") + b"{}",
        b"\x02" + b"\0" * 7 + b"{x",
    ],
)
def test_a_corrupt_file_is_an_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(data)
    ((code, message, _),) = rejected(load, file, graph())
    assert code == "E722"
    assert message.startswith(f"`{file}` is not a safetensors file: ")


def test_a_truncated_file_is_an_error(tmp_path: Path) -> None:
    file = saved(tmp_path, initial(graph()))
    file.write_bytes(file.read_bytes()[:-8])
    assert rejected(load, file, graph())[0][0] == "E722"


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "none.safetensors"
    assert rejected(load, file, graph()) == [
        ("E601", f"cannot read `{file}`: No such file or directory", [])
    ]
    assert rejected(load, tmp_path, graph())[0][0] == "E601"


# Mappings


def test_a_mapping_is_taken_from_numpy_torch_or_lists() -> None:
    block = graph("linear(out=2, bias=false)", "N,2")
    for value in (
        np.eye(2),
        np.eye(2, dtype=">f4"),
        torch.eye(2, requires_grad=True),
        torch.eye(2, dtype=torch.bfloat16),
        [[1.0, 0.0], [0.0, 1.0]],
    ):
        (array,) = check(block, {"linear1.weight": value}).values()
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, np.eye(2))


@pytest.mark.parametrize(
    ("value", "note"),
    [
        ("text", "linear1.weight [], needed [2, 2]"),
        ([[1.0], [1.0, 2.0]], "linear1.weight [], needed [2, 2]"),
        (np.eye(3), "linear1.weight [3, 3], needed [2, 2]"),
        (np.eye(2, dtype=int), "linear1.weight holds int64, needed floats"),
        (np.eye(2, dtype=complex), "linear1.weight holds complex128, needed floats"),
        (None, "linear1.weight [], needed [2, 2]"),
    ],
)
def test_a_value_that_is_no_such_weight_is_named(value: object, note: str) -> None:
    block = graph("linear(out=2, bias=false)", "N,2")
    assert rejected(check, block, {"linear1.weight": value}) == [
        ("E721", "the weights: 1 name is of another shape or type", [note])
    ]


def test_an_empty_mapping_misses_everything() -> None:
    ((_, message, notes),) = rejected(check, graph(), {})
    assert message == f"the weights: {len(NAMES) - 1} names are missing"
    assert [note.split()[0] for note in notes] == [n for n in NAMES if "tracked" not in n]


def test_what_is_emitted_can_be_given_back(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(safetensors_of(graph(), 3))
    found = load(file, graph())
    assert {key: array.shape for key, array in found.items()} == {
        key: array.shape for key, array in initial(graph()).items()
    }
