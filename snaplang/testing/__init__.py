"""Random graphs and programs of everything the language has, and what holds of all of them.

    strategies  for hypothesis: programs, graphs, texts, pairs that are the same or not
    generators  graphs on inputs of all kinds, of all ops at all values; program texts; token rows
    sampling    programs as people write them, for `programs` and its like
    rewrites    laws of sameness at random places of a graph, both ways; changes in one place
    oracle      a second opinion on sameness, by nauty
    checks      what is tried at length: `python -m snaplang.testing laws 100000`

Names are imported when they are first used: strategies need hypothesis, the oracle pynauty.

>>> import random
>>> from snaplang.testing import Plan, grow
>>> grow(random.Random(0), Plan(size=4)) == grow(random.Random(0), Plan(size=4))
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snaplang.testing.checks import CHECKS, Outcome, check
    from snaplang.testing.generators.growing import Plan, grow
    from snaplang.testing.generators.programs import Written, write
    from snaplang.testing.oracle import Judged, certificate, judged, same
    from snaplang.testing.rewrites import LAWS, rewritten
    from snaplang.testing.rewrites.near import changed
    from snaplang.testing.strategies import (
        any_graphs,
        different_programs,
        equivalent_graphs,
        equivalent_programs,
        graphs,
        inputs,
        near_misses,
        programs,
        texts,
    )

_HOMES = {
    "CHECKS": "checks",
    "Judged": "oracle",
    "LAWS": "rewrites",
    "Outcome": "checks",
    "Plan": "generators.growing",
    "Written": "generators.programs",
    "any_graphs": "strategies",
    "certificate": "oracle",
    "changed": "rewrites.near",
    "check": "checks",
    "different_programs": "strategies",
    "equivalent_graphs": "strategies",
    "equivalent_programs": "strategies",
    "graphs": "strategies",
    "grow": "generators.growing",
    "inputs": "strategies",
    "judged": "oracle",
    "near_misses": "strategies",
    "programs": "strategies",
    "rewritten": "rewrites",
    "same": "oracle",
    "texts": "strategies",
    "write": "generators.programs",
}

__all__ = [
    "CHECKS",
    "LAWS",
    "Judged",
    "Outcome",
    "Plan",
    "Written",
    "any_graphs",
    "certificate",
    "changed",
    "check",
    "different_programs",
    "equivalent_graphs",
    "equivalent_programs",
    "graphs",
    "grow",
    "inputs",
    "judged",
    "near_misses",
    "programs",
    "rewritten",
    "same",
    "texts",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `snaplang.testing` has no attribute `{name}`")
    return getattr(import_module(f"snaplang.testing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
