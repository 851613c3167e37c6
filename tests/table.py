"""Writes `grammar/snap.json`, the table of the grammar, anew: `python -m tests.table`."""

from __future__ import annotations

from pathlib import Path

from snaplang.derive import derived
from snaplang.lalr import TABLE, grammar

FILE = Path(__file__).parent.parent / "grammar" / TABLE

if __name__ == "__main__":
    FILE.write_text(derived(grammar()).text(), "utf-8")
