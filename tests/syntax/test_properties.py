"""What holds for every program: generated ones, well typed, the same at every run."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import snaplang as snap
from snaplang.graph import Graph
from snaplang.graph.specialize import prepare
from snaplang.ops.spec import OpSpec
from snaplang.strategies import equivalent_programs, graphs, programs
from snaplang.torch import Block
from tests.conformance.runtime import run
from tests.conformance.samples import Array, random_weights
from tests.printing.same import round_trip
from tests.support.portrait import portrait

CHECK = settings(derandomize=True, deadline=None, max_examples=100, database=None)
SLOW = settings(CHECK, max_examples=40)
BATCH = 2


@CHECK
@given(programs(choices=True))
def test_formatting_keeps_the_tree_and_is_done_after_once(text: str) -> None:
    program = snap.parse(text)
    found = snap.format(program)
    assert snap.parse(found) == program
    assert snap.format(found) == found


@CHECK
@given(programs(choices=True))
def test_lowering_is_deterministic(text: str) -> None:
    graph = snap.lower(text)
    assert graph == snap.lower(snap.parse(text))
    formatted = snap.lower(snap.format(text))  # an alternative is quoted as it was written
    assert formatted.nodes == graph.nodes
    assert formatted.shapes == graph.shapes
    assert formatted.outputs == graph.outputs


@CHECK
@given(graphs())
def test_parse_of_print_is_the_identity(graph: Graph) -> None:
    found = round_trip(graph)
    assert portrait(snap.lower(found.text)) == portrait(graph.live())
    assert snap.format(found.text) == found.text


def _inputs(graph: Graph, seed: int = 0) -> list[Array]:
    """Tensors of the shapes that a bound graph says."""
    random = np.random.default_rng(seed)
    found = []
    for shape in graph.input_shapes():
        sizes = [size.whole() for size in (shape.channels, *shape.spatial)]
        numbers = [size for size in sizes if size is not None]
        assert len(numbers) == len(sizes)
        found.append(random.standard_normal((BATCH, *numbers), dtype=np.float32))
    return found


def _torch(text: str, weights: dict[str, Array], inputs: list[Array]) -> list[Array]:
    module = Block(text).eval()
    state = {key: torch.from_numpy(array) for key, array in weights.items()}
    module.load_state_dict(state, strict=False)
    with torch.no_grad():
        result = module(*map(torch.from_numpy, inputs))
    return [t.numpy() for t in (result if isinstance(result, tuple) else (result,))]


def _apart(found: list[Array], wanted: list[Array]) -> float:
    """The largest difference, relative to the largest number wanted or to 1."""
    assert [a.shape for a in found] == [a.shape for a in wanted]
    worst = 0.0
    for left, right in zip(found, wanted, strict=True):
        assert np.isfinite(right).all()
        worst = max(worst, float(np.abs(left - right).max() / max(1.0, np.abs(right).max())))
    return worst


def _runs(spec: OpSpec) -> bool:
    """PyTorch refuses to normalise over a single position, which `gap inorm` asks it to."""
    return spec.name != "inorm"


@SLOW
@given(programs(max_size=8, bound=True, ops=_runs))
def test_torch_and_onnx_runtime_agree(text: str) -> None:
    graph = prepare(snap.lower(text))
    weights, inputs = random_weights(graph), _inputs(graph)
    found = run(snap.to_onnx(text, weights=weights), *inputs)
    assert _apart(found, _torch(text, weights, inputs)) <= 1e-3


def _smooth(spec: OpSpec) -> bool:
    """No norm that divides by what it sees: of a constant it would see rounding errors."""
    return spec.name not in ("gn", "ln", "inorm")


def _like_instances_alike(graph: Graph) -> dict[str, Array]:
    """Weights that depend on an instance's op and attributes alone, wherever it stands."""
    found = {}
    for node in graph.nodes:
        for weight in graph.weights(node):
            if weight.whole:
                continue
            sizes = [size.whole() or 0 for size in weight.shape]
            name = f"{node.op.id} {node.attrs} {weight.name} {sizes}"
            random = np.random.default_rng(crc32(name.encode()))
            array = random.standard_normal(sizes, dtype=np.float32) * np.float32(0.5)
            found[f"{node.key}.{weight.name}"] = abs(array) if "var" in weight.name else array
    return found


@SLOW
@given(equivalent_programs(ops=_smooth, bound=True))
def test_programs_that_the_laws_make_equal_compute_the_same(pair: tuple[str, str]) -> None:
    graphs_ = [prepare(snap.lower(text)) for text in pair]
    inputs = _inputs(graphs_[0])
    first, second = (
        _torch(text, _like_instances_alike(graph), inputs)
        for text, graph in zip(pair, graphs_, strict=True)
    )
    assert _apart(first, second) <= 1e-3


def test_this_suite_sees_a_difference() -> None:
    relu, silu = (f"in x(4, 5, 5); x {name}" for name in ("relu", "silu"))
    inputs = _inputs(snap.lower(relu))
    assert _apart(_torch(relu, {}, inputs), _torch(silu, {}, inputs)) > 1e-2
    with pytest.raises(AssertionError):
        assert portrait(snap.lower(relu)) == portrait(snap.lower(silu))
