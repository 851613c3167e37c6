"""Every code of searches is declared and raised, and its examples are true."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

import snapsearch
from snapsearch.codes import CODES, explanation
from snapsearch.config.reading import Origin, read
from snapsearch.errors import SearchError, Several
from snapsearch.run.parts import Parts
from tests.search.test_command import call

WRONG = [code for code, entry in CODES.items() if entry.wrong]
RIGHT = [code for code, entry in CODES.items() if entry.right]


def parts(text: str, folder: Path) -> Parts:
    """What a configuration stands for."""
    path = folder / "run.toml"
    path.write_text(text + "\n")
    return Parts.of(read(path, {}), Origin(path, text))


@pytest.mark.parametrize("code", WRONG)
def test_wrong_example_has_exactly_this_error(code: str, tmp_path: Path) -> None:
    with pytest.raises(SearchError) as caught:
        parts(CODES[code].wrong, tmp_path)
    assert {e.code for e in getattr(caught.value, "errors", (caught.value,))} == {code}


@pytest.mark.parametrize("code", RIGHT)
def test_right_example_is_right(code: str, tmp_path: Path) -> None:
    assert parts(CODES[code].right, tmp_path).space.symbols


def test_codes_are_those_that_the_source_raises() -> None:
    root = Path(snapsearch.__file__).parent
    raised = {
        code
        for path in root.rglob("*.py")
        if path.name not in ("codes.py", "errors.py")
        for code in re.findall(r'"(S\d{3})"', path.read_text("utf-8"))
    }
    assert raised == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_explanation_says_something(code: str) -> None:
    text = explanation(code)
    assert text.startswith(f"{code}: {CODES[code].title}\n\n{CODES[code].text}")
    assert max(map(len, text.splitlines())) <= 100


def test_the_command_explains() -> None:
    assert call("explain", "s101").stdout == explanation("S101") + "\n"
    other = call("explain", "E202")
    assert other.exit_code == 2 and "`snapc explain` has those of programs" in other.stderr
    assert "S505" in call("explain", "S999").stderr


def test_several_errors_travel_between_processes() -> None:
    told = Several([SearchError("S101", "one"), SearchError("S130", "two", "here", "so")])
    assert str(pickle.loads(pickle.dumps(told))) == str(told)
