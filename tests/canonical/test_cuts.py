"""Law A12 where channels are sums of sizes: parts that end where no item does."""

from __future__ import annotations

import random

import pytest

import snaplang as snap

INPUTS = [
    "in x(8,H) y(4,W); x flatten -> a x gap flatten -> b y flatten -> d y gap flatten -> e "
    "x flatten zero -> f y gap flatten zero -> g",
    "in x(c,H) y(2*c,H); x conv(1,out=8) -> a x -> b y -> d y conv(1,out=c+4) -> e "
    "x zero -> f x conv(1,out=4) zero -> g",
    "in x(c,H); x conv(1,out=2) -> a x -> b x relu -> d x gelu -> e x zero -> f "
    "x conv(1,out=2) zero -> g",
]
MIXED = "in x(8,H); x flatten -> f x gap flatten -> g f g cat softmax -> a "
SAME = [
    ("a f g cat3 split4 -> p4 -> p3 -> p2 -> p1 p3", "a f g cat3 split2 -> h drop h split2 drop"),
    ("a f g cat3 split4 -> p4 -> p3 -> p2 -> p1 p3", "f g cat split drop"),
    ("g f g cat3 split4 -> p4 -> p3 -> p2 -> p1 p2", "f split drop -> h g h cat split swap drop"),
    ("f g f g cat4 split4 -> p4 -> p3 -> p2 -> p1 p1 p3 cat", "f g cat split drop dup cat"),
    ("f g cat split cat", "f g cat"),
    ("f g cat split4 cat4", "f g cat"),
    ("f zero g cat split cat", "f zero g cat"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_parts_are_the_same_in_whatever_order_they_are_taken(one: str, other: str) -> None:
    assert snap.equivalent(MIXED + one + " -> o o", MIXED + other + " -> o o")


def test_a_part_of_a_cat_is_no_other_part() -> None:
    for one, other in [("drop", "swap drop"), ("drop relu", "drop")]:
        left, right = (f"{MIXED}f g cat split {end} -> o o" for end in (one, other))
        assert not snap.equivalent(left, right)


def drawn(rng: random.Random) -> str:
    """A program that joins and splits, again and again."""
    text, names = rng.choice(INPUTS), list("abdefg")
    for step in range(rng.randint(2, 8)):
        name = f"v{step}"
        if rng.random() < 0.5:
            joined = rng.choices(names, k=rng.choice((2, 2, 2, 3, 4))) * rng.choice((1, 1, 2))
            text += f" {' '.join(joined)} cat{len(joined)} -> {name}"
            names += [name] * 2
        else:
            count = rng.choice((2, 2, 3, 4, 6))
            parts = [f"{name}_{i}" for i in range(count)]
            text += f" {rng.choice(names)} split{count} -> {' -> '.join(reversed(parts))}"
            names += parts
    return f"{text} {names[-1]} {names[-2]} out 2"


@pytest.mark.parametrize("seed", range(8))
def test_the_canonical_graph_has_the_fingerprint_of_its_source(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(12):
        try:
            graph = snap.lower(drawn(rng))
        except snap.SnapError:  # some letters have no whole parts of this size
            continue
        canonical = snap.canonicalize(graph)
        text = snap.format(canonical)
        assert len({snap.fingerprint(found) for found in (graph, canonical, text)}) == 1
        assert snap.format(snap.canonicalize(text)) == text


def test_a_difference_says_which_parts() -> None:
    found = snap.explain_difference("split swap drop", "split drop")
    assert found is not None
    assert "from 1/2 to 1" in str(found) or "from 0 to 1/2" in str(found)
