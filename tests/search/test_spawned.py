"""A script that searches with workers on import: one error with a hint, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
from snapsearch import search, SearchError
print("imported")
try:
    search(task="digits", strategy="random", trials=2, workers=2, parallel=2, OUT)
except SearchError as error:
    print(error)
"""


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    for out in ("", 'out="run"'):
        script = tmp_path / "script.py"
        script.write_text(SCRIPT.replace("OUT", out))
        done = subprocess.run(
            [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert "error[S405]: " in done.stdout and '`if __name__ == "__main__":`' in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
