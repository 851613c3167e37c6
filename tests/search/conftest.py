"""A folder for runs that is quick to write: killed processes don't need a slow disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _memory() -> Path | None:
    shared = Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) else None


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in memory where the system has such."""
    with tempfile.TemporaryDirectory(dir=_memory(), prefix="snapsearch-") as made:
        yield Path(made)
