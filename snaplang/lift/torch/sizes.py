"""Sizes of traced tensors, as PyTorch code computes with them.

A size that is known is an `int` that remembers its tensor; one that is a letter is a `SymSize`.
What code asks of letters (`if h % 2:`) is answered for multiples of a number with many divisors.
"""

from __future__ import annotations

from typing import Any

from snaplang.dims import Dim, dim, floor_div, substitute
from snaplang.lift.terms.extents import Extent
from snaplang.lift.terms.shapes import UnfitError, quotient

SAMPLE = 5040  # divided by 1 to 10


class KnownSize(int):
    """A size that is a number; `extent` says whose."""

    extent: Extent

    @staticmethod
    def of(extent: Extent) -> KnownSize:
        """The number of an extent."""
        made = KnownSize(extent.whole() or 0)
        made.extent = extent
        return made


class SymSize:
    """A size that is not known, and arithmetic on it."""

    def __init__(self, size: Dim) -> None:
        self.dim = size

    def sample(self) -> int:
        """What it would be if all letters were large multiples."""
        names = sorted(self.dim.letters())
        known = {name: dim(SAMPLE * (i + 2)) for i, name in enumerate(names)}
        found = substitute(self.dim, known).whole()
        if found is None:
            raise UnfitError(f"{self.dim} is no size")
        return found

    def __add__(self, other: Any) -> Any:
        return plain(self.dim + as_dim(other))

    def __sub__(self, other: Any) -> Any:
        return plain(self.dim - as_dim(other))

    def __rsub__(self, other: Any) -> Any:
        return plain(as_dim(other) - self.dim)

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, int | SymSize):
            return NotImplemented
        return plain(self.dim * as_dim(other))

    def __neg__(self) -> Any:
        return plain(-self.dim)

    def __floordiv__(self, other: Any) -> Any:
        return divided(self.dim, as_dim(other))

    def __rfloordiv__(self, other: Any) -> Any:
        return divided(as_dim(other), self.dim)

    def __truediv__(self, other: Any) -> Any:
        return divided(self.dim, as_dim(other))

    def __mod__(self, other: Any) -> Any:
        by = as_dim(other)
        return plain(self.dim - as_dim(divided(self.dim, by)) * by)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, int | SymSize):
            return False
        return self.dim == as_dim(other) or self.sample() == _sampled(other)

    def __hash__(self) -> int:
        return hash(self.dim)

    def __lt__(self, other: Any) -> bool:
        return bool(self.sample() < _sampled(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.sample() <= _sampled(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.sample() > _sampled(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.sample() >= _sampled(other))

    def __bool__(self) -> bool:
        return self.sample() != 0

    __radd__, __rmul__ = __add__, __mul__

    def __int__(self) -> int:
        raise UnfitError(f"the size {self.dim} is used as a number")

    __index__ = __float__ = __int__

    def __repr__(self) -> str:
        return str(self.dim)


def as_dim(value: Any) -> Dim:
    """A size in code as a Dim; raises `UnfitError` for what is none."""
    if isinstance(value, SymSize):
        return value.dim
    if isinstance(value, KnownSize):
        return value.extent
    if isinstance(value, Dim):
        return value
    if isinstance(value, int):
        return dim(int(value))
    if isinstance(value, float) and value == int(value):
        return dim(int(value))
    raise UnfitError(f"{value!r} stands where a size is expected")


def plain(size: Dim) -> Any:
    """A Dim as code computes with it."""
    whole = size.whole()
    return SymSize(size) if whole is None else whole


def divided(value: Dim, by: Dim) -> Any:
    """A quotient of sizes, rounded down."""
    found = quotient(value, by)
    if found is not None and all(isinstance(v, int) for _, v in found.terms):
        return plain(found)
    number = by.whole()
    if number is None or number < 1:
        raise UnfitError(f"{value} divided by {by} is not known")
    return plain(floor_div(value, number))


def _sampled(value: Any) -> Any:
    return value.sample() if isinstance(value, SymSize) else value
