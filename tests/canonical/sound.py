"""Canonical graphs compute what their originals do, in torch, with the same weights.

`python -m tests.canonical.sound 5000` tries as many generated graphs as asked for.
"""

from __future__ import annotations

import random
import sys

import torch

import snaplang as snap
from snaplang.graph import Graph
from snaplang.ops.spec import Fact, OpSpec
from snaplang.testing.sampling.grow import SketchPlan, grow
from snaplang.testing.sampling.laws import rewrite
from snaplang.torch import Block

RICH = {"zero", "cat", "add", "mul", "max", "relu", "maxpool", "sigmoid", "conv", "split", "mean"}
TOLERANCE = 1e-9  # of the largest element, in float64


def rich(spec: OpSpec) -> bool:
    """Ops among which every law finds something to do."""
    return spec.name in RICH


def generated(seed: int) -> Graph:
    """A graph with bound inputs, made roundabout by laws; every second one of the richest ops."""
    rng = random.Random(seed)
    plan = SketchPlan(8, (1, 2), rich if seed % 2 else None, True, True)
    return rewrite(rng, grow(rng, plan), 6).graph()


def differs_by(graph: Graph, canon: Graph, extreme: bool, train: bool) -> float:
    """The largest difference of the outputs, relative to the largest element of each."""
    one, two = (Block(g).double().train(train) for g in (graph, canon))
    state = one.state_dict()
    if extreme:
        state = {name: _stretched(value) for name, value in state.items()}
    one.load_state_dict(state)
    # where a zero's shape has no way to it but through weights, there is an instance of its own
    two.load_state_dict({name: state.get(name, own) for name, own in two.state_dict().items()})
    inputs = [torch.randn(2, *_sizes(graph, i)).double() for i in range(len(graph.inputs))]
    with torch.no_grad():
        left, right = (_several(module(*inputs)) for module in (one, two))
    assert len(left) == len(right)
    worst = 0.0
    for a, b in zip(left, right, strict=True):
        assert a.shape == b.shape
        if a.numel():
            worst = max(worst, float((a - b).abs().max() / a.abs().max().clamp(min=1e-30)))
    return worst


def _stretched(value: torch.Tensor) -> torch.Tensor:
    """Weights far from where they start: some zero, some negative, some large."""
    if not value.is_floating_point():
        return value
    factors = torch.tensor([0.0, -1.0, 1.0, 30.0, 1e-3])
    return value * factors[torch.randint(len(factors), value.shape)]


def _sizes(graph: Graph, index: int) -> list[int]:
    shape = graph.shapes[index]
    return [size.whole() or 4 for size in (shape.channels, *shape.spatial)]


def _several(result: torch.Tensor | tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)


def check(seed: int) -> None:
    """Both levels, usual and extreme weights, eval mode and (without chance) train mode."""
    graph = generated(seed)
    chance = any(Fact.RANDOM in node.op.facts for node in graph.nodes)
    torch.manual_seed(seed)
    for level in ("structure", "algebra"):
        canon = snap.canonicalize(graph, level=level)
        for extreme in (False, True):
            for train in (False,) if chance else (False, True):
                try:
                    found = differs_by(graph, canon, extreme, train)
                except ValueError as error:  # norms refuse one position, and eps=0, in train mode
                    if "Expected more than 1" in str(error) or "eps must be" in str(error):
                        continue
                    raise
                assert found <= TOLERANCE, (seed, level, extreme, train, found)


def main(count: int) -> None:
    """Check so many graphs and say so."""
    for seed in range(count):
        check(seed)
    print(f"{count} graphs: canonical and original agree within {TOLERANCE:g}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
