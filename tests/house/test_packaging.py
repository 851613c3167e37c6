"""What `pip` makes of the repository: wheel, source archive and editable install all compile.

Each is installed into an environment that holds nothing else, outside the checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import onnx
import pytest

ROOT = Path(__file__).parents[2]
CARRIED = ("snaplang", "grammar", "pyproject.toml", "setup.py", "README.md", "LICENSE")
DATA = {"snaplang/grammar/snap.json", "snaplang/grammar/snap.lark"}
DATA |= {"snaplang/prelude.snap", "snaplang/py.typed"}
PROGRAM = ["-e", "dup conv3 bn relu add", "--input", "N,8,H,W"]
PROBE = """
import importlib.util, snaplang, snaplang.grammar
assert not importlib.util.find_spec("torch"), "not an empty environment"
assert not importlib.util.find_spec("grammar"), "a package `grammar` at the top"
print(snaplang.__file__)
"""

pytestmark = pytest.mark.xdist_group("packaging")


def run(*command: str | Path, cwd: Path) -> str:
    """A command's standard output, far from this checkout and its environment."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built from, without what earlier builds left behind."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in CARRIED:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source archive, the wheel made from it, and the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "-o", folder, checkout, cwd=folder)
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "archive": archive, "editable": checkout}


@pytest.fixture(scope="module")
def environment(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel and what it depends on.

    The dependencies come here, not with the first test: each worker has its own first.
    """
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "-q"]
    run(*pip, "-c", ROOT / "constraints.txt", built["wheel"], cwd=folder)
    return folder / "bin"


def modules() -> set[str]:
    """Every module on disk, by its place in the wheel."""
    own = {p.relative_to(ROOT).as_posix() for p in (ROOT / "snaplang").rglob("*.py")}
    return own | {f"snaplang/grammar/{p.name}" for p in (ROOT / "grammar").glob("*.py")}


def test_the_wheel_holds_every_module_and_nothing_else(built: dict[str, Path]) -> None:
    names = {n for n in zipfile.ZipFile(built["wheel"]).namelist() if ".dist-info/" not in n}
    assert names == modules() | DATA


def test_the_source_archive_holds_what_the_wheel_is_made_from(built: dict[str, Path]) -> None:
    with tarfile.open(built["archive"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "grammar/snap.json",
        "grammar/snap.lark",
        "grammar/__init__.py",
        "snaplang/prelude.snap",
    } <= names
    assert {"LICENSE", "README.md", "setup.py", "pyproject.toml"} <= names


@pytest.mark.parametrize("kind", ["wheel", "archive", "editable"])
def test_it_compiles_in_an_empty_environment(
    kind: str, built: dict[str, Path], environment: Path, tmp_path: Path
) -> None:
    flags = ["-e"] if kind == "editable" else []
    pip: list[str | Path] = [environment / "python", "-m", "pip", "install", "-q"]
    run(*pip, "--force-reinstall", "--no-deps", *flags, built[kind], cwd=tmp_path)
    place = run(environment / "python", "-c", PROBE, cwd=tmp_path).strip()
    home = built["editable"] if kind == "editable" else environment.parent
    assert Path(place).is_relative_to(home)

    snapc = environment / "snapc"
    run(snapc, *PROGRAM, "--emit", "onnx", "-o", "m.onnx", cwd=tmp_path)
    onnx.checker.check_model(onnx.load(tmp_path / "m.onnx"), full_check=True)
    source = run(snapc, *PROGRAM, "--emit", "torch", cwd=tmp_path)
    compile(source, "block.py", "exec")
    assert "import torch" in source
    run(snapc, "-e", "sepconv3", cwd=tmp_path)  # a word of the prelude
