"""What a process imports: importing the package is light, and emitting never drags torch in.

Each case runs in a process of its own. Allow-lists, not deny-lists: a new import anywhere below is
a decision, made here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIGHT = {"click"}
ONNX = LIGHT | {"google", "ml_dtypes", "numpy", "onnx", "typing_extensions"}
ALLOWED = {
    "onnx": ONNX,
    "weights": LIGHT | {"ml_dtypes", "numpy", "safetensors"},
    "torch": LIGHT,
    "snap": LIGHT,
    "dot": LIGHT,
    "svg": LIGHT | {"graphviz"},
    "mermaid": LIGHT,
    "json": LIGHT,
    "stats": LIGHT,
}


@lru_cache
def imported(code: str, folder: Path = ROOT) -> frozenset[str]:
    """The top-level modules that a process has imported after `code`, run in `folder`."""
    tail = "import sys; print('\\n', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tail}"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return frozenset(done.stdout.splitlines()[-1].split())


def foreign(code: str, folder: Path = ROOT) -> set[str]:
    """The modules that `code` adds which belong neither to Python nor to this package."""
    own = {"snaplang", "grammar", "cython_runtime", *sys.stdlib_module_names}
    new = imported(code, folder) - imported("pass", folder) - own
    return {name for name in new if not name.startswith("_")}  # Cython's


def emitting(kind: str, target: Path) -> str:
    """Code that runs `snapc --emit kind` in its process."""
    args = ["-e", "dup sepconv3 bn relu add", "--input", "N,8,H,W", "--emit", kind]
    call = f"main({[*args, '-o', str(target)]!r})"
    return f"from snaplang.cli import main\ntry: {call}\nexcept SystemExit as e: assert not e.code"


def test_importing_the_package_imports_nothing_else() -> None:
    assert foreign("import snaplang") == set()


def test_reading_a_program_needs_no_library() -> None:
    assert foreign("import snaplang; snaplang.fingerprint('dup sepconv3 add')") == set()


def test_lark_comes_where_there_is_something_to_explain() -> None:
    code = "import snaplang\ntry: snaplang.parse('dup }')\nexcept snaplang.SnapError: pass"
    assert foreign(code) == set()  # a bracket needs no grammar
    assert "lark" in foreign(code.replace("}", "|"))


@pytest.mark.parametrize("kind", ALLOWED)
def test_emitting_imports_what_it_needs(kind: str, tmp_path: Path) -> None:
    if kind == "svg" and shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    found = foreign(emitting(kind, tmp_path / "out"))
    assert (tmp_path / "out").stat().st_size > 0
    assert found <= ALLOWED[kind]


def test_every_kind_is_tried() -> None:
    from snaplang.cli.outputs import EMITTERS

    assert EMITTERS.keys() - ALLOWED.keys() == {"png"}  # drawn as svg is


def test_an_import_of_torch_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("")  # a stand-in: the real one takes seconds
    for name in ("snaplang", "grammar"):
        (tmp_path / name).symlink_to(ROOT / name)
    code = f"import torch\n{emitting('dot', tmp_path / 'out')}"
    assert foreign(code, tmp_path) - ALLOWED["dot"] == {"torch"}
