"""A sample of the fuzzing of `python -m tests.syntax.fuzz`, and that it can fail."""

from __future__ import annotations

import pytest

from tests.cli import fuzz_command
from tests.syntax import fuzz


def test_no_bytes_upset_the_compiler() -> None:
    accepted, rejected, _ = fuzz.run(1500)
    assert accepted > 50
    assert rejected > 1500


def test_a_crash_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(fuzz, "lower", crash)
    with pytest.raises(AssertionError, match="seed"):
        fuzz.run(50)


def test_no_command_line_upsets_the_command() -> None:
    codes = fuzz_command.run(400)
    assert min(codes.values()) > 0 and codes[1] > 50


def test_a_crash_of_the_command_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("snaplang.cli.same.request", crash)
    with pytest.raises(AssertionError, match="seed"):
        fuzz_command.run(100)
