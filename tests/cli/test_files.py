"""Reading and writing: regular files of the program's folder, and sources that stay as they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from safetensors.numpy import save_file

import snaplang as snap
from snaplang import SnapError
from snaplang.cli.outputs import EMITTERS
from snaplang.diagnostics import files
from tests.cli.test_cli import process, snapc

Capture = pytest.CaptureFixture[str]
SECRET = "secret : line"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, a folder beside a secret."""
    folder = tmp_path / "here"
    folder.mkdir()
    (tmp_path / "secret.snap").write_text(SECRET)
    monkeypatch.chdir(folder)
    return folder


# -- what is read ----------------------------------------------------------------------------------

READERS = [
    ("{}",),
    ("check", "{}"),
    ("fmt", "{}"),
    ("hash", "{}"),
    ("equal", "{}", "-e", "relu"),
    ("count", "{}"),
    ("import", "darts", "{}"),
    ("-e", 'use "{}" relu'),
    ("-e", "conv3", "--input", "N,2,H,W", "-o", "new.onnx", "--weights", "{}"),
]


@pytest.mark.parametrize("args", READERS, ids=lambda args: args[0])
@pytest.mark.parametrize("suffix", ["snap", "onnx"])
def test_a_pipe_is_not_waited_for(
    args: tuple[str, ...], suffix: str, here: Path, capsys: Capture
) -> None:
    os.mkfifo(f"pipe.{suffix}")
    code, out, err = snapc(*(a.format(f"pipe.{suffix}") for a in args), capsys=capsys)
    assert code == (3 if args[0] == "equal" else 1) and not out
    assert "E608" in err or (suffix == "onnx" and args[0] in ("fmt", "count") and "E606" in err)


def test_what_is_no_file_is_named(here: Path, capsys: Capture) -> None:
    os.mkfifo("pipe")
    assert snapc("pipe", capsys=capsys)[2] == (
        "error[E608]: `pipe` is a pipe, not a regular file\n"
        "  = hint: only regular files are read; for standard input give `-` as the FILE\n"
    )
    assert "`/dev/null` is a device" in snapc("/dev/null", capsys=capsys)[2]
    assert "Is a directory" in snapc(".", capsys=capsys)[2]


def test_standard_input_by_its_path_is_a_pipe() -> None:
    if not Path("/dev/stdin").exists():
        pytest.skip("no such path here")
    code, _, err = process("/dev/stdin", data=b"relu")
    assert code == 1 and b"E608" in err
    assert process("-", data=b"relu")[0] == 0


def test_a_long_hole_is_not_read_whole(here: Path, capsys: Capture) -> None:
    for name, code in (("h.snap", "E104"), ("h.onnx", "E811"), ("h.safetensors", "E722")):
        with open(name, "wb") as file:
            file.truncate(2**31 - 2)
        args = ["-e", "conv3", "--input", "N,2,H,W", "-o", "new.onnx", "--weights", name]
        assert code in snapc(*(args if name.endswith("s") else [name]), capsys=capsys)[2]


@pytest.mark.parametrize("name", ["a\\0b", "loop.snap", "x" * 300, "here.snap/x"])
def test_strange_paths(name: str, here: Path, capsys: Capture) -> None:
    (here / "loop.snap").symlink_to("loop.snap")
    (here / "here.snap").write_text("relu")
    code, _, err = snapc("-e", f'use "{name.replace(chr(92) + "0", chr(0))}" relu', capsys=capsys)
    assert code == 1 and err.startswith("error[E601]: cannot read") and "--> <program>:1:1" in err


def test_a_chain_of_files_ends(here: Path, capsys: Capture) -> None:
    for number in range(300):
        (here / f"w{number}.snap").write_text(f'use "w{number + 1}.snap"\ndef a{number} {{ relu }}')
    code, _, err = snapc("w0.snap", capsys=capsys)
    assert code == 1 and err.startswith("error[E105]") and "200 deep" in err


def test_a_file_used_twice_is_used_once(here: Path) -> None:
    (here / "w.snap").write_text("def w { relu }")
    assert len(snap.lower('use "w.snap" use "./w.snap" use "w.snap" w').nodes) == 1


# -- inside the folder -----------------------------------------------------------------------------


def _inside(here: Path, path: str) -> list[tuple[str, ...]]:
    """Programs that use a path: as text, and as a file."""
    (here / "user.snap").write_text(f'use "{path}" relu')
    return [("-e", f'use "{path}" relu'), ("user.snap",), ("check", str(here / "user.snap"))]


