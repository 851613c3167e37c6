"""Programs through ONNX and back: the same fingerprint, none refused.

>>> models(2).failures
[]
"""

from __future__ import annotations

from snaplang.api import equivalent, inference, to_onnx
from snaplang.graph import Graph
from snaplang.lift.models import from_onnx
from snaplang.ops.spec import OpSpec
from snaplang.testing.checks.outcome import Outcome, chance
from snaplang.testing.checks.shrinking import shrunk
from snaplang.testing.generators.growing import Plan, grow
from snaplang.testing.rewrites.apply import rewritten

SIZE = 8
AS_INFERENCE = "agree without what does nothing in eval mode"


def is_core(op: OpSpec) -> bool:
    """Whether an op is the table's own: a user's comes back as what its emitter made of it."""
    return op.family != "user"


def models(seed: int) -> Outcome:
    """A program, written as ONNX and read again."""
    found = Outcome()
    with chance(seed) as (rng, _):
        graph = grow(rng, Plan(SIZE, bound=True, accept=is_core))
        if rng.random() < 0.3:
            graph = rewritten(rng, graph, 4, "structure")
        graph = graph.live()
        if any(not is_core(node.op) for node in graph.nodes):
            found.count("skipped, users' ops")
            return found
        verdict = there_and_back(graph)
        kind = verdict.split(":")[0]
        found.count(kind)
        if kind not in ("agree", AS_INFERENCE, "skipped"):
            small = shrunk(graph, lambda g: there_and_back(g).split(":")[0] == kind)
            found.fail(seed, there_and_back(small), small)
    return found


def there_and_back(graph: Graph) -> str:
    """`agree`, or what came of a graph."""
    if any(not shape.channels.number or shape.open for shape in graph.input_shapes()):
        return "skipped"
    try:
        model = to_onnx(graph)
    except Exception as error:
        if "E508" in str(error):
            return "skipped"  # weights that depend on a letter
        return f"not written: {type(error).__name__}: {error}"[:300]
    try:
        back = from_onnx(model)
    except Exception as error:
        return f"refused: {type(error).__name__}: {error}"[:300]
    if equivalent(graph, back):
        return "agree"
    return AS_INFERENCE if equivalent(inference(graph), back) else "another fingerprint"
