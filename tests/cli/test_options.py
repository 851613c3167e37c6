"""Options of `snapc` that nothing reads, that contradict each other or come twice: exit 2."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

import snaplang as snap
from snaplang.cli import snapc as group
from snaplang.cli.outputs import EMITTERS, readers
from tests.cli.test_cli import snapc

Capture = pytest.CaptureFixture[str]
VALUES = {"weights": "missing.safetensors", "opset": "20", "seed": "3", "level": "structure"}
SIZES = ("--input", "N,2,H,W")


@pytest.fixture
def model(tmp_path: Path) -> str:
    file = tmp_path / "model.onnx"
    file.write_bytes(snap.to_onnx("conv3", inputs=["N,2,H,W"]).SerializeToString())
    return str(file)


def test_there_is_a_value_for_every_option_that_some_emitters_read() -> None:
    assert VALUES.keys() == readers().keys()


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("kind", [*EMITTERS, None])
def test_an_emitter_says_what_it_does_not_read(
    kind: str | None, name: str, capsys: Capture, tmp_path: Path
) -> None:
    if kind in ("svg", "png"):
        pytest.skip("as dot does, where there is Graphviz")
    made = [] if kind is None else ["--emit", kind, "-o", str(tmp_path / "out")]
    code, _, err = snapc("-e", "relu", *SIZES, *made, f"--{name}", VALUES[name], capsys=capsys)
    if kind is not None and name in EMITTERS[kind].reads:
        assert code == 0 or "E601" in err
    else:
        assert code == 2 and f"--{name} is for --emit {readers()[name][0]}" in err


@pytest.mark.parametrize(
    "args",
    [
        ["-e", "relu", "--opaque"],
        ["hash", "-e", "relu", "--opaque"],
        ["equal", "-e", "relu", "-e", "relu", "--opaque"],
        ["hash", "-e", "relu", "--seed", "1"],
        ["hash", "-e", "<relu|tanh>", "--choose", "0", "--seed", "0"],
        ["count", "-e", "<relu|tanh>", "--seed", "1"],
        ["count", "--vocabulary", "relu", "--max-length", "1", "--block", "a"],
        ["count", "--vocabulary", "relu", "--max-length", "1", "--set", "c=1"],
        ["count", "--vocabulary", "relu", "--max-length", "1", "--inference"],
        ["-e", "conv3", *SIZES, "--weights", "w", "--seed", "1", "--emit", "onnx", "-o", "x"],
        ["import", "nb201", "3", "--cells", "2"],
    ],
)
def test_what_is_ignored_is_refused(args: list[str], capsys: Capture) -> None:
    code, out, err = snapc(*args, capsys=capsys)
    assert (code, out) == (2, "") and "Error: --" in err


@pytest.mark.parametrize(
    "args",
    [
        ["hash", "-e", "<relu|tanh>", "--choose", "random", "--seed", "1"],
        ["-e", "<relu|tanh>", "--choose", "random", "--seed", "1"],
        ["-e", "<relu|tanh>", "--choose", "random", "--seed", "1", "--emit", "torch", *SIZES],
        ["-e", "dropout(0.1)", "--inference"],
        ["import", "nb201", "3", "--network", "cifar", "--cells", "2", "--channels", "4"],
    ],
)
def test_what_is_read_is_taken(args: list[str], capsys: Capture) -> None:
    assert snapc(*args, capsys=capsys)[0] == 0


def test_a_model_draws_no_weights(model: str, capsys: Capture, tmp_path: Path) -> None:
    out = str(tmp_path / "out.safetensors")
    code, _, err = snapc(model, "-o", out, "--seed", "1", capsys=capsys)
    assert code == 2 and "a model has its own" in err
    assert snapc("hash", model, "--opaque", capsys=capsys)[0] == 0


@pytest.mark.parametrize("kind", EMITTERS)
def test_a_suffix_that_means_another_kind(kind: str, capsys: Capture, tmp_path: Path) -> None:
    for other, emitter in EMITTERS.items():
        for suffix in emitter.suffixes:
            if other == kind or (suffix == ".txt" and not EMITTERS[kind].binary):
                continue
            target = tmp_path / f"out{suffix.upper()}"
            args = ("-e", "relu", *SIZES, "--emit", kind, "-o", str(target))
            code, _, err = snapc(*args, capsys=capsys)
            assert code == 2 and f"the suffix of `{other}`" in err and not target.exists()


def test_suffixes_that_mean_nothing_else(capsys: Capture, tmp_path: Path) -> None:
    for name in ("a.txt", "a.code", "a", "a.py"):
        args = ("-e", "relu", "--emit", "torch", "-o", str(tmp_path / name))
        assert snapc(*args, *SIZES, capsys=capsys)[0] == 0
    code, _, err = snapc("import", "nb201", "3", "-o", str(tmp_path / "a.png"), capsys=capsys)
    assert code == 2 and "suffix" in err


def _single() -> list[tuple[str, str]]:
    """Every option of every command that has one value."""
    return [
        (name, option.opts[-1])
        for name, command in group.commands.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.multiple and not option.is_flag
    ]


@pytest.mark.parametrize(("command", "option"), _single())
def test_one_value_is_given_once(command: str, option: str, capsys: Capture) -> None:
    code, _, err = snapc(command, option, "1", f"{option}=2", capsys=capsys)
    assert code == 2 and f"{option} is given 2 times" in err.replace("'", "")


def test_there_are_such_options() -> None:
    assert len(_single()) > 20


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--set", "k=1", "--set", " k =2"], "--set gives 'k' twice"),
        (["--diagnostics", "json", "--diagnostics=json"], "once"),
        (["--choose", "p=0,p=1"], "`p` is decided twice"),
        (["--input", "x=N,2,H,W", "--input", "x=N,3,H,W"], "given twice"),
    ],
)
def test_names_are_given_once(args: list[str], message: str, capsys: Capture) -> None:
    code, _, err = snapc("-e", "block a(k=1) { <p: relu | tanh> }", *args, capsys=capsys)
    assert code in (1, 2) and message in err


@pytest.mark.parametrize("command", ["check", "fmt", "hash", "equal"])
def test_standard_input_is_read_once(command: str, capsys: Capture) -> None:
    code, _, err = snapc(command, "-", "-", capsys=capsys)
    assert code == 2 and "read once" in err


def test_one_source_for_what_takes_one(capsys: Capture) -> None:
    for command in ("compile", "count"):
        assert snapc(command, "a.snap", "-e", "relu", capsys=capsys)[0] == 2
        assert snapc(command, capsys=capsys)[0] == 2
