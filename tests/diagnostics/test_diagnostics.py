"""Each wrong program gives exactly its golden message; its valid twin is accepted."""

from __future__ import annotations

import pytest

from tests.diagnostics.golden import Golden, cases, message, run

CASES = cases()
IDS = [case.path.stem for case in CASES]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_message(case: Golden) -> None:
    assert case.message
    assert message(case) == case.message


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_twin_is_accepted(case: Golden) -> None:
    assert run(case.right, case.right_inputs).outputs
