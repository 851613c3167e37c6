"""The public functions that turn programs into models, text and pictures.

Each takes text, a file, a Program or a Graph, and the keywords of `api.graph_of`; the backends do
the work and are imported when they are called.

>>> formatted("dup   conv3 add")
'dup conv3 add\\n'
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snaplang.api import Snappable, graph_of, source_of
from snaplang.backends.stats import Stats
from snaplang.backends.stats import stats as count
from snaplang.graph import Graph
from snaplang.lowering.choices import Choose
from snaplang.lowering.lower import Parameters
from snaplang.syntax import Program

if TYPE_CHECKING:
    from onnx import ModelProto


def formatted(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> str:
    """A source (text, file or Program), well set, comments kept; a Graph, printed as a program.

    With any of the keywords, a source is lowered and its graph printed.
    """
    lowered = any(k is not None for k in (inputs, block, choose, params))
    if isinstance(x, Graph) or lowered:
        from snaplang.printing.printer import printed

        return printed(graph_of(x, inputs, block, choose, params))
    from snaplang.syntax.formatter import formatted_source

    return formatted_source(x.source if isinstance(x, Program) else source_of(x))


def stats(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> Stats:
    """Parameters, multiply-accumulates, depth, and both per op; MACs need bound sizes."""
    return count(graph_of(x, inputs, block, choose, params))


def to_onnx(
    x: Snappable,
    weights: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    opset: int | None = None,
    seed: int = 0,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> ModelProto:
    """An ONNX model, letters of the inputs as dynamic axes.

    `weights` is a mapping from state_dict keys to arrays, or a safetensors file; without it they
    are those of the model that a graph was lifted from, or drawn from `seed` as PyTorch would.
    Raises `SnapError` for open choices and open widths.
    """
    from snaplang.backends.onnx import model
    from snaplang.graph.specialize import prepare
    from snaplang.graph.weights import load

    graph = prepare(graph_of(x, inputs, block, choose, params))
    if isinstance(weights, str | os.PathLike):
        weights = load(Path(weights), graph)
    return model(graph, weights, seed, opset)


def to_torch_source(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> str:
    """PyTorch source of the same module as `snaplang.torch.Block`; it needs torch alone."""
    from snaplang.backends.torch import source
    from snaplang.graph.specialize import prepare

    return source(prepare(graph_of(x, inputs, block, choose, params)))


def inference(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> Graph:
    """The graph without what is the identity in eval mode, dropout and kin."""
    from snaplang.graph.inference import inference as reduced

    return reduced(graph_of(x, inputs, block, choose, params))


def to_dot(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> str:
    """The graph as Graphviz text."""
    return _text("pictures.dot", "source")(graph_of(x, inputs, block, choose, params))


def to_mermaid(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> str:
    """The graph as a Mermaid flowchart."""
    return _text("pictures.mermaid", "source")(graph_of(x, inputs, block, choose, params))


def to_json(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> str:
    """The graph as JSON (`snap-graph/1`)."""
    return _text("json", "document")(graph_of(x, inputs, block, choose, params))


def _text(backend: str, name: str) -> Callable[[Graph], str]:
    from importlib import import_module

    function: Callable[[Graph], str] = getattr(import_module(f"snaplang.backends.{backend}"), name)
    return function
