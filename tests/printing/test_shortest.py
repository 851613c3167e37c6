"""Printed programs are hardly longer than the shortest there are: at most 1.05 times on average.

`python -m tests.printing.test_shortest 2000` measures on as many graphs as asked for.
"""

from __future__ import annotations

import sys

import pytest

from snaplang.api import lower
from snaplang.graph import Graph
from snaplang.printing.printer import printout
from tests.printing.shortest import shortest
from tests.printing.small import small_graphs

SHORTEST = [
    ("", 0),
    ("dup conv3 add", 3),
    ("in 2 swap out 2", 5),
    ("in 2 drop", 3),
    ("in 3 over out 4", 5),
    ("dup conv3 over conv3 like over conv3 swap like like", 9),
    ("split4 roll3 drop cat3", 4),
]


@pytest.mark.parametrize(("text", "length"), SHORTEST)
def test_known_lengths(text: str, length: int) -> None:
    graph = lower(text)
    assert shortest(graph) == length == printout(graph).symbols


def ratios(graphs: list[Graph]) -> list[float]:
    """Printed over shortest length of each graph."""
    return [printout(graph).symbols / (shortest(graph) or 1) for graph in graphs]


def test_at_most_five_percent_longer_than_the_shortest() -> None:
    found = ratios(small_graphs(seed=1, count=120))
    assert min(found) >= 1  # the exhaustive search found nothing longer than the printer did
    assert sum(found) / len(found) <= 1.01  # the aim is 1.05


def main(count: int) -> None:
    """Print the mean, the worst and the share of the exactly shortest."""
    found = ratios(small_graphs(seed=2, count=count))
    exact = sum(r == 1 for r in found) / count
    print(
        f"{count} graphs: mean {sum(found) / count:.4f}, worst {max(found):.3f}, exact {exact:.1%}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
