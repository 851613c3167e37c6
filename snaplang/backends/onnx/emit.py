"""What emitters write with: a model under construction, and the place of one instance in it.

An emitter is a function of a `Site`: it calls `site.op` for each ONNX node it wants and returns the
names of its results. Knows protobuf and names, nothing of what ops mean (`ops.py` does). Ops
of users are emitted by the same kind of function:

    def swish(site):  # x * sigmoid(beta * x)
        (x,) = site.inputs
        gate = site.op("Sigmoid", site.op("Mul", x, site.number(site.attrs.real("beta"))))
        return site.op("Mul", x, gate)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from snaplang.backends.onnx.wire import MAX_BYTES
from snaplang.diagnostics import fail
from snaplang.graph import Node
from snaplang.ops.spec import Attrs, Shape

Emitter = Callable[["Site"], str | Sequence[str]]


@dataclass
class ModelDraft:
    """A model under construction: the graph so far, its opset, the names taken in it."""

    opset: int
    graph: onnx.GraphProto = field(default_factory=onnx.GraphProto)
    taken: set[str] = field(default_factory=set)
    domains: dict[str, int] = field(default_factory=dict)  # other than ONNX's own
    _constants: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)  # the last one given to a taken name

    def unique(self, name: str) -> str:
        """`name`, or with a number where it is taken; taken from now on."""
        found = name
        while found in self.taken:
            self._numbers[name] = self._numbers.get(name, 1) + 1
            found = f"{name}_{self._numbers[name]}"
        self.taken.add(found)
        return found

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """A small constant by its name; equal names share one initializer."""
        if name not in self._constants:
            self._constants[name] = self.unique(name)
            self.graph.initializer.append(numpy_helper.from_array(values, self._constants[name]))
        return self._constants[name]

    def node(self, kind: str, inputs: Iterable[str], name: str, domain: str = "") -> onnx.NodeProto:
        """A new node, without outputs and attributes as yet."""
        node: onnx.NodeProto = self.graph.node.add(op_type=kind, name=name, domain=domain)
        node.input.extend(inputs)
        return node


@dataclass
class Site:
    """The place of one instance: its inputs' names, its attributes and shapes, its weights.

    `shapes` and `results` are the shapes of inputs and outputs; letters in them are axes known only
    at run time.
    """

    draft: ModelDraft
    node: Node
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    results: tuple[Shape, ...]
    made: list[onnx.NodeProto] = field(default_factory=list)

    @property
    def attrs(self) -> Attrs:
        """The attributes of the instance."""
        return self.node.attrs

    @property
    def opset(self) -> int:
        """The ONNX opset of the model."""
        return self.draft.opset

    @property
    def shape(self) -> Shape:
        """The shape of the first input."""
        return self.shapes[0]

    @property
    def rank(self) -> int:
        """The number of spatial axes of the first input."""
        return len(self.shape.spatial)

    @property
    def channels(self) -> int:
        """The channels of the first input."""
        channels = self.shape.channels.whole()
        assert channels is not None
        return channels

    def weight(self, name: str) -> str:
        """The initializer that holds the weight of this name."""
        known = [w.name for w in self.node.op.weights(self.attrs, self.shapes) if not w.whole]
        if name not in known:
            raise KeyError(f"no weight {name!r} among {known}")
        return f"{self.node.key}.{name}"

    def per_channel(self, name: str) -> str:
        """A weight of one number per channel, as a view that stretches over the positions."""
        if not self.rank:
            return self.weight(name)
        return self.op("Unsqueeze", self.weight(name), self.ints(*range(1, self.rank + 1)))

    def reshaped(self, value: str, like: str) -> str:
        """`value` in the shape of `like`, a tensor shaped as the first input."""
        sizes = [size.whole() for size in self.shape.spatial]
        if sizes.count(None) > 1:
            return self.op("Reshape", value, self.op("Shape", like))
        known = [-1 if size is None else size for size in sizes]
        return self.op("Reshape", value, self.ints(0, self.channels, *known))

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output; its name. An empty input is one left out."""
        return self.ops(1, kind, *inputs, domain=domain, **attributes)[0]

    def ops(
        self, count: int, kind: str, *inputs: str, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node with `count` outputs; their names."""
        name = self.draft.unique(f"{self.node.key}/{kind}")
        outputs = [name] + [self.draft.unique(f"{name}.{i}") for i in range(1, count)]
        node = self.draft.node(kind, inputs, name, domain)
        node.output.extend(outputs)
        for key, value in attributes.items():
            node.attribute.append(helper.make_attribute(key, value))
        if domain:
            self.draft.domains.setdefault(domain, 1)
        self.made.append(node)
        return tuple(outputs)

    def ints(self, *values: int) -> str:
        """A constant one-dimensional int64 tensor."""
        name = f"ints({','.join(map(str, values))})"
        return self.draft.constant(name, np.array(values, np.int64))

    def whole(self, value: int) -> str:
        """A constant int64 scalar."""
        return self.draft.constant(f"whole({value})", np.array(value, np.int64))

    def number(self, value: float) -> str:
        """A constant float32 scalar."""
        return self.draft.constant(f"number({value!r})", _float32(value))

    def reals(self, *values: float) -> str:
        """A constant one-dimensional float32 tensor."""
        name = f"reals({','.join(repr(float(v)) for v in values)})"
        return self.draft.constant(name, _float32(values))

    def fill(self, value: float, count: int) -> str:
        """A constant float32 vector of one value."""
        if 4 * count > MAX_BYTES // 4:
            raise fail("E713", f"`{self.node.key}` takes a constant of {count:,} numbers")
        return self.draft.constant(f"fill({value!r},{count})", _float32([value]).repeat(count))

    def array(self, values: NDArray[Any]) -> str:
        """Any other constant."""
        name = self.draft.unique(f"{self.node.key}/constant")
        self.draft.graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    def finish(self, found: Sequence[str], wanted: Sequence[str]) -> None:
        """Give the results the names that the rest of the model knows them by.

        A result that this site did not make, or that serves twice, passes through an `Identity`.
        """
        made = {name for node in self.made for name in node.output}
        new: dict[str, str] = {}
        for name, target in zip(found, wanted, strict=True):
            if name in made and name not in new:
                new[name] = target
        for node in self.made:
            _rename(node.input, new)
            _rename(node.output, new)
        last = [node for node in self.made if not set(new.values()).isdisjoint(node.output)]
        for name, target in zip(found, wanted, strict=True):
            if new.get(name) != target:
                last.append(self.draft.node("Identity", [new.get(name, name)], ""))
                last[-1].output.append(target)
        for i, node in enumerate(last):
            node.name = f"{self.node.key}.{i}" if i else self.node.key


def _float32(values: float | Sequence[float]) -> NDArray[Any]:
    """As float32; what is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(values, np.float64).astype(np.float32)


def _rename(names: Any, new: Mapping[str, str]) -> None:
    for i, name in enumerate(names):
        if name in new:
            names[i] = new[name]
