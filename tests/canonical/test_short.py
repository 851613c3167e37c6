"""Canonical programs are short: against the shortest programs of their architectures.

All programs over a vocabulary are made, shortest first, so that the first of each architecture is
one of its shortest. `python -m tests.canonical.test_short 6` does so up to a length.
"""

from __future__ import annotations

import sys

import snaplang as snap
from snaplang.printing.printer import printout
from tests.canonical.corpus import programs_up_to

VOCABULARY = [
    *("dup", "swap", "over", "rot", "drop", "pick2"),
    *("add", "add3", "max", "cat", "conv3", "relu", "zero", "split"),
]


def ratios(length: int) -> list[float]:
    """Symbols of the canonical program over those of the shortest, for each architecture."""
    shortest: dict[str, tuple[int, snap.Graph]] = {}
    for text, graph in programs_up_to(length, VOCABULARY):
        symbols = len(text.split())
        found = snap.fingerprint(graph)
        if found not in shortest or symbols < shortest[found][0]:
            shortest[found] = symbols, graph
    return [
        printout(snap.canonicalize(graph)).symbols / max(symbols, 1)
        for symbols, graph in shortest.values()
    ]


def test_at_most_five_percent_longer() -> None:
    found = ratios(4)
    assert len(found) > 500
    assert sum(found) / len(found) <= 1.05


def main(length: int) -> None:
    """Print the mean, the worst, and how many are exactly the shortest."""
    found = ratios(length)
    exact = sum(r <= 1 for r in found) / len(found)
    mean = sum(found) / len(found)
    print(f"{len(found)} architectures: mean {mean:.4f}, worst {max(found):.2f}, exact {exact:.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
