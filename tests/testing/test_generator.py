"""The generator draws everything that the language has, and nothing that is not well-typed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from hypothesis import given, settings

from snaplang.graph import Graph
from snaplang.ops import TABLE
from snaplang.ops.spec import Fact
from snaplang.testing import strategies
from snaplang.testing.generators.growing import Plan, grow
from snaplang.testing.generators.inputs import draw
from snaplang.testing.generators.programs import write
from snaplang.testing.generators.userops import SAMPLES, declared


def graphs(count: int) -> Iterator[Graph]:
    """Some graphs, with all users' ops there."""
    with declared(random.Random(0)):
        for seed in range(count):
            yield grow(random.Random(seed), Plan(8))


def test_everything_is_drawn() -> None:
    ops: Counter[str] = Counter()
    inputs, outputs = Counter[int](), Counter[int]()
    seen: set[str] = set()
    for graph in graphs(400):
        ops.update(node.op.name for node in graph.nodes)
        inputs[len(graph.inputs)] += 1
        outputs[len(graph.outputs)] += 1
        ranks = {shape.rank for shape in graph.input_shapes()}
        seen |= {f"rank {rank}" for rank in ranks}
        held = {
            "mixed ranks": len(ranks) > 1,
            "bound": graph.bound,
            "open": not graph.bound,
            "repeated outputs": len(set(graph.outputs)) < len(graph.outputs),
            "an input put out": min(graph.outputs) < len(graph.inputs),
            "dead nodes": len(graph.live().nodes) < len(graph.nodes),
        }
        seen |= {what for what, holds in held.items() if holds}
        seen |= {"typed" if info.written else "untyped" for info in graph.inputs}
    symbols = {spec.name for spec in TABLE.values() if spec.moves is None and not spec.spells}
    assert symbols | {sample.name for sample in SAMPLES} <= set(ops)
    assert set(inputs) == {1, 2, 3, 4} == set(outputs)
    assert seen >= {"mixed ranks", "bound", "open", "typed", "untyped", "dead nodes"}
    assert seen >= {"repeated outputs", "an input put out", *(f"rank {r}" for r in range(4))}


def test_attributes_are_drawn_at_their_special_values() -> None:
    seen: set[tuple[str, str, object]] = set()
    for graph in graphs(1500):
        for node in graph.nodes:
            seen |= {(node.op.name, name, value) for name, value in node.attrs.items()}
    wanted: list[tuple[str, str, object]] = [("relu", "max", 0.0)]
    wanted += [("leaky", "slope", v) for v in (0.0, 1.0, -0.5)]
    wanted += [("relu", "max", None), ("dropout", "p", 0.0), ("shift", "n", 0), ("crop", "o", 0)]
    wanted += [("ln", "eps", 0.0), ("maxpool", "k", 1), ("maxpool", "k", 2), ("add", "n", 1)]
    wanted += [("upsample", "mode", "linear"), ("conv", "bias", False)]
    assert set(wanted) <= seen
    tuples = {
        value for _, name, value in seen if name in ("k", "stride") and value.__class__ is tuple
    }
    assert tuples


def test_users_ops_have_every_fact_and_are_removed() -> None:
    with declared(random.Random(1)) as ops:
        facts = {fact for op in ops for fact in op.facts}
        assert {"COMMUTATIVE", "SUMS", "CAPPED", "RANDOM"} <= {fact.name for fact in facts}
        assert all(op.name in TABLE for op in ops)
    assert not any(op.name in TABLE for op in ops)
    new = {fact for fact in Fact if fact not in facts}
    assert not new & {Fact.ELEMENTWISE, Fact.JOINS_ZEROS} or Fact.ASSOCIATIVE in facts


def test_inputs_of_all_kinds() -> None:
    drawn = [draw(random.Random(seed)) for seed in range(300)]
    ports = {port.partition("(")[2].rstrip(")") for found in drawn for port in found.ports}
    sizes = {size for port in ports for size in port.split(", ")}
    assert {"c", "2*c", "H", "2*H", "H+1", "1", "6"} <= sizes
    assert any(len(found.given) == 1 < len(found.ports) for found in drawn)


def test_texts_use_the_syntax() -> None:
    texts = [write(random.Random(seed)).text for seed in range(150)]
    for part in ("def ", "block ", "(body)", "(k=", "{", "[", "|", "-> ", "}*", "#", "out ", "in "):
        assert any(part in text for text in texts), part


@settings(max_examples=15, deadline=None)
@given(strategies.any_graphs(size=5), strategies.texts(size=4), strategies.near_misses(size=4))
def test_strategies(graph: Graph, text: object, pair: tuple[Graph, Graph]) -> None:
    assert len(graph.nodes) <= 5
    assert pair[0].input_shapes() == pair[1].input_shapes()
