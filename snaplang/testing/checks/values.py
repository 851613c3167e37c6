"""Canonical graphs in torch against their originals: float64, eval and train, values and gradients.

>>> values(3).failures
[]
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaplang.api import canonicalize
from snaplang.dims import Dim, dim
from snaplang.graph import Graph
from snaplang.graph.specialize import reshaped, substituted
from snaplang.ops.spec import Fact
from snaplang.testing.checks.outcome import LEVELS, Outcome, chance
from snaplang.testing.checks.shrinking import shrunk
from snaplang.testing.generators.growing import Plan, grow
from snaplang.testing.rewrites.apply import rewritten

if TYPE_CHECKING:
    import torch

SIZE = 8
TOLERANCE = 1e-7  # of the largest element, in float64
BATCH = 2


@dataclass
class Computed:
    """What a module gives on fixed inputs: outputs and gradients by name."""

    values: dict[str, torch.Tensor]


def values(seed: int) -> Outcome:
    """A program and its canonical forms: the same values and gradients."""
    found = Outcome()
    with chance(seed) as (rng, _):
        graph = grow(rng, Plan(SIZE, bound=True))
        if rng.random() < 0.5:
            graph = rewritten(rng, graph, 4, "algebra")
        for level in LEVELS:
            verdict = compared(graph, level, seed)
            found.count(verdict.split(":")[0])
            kind = verdict.split(":")[0]
            if kind in ("differ", "does not run"):
                small = shrunk(graph, lambda g: compared(g, level, seed).startswith(kind))  # noqa: B023
                verdict = compared(small, level, seed)
                canon = [] if "crash" in verdict else [canonicalize(small, level)]
                found.fail(seed, f"{level}: {verdict}", small, *canon)
    return found


def compared(graph: Graph, level: str, seed: int) -> str:
    """`agree`, why nothing was compared, or where a canonical graph and its original differ."""
    try:
        sizes = numbers(graph)
    except ValueError as error:
        return f"skipped, {error}"
    graph = substituted(graph, sizes)
    try:
        _run(graph, graph, seed, False, 0.0)
    except Exception as error:
        if "Expected more than 1" in str(error):
            return "skipped, a norm of one position"
        return f"does not run: {type(error).__name__}: {error}"[:300]
    try:
        canon = reshaped(canonicalize(graph, level), graph.input_shapes())
        return _compared(graph, canon, seed)
    except Exception as error:  # whatever it is, it is a failure
        return f"differ: crash, {type(error).__name__}: {error}"[:300]


def _compared(graph: Graph, canon: Graph, seed: int) -> str:
    random_ = any(Fact.RANDOM in node.op.all_facts(node.attrs) for node in graph.live().nodes)
    for train in (False,) if random_ else (False, True):
        mode = "train" if train else "eval"
        try:
            one = _run(graph, graph, seed, train, 0.0)
        except (ValueError, RuntimeError) as error:
            text = str(error)
            if (
                "Expected more than 1" in text
                or "eps must be" in text
                or "must be positive" in text
            ):
                continue  # norms refuse one position, and eps=0, in train mode
            raise
        two = _run(canon, graph, seed, train, 0.0)
        found = difference(one, two)
        if found:
            shaken = _run(graph, graph, seed, train, 1e-12)
            if difference(one, shaken):
                return "skipped, ill-conditioned"
            return f"differ: {mode}: {found}"
    return "agree"


def numbers(graph: Graph) -> dict[str, Dim]:
    """Numbers for a graph's letters, by which its conditions hold; `ValueError` if none do."""
    multiple = math.lcm(1, *(c.modulus or 1 for c in graph.conditions))
    if multiple > 12:
        raise ValueError("sizes too large")
    for size in (multiple, multiple * 2, multiple * 3):
        known = {name: dim(max(size, 2) if multiple == 1 else size) for name in graph.letters()}
        shapes = [shape.substitute(known) for shape in graph.shapes]
        sizes = [s for shape in shapes for s in (shape.channels, *shape.spatial)]
        if all((s.whole() or 0) >= 1 for s in sizes) and not any(s.open for s in shapes):
            return known
    raise ValueError("no sizes found")


def _run(graph: Graph, original: Graph, seed: int, train: bool, shake: float) -> Computed:
    """Outputs, and gradients by inputs and weights."""
    import torch

    from snaplang.torch import Block

    module = Block(graph).double().train(train)
    state = module.state_dict()
    for key in state:
        state[key] = _weight(key, state[key])
    module.load_state_dict(state)
    chance_ = torch.Generator().manual_seed(seed)
    inputs = []
    for shape in original.input_shapes():
        axes = [size.whole() or 1 for size in (shape.channels, *shape.spatial)]
        drawn = torch.randn(BATCH, *axes, generator=chance_, dtype=torch.float64)
        noise = torch.randn(drawn.shape, generator=chance_, dtype=torch.float64)
        inputs.append((drawn + shake * noise).requires_grad_())
    result = module(*inputs)
    outputs = list(result) if isinstance(result, tuple) else [result]
    found = {f"output {i}": out.detach() for i, out in enumerate(outputs)}
    total = _weighed(outputs, chance_)
    if total.requires_grad:
        torch.autograd.backward(total)
    for i, tensor in enumerate(inputs):
        found[f"gradient by input {i}"] = _gradient(tensor)
    for key, parameter in module.named_parameters():
        found[f"gradient by {key}"] = _gradient(parameter)
    return Computed(found)


def compute(graph: Graph, original: Graph, seed: int) -> Computed | str:
    """What a graph gives in eval mode on the original's inputs; why it does not run."""
    try:
        return _run(graph, original, seed, False, 0.0)
    except (ValueError, RuntimeError) as error:
        return str(error)


def _weighed(outputs: Sequence[torch.Tensor], chance_: torch.Generator) -> torch.Tensor:
    import torch

    total = torch.zeros((), dtype=torch.float64)
    for out in outputs:
        weights = torch.randn(out.shape, generator=chance_, dtype=torch.float64)
        total = total + (out * weights).sum()
    return total


def _gradient(tensor: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad


def _weight(key: str, value: torch.Tensor) -> torch.Tensor:
    """A weight that depends on its key and shape alone: signs mixed, variances positive."""
    import torch

    if not value.is_floating_point():
        return value
    own = random.Random(key)
    chance_ = torch.Generator().manual_seed(own.randrange(2**31))
    drawn = torch.randn(value.shape, generator=chance_, dtype=value.dtype)
    return drawn.abs() + 0.5 if key.endswith("running_var") else drawn


def difference(one: Computed, two: Computed) -> str:
    """Where they differ; what the canonical graph has dropped must not have had a say."""
    import torch

    for name, left in one.values.items():
        right = two.values.get(name)
        if right is None:
            right = torch.zeros_like(left)
        if left.shape != right.shape:
            return f"{name}: {tuple(left.shape)} and {tuple(right.shape)}"
        if not left.numel():
            continue
        same = torch.equal(left.isfinite(), right.isfinite())
        left, right = left.nan_to_num(0, 0, 0), right.nan_to_num(0, 0, 0)
        scale = max(float(left.abs().max()), 1e-3)
        apart = float((left - right).abs().max()) / scale
        if not same or apart > TOLERANCE:
            return f"{name}: apart by {apart:.1e}"
    return ""
