"""Random user ops with whatever facts are allowed, programs of them, and rewrites by their facts.

Written against what the facts promise, not against the canonicalizer: `rewritten` gives a graph
that is the same network if the facts are true.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import snaplang as snap
from snaplang import Fact, Graph, Param, SnapError
from snaplang.dims import dim
from snaplang.graph import Node
from snaplang.graph.checks import Checked
from snaplang.graph.specialize import reshaped
from snaplang.ops import TABLE
from snaplang.ops.spec import (
    Attrs,
    Init,
    OpSpec,
    ParamKind,
    Rules,
    Shape,
    Weight,
    no_weights,
)

CORE = ["relu", "sigmoid", "zero", "conv1", "maxpool3", "dup", "swap", "over", "add", "mul", "cat"]
CAP = Param("cap", ParamKind.REAL, None, optional=True)


def _first(rules: Rules) -> list[Shape]:
    return [rules.inputs[0]]


def _total(rules: Rules) -> list[Shape]:
    channels = sum((shape.channels for shape in rules.inputs), dim(0))
    return [rules.inputs[0].with_channels(channels)]


def _half(rules: Rules) -> list[Shape]:
    rules.multiple(rules.inputs[0].channels, dim(2), "channels")
    return [rules.inputs[0].with_channels(rules.inputs[0].channels / 2)]


def _flat(rules: Rules) -> list[Shape]:
    return [Shape(rules.inputs[0].channels)]


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    return (Weight("w", (inputs[0].channels,), Init("constant", 1.0)),)


def op(rng: random.Random, name: str) -> OpSpec | None:
    """A declared op; None where its facts are refused."""
    inputs, outputs = rng.choice([1, 1, 2, 2, 3]), rng.choice([1, 1, 1, 2])
    rule: Callable[[Rules], list[Shape]] | None
    rule = rng.choice([None, None, None, None, _first, _total, _half, _flat])
    weighty, capped = rng.random() < 0.15, rng.random() < 0.3
    given: dict[str, Any] = {"inputs": inputs, "outputs": outputs}
    given["facts"] = rng.sample(list(Fact), rng.choice([0, 1, 1, 2, 2, 3, 4]))
    given["params"] = [CAP] if capped else []
    given["shape"] = rule and (lambda rules: rule(rules) * outputs)
    given["weights"] = _weights if weighty else None
    given["identity_if"] = (lambda attrs: True) if rng.random() < 0.05 else None
    names = [f"i{n}" for n in range(inputs)] + ["w"] * weighty + ["cap"] * capped
    text = f"def {name}({', '.join(names)}):\n    return i0"
    try:
        return snap.op(f"me/{name}/1", torch=text, **given)
    except SnapError:
        return None


def program(rng: random.Random, ops: Sequence[OpSpec]) -> Graph | None:
    """A program of a few core ops and many of these, all that it leaves being outputs."""
    items, found = [rng.choice(["", "in 2"])], None
    for _ in range(rng.randint(12, 40)):
        item = rng.choice([*CORE, *[spec.name for spec in ops] * 5])
        for count in range(1, 8):
            try:
                found = snap.lower(" ".join([*items, item, f"out {count}"]))
            except SnapError as error:
                if {d.code for d in error.diagnostics} == {"E203"}:
                    continue
                break
            items.append(item)
            break
        if len(items) > 12:
            break
    return found


def rewritten(graph: Graph, rng: random.Random, level: str) -> Graph:
    """The same network, written differently by what the facts promise at a level."""
    made = _Rewriter(graph, rng, level == "algebra")
    for node in graph.nodes:
        made.add(node)
    outputs = tuple(made.number[v] for v in graph.outputs)
    bare = replace(graph, nodes=tuple(made.nodes), outputs=outputs, conditions=())
    return reshaped(bare, graph.input_shapes())


@dataclass
class _Rewriter:
    graph: Graph
    rng: random.Random
    algebra: bool
    nodes: list[Node] = field(default_factory=list)
    maker: dict[int, Node] = field(default_factory=dict)
    number: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.count = len(self.graph.inputs)
        self.number = {v: v for v in range(self.count)}

    def new(self, spec: OpSpec, attrs: Attrs, inputs: Sequence[int]) -> tuple[int, ...]:
        outputs = tuple(range(self.count, self.count + spec.output_count(attrs)))
        self.count += len(outputs)
        self.nodes.append(Node(spec, attrs, tuple(inputs), outputs, (f"p{len(self.nodes)}",)))
        self.maker |= dict.fromkeys(outputs, self.nodes[-1])
        return outputs

    def add(self, node: Node) -> None:
        inputs = [self.number[v] for v in node.inputs]
        facts = node.op.all_facts(node.attrs)
        if Fact.COMMUTATIVE in facts:
            self.rng.shuffle(inputs)
        plain = node.op.weights is no_weights and Fact.RANDOM not in facts
        outputs = None
        if self.rng.random() < 0.5:
            outputs = self.turned(node, facts, inputs, plain)
        if outputs is None:
            outputs = self.new(node.op, node.attrs, inputs)
        if self.algebra and node.op.family == "user" and self.rng.random() < 0.5:
            outputs = self.grown(node, facts, inputs, outputs, plain)
        self.number |= zip(node.outputs, outputs, strict=True)

    def turned(
        self, node: Node, facts: frozenset[Fact], inputs: list[int], plain: bool
    ) -> tuple[int, ...] | None:
        """The instance in another nesting, below another function, or forgetting its input."""
        low = self.maker.get(inputs[0])
        nested = low is not None and low.op is node.op and low.attrs == node.attrs
        if nested and Fact.ASSOCIATIVE in facts and plain and len(inputs) == 2:
            assert low is not None
            (right,) = self.new(node.op, node.attrs, (low.inputs[1], inputs[1]))
            return self.new(node.op, node.attrs, (low.inputs[0], right))
        if not self.algebra or node.op.family != "user":
            return None
        if Fact.MAKES_ZERO in facts:
            return self.new(TABLE["zero"], Attrs(), inputs)
        rising = low is not None and low.op.name in ("relu", "sigmoid")
        if Fact.SELECTS_MAX in facts and plain and Fact.ELEMENTWISE not in facts and rising:
            assert low is not None
            below = self.new(node.op, node.attrs, low.inputs)
            return self.new(low.op, low.attrs, below)
        return None

    def grown(
        self,
        node: Node,
        facts: frozenset[Fact],
        inputs: list[int],
        outputs: tuple[int, ...],
        plain: bool,
    ) -> tuple[int, ...]:
        """More instances behind it, that change nothing."""
        zeros = [v in self.maker and self.maker[v].op.name == "zero" for v in inputs]
        gone = Fact.ANNIHILATES in facts and any(zeros)
        if gone or (Fact.ZERO_PRESERVING in facts and all(zeros)):
            return tuple(self.new(TABLE["zero"], Attrs(), (v,))[0] for v in outputs)
        if Fact.IDEMPOTENT in facts:
            return self.new(node.op, node.attrs, outputs)
        if Fact.MERGES_EQUAL in facts and plain and self.merges(node):
            return self.new(node.op, node.attrs, outputs * len(inputs))
        if Fact.SUMS in facts:
            pair = [*outputs, *self.new(TABLE["zero"], Attrs(), outputs)]
            self.rng.shuffle(pair)
            return self.new(node.op, node.attrs, pair)
        return outputs

    def merges(self, node: Node) -> bool:
        """Whether the shape rule takes the instance's own result everywhere."""
        shape = self.graph.shapes[node.outputs[0]]
        rules = Checked(node.attrs, (shape,) * len(node.inputs), None)
        return node.op.shape(rules) == (shape,) and rules.complaint is None
