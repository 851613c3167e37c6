"""From a graph to an ONNX model without weights: instances in order, names, axes, metadata.

What an instance becomes is its emitter's business (`ops.py`); weights are put in by `export.py`.
Names: a value is called after the path of the instance that makes it, what an emitter needs on the
way `path/OpType`, an output as the program calls it; where two claim a name, one gets a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import onnx
from onnx import TensorProto, helper

from snaplang.backends.onnx.emit import Emitter, ModelDraft, Site
from snaplang.backends.onnx.ops import EMITTERS
from snaplang.backends.onnx.record import KEY, text_of
from snaplang.backends.onnx.wire import MAX_BYTES, size_in_bytes
from snaplang.backends.outline import output_names
from snaplang.diagnostics import Diagnostic, SnapError, fail
from snaplang.dims import Dim
from snaplang.graph import Graph, Node
from snaplang.graph.weights import expected, sizes
from snaplang.ops.guard import shown
from snaplang.ops.spec import Shape, Weight
from snaplang.version import __version__


def initializers(graph: Graph) -> Iterator[tuple[str, Weight]]:
    """The weights that inference needs, by state_dict key: all but counters."""
    return ((key, weight) for key, weight in expected(graph).items() if not weight.whole)


def skeleton(graph: Graph, opset: int) -> onnx.ModelProto:
    """The model of a prepared graph, its weights still missing. Raises `SnapError`, see `model`."""
    emitters = _emitters(graph)
    _check_size(graph)
    draft = ModelDraft(opset)
    draft.taken.update(key for key, _ in initializers(graph))
    names = {v: draft.unique(entry.name) for v, entry in enumerate(graph.inputs)}
    ends = [draft.unique(name) for name in output_names(graph)]
    wanted = dict(zip(reversed(graph.outputs), reversed(ends), strict=True))
    for node in graph.nodes:
        _emit(graph, node, emitters[node.op.id], draft, names, wanted)
    for value, end in zip(graph.outputs, ends, strict=True):
        if names[value] != end:  # an input, or the second time: ONNX wants a value of its own
            draft.node("Identity", [names[value]], end).output.append(end)
    _describe(graph, draft, names, ends)
    return _wrapped(graph, draft)


def _emitters(graph: Graph) -> dict[str, Emitter]:
    """The emitter of each op in the graph by id; E712 lists the ops that have none."""
    found: dict[str, Emitter] = {}
    lacking: dict[str, Diagnostic] = {}
    for node in graph.nodes:
        emitter = EMITTERS.get(node.op.id, node.op.onnx)
        if emitter is None:
            message = f"`{node.op.name}` ({node.op.id}) has no ONNX emitter"
            hint = "declare the op with `snap.op(…, onnx=…)`"
            if node.op.family == "opaque":
                hint = "a lifted model's op that is kept as it is cannot be compiled"
            lacking.setdefault(node.op.id, Diagnostic("E712", message, node.span, hint))
        else:
            found[node.op.id] = emitter
    if lacking:
        raise SnapError(lacking.values())
    return found


def _check_size(graph: Graph) -> None:
    total = sum(size_in_bytes(sizes(weight)) for _, weight in initializers(graph))
    if total + 1000 * len(graph.nodes) > MAX_BYTES:
        message = f"the weights of `{graph.name}` take {total:,} bytes"
        raise fail("E713", message, hint=f"an ONNX file holds at most {MAX_BYTES:,}")


def _emit(
    graph: Graph,
    node: Node,
    emitter: Emitter,
    draft: ModelDraft,
    names: dict[int, str],
    wanted: dict[int, str],
) -> None:
    """Write one instance, and what it is; the values that it leaves enter `names`."""
    inputs = tuple(names[v] for v in node.inputs)
    shapes = graph.shapes_of(node.inputs), graph.shapes_of(node.outputs)
    site, count = Site(draft, node, inputs, *shapes), len(draft.graph.node)
    found = _called(emitter, site)
    for i, value in enumerate(node.outputs):
        own = node.key if len(node.outputs) == 1 else f"{node.key}.{i}"
        names[value] = wanted[value] if value in wanted else draft.unique(own)
    outputs = [names[v] for v in node.outputs]
    site.finish(found, outputs)
    text = text_of(node, inputs, outputs, len(draft.graph.node) - count)
    if text:
        draft.graph.node[-1].metadata_props.add(key=KEY, value=text)


def emitted(
    node: Node,
    names: tuple[Sequence[str], Sequence[str]],
    shapes: tuple[tuple[Shape, ...], tuple[Shape, ...]],
    opset: int,
) -> onnx.GraphProto:
    """One instance alone: its nodes, and the constants that they read.

    `names` and `shapes` are those of its inputs and of its outputs. Raises `SnapError` as `model`.
    """
    draft = ModelDraft(opset)
    weights = node.op.weights(node.attrs, shapes[0])
    draft.taken.update(*names, (f"{node.key}.{weight.name}" for weight in weights))
    site = Site(draft, node, tuple(names[0]), *shapes)
    emitter = EMITTERS.get(node.op.id, node.op.onnx)
    site.finish(_called(emitter, site) if emitter else [], names[1])
    return draft.graph


def _called(emitter: Emitter, site: Site) -> list[str]:
    """What the emitter returns, as a list; a user's emitter that fails is E714."""
    node = site.node
    what = f"the ONNX emitter of `{node.op.name}` ({node.op.id})"
    try:
        result = emitter(site)
    except Exception as error:
        if node.op.onnx is None or isinstance(error, SnapError):
            raise
        message = f"{what} failed: {type(error).__name__}: {error}"
        raise SnapError(Diagnostic("E714", message, node.span)) from error
    named = [result] if isinstance(result, str) else result
    if not _are_results(named, len(node.outputs), site.draft.taken):
        message = f"{what} returned {shown(result)}, not the names of {len(node.outputs)} results"
        raise SnapError(Diagnostic("E714", message, node.span))
    return list(named)


