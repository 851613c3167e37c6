"""What a case of a check has counted, and what failed, as texts for people.

>>> found = Outcome()
>>> found.count("pairs")
>>> found.counts["pairs"]
1
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from snaplang.api import fingerprint
from snaplang.diagnostics import SnapError
from snaplang.graph import Graph
from snaplang.ops.spec import OpSpec
from snaplang.testing.checks.listing import listing
from snaplang.testing.generators.userops import declared

LEVELS = ("structure", "algebra")


@dataclass
class Outcome:
    """Counts by name, and failures."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def count(self, name: str) -> None:
        """One more."""
        self.counts[name] += 1

    def fail(self, seed: int, what: str, *graphs: Graph) -> None:
        """Note a failure, with the graphs that show it; `what` begins with its kind."""
        ops = {n.op.id: n.op for g in graphs for n in g.nodes if n.op.family == "user"}
        facts = [f"{o.name}: {' '.join(sorted(f.name for f in o.facts))}" for o in ops.values()]
        lines = [f"seed {seed}: {what}", *map(listing, graphs), *facts]
        self.failures.append("\n  ".join(lines))

    def add(self, other: Outcome) -> None:
        """Those of another outcome, too."""
        self.counts.update(other.counts)
        self.failures += other.failures


@contextmanager
def chance(seed: int) -> Iterator[tuple[random.Random, list[OpSpec]]]:
    """The random numbers of a case; in two of five cases there are users' ops."""
    rng = random.Random(seed)
    with declared(rng, rng.choice((0, 0, 0, 3, 6))) as ops:
        yield rng, ops


def print_of(graph: Graph, level: str) -> str:
    """The fingerprint, or what kept it from being made: a crash is a verdict too."""
    try:
        return fingerprint(graph, level)
    except SnapError as error:
        return f"{error.diagnostics[0].code}: {error}"
    except Exception as error:  # whatever it is, it is a failure
        return f"{type(error).__name__}: {error}"


def crashed(text: str) -> bool:
    """Whether a fingerprint is none."""
    return not text.startswith("snap")
