"""Sizes that remember whose they are: `y.shape[2:]` names `y`, not the numbers alone.

>>> h = Extent(letter("H"), "y", 2)
>>> h == letter("H"), common_source((dim(3), h))
(True, None)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from snaplang.dims import Dim, dim, letter

__all__ = ["Extent", "common_source", "dim", "letter"]


class Extent(Dim):
    """The size of an axis of a tensor. Arithmetic on it gives sizes without memory."""

    __slots__ = ("axis", "source")

    def __init__(self, size: Dim, source: Any, axis: int) -> None:
        super().__init__(dict(size.terms))
        self.source, self.axis = source, axis

    __hash__ = Dim.__hash__

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


def common_source(sizes: Sequence[Dim]) -> Any:
    """The tensor whose sizes these are, all of them its last axes; None where there is none."""
    owners = {id(s.source) for s in sizes if isinstance(s, Extent)}
    if len(owners) != 1 or not all(isinstance(s, Extent) for s in sizes):
        return None
    axes = [s.axis for s in sizes if isinstance(s, Extent)]
    if axes != list(range(axes[0], axes[0] + len(axes))):
        return None
    first = sizes[0]
    return first.source if isinstance(first, Extent) else None
