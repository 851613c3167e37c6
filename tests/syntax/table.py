"""Writes `grammar/snap.json`, the table of the grammar, anew: `python -m tests.syntax.table`."""

from __future__ import annotations

from pathlib import Path

from snaplang.syntax.derive import derived
from snaplang.syntax.table import TABLE, grammar

FILE = Path(__file__).parents[2] / "grammar" / TABLE

if __name__ == "__main__":
    FILE.write_text(derived(grammar()).text(), "utf-8")
