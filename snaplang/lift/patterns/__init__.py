"""Patterns that find ops in terms: what exporters write out in full, found again.

    patterns     a term to a tile: an op and the terms it takes
    activations  functions written out
    attention    attention written out
    algebra      sums and products taken apart
    tiles        Tile

Term -> tile. A pattern that does not fit says nothing; the plain op is the last.
"""

from __future__ import annotations

from snaplang.lift.patterns.patterns import (
    demanded,
    tile,
)

__all__ = [
    "demanded",
    "tile",
]
