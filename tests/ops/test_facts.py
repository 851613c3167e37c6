"""Laws and facts of users' ops: every order of writing gives one fingerprint, and a program."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import snaplang as snap
from snaplang import Fact, SnapError
from snaplang.batch import Vocabulary
from snaplang.canonical.normal import normal
from snaplang.canonical.program.graph import canonical_graph
from snaplang.graph import validate
from snaplang.graph.specialize import reshaped
from snaplang.ops import TABLE, remove
from snaplang.ops.spec import Rules, Shape
from tests.batch.rows import disagreements, guided
from tests.ops.draw import op, program, rewritten

LEVELS = ("algebra", "structure")


def same(graph: snap.Graph, rng: random.Random, level: str) -> None:
    """The canonical graph is typed, says the same and is a program; so does what facts rewrite."""
    wanted = snap.fingerprint(graph, level=level)
    found = validate(snap.canonicalize(graph, level=level))
    assert reshaped(found, found.input_shapes()).shapes == found.shapes
    shuffled = canonical_graph(graph, normal(graph, level, rng))
    other = rewritten(graph, rng, level)
    text = snap.lower(snap.format(found))
    for again in (found, shuffled, other, text):
        assert snap.fingerprint(again, level=level) == wanted


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_every_order_of_writing_is_one_architecture(start: int) -> None:
    for seed in range(start, start + 20):
        rng = random.Random(seed)
        ops = [spec for name in "abdefg" if (spec := op(rng, f"u{name}")) is not None]
        for _ in range(2):
            graph = program(rng, ops)
            for level in LEVELS:
                if graph is not None:
                    same(graph, rng, level)
        for spec in ops:
            remove(spec)


def pair(name: str, *facts: str, shape: Any = None, inputs: int = 2) -> None:
    given = ", ".join(f"i{n}" for n in range(inputs))
    text = f"def f({given}):\n    return i0"
    snap.op(f"me/{name}/1", torch=text, inputs=inputs, facts=facts, shape=shape)


def total(rules: Rules) -> tuple[Shape, ...]:
    one, two = rules.inputs
    return (one.with_channels(one.channels + two.channels),)


def test_a_zero_is_neutral_in_an_op_of_two() -> None:
    pair("plus", "SUMS")
    for text in ("conv1 dup zero plus", "conv1 dup zero swap plus"):
        assert snap.equivalent("conv1", text)
        assert snap.format(snap.canonicalize(text)).strip() == "conv1"
    assert snap.equivalent("zero", "dup zero swap zero plus")


def test_the_default_shape_does_not_depend_on_the_order() -> None:
    pair("plus", "COMMUTATIVE")
    with pytest.raises(SnapError, match=r"channels: c and 2\*c differ"):
        snap.lower("dup conv(1, out=2*c) plus")
    pair("ordered")
    assert str(snap.lower("dup conv(1, out=2*c) ordered").shapes[-1].channels) == "c"


def test_equal_inputs_of_a_commuting_op_are_all_counted() -> None:
    pair("blend", "COMMUTATIVE", shape=total)
    text = "dup zero swap dup blend dup zero swap out 3"
    graph = snap.canonicalize(text)
    assert sorted(str(graph.shapes[v].channels) for v in graph.outputs) == ["2*c", "2*c", "c"]
    again = snap.lower(snap.format(graph))
    assert snap.fingerprint(again) == snap.fingerprint(text)


def test_nested_ops_of_two_are_written_two_by_two() -> None:
    pair("plus", "COMMUTATIVE", "ASSOCIATIVE", "SUMS")
    assert snap.equivalent("in 3 plus plus", "in 3 rot plus plus")
    found = snap.canonicalize("in 4 plus plus plus")
    assert [len(node.inputs) for node in found.nodes] == [2, 2, 2]
    assert snap.equivalent("in 2 plus", "in 2 dup zero plus plus")
    pair("chain", "ASSOCIATIVE", "ZERO_PRESERVING")
    assert snap.equivalent("dup zero chain", "dup zero dup chain chain")
    assert snap.equivalent("dup zero chain", "dup zero chain dup zero chain")
    assert not snap.equivalent("dup conv1 chain", "dup conv1 swap chain")


def test_an_op_of_a_version_before_is_not_the_one_after() -> None:
    snap.op("me/up/1", torch="def up(x):\n    return x", facts=["ELEMENTWISE", "NON_DECREASING"])
    graph = snap.lower("up maxpool3")
    assert snap.fingerprint(graph) == snap.fingerprint("maxpool3 up")
    snap.op("me/up/2", torch="def up(x):\n    return x", facts=["ELEMENTWISE"])
    assert snap.fingerprint("up maxpool3") != snap.fingerprint("maxpool3 up")
    assert TABLE["up"].id == "me/up/2" and snap.fingerprint(graph) != snap.fingerprint(
        "up maxpool3"
    )


@pytest.mark.xdist_group("batch")
def test_batch_keys_are_equal_where_fingerprints_are() -> None:
    pair("plus", "COMMUTATIVE", "ASSOCIATIVE", "SUMS")
    pair("chain", "ASSOCIATIVE", "ZERO_PRESERVING")
    pair("first", "SUMS")
    pair("blend", "COMMUTATIVE", "ZERO_PRESERVING", shape=total)
    pair("mixed", "COMMUTATIVE", "MERGES_EQUAL")
    snap.op("me/never/1", torch="def never(x):\n    return 0 * x", facts=[Fact.MAKES_ZERO])
    text = "dup swap over plus chain first blend mixed never zero relu conv1 add"
    vocabulary, rng = Vocabulary(text), np.random.default_rng(5)
    assert disagreements(vocabulary, guided(vocabulary, 300, 11, rng), "algebra") == []


def test_a_callback_that_fails_makes_a_program_invalid_in_batches() -> None:
    def rule(rules: Rules) -> tuple[Shape, ...]:
        raise ZeroDivisionError

    snap.op("me/odd/1", torch="def odd(x):\n    return x", shape=rule)
    vocabulary = Vocabulary("relu odd")
    tokens = np.array([[0, 0], [0, 1]])
    assert vocabulary.valid(tokens).tolist() == [True, False]
