"""From an ONNX model to terms: initializers, inputs, nodes in order, outputs.

What the nodes mean stands in `terms.py` and `layers.py`. A node that nothing there knows,
or that is known in a form that nothing has, becomes an opaque term, to be listed with its place or
kept, as the caller likes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from snaplang.diagnostics import fail
from snaplang.dims import Dim
from snaplang.lift.onnx.file import (
    Model,
    array_of,
    inner_graphs,
    model_of,
    outer_names,
    weights_of,
)
from snaplang.lift.onnx.layers import ModelNode
from snaplang.lift.onnx.names import axis_sizes, is_fused, scope_of
from snaplang.lift.onnx.own import Own, written_sizes
from snaplang.lift.onnx.shapes import result_shapes
from snaplang.lift.onnx.terms import NODES
from snaplang.lift.terms import Const, ModelTerms, Term, UnfitError, Value
from snaplang.lift.terms.folding import UnknownSizeError
from snaplang.lift.terms.source import Foreign, digest, opaque_terms

_SENSELESS = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, AssertionError)
_PLAIN = (1, 2, 3, 6, 7, 8)  # AttributeProto's FLOAT, INT, STRING, and lists of them
_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)


@dataclass
class _Reader:
    """A model being read: its terms, and what each name stands for."""

    proto: onnx.ModelProto
    opset: int
    terms: ModelTerms = field(default_factory=ModelTerms)
    values: dict[str, Value] = field(default_factory=dict)
    letters: dict[str, Dim] = field(default_factory=dict)

    def node(self, node: onnx.NodeProto, makes: set[str]) -> None:
        """Read one node; `makes` are the names that nodes make."""
        self.terms.place = scope_of(node, self.proto.producer_name)
        if not node.output:
            return
        inputs = [self._value(name, node, makes) for name in node.input]
        captured = [
            self._value(name, node, makes) for g in inner_graphs(node) for name in outer_names(g)
        ]
        try:
            found = self._known(node, inputs) if not captured else None
        except UnknownSizeError:
            found = None
        except UnfitError as error:
            raise fail("E813", f"`{self.terms.place.name}` ({node.op_type}): {error}") from None
        except _SENSELESS as error:  # attributes that are missing, or of another kind
            what = f"{type(error).__name__}: {error}"
            message = f"`{self.terms.place.name}` ({node.op_type}) makes no sense: {what}"
            raise fail("E813", message) from None
        if found is None:
            found = self._opaque(node, [*inputs, *captured])
        if len(found) < len([name for name in node.output if name]):
            found = self._opaque(node, inputs)
        for name, value in zip(node.output, found, strict=False):
            self.values[name] = value

    def _value(self, name: str, node: onnx.NodeProto, makes: set[str]) -> Value:
        if not name:
            return None
        if name not in self.values:
            what = "only a later one makes" if name in makes else "nothing makes"
            hint = (
                "the graph has a circle, or its nodes are out of order" if name in makes else None
            )
            message = f"`{self.terms.place.name}` ({node.op_type}) reads `{name}`, which {what}"
            raise fail("E813", message, hint=hint)
        return self.values[name]

    def _known(self, node: onnx.NodeProto, inputs: list[Value]) -> Sequence[Value] | None:
        rule = NODES.get(node.op_type) if node.domain in ("", "ai.onnx") else None
        if rule is None or any(a.type == onnx.AttributeProto.GRAPH for a in node.attribute):
            return None
        attributes = {a.name: _attribute(a) for a in node.attribute}
        return rule(ModelNode(self.terms, inputs, attributes, len(node.output), self.opset))

    def _opaque(self, node: onnx.NodeProto, inputs: list[Value]) -> Sequence[Value]:
        """The node as an opaque term; constants among its inputs belong to it."""
        shapes = result_shapes(node, inputs, self.proto, self.letters)
        attributes = sorted(a.SerializeToString(deterministic=True) for a in node.attribute)
        key = digest(node.domain, node.op_type, *attributes)
        return opaque_terms(self.terms, node.op_type, key, inputs, shapes)


def _attribute(attribute: onnx.AttributeProto) -> Any:
    if attribute.type == onnx.AttributeProto.TENSOR:
        return array_of(attribute.t)
    if attribute.type not in _PLAIN:
        raise TypeError(f"`{attribute.name}` is neither numbers nor text")
    value = helper.get_attribute_value(attribute)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def read_onnx(model: Model) -> Foreign:
    """The terms of a model; raises `SnapError` (E601, E811 to E813, E817)."""
    proto, path = model_of(model)
    opset = max((o.version for o in proto.opset_import if not o.domain), default=0)
    reader = _Reader(proto, opset)
    arrays = weights_of(proto, path.parent if path else None)
    for name, array in arrays.items():
        reader.values[name] = Const(array, name if _is_weight(name, array) else None)
    inputs: list[Term] = []
    for info in proto.graph.input:
        if info.name not in arrays:
            if inputs:
                _one_batch(reader, info, inputs[0])
            inputs.append(_input(reader, info))
            reader.values[info.name] = inputs[-1]
    makes = {name for node in proto.graph.node for name in node.output}
    _read_nodes(reader, Own(proto, arrays, reader.opset), makes)
    outputs = [_output(reader, info, makes) for info in proto.graph.output]
    names = [info.name for info in proto.graph.output]
    name = proto.graph.name
    if path is not None and name in ("", "main_graph", "torch_jit", "graph"):
        name = path.stem  # exporters call all alike
    return Foreign(
        name or "model",
        inputs,
        outputs,
        names,
        "ONNX",
        reader.terms,
        reader.terms.notes,
        arrays,
        written=written_sizes(proto, inputs),
        fused={w for node in proto.graph.node if is_fused(node) for w in node.input[1:]},
    )


def _read_nodes(reader: _Reader, own: Own, makes: set[str]) -> None:
    """Read all nodes in order, instances of our own exporter each as one."""
    nodes, place = list(reader.proto.graph.node), 0
    while place < len(nodes):
        found = own.read(place, reader.values, reader.terms)
        if found is None:
            reader.node(nodes[place], makes)
            place += 1
        else:
            reader.values |= found[0]
            place = found[1]


def _is_weight(name: str, array: NDArray[Any]) -> bool:
    """Whether an initializer may be a weight: one number without a module's name is a constant."""
    single = array.ndim == 0 or (array.size == 1 and "." not in name)
    return array.dtype.kind in "fV" and not single