def _are_results(found: object, count: int, taken: set[str]) -> bool:
    """Whether an emitter has returned names of results, as many as it should."""
    if not isinstance(found, list | tuple) or len(found) != count:
        return False
    return all(isinstance(name, str) and name in taken for name in found)


def _describe(graph: Graph, draft: ModelDraft, names: dict[int, str], ends: list[str]) -> None:
    """Name the graph, type its inputs and outputs, write down what its sizes must meet."""
    draft.graph.name = graph.name
    for value, entry in enumerate(graph.inputs):
        info = draft.graph.input.add()
        _typed(info, names[value], graph.batch, graph.shapes[value])
        if entry.written is not None:  # in letters, where numbers may have been given for them
            info.metadata_props.add(key=KEY, value=",".join(map(str, entry.written)))
    for value, end in zip(graph.outputs, ends, strict=True):
        _typed(draft.graph.output.add(), end, graph.batch, graph.shapes[value])
    if graph.conditions:
        rules = "; ".join(dict.fromkeys(map(str, graph.conditions)))
        draft.graph.doc_string = f"Sizes must meet: {rules}."


def _typed(info: onnx.ValueInfoProto, name: str, batch: Dim, shape: Shape) -> None:
    """A float tensor; sizes that are no numbers are named by their text, equal ones alike."""
    info.name = name
    info.type.tensor_type.elem_type = TensorProto.FLOAT
    for size in (batch, shape.channels, *shape.spatial):
        axis, number = info.type.tensor_type.shape.dim.add(), size.whole()
        if number is None:
            axis.dim_param = str(size)
        else:
            axis.dim_value = number


def _wrapped(graph: Graph, draft: ModelDraft) -> onnx.ModelProto:
    imports = [helper.make_opsetid("", draft.opset)]
    imports += [helper.make_opsetid(domain, version) for domain, version in draft.domains.items()]
    proto = onnx.ModelProto(
        ir_version=helper.find_min_ir_version_for(imports[:1]),
        producer_name="snaplang",
        producer_version=__version__,
        opset_import=imports,
    )
    proto.graph.CopyFrom(draft.graph)
    return proto
