"""The demo agrees with PyTorch and leaves model and picture, with Graphviz and without."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def demo(folder: Path, path: str) -> tuple[str, set[str]]:
    """Run a copy of the demo; what it printed and what it left."""
    (folder / "examples").mkdir()
    for name in ("demo.py", "residual_basic.snap"):
        shutil.copy(EXAMPLES / name, folder / "examples" / name)
    command = [sys.executable, str(folder / "examples" / "demo.py"), "--trials", "2"]
    known = os.pathsep.join((str(EXAMPLES.parent), str(EXAMPLES.parent / "search")))
    env = {**os.environ, "PATH": path, "PYTHONPATH": known}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "2 trials, 0 failed, in demo/search" in done.stdout
    assert (folder / "demo" / "search" / "report.html").stat().st_size > 10_000
    return done.stdout, {file.name for file in (folder / "demo").iterdir()} - {"search"}


def difference(printed: str) -> float:
    found = re.search(r"largest difference is (\S+)", printed)
    assert found
    return float(found[1])


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_with_graphviz(tmp_path: Path) -> None:
    printed, files = demo(tmp_path, os.environ["PATH"])
    assert 0 < difference(printed) < 1e-4
    assert files == {f"residual_basic.{kind}" for kind in ("onnx", "safetensors", "svg", "png")}


def test_without_graphviz(tmp_path: Path) -> None:
    printed, files = demo(tmp_path, "")
    assert difference(printed) < 1e-4
    assert files == {f"residual_basic.{kind}" for kind in ("onnx", "safetensors", "dot")}
    assert "its package is `graphviz`" in printed
