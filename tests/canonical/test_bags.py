"""Multisets of places: held against counters, and no larger than what they span."""

from __future__ import annotations

import random
from collections import Counter

from snaplang.canonical.normal.factor import Bag, bits, minus, plus, times, within


def bag_of(counts: Counter[int]) -> Bag:
    """A multiset, place by place."""
    found = Bag()
    for place, count in counts.items():
        found = plus(found, times(Bag(place, (1,)), count))
    return found


def counted(bag: Bag) -> Counter[int]:
    """The multiplicities of a multiset."""
    found: Counter[int] = Counter()
    for k in range(len(bag.planes)):
        found.update({place: 1 << k for place in bag.members(k)})
    return found


def test_arithmetic_is_that_of_counters() -> None:
    rng = random.Random(0)
    inside = 0
    for _ in range(2000):
        base = rng.randrange(200)
        one, other = (
            Counter(base + rng.randrange(8) for _ in range(rng.randrange(9))) for _ in range(2)
        )
        a, b = bag_of(one), bag_of(other)
        assert counted(plus(a, b)) == one + other
        assert plus(a, b) == plus(b, a) == bag_of(one + other)
        assert minus(plus(a, b), b) == a
        assert counted(times(a, 5)) == Counter({p: 5 * m for p, m in one.items()})
        assert within(a, b) == (one <= other)
        inside += one <= other
    assert inside > 50


def test_a_bag_far_out_is_small() -> None:
    bag = plus(Bag(10**9, (1,)), Bag(10**9 + 3, (1,)))
    assert bag == Bag(10**9, (0b1001,))
    assert minus(bag, Bag(10**9, (1,))) == Bag(10**9 + 3, (1,))
    assert minus(bag, bag) == Bag()
    assert bits(0b1001) == [0, 3]
