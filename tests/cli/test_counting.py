"""Spaces counted against plain enumeration."""

from __future__ import annotations

import json
from itertools import product

import pytest
from click.testing import CliRunner

import snaplang as snap
from snaplang.cli import counting, snapc
from snaplang.cli.outputs import Request


def by_hand(vocabulary: str, length: int, level: str) -> tuple[int, int]:
    """Programs of one length that lower to one tensor, and their architectures."""
    prints = []
    for words in product(vocabulary.split(), repeat=length):
        try:
            prints.append(snap.fingerprint(" ".join(words), level))
        except snap.SnapError:
            continue
    return len(prints), len(set(prints))


@pytest.mark.parametrize("level", ["structure", "algebra"])
@pytest.mark.parametrize(
    "vocabulary", ["dup swap add conv3 relu", "dup cat split zero max", "over drop dup mul relu6"]
)
def test_a_free_space(vocabulary: str, level: str) -> None:
    rows = counting.free_space(vocabulary, 5, level=level).rows
    for row in rows[1:]:
        assert (row.programs, row.architectures) == by_hand(vocabulary, row.length, level)
    assert sum(row.new for row in rows) <= sum(row.architectures for row in rows)


def test_new_architectures_are_those_of_no_shorter_program() -> None:
    known: set[str] = set()
    for row in counting.free_space("dup add relu zero", 5).rows:
        found = set()
        for words in product(["dup", "add", "relu", "zero"], repeat=row.length):
            try:
                found.add(snap.fingerprint(" ".join(words)))
            except snap.SnapError:
                continue
        assert row.new == len(found - known)
        known |= found


def test_a_symbol_with_a_rank() -> None:
    assert counting.free_space("conv1x3 relu", 2).rows[2].programs == 4


def test_inputs_of_a_free_space() -> None:
    rows = counting.free_space("add relu", 2, ["N,8,H,W", "N,8,H,W"]).rows
    assert [row.programs for row in rows] == [0, 1, 2]


SPACES = {
    "<conv3|conv5> <relu|<gelu|silu>>": (6, 6),
    "<relu|relu6> <relu|identity>": (4, 2),
    "<p: conv3|conv5> <p>": (2, 2),
    "<conv(3,stride=2)|conv3> -> y y y add": (2, 2),
    "dup <conv3|conv(3,out=2*c)> add": (1, 1),
    "relu": (1, 1),
}


@pytest.mark.parametrize("text", SPACES)
def test_a_space_of_choices(text: str) -> None:
    found = counting.space(Request(None, text), 1000)
    assert (found.programs, found.architectures) == SPACES[text]


def test_decided_choices_count_once() -> None:
    request = Request(None, "<a: conv3|conv5> <relu|gelu>", choose="a=1")
    assert counting.space(request, 10).programs == 2


def run(*args: str) -> tuple[int, str]:
    """The exit code and output of a command."""
    found = CliRunner().invoke(snapc, args, obj="text", standalone_mode=False)
    code = found.exception.exit_code if isinstance(found.exception, snap.SnapError) else 0
    return code, found.output if found.exception is None else str(found.exception)


def test_the_command() -> None:
    assert run("count", "-e", "<relu|gelu>") == (0, "2 programs\n2 architectures (algebra)\n")
    code, text = run("count", "-e", "<relu|gelu>", "--json", "--level", "structure")
    assert (code, json.loads(text)) == (
        0,
        {"programs": 2, "architectures": 2, "level": "structure"},
    )
    code, text = run("count", "--vocabulary", "dup add", "--max-length", "2", "--json")
    assert code == 0
    assert json.loads(text)["lengths"][2] == {
        "length": 2,
        "programs": 1,
        "architectures": 1,
        "new": 1,
    }


def test_a_space_that_is_too_large() -> None:
    code, text = run("count", "-e", "{ <relu|gelu> }*40")
    assert code == 1
    assert "E511" in text and "1,099,511,627,776" in text


@pytest.mark.parametrize(
    ("vocabulary", "error"),
    [
        ("in 2 add", "E512"),
        ("def a { relu } a", "E512"),
        ("<relu|tanh> conv3", "E512"),
        ("relu -> a", "E512"),
        ("dup )", "E102"),
        ("nosuch relu", "E201"),
    ],
)
def test_no_vocabulary(vocabulary: str, error: str) -> None:
    code, text = run("count", "--vocabulary", vocabulary, "--max-length", "2")
    assert code == 1
    assert error in text


def test_the_limit_of_a_free_space() -> None:
    args = ["count", "--vocabulary", "relu tanh sigmoid", "--max-length", "6", "--limit"]
    code, text = run(*args, "10")
    assert code == 1 and "E511" in text
    assert run(*args, "1000")[0] == 0
