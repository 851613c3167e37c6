"""Hostile texts: the work grows as the text does, and what would take for ever is refused.

Work is counted, in calls of Python and of C functions, and in characters kept; nothing is timed.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest

from snaplang import SnapError
from snaplang.diagnostics.render import as_json, as_text
from snaplang.diagnostics.source import Source
from snaplang.lowering.lower import lower
from snaplang.lowering.words import splits
from snaplang.syntax.parser import parse

SIZE = 1500  # characters of the smaller text; the larger has four times as many
FEW = 8  # times the work; with its square it would be sixteen times


def join(pattern: Callable[[int], str], size: int) -> str:
    """As many pieces as fit."""
    return " ".join(pattern(i) for i in range(size // (len(pattern(1000)) + 1)))


TEXTS: dict[str, Callable[[int], str]] = {
    "symbols": lambda n: "relu " * (n // 5),
    "lines": lambda n: "relu\n" * (n // 5),
    "windows' lines": lambda n: "relu\r\n" * (n // 6),
    "empty lines": lambda n: "\n" * n + "add",
    "comments": lambda n: "# a comment\n" * (n // 12) + "add",
    "unknown": lambda n: join(lambda i: f"q{i}z", n),
    "words": lambda n: join(lambda i: f"def a{i} {{ relu }}", n),
    "words with typos": lambda n: join(lambda i: f"def a{i} {{ zz{i} }}", n),
    "words defined twice": lambda n: "def a { relu } " * (n // 15),
    "used files": lambda n: 'use "none" ' * (n // 11),
    "different used files": lambda n: join(lambda i: f'use "{i}"', n),
    "parameters": lambda n: f"def a({join(lambda i: f'p{i}=1,', n // 2)} q=1) {{ relu }} a(q=2)",
    "arguments by name": lambda n: (
        f"def a({join(lambda i: f'p{i}=1,', n // 2)} q=1) {{ relu }} "
        f"a({join(lambda i: f'p{i}=1,', n // 2)} q=2)"
    ),
    "arguments too many": lambda n: "conv(" + "1, " * (n // 3) + "1)",
    "expanding words": lambda n: "def a { relu } " + "a " * (n // 2),
    "named inputs": lambda n: f"in {join(lambda i: f'a{i}', n)}; a0",
    "brackets": lambda n: "[ relu | tanh ] add " * (n // 20),
    "open brackets": lambda n: "[" * n,
    "closing brackets": lambda n: "]" * n,
    "bars": lambda n: "|" * n,
    "strings": lambda n: '"' * n,
    "no characters": lambda n: "\0" * n,
    "marks of byte order": lambda n: "\ufeff" * n,
    "halves of characters": lambda n: "\ud800" * n,
    "a long name": lambda n: "a" * n,
    "a long number": lambda n: "9" * n,
    "a long string": lambda n: f'use "{"a" * n}"',
    "a long suffix": lambda n: "conv" + "1" * n,
    "a long kernel": lambda n: "conv" + "1x" * (n // 2) + "1",
    "long names with typos": lambda n: f"def {'ab' * (n // 4)}x {{ relu }} {'ba' * (n // 4)}x",
    "choices": lambda n: "<relu|tanh> " * (n // 12),
    "strides": lambda n: "conv(3, stride=2) " * (n // 18),
    "strides and back": lambda n: "upsample3 maxpool(3, stride=2) " * (n // 31),
}


def work(text: str) -> int:
    """How many calls it takes to lower a text, or to say what is wrong with it."""
    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1

    def run() -> None:
        try:
            lower(parse(Source("hostile", text)))
        except SnapError as error:
            assert as_text(error.diagnostics) and as_json(error.diagnostics)

    run()  # what a process works out once is not counted
    gc.collect()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("name", TEXTS)
def test_work_grows_as_the_text_does(name: str) -> None:
    make = TEXTS[name]
    small, large = work(make(SIZE)), work(make(4 * SIZE))
    assert large <= FEW * small, (small, large)


def test_work_that_grows_faster_would_be_seen() -> None:
    pieces = [work("relu " * n) for n in (100, 1600)]
    assert pieces[1] > FEW * pieces[0]


@pytest.mark.parametrize("suffix", ["1", "1x", "12x"])
def test_a_name_of_digits_has_few_readings(suffix: str) -> None:
    name = "conv" + suffix * 50_000 + "1"
    assert splits(name)[0] == ("conv", name[4:])
    assert len(splits(name)) <= 101


def test_long_names_are_read_as_short_ones() -> None:
    name = "a1xb" + "2x3" * 40
    assert splits(name)[0] == ("a1xb", name[4:])
    assert splits(name)[-1] == (name[:-1], "3")
    assert splits("b" * 200) == splits("1x" * 100) == ()


@pytest.mark.parametrize(
    "text",
    [
        "dup " * 999 + "roll(999) " * 200 + "add " * 999,
        "dup " * 999 + "pick(998) drop " * 200 + "add " * 999,
        "dup " * 999 + "<relu|tanh> " * 200 + "add " * 999,
        "in x(900); x " + "split900 cat900 " * 4,
        f"def a({', '.join(f'p{i}=1' for i in range(999))}) {{ relu }} " + "a " * 9,
        f"def b {{ in {' '.join(f'a{i}' for i in range(999))}; a0 }} " + "dup " * 998 + "b " * 9,
    ],
    ids=["roll", "pick", "choices", "split", "parameters", "inputs"],
)
def test_symbols_that_handle_much_count_for_many(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "snaplang.lowering.machine.MAX_STEPS", 6000
    )  # three times the symbols at most
    assert len(text.split()) < 3000
    with pytest.raises(SnapError) as found:
        lower(parse(Source("hostile", text)))
    assert "E301" in [d.code for d in found.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("conv(3, stride=2) " * 100, "E305"),
        ("maxpool(3, stride=3) " * 60, "E305"),
        ("upsample3 maxpool(3, stride=2) " * 100, "E305"),
        (f"in {' '.join(f'a{i}' for i in range(1001))}; a0", "E309"),
    ],
)
def test_what_no_tensor_has(text: str, code: str) -> None:
    with pytest.raises(SnapError) as found:
        lower(parse(Source("hostile", text)))
    assert found.value.diagnostics[0].code == code


def test_deep_networks_are_not_refused() -> None:
    assert lower(parse(Source("deep", "conv(3, stride=2) " * 20 + "gap"))).nodes
    assert lower(parse(Source("wide", "dup " * 500 + "cat501"))).nodes
    assert (
        lower(parse(Source("wide", f"in {' '.join(f'a{i}' for i in range(1000))}; a0"))).nodes == ()
    )


def test_errors_are_as_many_as_anyone_reads() -> None:
    for text in ("def a { relu } " * 5000, " ".join(f'use "{i}"' for i in range(5000))):
        with pytest.raises(SnapError) as found:
            lower(parse(Source("hostile", text)))
        assert len(found.value.diagnostics) == 50


def test_a_long_name_is_not_said_in_full() -> None:
    with pytest.raises(SnapError) as error:
        lower(parse(Source("long", "q" * 1_000_000)))
    assert all(len(found.message) < 200 for found in error.value.diagnostics)