def _one_batch(reader: _Reader, info: onnx.ValueInfoProto, first: Term) -> None:
    """Read another input's batch, where a name of its own leaves it open, as the first one's."""
    axes = info.type.tensor_type.shape.dim
    name = axes[0].dim_param if axes else ""
    if name and name not in reader.letters and first.rank and first.shape[0].whole() is None:
        reader.letters[name] = first.shape[0]
        inputs = f"`{info.name}` and `{first.params['name']}`"
        reader.terms.notes.append(f"the batches of {inputs} are taken to be one")


def _input(reader: _Reader, info: onnx.ValueInfoProto) -> Term:
    kind = info.type.tensor_type
    if not info.type.HasField("tensor_type") or kind.elem_type not in _FLOATS:
        what = "no tensor"
        if info.type.HasField("tensor_type"):
            known = kind.elem_type in TensorProto.DataType.values()
            what = TensorProto.DataType.Name(kind.elem_type) if known else "of no known type"
        raise fail("E817", f"the input `{info.name}` is {what}; programs take tensors of floats")
    if not kind.HasField("shape"):
        raise fail("E817", f"the input `{info.name}` does not say how many axes it has")
    return reader.terms.input(info.name, axis_sizes(info, reader.letters))


def _output(reader: _Reader, info: onnx.ValueInfoProto, makes: set[str]) -> Term:
    value = reader.values.get(info.name)
    if isinstance(value, Term):
        return value
    if info.name not in reader.values:
        raise fail("E813", f"nothing makes the output `{info.name}`")
    raise fail("E817", f"the output `{info.name}` does not depend on the inputs")