@pytest.mark.parametrize("how", ["up", "absolute", "link", "folder", "through", "nested"])
def test_use_stays_in_its_folder(how: str, here: Path, capsys: Capture) -> None:
    secret = here.parent / "secret.snap"
    (here / "link.snap").symlink_to(secret)
    (here / "out").symlink_to(here.parent)
    (here / "sub").mkdir()
    (here / "sub" / "nested.snap").write_text('use "../../secret.snap"')
    paths = {"up": "../secret.snap", "absolute": str(secret), "link": "link.snap"}
    paths |= {"folder": "out/secret.snap", "through": "sub/../../secret.snap"}
    for args in _inside(here, paths.get(how, "sub/nested.snap")):
        code, _, err = snapc(*args, capsys=capsys)
        assert code == 1 and err.startswith("error[E609]") and "--trust" in err
        assert SECRET not in err
        assert SECRET not in snapc("--diagnostics", "json", *args, capsys=capsys)[2]
        trusting = ["check", "--trust", *args[1:]] if args[0] == "check" else [*args, "--trust"]
        assert SECRET in snapc(*trusting, capsys=capsys)[2]  # it is read then, and is no program


def test_files_within_the_folder_are_used(here: Path, capsys: Capture) -> None:
    (here / "sub").mkdir()
    (here / "words.snap").write_text("def w { relu }")
    (here / "sub" / "more.snap").write_text('use "../words.snap"\ndef v { w }')
    for path in ("words.snap", "sub/../words.snap", str(here / "words.snap"), "sub/more.snap"):
        for args in _inside(here, path):
            assert snapc(*args, capsys=capsys)[0] == 0, path
    assert process("-", data=b'use "words.snap" w')[0] == 0


@pytest.mark.parametrize("command", ["compile", "check", "hash", "equal", "count"])
def test_every_command_that_follows_use_can_trust(
    command: str, here: Path, capsys: Capture
) -> None:
    (here.parent / "w.snap").write_text("def w { relu }")
    (here / "a.snap").write_text('use "../w.snap" <w | tanh>')
    args = [command, "a.snap", *(["a.snap"] if command == "equal" else [])]
    args += [] if command == "check" else ["--choose", "0"]
    assert "E609" in snapc(*args, capsys=capsys)[2]
    assert snapc(*args, "--trust", capsys=capsys)[0] == 0
    assert "E609" in snapc(*args, capsys=capsys)[2]  # trust ends with the command


def test_trust_ends_with_a_command_that_was_wrong(here: Path, capsys: Capture) -> None:
    for args in (["--trust", "--help"], ["-e", "relu", "--trust", "--nothing"]):
        snapc(*args, capsys=capsys)
        assert files.outside("/", here)


def test_python_trusts_within_a_context(here: Path) -> None:
    (here.parent / "w.snap").write_text("def w { relu }")
    text = 'use "../w.snap" w'
    with pytest.raises(SnapError, match="E609"):
        snap.lower(text)
    with files.trusted():
        assert len(snap.lower(text).nodes) == 1
    with pytest.raises(SnapError, match="E609"):
        snap.lower(text)


# -- sources are kept ------------------------------------------------------------------------------


def _aliases(here: Path, name: str) -> list[str]:
    os.link(here / name, here / f"hard_{name}")
    (here / f"soft_{name}").symlink_to(name)
    (here / "sub").mkdir(exist_ok=True)
    return [name, f"hard_{name}", f"soft_{name}", f"sub/../{name}", str(here / name)]


@pytest.mark.parametrize("source", ["net.snap", "soft_net.snap", "hard_net.snap"])
def test_a_source_is_not_replaced(source: str, here: Path, capsys: Capture) -> None:
    (here / "net.snap").write_text("# mine\nrelu")
    for target in _aliases(here, "net.snap"):
        code, _, err = snapc(source, "--emit", "snap", "-o", target, capsys=capsys)
        assert code == 1 and "E610" in err, target
        assert (here / "net.snap").read_text() == "# mine\nrelu"
    assert sorted(p.name for p in here.iterdir()) == [
        *("hard_net.snap", "net.snap", "soft_net.snap", "sub"),
    ]


def test_nothing_that_was_read_is_replaced(here: Path, capsys: Capture) -> None:
    (here / "words.snap").write_text("def w { relu }")
    (here / "net.snap").write_text('use "words.snap" w conv1')
    arrays = {"conv1.weight": np.zeros((2, 2, 1, 1), "f"), "conv1.bias": np.zeros(2, "f")}
    save_file(arrays, here / "a.safetensors")
    (here / "genotype.snap").write_text("3")
    size = ["--input", "N,2,H,W"]
    assert snapc("net.snap", *size, "-o", "m.onnx", capsys=capsys)[0] == 0
    for args in (
        ["net.snap", "-o", "words.snap"],
        ["net.snap", *size, "--weights", "a.safetensors", "-o", "a.safetensors"],
        ["net.snap", *size, "--weights", "a.safetensors", "--emit", "onnx", "-o", "a.safetensors"],
        ["m.onnx", "-o", "m.onnx"],
        ["import", "nb201", "genotype.snap", "-o", "genotype.snap"],
    ):
        before = {p.name: p.read_bytes() for p in here.iterdir()}
        code, _, err = snapc(*args, capsys=capsys)
        assert (code == 1 and "E610" in err) or (code == 2 and "suffix" in err), args
        assert {p.name: p.read_bytes() for p in here.iterdir()} == before
    assert snapc("net.snap", "-o", "new.snap", capsys=capsys)[0] == 0
    assert snapc("net.snap", "-o", "new.snap", capsys=capsys)[0] == 0  # an output may be replaced


