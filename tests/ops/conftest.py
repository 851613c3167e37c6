"""Ops that a test declares are gone behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snaplang.ops import CORE_NAMES, TABLE, remove


@pytest.fixture(autouse=True)
def clean_table() -> Iterator[None]:
    """Takes back what a test declares."""
    yield
    for name in set(TABLE) - CORE_NAMES:
        remove(TABLE[name])
