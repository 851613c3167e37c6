"""Facts of architectures: against all ways of a graph listed one by one, and over encodings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snaplang as snap
from snapsearch.space import FreeSpace
from snapsearch.space.facts import facts_of

SPACE = FreeSpace("dup swap add cat conv3 relu maxpool3 zero identity", 14)


def ways(graph: snap.Graph) -> Iterator[list[Any]]:
    """The instances of each way from an input to an output, one way at a time."""
    makers = {v: node for node in graph.nodes for v in node.outputs}

    def back(value: int) -> Iterator[list[Any]]:
        if value not in makers:
            yield []
            return
        for v in makers[value].inputs:
            for way in back(v):
                yield [*way, makers[value]]

    for value in graph.outputs:
        yield from back(value)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_ways_are_what_listing_them_says(seed: int) -> None:
    program = SPACE.decode(SPACE.sample_tokens(np.random.default_rng(seed)))
    graph = snap.canonicalize(snap.lower(program)).live()
    facts, listed = facts_of(graph), list(ways(graph))
    assert facts["paths"] == pytest.approx(np.log1p(len(listed)))
    for name, label in (("conv", "conv3"), ("relu", "relu"), ("cat", "cat"), ("add", "add")):
        counts = [sum(node.op.name == name for node in way) for way in listed]
        if any(counts):
            assert facts[f"share {label}"] == pytest.approx(np.mean(counts))
            assert (facts[f"most {label}"], facts[f"least {label}"]) == (max(counts), min(counts))
        else:
            assert f"op {label}" not in facts
    lengths = [len(way) for way in listed]
    assert (facts["depth"], facts["shortest"]) == (max(lengths), min(lengths))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dup conv3 relu add", "dup conv3 relu relu identity swap add"),
        ("dup dup conv3 add add", "dup conv3 swap dup add add"),
        ("conv3", "conv3 dup zero add"),
        ("relu maxpool3", "dup drop maxpool3 relu"),
    ],
)
def test_encodings_of_one_architecture_have_the_same_facts(one: str, other: str) -> None:
    assert facts_of(snap.lower(one)) == facts_of(snap.lower(other))


def test_costs_are_told_where_sizes_are_bound() -> None:
    assert {"params", "macs"} & set(facts_of(snap.lower("conv3"))) == set()
    bound = facts_of(snap.lower("conv3", inputs=["1,16,8,8"]))
    assert bound["params"] == pytest.approx(np.log1p(2320))