def test_fmt_changes_what_it_reads(here: Path, capsys: Capture) -> None:
    (here / "net.snap").write_text("relu   tanh")
    (here / "soft.snap").symlink_to("net.snap")
    assert snapc("fmt", "soft.snap", capsys=capsys)[0] == 0
    assert (here / "net.snap").read_text() == "relu tanh\n" and (here / "soft.snap").is_symlink()


# -- odd targets -----------------------------------------------------------------------------------


def test_a_pipe_that_nobody_reads_is_an_error(here: Path, capsys: Capture) -> None:
    os.mkfifo("pipe")
    code, _, err = snapc("-e", "relu", "--emit", "snap", "-o", "pipe", capsys=capsys)
    assert code == 1 and "E605" in err and "nobody reads" in err


def test_a_pipe_that_is_read_gets_everything(here: Path, capsys: Capture) -> None:
    os.mkfifo("pipe")
    found: list[bytes] = []
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    other = os.open("pipe", os.O_WRONLY)  # while it is open the pipe does not end

    def read() -> None:
        with os.fdopen(reader, "rb") as file:
            found.append(file.read())

    thread = Thread(target=read)
    thread.start()
    files.write(Path("pipe"), b"x" * 500_000)
    os.close(other)
    thread.join()
    assert found == [b"x" * 500_000]
    assert snapc("-e", "relu", "--emit", "snap", "-o", "/dev/null", capsys=capsys)[0] == 0


@pytest.mark.parametrize("target", ["", ".", "missing/x.snap", "net.snap/x", "x" * 300])
def test_no_target(target: str, here: Path, capsys: Capture) -> None:
    (here / "net.snap").write_text("relu")
    code, out, err = snapc("net.snap", "--emit", "snap", "-o", target, capsys=capsys)
    assert code == 1 and "E605" in err and not out
    assert os.listdir(here) == ["net.snap"]


@pytest.mark.parametrize("file", [".", "/", ""])
def test_no_name_for_what_goes_beside_the_source(file: str, here: Path, capsys: Capture) -> None:
    code, _, err = snapc("compile", file, "--emit", "onnx", capsys=capsys)
    assert code == 2 and "needs -o" in err


def test_an_interrupt_has_a_code_of_its_own(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (here / "net.snap").write_text("relu")
    (here / "old.onnx").write_text("old")

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    for name in ("replace", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, interrupt)
            args = ("net.snap", "--input", "N,2,H,W", "-o", "old.onnx")
            code, out, err = snapc(*args, capsys=capsys)
        assert (code, out, "Traceback" in err) == (130, "", False)
        assert (here / "old.onnx").read_text() == "old"
        assert sorted(os.listdir(here)) == ["net.snap", "old.onnx"]


def test_a_closed_standard_error_is_no_traceback(here: Path) -> None:
    command = f"{sys.executable} -m snaplang.cli missing.snap 2>&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_names_that_are_no_text(here: Path) -> None:
    name = os.fsdecode(b"\xff.snap")
    try:
        Path(name).write_text("relu")
    except OSError:
        pytest.skip("names are text here")
    code, out, err = process("check", name)
    assert code == 0 and b"udcff" in out and not err


@pytest.mark.parametrize("text", ["relu # \ud800", 'use "\udcff" relu', "# \udfff"])
def test_halves_of_characters_are_no_text(text: str, capsys: Capture) -> None:
    for args in (["-e", text], ["fmt", "-e", text], ["hash", "-e", text]):
        code, _, err = snapc(*args, capsys=capsys)
        assert code == 1 and err.startswith("error[E602]: character U+D")


def test_every_emitter_refuses_to_replace_its_source(here: Path, capsys: Capture) -> None:
    for kind, emitter in EMITTERS.items():
        if kind in ("svg", "png"):  # need Graphviz, and go the same way
            continue
        name = f"net{emitter.suffixes[0]}"
        if name.endswith(".onnx"):
            continue  # which would be read as a model
        (here / name).write_text("relu # mine")
        args = (name, "--input", "N,2,H,W", "--emit", kind, "-o", name)
        code, _, err = snapc(*args, capsys=capsys)
        assert code == 1 and "E610" in err, kind
        assert (here / name).read_text() == "relu # mine"
