"""Every error code explains itself, and its examples are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import snaplang
from snaplang import SnapError, lower
from snaplang.diagnostics.codes import CODES, explanation

SHOWN = [code for code, entry in CODES.items() if entry.wrong]


@pytest.mark.parametrize("code", SHOWN)
def test_wrong_example_has_exactly_this_error(code: str) -> None:
    entry = CODES[code]
    with pytest.raises(SnapError) as caught:
        lower(entry.wrong, inputs=entry.inputs or None)
    assert {d.code for d in caught.value.diagnostics} == {code}


@pytest.mark.parametrize("code", SHOWN)
def test_right_example_lowers(code: str) -> None:
    entry = CODES[code]
    assert lower(entry.right, inputs=entry.inputs or None).nodes is not None


@pytest.mark.parametrize("code", CODES)
def test_explanation_names_the_code_and_says_something(code: str) -> None:
    text = explanation(code)
    assert text.startswith(f"{code}: {CODES[code].title}\n")
    assert CODES[code].text in text


def test_every_code_that_the_source_raises_is_explained() -> None:
    root = Path(snaplang.__file__).parent
    explained = root / "diagnostics" / "codes"
    assert explained.is_dir()  # where codes are named that nobody need raise
    raised = {
        code
        for path in root.rglob("*.py")
        if explained not in path.parents
        for code in re.findall(r'"(E\d{3})"', path.read_text("utf-8"))
    }
    assert raised - set(CODES) == set()
    assert set(CODES) - raised == set()
