"""The Python in the pages on spaces and strategies runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.architecture import ROOT

PAGES = [ROOT / "docs" / "search" / f"{name}.md" for name in ("spaces", "strategies")]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_python_in_the_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert code
    for part in code:
        exec(compile(part, str(page), "exec"), {"__name__": "page"})
