"""The command line: exit codes, streams, files written whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from snaplang.cli import main
from snaplang.diagnostics import SnapError, files

GOOD = "dup conv3 bn relu add"


def snapc(*args: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run `snapc` in process: exit code, standard output, standard error."""
    with pytest.raises(SystemExit) as stop:
        main(list(args))
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


def process(*args: str, data: bytes = b"") -> tuple[int, bytes, bytes]:
    """Run `snapc` in a process of its own."""
    command = [sys.executable, "-m", "snaplang.cli", *args]
    done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def block(tmp_path: Path) -> Path:
    path = tmp_path / "block.snap"
    path.write_text(GOOD)
    return path


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["-e", GOOD], 0),
        (["-e", "dup add3"], 1),
        (["missing.snap"], 1),
        (["-e", GOOD, "block.snap"], 2),
        ([GOOD], 1),
        (["-e", GOOD, "--emit", "nothing"], 2),
        (["-e", GOOD, "--emit", "onnx"], 2),
        (["-e", GOOD, "-o", "x.unknown"], 2),
        (["-e", GOOD, "--set", "noequals"], 2),
        (["-e", GOOD, "--diagnostics", "xml"], 2),
        (["check"], 2),
        (["explain", "E000"], 2),
        (["explain", "e202"], 0),
        (["ops"], 0),
        (["ops", "conv", "relu"], 0),
        (["ops", "konv"], 1),
        (["--version"], 0),
        (["--help"], 0),
        ([], 0),
    ],
)
def test_exit_code(args: Sequence[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert snapc(*args, capsys=capsys)[0] == code


def test_errors_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = snapc("-e", "conv3 add", capsys=capsys)
    assert (code, out) == (1, "")
    assert err.startswith("error[E202]: `add` takes 2 tensors, the stack holds 1 tensor\n")


@pytest.mark.parametrize("place", [0, 2, 4])
def test_json_diagnostics_anywhere(place: int, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["-e", "dup cnv3 add", "--emit", "json"]
    args[place:place] = ["--diagnostics", "json"]
    _, _, err = snapc(*args, capsys=capsys)
    (record,) = json.loads(err)
    assert record["code"] == "E201"
    assert record["place"] == {
        "file": "<program>",
        "line": 1,
        "column": 5,
        "end_line": 1,
        "end_column": 9,
        "offset": 4,
        "end_offset": 8,
    }
    assert record["hint"] == "did you mean `conv3`?"
    assert record["stack"] == ["[N, c, *S]", "[N, c, *S]"]


def test_check_reports_all_files_and_blocks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.snap").write_text("block a { add }\nblock b { cnv3 }\nblock c { relu }")
    (tmp_path / "b.snap").write_text("dup conv(3, stride=2) upsample2 add")
    paths = [str(tmp_path / name) for name in ("a.snap", "b.snap", "c.snap")]
    code, out, err = snapc("check", *paths, capsys=capsys)
    assert code == 1
    assert [line.split("]")[0] for line in err.splitlines() if line.startswith("error")] == [
        "error[E202",
        "error[E201",
        "error[E601",
    ]
    assert "b: [N, c, *S] -> [N, c, *S], 3 ops\n  needs S = 2*ceil(S/2)" in out


def test_a_file_is_checked_without_emit(block: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = snapc(str(block), capsys=capsys)
    assert (code, out) == (0, f"{block}: block: [N, c, *S] -> [N, c, *S], 4 ops\n")


def test_standard_input() -> None:
    code, out, _ = process("-", data=GOOD.encode())
    assert code == 0
    assert out == b"<stdin>: program: [N, c, *S] -> [N, c, *S], 4 ops\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"dup \xff add", "E602"),
        (b"dup \0 add", "E103"),
        (b"relu " * 2_000_000, "E104"),
        (b"[" * 10_000, "E105"),
        (b"{" * 10_000 + b"}*2" * 10_000, "E105"),
        (b"conv(" + b"(" * 10_000, "E105"),
        (b"conv(3, out=" + b"1+" * 100_000 + b"1)", "E301"),
        (b"conv(3, out=" + b"9*" * 10_000 + b"9)", "E302"),
        (b"\xef\xbb\xbfrelu add", "E202"),
    ],
)
def test_hostile_bytes(data: bytes, code: str) -> None:
    status, out, err = process("-", "--diagnostics", "json", data=data)
    if code == "E301":  # a long sum is no harm
        assert status == 0
        return
    assert (status, out) == (1, b"")
    assert json.loads(err)[0]["code"] == code


def test_no_traceback_even_for_a_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("snaplang.cli.outputs.check", bug)
    code, _, err = snapc("-e", GOOD, capsys=capsys)
    assert code == 1
    assert err.startswith("error[E999]: internal error: ZeroDivisionError: oops")


def test_output_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "graph.json"
    assert snapc("-e", GOOD, "-o", str(target), capsys=capsys)[0] == 0
    assert json.loads(target.read_text())["nodes"]
    assert os.listdir(tmp_path) == ["graph.json"]


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "old.txt"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SnapError, match="No space left"):
        files.write(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["old.txt"]


def test_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "old.txt"
    target.write_bytes(b"old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "chmod", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["old.txt"]


@pytest.mark.parametrize("target", ["missing/x.json", "."])
def test_unwritable_output(tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    args = ("-e", GOOD, "--emit", "json", "-o", str(tmp_path / target))
    code, _, err = snapc(*args, capsys=capsys)
    assert code == 1
    assert err.startswith("error[E605]: cannot write")


def test_written_files_keep_permissions(tmp_path: Path) -> None:
    target = tmp_path / "old.txt"
    target.write_bytes(b"old")
    target.chmod(0o640)
    files.write(target, b"new")
    assert target.stat().st_mode & 0o777 == 0o640


def test_fmt_changes_in_place_and_is_idempotent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.snap"
    path.write_text("dup   conv(3,stride = 1)add # sum\n\n\n")
    assert snapc("fmt", "--check", str(path), capsys=capsys)[0] == 1
    assert path.read_text() == "dup   conv(3,stride = 1)add # sum\n\n\n"
    assert snapc("fmt", str(path), capsys=capsys)[0] == 0
    assert path.read_text() == "dup conv(3, stride=1) add  # sum\n"
    assert snapc("fmt", "--check", str(path), capsys=capsys)[0] == 0


def test_fmt_reads_standard_input() -> None:
    assert process("fmt", "-", data=b"a  b{")[0] == 1
    assert process("fmt", "-", data=b"dup  add") == (0, b"dup add\n", b"")


def test_fmt_leaves_a_broken_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.snap"
    path.write_text("dup  [ add")
    code, _, err = snapc("fmt", str(path), capsys=capsys)
    assert (code, path.read_text()) == (1, "dup  [ add")
    assert err.startswith("error[E102]")


def test_closed_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m snaplang.cli ops | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr


def test_check_and_fmt_take_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = snapc("check", "-e", "dup conv3 add", "-e", "relu", capsys=capsys)
    assert (code, out.count("\n")) == (0, 2)
    assert snapc("fmt", "-e", "dup   conv3  add", capsys=capsys)[:2] == (0, "dup conv3 add\n")
    assert snapc("fmt", "--check", "-e", "dup   add", capsys=capsys)[0] == 1
    assert snapc("check", capsys=capsys)[0] == 2
    assert snapc("fmt", capsys=capsys)[0] == 2


def test_one_program_at_a_time_is_compiled(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = snapc("-e", "conv3", "-e", "conv5", capsys=capsys)
    assert code == 2 and "not 2" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-e", "in a b; a b cat", "--input", "N,3,H,W", "--input", "a=N,4,H,W"], "given twice"),
        (["-e", "<conv3|conv5> <p: relu|silu>", "--choose", "0,3"], "choice 1 (`p`)"),
        (["-e", "<p: <q: relu|tanh> | silu> <q>"], "no choice `q`"),
        (["-e", "residual(conv(3))"], "stands in braces"),
        (["-e", "relu def f { conv3 }"], "definitions stand before the body"),
        (["-e", "conv(.5)"], "`0.5`"),
        (["-e", "conv(3, out=-c)"], "at least 1"),
    ],
)
def test_messages_that_help(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = snapc(*args, capsys=capsys)
    assert code == 1
    assert message in err


def test_a_nested_choice_is_made_once_where_its_alternative_runs_twice() -> None:
    import snaplang as snap

    space = "<p: <q: relu|tanh> | silu> <p>"
    assert len(snap.choices(space)) == 2
    assert [n.op.name for n in snap.lower(space, choose=[0, 1]).nodes] == ["tanh", "tanh"]
    assert [n.op.name for n in snap.lower(space, choose=[1]).nodes] == ["silu", "silu"]


def test_an_endless_file_ends(capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no endless file here")
    for args in (["/dev/zero"], ["-e", 'use "/dev/zero" relu', "--trust"]):
        code, _, err = snapc(*args, capsys=capsys)
        assert code == 1 and "E608" in err


def test_no_file_has_an_empty_name(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = snapc("", capsys=capsys)
    assert code == 1 and "E601" in err


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("{0} ops > /dev/full", "E605"),
        ("{0} -e relu --emit torch --input N,4,H,W > /dev/full", "E605"),
        ("{0} ops >&-", "E605"),
        ("{0} check - <&-", "E601"),
    ],
)
def test_streams_that_fail(command: str, error: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no full device here")
    shell = command.format(f"{sys.executable} -m snaplang.cli")
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert error in done.stderr and "bug" not in done.stderr


def test_a_file_that_cannot_name_its_body(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("relu", "2bad"):
        (tmp_path / f"{name}.snap").write_text("silu")
        path = tmp_path / "user.snap"
        path.write_text(f'use "{name}.snap" tanh')
        code, _, err = snapc(str(path), capsys=capsys)
        assert code == 1 and "E206" in err


def test_words_that_number_alike_have_weights_of_their_own() -> None:
    import snaplang as snap

    for text in (
        "def a1 {conv3} def a1_ {conv5} a1 a1_",
        "def a1 {conv3} def a1_ {conv5} a1_ a1 a1_",
    ):
        nodes = snap.lower(text).nodes
        assert len({node.path for node in nodes}) == len(nodes)


def test_format_prints_what_keywords_lower() -> None:
    import snaplang as snap

    assert snap.format("<relu|tanh>", choose=[1]) == "tanh\n"
    assert snap.format("block a { relu } block b { tanh }", block="b") == "tanh\n"


def test_a_hint_never_repeats_the_typo(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("conv3x", "convx3"):
        assert f"did you mean `{text}`" not in snapc("-e", text, capsys=capsys)[2]
