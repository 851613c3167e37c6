"""The fingerprint: `snap2:` or `snap2s:` and 32 hex digits.

It is the BLAKE2b-128 of the sorted colours of the last upward pass: see `colours.py`, `ties.py` and
`docs/theory.md` for the definition, which is by value and part of the language's version.

>>> from snaplang.api import lower
>>> fingerprint_of(lower("dup conv3 add")) == fingerprint_of(lower("dup conv3 swap add"))
True
"""

from __future__ import annotations

from hashlib import blake2b

from snaplang.canonical.normal import normal
from snaplang.canonical.order import final_colours
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.graph import Graph

PREFIX = {"algebra": "snap2:", "structure": "snap2s:"}
_HASHES = {
    level: blake2b(digest_size=16, person=prefix[:-1].encode()) for level, prefix in PREFIX.items()
}


def checked(level: str) -> str:
    """The level; a `SnapError` names those there are."""
    if not isinstance(level, str) or level not in PREFIX:
        hint = "the levels are `structure` and `algebra`"
        raise SnapError(Diagnostic("E510", f"`{level}` is no level of sameness", hint=hint))
    return level


def fingerprint_of(graph: Graph, level: str = "algebra") -> str:
    """The fingerprint of a graph without open choices."""
    prefix = PREFIX[checked(level)]
    colours = final_colours(normal(graph, level))
    state = _HASHES[level].copy()
    state.update(b"".join(sorted(colours.values())))
    return prefix + state.hexdigest()
