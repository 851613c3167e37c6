"""Rewrites of graphs that keep the architecture: each law, in both directions, at a random place.

They are written from the statement of the laws, and know nothing of the canonicalizer.

>>> import random
>>> from snaplang.api import lower
>>> len(rewritten(random.Random(1), lower("relu"), 5, "algebra").nodes) > 1
True
"""

from __future__ import annotations

from snaplang.testing.rewrites.apply import LAWS, rewritten

__all__ = ["LAWS", "rewritten"]
