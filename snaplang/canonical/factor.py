"""Sums written out: which of them share parts, decided by what they mean alone.

A sum is a multiset of instances. Written flat, all sums of a network can be quadratic, even
exponential; so each takes the largest sum that is written already and is part of it, then the next,
and names the rest one by one. Multiplicities from 4 on are made by doubling. A multiset is a list
of planes: bit i of plane k is bit k of the multiplicity of instance i in canonical order.

>>> plus([0b01, 0b01], [0b11])  # 3a and a+b
[2, 0, 1]
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from itertools import zip_longest

Planes = list[int]
FLAT = 4  # multiplicities from here on are made by doubling


def plus(left: Planes, right: Planes) -> Planes:
    """The sum of two multisets."""
    result, carry = [], 0
    for a, b in zip_longest(left, right, fillvalue=0):
        result.append(a ^ b ^ carry)
        carry = (a & b) | (carry & (a ^ b))
    return _trimmed([*result, carry])


def minus(left: Planes, right: Planes) -> Planes:
    """What is left of a multiset without a part of it."""
    result, borrow = [], 0
    for a, b in zip_longest(left, right, fillvalue=0):
        result.append(a ^ b ^ borrow)
        borrow = (~a & b) | (borrow & ~(a ^ b))
    return _trimmed(result)


def times(planes: Planes, factor: int) -> Planes:
    """A multiset so many times."""
    result: Planes = []
    while factor:
        shift = (factor & -factor).bit_length() - 1
        result = plus(result, [0] * shift + planes)
        factor &= factor - 1
    return result


def within(part: Planes, whole: Planes) -> bool:
    """Whether no multiplicity in `part` is beyond that in `whole`."""
    if len(part) > len(whole):
        return False
    undecided = -1
    for k in range(len(whole) - 1, -1, -1):
        a, b = part[k] if k < len(part) else 0, whole[k]
        if undecided & a & ~b:
            return False
        undecided &= ~(b & ~a)
    return True


def _trimmed(planes: Planes) -> Planes:
    while planes and not planes[-1]:
        planes.pop()
    return planes


def members(mask: int) -> list[int]:
    """The bits of a mask."""
    digits = bin(mask)[:1:-1]
    found, at = [], digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


def _everything(planes: Planes) -> int:
    mask = 0
    for plane in planes:
        mask |= plane
    return mask


@dataclass(frozen=True)
class Part:
    """A sum that is written: its name, its place in the order of writing, its terms."""

    name: int
    planes: Planes
    count: int


@dataclass
class Factored:
    """Sums of one kind, written one after the other. `write` gives names to sums of names.

    `parts` are the sums so far by their first term, the smallest first; `firsts` has these terms.
    """

    parts: dict[int, list[Part]] = field(default_factory=dict)
    firsts: int = 0

    def split(self, planes: Planes) -> tuple[list[int], Planes]:
        """The names of written sums that a sum takes, the largest first, and what is left."""
        taken: list[int] = []
        whole = planes  # at level `structure` an equal sum may be another instance
        while True:
            found = self._largest(planes, whole)
            if found is None:
                return taken, planes
            taken.append(found.name)
            planes = minus(planes, found.planes)

    def _largest(self, planes: Planes, whole: Planes) -> Part | None:
        """The largest written part of a sum but `whole`; of equals the first."""
        best: Part | None = None
        for term in members(_everything(planes) & self.firsts):
            for part in reversed(self.parts[term]):
                if best is not None and part.count <= best.count:
                    break
                if part.planes != whole and within(part.planes, planes):
                    best = part
                    break
        return best

    def add(self, name: int, planes: Planes) -> None:
        """Note that a sum is written."""
        count = sum(plane.bit_count() << k for k, plane in enumerate(planes))
        everything = _everything(planes)
        first = (everything & -everything).bit_length() - 1
        insort(self.parts.setdefault(first, []), Part(name, planes, count), key=_smallest_first)
        self.firsts |= 1 << first


def _smallest_first(part: Part) -> tuple[int, int]:
    return part.count, -part.name
