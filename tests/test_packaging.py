"""The wheel carries what the compiler reads, and the command never drags torch in."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KINDS = ["onnx", "torch", "snap", "dot", "mermaid", "json", "stats"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, timeout=300)
    (found,) = folder.glob("*.whl")
    return found


def test_wheel_carries_grammar_prelude_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "snaplang/grammar/snap.lark",
        "snaplang/grammar/__init__.py",
        "snaplang/prelude.snap",
        "snaplang/py.typed",
    } <= names


def test_wheel_compiles_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=120)
    python = home / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", str(wheel)], check=True, timeout=600)
    snapc = [str(home / "bin" / "snapc"), "-e", "dup sepconv3 bn relu add", "--input", "N,8,H,W"]
    for args in (["-o", "m.onnx"], ["--emit", "torch"], ["--emit", "snap"]):
        subprocess.run(snapc + args, check=True, timeout=120, cwd=tmp_path, capture_output=True)
    assert (tmp_path / "m.onnx").stat().st_size > 0


def imported(code: str) -> set[str]:
    """The top-level modules that a process has imported after running `code`."""
    script = f"import sys\n{code}\nprint('\\n'.join({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120
    )
    return set(done.stdout.split())


def command(kind: str, folder: Path) -> str:
    """Code that runs `snapc --emit kind` in its process."""
    args = ["-e", "dup conv3 add", "--input", "N,8,H,W", "--emit", kind, "-o", str(folder / "out")]
    run = f"try: main({args!r})\nexcept SystemExit as stop: assert not stop.code"
    return f"from snaplang.cli import main\n{run}"


@pytest.mark.parametrize("kind", KINDS)
def test_emitting_imports_no_torch(kind: str, tmp_path: Path) -> None:
    assert "torch" not in imported(command(kind, tmp_path))


def test_the_check_above_can_fail(tmp_path: Path) -> None:
    assert "torch" in imported("import torch\n" + command("dot", tmp_path))


def test_importing_the_package_is_light() -> None:
    assert imported("import snaplang").isdisjoint({"torch", "onnx", "numpy", "lark", "click"})
