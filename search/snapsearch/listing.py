"""Lists of names for the command line."""

from __future__ import annotations

from collections.abc import Mapping

from snapsearch.registry import Entry


def listed(entries: Mapping[str, Entry]) -> str:
    """A name and its line each.

    >>> listed({"a": Entry("m:A", "the first"), "bcd": Entry("m:B", "the second")})
    'a    the first\\nbcd  the second'
    """
    width = max(map(len, entries))
    return "\n".join(f"{name:{width}}  {entry.summary}" for name, entry in entries.items())
