"""Strategies for hypothesis, where they were before: `snaplang.testing` has these and more.

>>> from snaplang import testing
>>> programs is testing.programs
True
"""

from __future__ import annotations

from snaplang.testing.strategies import (
    Ops,
    Pairs,
    different_programs,
    equivalent_programs,
    graphs,
    programs,
)

__all__ = ["Ops", "Pairs", "different_programs", "equivalent_programs", "graphs", "programs"]
