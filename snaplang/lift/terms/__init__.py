"""Terms: what a foreign model computes, before it is known which ops those are.

    terms    Term and Const
    shapes   foreign shapes; extents, views and fitting compare them
    folding  constants worked out
    source   where a term comes from, for errors

Terms are made by readers, folded as they are made, and matched by patterns.
"""

from __future__ import annotations

from snaplang.lift.terms.terms import (
    Const,
    ModelPlace,
    ModelTerms,
    Term,
    UnfitError,
    Value,
)

__all__ = [
    "Const",
    "ModelPlace",
    "ModelTerms",
    "Term",
    "UnfitError",
    "Value",
]
