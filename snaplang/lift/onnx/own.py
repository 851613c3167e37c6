"""Instances of our own exporter, read as what they are, never guessed at.

The last node of each instance bears a record of it (`backends/onnx/record.py`). A record is
believed only where emitting that instance again gives these very nodes and constants, whatever they
are called inside; a stale, edited or invented one counts for nothing, and the nodes are read as
anybody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from snaplang.backends.onnx.build import emitted
from snaplang.backends.onnx.record import KEY, Record, parsed
from snaplang.diagnostics import SnapError
from snaplang.dims import Dim, letter
from snaplang.graph import Node
from snaplang.graph.builder import applied
from snaplang.graph.weights import sizes
from snaplang.lift.emission.emission import NOWHERE
from snaplang.lift.onnx.file import inner_graphs, outer_names
from snaplang.lift.onnx.names import size_of
from snaplang.lift.terms import Const, ModelPlace, ModelTerms, Term, Value
from snaplang.lift.terms.extents import Extent
from snaplang.lift.terms.shapes import Sizes
from snaplang.lowering.inputs import Given, WrittenInput, bind
from snaplang.ops.spec import Shape

_MOST = 1 << 24  # the size of an axis that constants are made for


@dataclass(frozen=True)
class Run:
    """An instance that a record tells: its nodes stand from `start` on, `end` excluded."""

    record: Record
    start: int
    end: int


class Own:
    """The instances that a model's nodes claim to be."""

    def __init__(
        self, proto: onnx.ModelProto, arrays: Mapping[str, NDArray[Any]], opset: int
    ) -> None:
        self._nodes, self._arrays, self._opset = list(proto.graph.node), arrays, opset
        found = (_run(node, place) for place, node in enumerate(self._nodes))
        self.runs = {run.start: run for run in found if run is not None}
        self._uses = _uses(proto.graph) if self.runs else Counter[str]()

    def read(
        self, start: int, values: Mapping[str, Value], terms: ModelTerms
    ) -> tuple[dict[str, Value], int] | None:
        """The results of the instance that begins at a node, by name, and the node behind it."""
        run = self.runs.get(start)
        if run is None:
            return None
        inputs = [values.get(name) for name in run.record.inputs]
        known = [v for v in inputs if isinstance(v, Term) and v.rank >= 2]
        if not known or len(known) < len(inputs) or len({v.shape[0] for v in known}) > 1:
            return None
        shapes = tuple(_shape(term.shape) for term in known)
        try:
            node, results = self._instance(run, shapes)
        except Exception:  # ops of users are asked too, and claims may be any nonsense
            return None
        terms.place = ModelPlace(node.key, node.key, node.key)
        names = [w.name for w in node.op.weights(node.attrs, shapes) if not w.whole]
        weights = [Const(self._arrays[key], key) for key in (f"{node.key}.{n}" for n in names)]
        params = {"op": node.op, "attrs": node.attrs, "weights": names}
        batch = known[0].shape[0]
        made: list[Sizes] = [(batch, r.channels, *r.spatial) for r in results]
        first = terms.opaque("instance", [*known, *weights], made[0], **params)
        rest = (terms.opaque("result", [first], s, index=i) for i, s in enumerate(made[1:], 1))
        return dict(zip(run.record.outputs, (first, *rest), strict=True)), run.end

    def _instance(self, run: Run, shapes: tuple[Shape, ...]) -> tuple[Node, tuple[Shape, ...]]:
        """The node that a record claims, and its results' shapes; raises where it is not so."""
        record = run.record
        spec, attrs = record.instance()
        takes, leaves = spec.input_count(attrs), spec.output_count(attrs)
        if (takes, leaves) != (len(shapes), len(set(record.outputs))):
            raise ValueError("inputs or outputs are missing")
        results = applied(spec, attrs, shapes).results
        extents = [s.whole() or 0 for r in (*shapes, *results) for s in (r.channels, *r.spatial)]
        if max(extents) > _MOST:
            raise ValueError("sizes that constants are not made for")
        fixed = {*record.inputs, *record.outputs}
        for weight in spec.weights(attrs, shapes):
            if not weight.whole:
                key = f"{record.path}.{weight.name}"
                fixed.add(key)
                array = self._arrays[key]
                if array.shape != sizes(weight) or array.dtype.kind not in "fV":
                    raise ValueError("weights of another shape or kind")
        places = tuple(range(takes)), tuple(range(takes, takes + leaves))
        node = Node(spec, attrs, *places, tuple(record.path.split(".")))
        graph = emitted(node, (record.inputs, record.outputs), (shapes, results), self._opset)
        nodes = self._nodes[run.start : run.end]
        if not (self._are_one(graph, nodes, fixed) and self._closed(nodes, record.outputs)):
            raise ValueError("other nodes")
        return node, results

    def _are_one(
        self, graph: onnx.GraphProto, nodes: Sequence[onnx.NodeProto], fixed: set[str]
    ) -> bool:
        """Whether nodes are those of a graph, up to the names of what is between them."""
        constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        names = {"": "", **{name: name for name in fixed}}
        taken = set(names)
        if len(graph.node) != len(nodes):
            return False
        for mine, its in zip(graph.node, nodes, strict=True):
            if _kind(mine) != _kind(its):
                return False
            for a, b in zip(mine.input, its.input, strict=True):
                if a in constants and b not in taken:
                    if not _equal(constants[a], self._arrays.get(b)):
                        return False
                elif names.get(a) != b:
                    return False
            for a, b in zip(mine.output, its.output, strict=True):
                if a not in names and b not in taken:
                    names[a] = b
                    taken.add(b)
                elif names.get(a) != b:
                    return False
        return True

    def _closed(self, nodes: Sequence[onnx.NodeProto], outputs: Sequence[str]) -> bool:
        """Whether nobody else reads what is between the nodes."""
        inside = Counter(name for node in nodes for name in node.input)
        made = {name for node in nodes for name in node.output} - set(outputs)
        return all(self._uses[name] == inside[name] for name in made)


