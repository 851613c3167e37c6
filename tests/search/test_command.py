"""The command `snapsearch`, from help to export; help and lists import nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from snapsearch.cli import main
from tests.search.tiny import write_config

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "optuna", "matplotlib", "numpy", "sklearn", "onnx", "snaplang", "pydantic"}


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize(
    "words", ("--help", "run --help", "resume --help", "tasks", "strategies", "engines")
)
def test_help_and_lists_import_nothing_heavy(words: str) -> None:
    code = (
        "import sys\nfrom snapsearch.cli import main\n"
        f"try: main({words.split()!r})\nexcept SystemExit as e: assert not e.code\n"
        "print('\\n', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.splitlines()[-1].split()) & HEAVY


def test_every_command_shows_an_example() -> None:
    for name, command in main.commands.items():
        if command.params:
            assert f"snapsearch {name} " in call(name, "--help").stdout, name


def test_from_a_run_to_what_it_found(folder: Path) -> None:
    path, out = write_config(folder, trials=6), folder / "run"
    done = call("run", str(path), "--out", str(out), "--seed", "2")
    assert done.exit_code == 0, done.output
    assert f"6 trials, 0 failed, in {out}" in done.stdout
    assert "best: trial" in done.stdout
    again = call("run", str(path), "--out", str(out))
    assert (again.exit_code, again.stderr.splitlines()[0][:12]) == (1, "error[S301]:")
    more = call("resume", str(out), "--trials", "9", "--quiet")
    assert "9 trials, 0 failed" in more.stdout
    assert more.stderr == ""
    made = call("report", str(out))
    assert made.exit_code == 0, made.output
    assert "<svg" in (out / "report.html").read_text()
    for name in ("a", "b"):
        call("run", str(path), "--out", str(folder / name), "--quiet")
    page = folder / "c.html"
    compared = call("compare", str(folder / "a"), str(folder / "b"), "-o", str(page))
    assert "6  " in compared.stdout and " ± 0" in compared.stdout
    assert page.exists()


def test_a_best_block_becomes_a_model(folder: Path) -> None:
    import onnx

    out = folder / "run"
    words = "run --task digits --strategy random --trials 1 --budget 2 --set task.width=4 --quiet"
    done = call(*words.split(), "--out", str(out))
    assert done.exit_code == 0, done.output
    for kind, ending in (("snap", ".snap"), ("torch", ".py"), ("onnx", ".onnx"), ("dot", ".dot")):
        made = call("export", str(out), "--best", "--emit", kind)
        assert made.exit_code == 0, made.output
        assert (out / f"trial0{ending}").stat().st_size > 0
    call("export", str(out), "--network", "-o", str(folder / "net.onnx"))
    model = onnx.load(folder / "net.onnx")
    onnx.checker.check_model(model)
    sizes = [d.dim_value for d in model.graph.output[0].type.tensor_type.shape.dim]
    assert sizes[-1] == 10
    assert call("export", str(out), "--trial", "9").stderr.startswith("error[S505]")
    assert "did you mean `onnx`" in call("export", str(out), "--emit", "onx").stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    (
        ("run", 1, "error[S101]: no task is named"),
        ("run --task digits --set width", 2, "--set takes KEY=VALUE, not `width`"),
        ("run --task digits --strategy rndom", 1, "did you mean `random`"),
        ("run --task digits --set task.widht=3", 1, "there is no `task.widht`"),
        ("run --task digits --trials many", 2, "'many' is not a valid integer"),
        ("run --task digits --budget 3 --out nowhere", 1, "error[S201]"),
        ("run none.toml", 1, "error[S102]"),
        ("resume nowhere", 1, "error[S302]"),
        ("report nowhere", 1, "error[S302]"),
        ("export nowhere", 1, "error[S302]"),
        ("compare nowhere", 1, "error[S302]"),
        ("rnu", 2, "No such command 'rnu'"),
    ),
)
def test_mistakes(words: str, code: int, told: str) -> None:
    done = call(*words.split())
    assert (done.exit_code, told in done.stderr) == (code, True), done.output
    assert not Path("nowhere").exists()


def test_idle_workers_are_noted(folder: Path) -> None:
    done = call(
        "run", str(write_config(folder, trials=2)), "--workers", "2", "--out", f"{folder}/r"
    )
    assert "note: 1 of 2 workers will have nothing to do; --parallel 2" in done.stderr


def test_errors_of_the_language_are_told(folder: Path) -> None:
    space, out = folder / "two.snap", folder / "run"
    space.write_text("block a { <relu|gelu> }\nblock b { <relu|tanh> }\n")
    words = ("run", "--task", "digits", "--trials", "1", "--space", str(space), "--out", str(out))
    done = call(*words)
    assert (done.exit_code, done.stdout, out.exists()) == (1, "", False)
    assert "error[E505]" in done.stderr and "--set space.block=NAME" in done.stderr
    assert 'block="NAME"' in done.stderr and "--block" not in done.stderr
    done = call(*words, "--set", "space.block=c")
    assert done.exit_code == 1 and "there is no block `c`" in done.stderr
    space.write_text("dup <relu|")
    done = call(*words)
    assert done.exit_code == 1 and "error[E1" in done.stderr and "space.block" not in done.stderr


def test_a_run_without_a_complete_trial_is_no_success(folder: Path) -> None:
    path = write_config(folder, trials=2, task={"mood": "nan", "all_fail": True})
    done = call("run", str(path), "--out", str(folder / "run"), "--quiet")
    assert done.exit_code == 1 and "2 trials, 2 failed" in done.stdout
    assert done.stderr.startswith("error[S403]: no trial was complete; the first failed: diverged")


def test_a_device_that_is_not_there_is_told_first(folder: Path) -> None:
    path, out = write_config(folder, trials=1), folder / "run"
    done = call("run", str(path), "--out", str(out), "--device", "cuda:99")
    assert done.exit_code == 1 and not out.exists()
    assert "error[S404]: there is no device `cuda:99`\n --> --device" in done.stderr


def test_a_trial_is_named_once_and_not_below_zero(folder: Path) -> None:
    path, out = write_config(folder, trials=2), folder / "run"
    call("run", str(path), "--out", str(out), "--quiet")
    for words in (("--trial", "-1"), ("--trial", "1", "--best"), ("--trial", "x")):
        done = call("export", str(out), *words)
        assert done.exit_code == 2 and "Error: " in done.stderr
    assert not list(out.glob("trial?.snap"))
    assert call("export", str(out), "--trial", "1").exit_code == 0
    assert [p.name for p in out.glob("trial?.snap")] == ["trial1.snap"]
