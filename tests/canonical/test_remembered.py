"""What a process remembers of ops: worked out once, never beyond what it was worked out for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import snaplang as snap
from snaplang import SnapError
from snaplang.graph import builder as assemble
from snaplang.lowering import calls
from snaplang.ops import CORE_NAMES, TABLE, remove
from snaplang.ops.spec import Rules, Shape


@pytest.fixture(autouse=True)
def clean_table() -> Iterator[None]:
    """Takes back what a test declares."""
    yield
    for name in set(TABLE) - CORE_NAMES:
        remove(TABLE[name])


def declare(calls: list[Shape], times: int = 1) -> None:
    """Declare an op that notes each run of its shape rule, and multiplies channels."""

    def shape(rules: Rules) -> tuple[Shape, ...]:
        calls.append(rules.inputs[0])
        return (rules.inputs[0].with_channels(rules.inputs[0].channels * times),)

    snap.op("test/noted/1", torch="def noted(x):\n    return x", shape=shape, replaces=True)


def test_a_shape_rule_runs_once_for_all_programs() -> None:
    calls: list[Shape] = []
    declare(calls)
    for text in ("noted", "relu noted", "noted conv3 noted"):
        snap.lower(text)
    assert len(calls) == 1
    snap.lower("noted", inputs=["N,8,H,W"])
    assert len(calls) == 2


def test_an_op_that_is_declared_anew_is_another() -> None:
    declare([])
    assert str(snap.lower("noted").shapes[-1].channels) == "c"
    declare([], times=2)
    assert str(snap.lower("noted").shapes[-1].channels) == "2*c"
    remove(TABLE["noted"])
    with pytest.raises(SnapError, match="E201"):
        snap.lower("noted")


def test_truth_is_no_number() -> None:
    snap.lower("conv(3, bias=true)")
    with pytest.raises(SnapError, match="E308"):
        snap.lower("conv(3, bias=1)")
    snap.lower("conv(3, groups=1)")
    with pytest.raises(SnapError, match="E308"):
        snap.lower("conv(3, groups=true)")


def test_errors_are_told_each_time_and_where_they_are() -> None:
    for text, column in (("conv3x3x3x3", 1), ("relu conv3x3x3x3", 6), ("conv3x3x3x3", 1)):
        with pytest.raises(SnapError) as found:
            snap.lower(text)
        (diagnostic,) = found.value.diagnostics
        assert diagnostic.span is not None
        assert diagnostic.span.source.place(diagnostic.span.start) == (1, column)


def test_conditions_are_told_of_the_program_at_hand() -> None:
    first, second = snap.lower("split2 cat"), snap.lower("relu split2 cat")
    places = [c.span.start for g in (first, second) for c in g.conditions if c.span]
    assert places == [0, 5]


def test_what_is_remembered_is_bounded() -> None:
    for function in (assemble.applied, assemble._attributes, calls._bare):
        assert function.cache_info().maxsize == assemble.REMEMBERED