def written_sizes(proto: onnx.ModelProto, inputs: Sequence[Term]) -> dict[str, Sizes]:
    """The spatial sizes of inputs as a program types them: all, if they fit the shapes, or none."""
    said = {i.name: e.value for i in proto.graph.input for e in i.metadata_props if e.key == KEY}
    found: dict[str, Sizes] = {}
    for name, text in said.items():
        sizes = [size_of(part) for part in text.split(",") if text]
        found[name] = tuple(size for size in sizes if size is not None)
        if None in sizes or len(sizes) > 3:
            return {}
    shapes = {term.params["name"]: term.shape for term in inputs}
    if not found.keys() <= shapes.keys() or any(len(s) < 2 for s in shapes.values()):
        return {}
    solved = _solved(found, shapes)
    ports = [
        WrittenInput(name, (s[1], *solved[name]) if name in found else None, NOWHERE)
        for name, s in shapes.items()
    ]
    given = [Given(None, s[0], s[1:]) for s in shapes.values()]
    try:
        bound = bind(ports, given, None, None) if found else None
    except SnapError:
        return {}
    return found if bound and bound.shapes == tuple(map(_shape, shapes.values())) else {}


def _solved(found: dict[str, Sizes], shapes: dict[str, Sizes]) -> dict[str, Sizes]:
    """The sizes, those that are just as they are given (`H + K`) as letters for `bind` to find.

    Left as they are where their letters stand in others, too.
    """
    pairs = {name: [*zip(sizes, shapes[name][2:], strict=False)] for name, sizes in found.items()}
    every = [pair for row in pairs.values() for pair in row]
    same = {n for size, given in every if size == given for n in size.letters()}
    if any(size != given and not same.isdisjoint(size.letters()) for size, given in every):
        return found
    fresh = {size: letter(f"same_{i}") for i, (size, given) in enumerate(every) if size == given}
    return {name: tuple(fresh.get(size, size) for size in sizes) for name, sizes in found.items()}


def _run(node: onnx.NodeProto, place: int) -> Run | None:
    """What the record of a node claims; None where it has none."""
    for entry in node.metadata_props:
        if entry.key == KEY:
            record = parsed(entry.value)
            if record is not None:
                return Run(record, place + 1 - record.nodes, place + 1)
    return None


def _uses(graph: onnx.GraphProto) -> Counter[str]:
    """How often each name is read."""
    found = Counter(name for node in graph.node for name in node.input)
    found.update(n for node in graph.node for g in inner_graphs(node) for n in outer_names(g))
    found.update(value.name for value in graph.output)
    return found


def _kind(node: onnx.NodeProto) -> tuple[object, ...]:
    """All of a node but names."""
    attributes = sorted(a.SerializeToString(deterministic=True) for a in node.attribute)
    return node.op_type, node.domain, len(node.input), len(node.output), attributes


def _equal(mine: NDArray[Any], its: NDArray[Any] | None) -> bool:
    """Whether two constants are the same, bit for bit."""
    if its is None or (mine.dtype, mine.shape) != (its.dtype, its.shape):
        return False
    return np.ascontiguousarray(mine).tobytes() == np.ascontiguousarray(its).tobytes()


def _shape(sizes: Sizes) -> Shape:
    """The shape of a tensor; what sizes remember of other tensors is not for those who keep it."""
    plain = [Dim(dict(s.terms)) if isinstance(s, Extent) else s for s in sizes]
    return Shape(plain[1], tuple(plain[2:]))
