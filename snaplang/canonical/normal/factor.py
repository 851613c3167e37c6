"""Sums written out: which of them share parts, decided by what they mean alone.

A sum is a multiset of instances. Written flat, all sums of a network can be quadratic, even
exponential; so each takes the largest sum that is written already and is part of it, then the next,
and names the rest one by one. Multiplicities from 4 on are made by doubling. A multiset is held as
bits over the stretch of the canonical order that it spans.

>>> plus(Bag(7, (0b01, 0b01)), Bag(7, (0b11,)))  # 3a and a+b, a in place 7
Bag(base=7, planes=(2, 0, 1))
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from functools import reduce
from itertools import zip_longest
from operator import or_

FLAT = 4  # multiplicities from here on are made by doubling


@dataclass(frozen=True, slots=True)
class Bag:
    """A multiset of places in the canonical order.

    Bit i of plane k is bit k of the multiplicity of place `base + i`. The last plane is not 0, and
    `base` is the first place of all.
    """

    base: int = 0
    planes: tuple[int, ...] = ()

    def members(self, plane: int) -> list[int]:
        """The places in a plane; counted from behind where it is negative."""
        return [self.base + bit for bit in bits(self.planes[plane])]

    @property
    def mask(self) -> int:
        """A bit for each place from `base` on: whether it is there at all."""
        return reduce(or_, self.planes, 0)


def _aligned(left: Bag, right: Bag) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """The planes of both from the first place of either on."""
    gap = right.base - left.base
    if gap == 0:
        return left.base, left.planes, right.planes
    if gap > 0:
        return left.base, left.planes, tuple([plane << gap for plane in right.planes])
    return right.base, tuple([plane << -gap for plane in left.planes]), right.planes


def _normal(base: int, planes: list[int]) -> Bag:
    while planes and not planes[-1]:
        planes.pop()
    mask = reduce(or_, planes, 0)
    if not mask:
        return Bag()
    first = (mask & -mask).bit_length() - 1
    return Bag(base + first, tuple([plane >> first for plane in planes] if first else planes))


def plus(left: Bag, right: Bag) -> Bag:
    """The sum of two multisets."""
    if not left.planes or not right.planes:
        return left if left.planes else right
    base, ours, theirs = _aligned(left, right)
    result, carry = [], 0
    for a, b in zip_longest(ours, theirs, fillvalue=0):
        result.append(a ^ b ^ carry)
        carry = (a & b) | (carry & (a ^ b))
    return _normal(base, [*result, carry])


def minus(left: Bag, right: Bag) -> Bag:
    """What is left of a multiset without a part of it."""
    base, ours, theirs = _aligned(left, right)
    result, borrow = [], 0
    for a, b in zip_longest(ours, theirs, fillvalue=0):
        result.append(a ^ b ^ borrow)
        borrow = (~a & b) | (borrow & ~(a ^ b))
    return _normal(base, result)


def times(bag: Bag, factor: int) -> Bag:
    """A multiset so many times."""
    if factor == 1:
        return bag
    result = Bag()
    while factor:
        shift = (factor & -factor).bit_length() - 1
        result = plus(result, Bag(bag.base, (0,) * shift + bag.planes))
        factor &= factor - 1
    return result


def within(part: Bag, whole: Bag) -> bool:
    """Whether no multiplicity in `part` is beyond that in `whole`."""
    if not part.planes:
        return True
    if len(part.planes) > len(whole.planes) or part.base < whole.base:
        return False
    gap, undecided = part.base - whole.base, -1
    for k in range(len(whole.planes) - 1, -1, -1):
        a, b = part.planes[k] << gap if k < len(part.planes) else 0, whole.planes[k]
        if undecided & a & ~b:
            return False
        undecided &= ~(b & ~a)
    return True


def bits(mask: int) -> list[int]:
    """The places of the bits of a mask."""
    digits = bin(mask)[:1:-1]
    found, at = [], digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


@dataclass(frozen=True)
class Part:
    """A sum that is written: its name, its place in the order of writing, its terms."""

    name: int
    bag: Bag
    count: int


@dataclass
class Factored:
    """Sums of one kind, written one after the other. `write` gives names to sums of names.

    `parts` are the sums so far by their first term, the smallest first; `firsts` has these terms.
    """

    parts: dict[int, list[Part]] = field(default_factory=dict)
    firsts: int = 0

    def split(self, whole: Bag) -> tuple[list[int], Bag]:
        """The names of written sums that a sum takes, the largest first, and what is left."""
        taken: list[int] = []
        rest = whole
        while True:
            found = self._largest(rest, whole)
            if found is None:
                return taken, rest
            taken.append(found.name)
            rest = minus(rest, found.bag)

    def _largest(self, rest: Bag, whole: Bag) -> Part | None:
        """The largest written part of what is left of a sum; of equals the first.

        At level `structure` a sum that equals the whole may be another instance, and is no part.
        """
        best: Part | None = None
        for bit in bits(rest.mask & self.firsts >> rest.base):
            for part in reversed(self.parts[rest.base + bit]):
                if best is not None and part.count <= best.count:
                    break
                if part.bag != whole and within(part.bag, rest):
                    best = part
                    break
        return best

    def add(self, name: int, bag: Bag) -> None:
        """Note that a sum is written."""
        count = sum(plane.bit_count() << k for k, plane in enumerate(bag.planes))
        insort(self.parts.setdefault(bag.base, []), Part(name, bag, count), key=_smallest_first)
        self.firsts |= 1 << bag.base


def _smallest_first(part: Part) -> tuple[int, int]:
    return part.count, -part.name
