"""A graph as a plain program, every value with a name: for reports of failures.

>>> from snaplang.api import lower
>>> print(listing(lower("dup relu add", ["N,8,4"])))
in x1; x1 relu(max=none) -> a1 x1 a1 add(n=2) -> a2 out a2   [N,8,4]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from snaplang.diagnostics import SnapError
from snaplang.dims import Dim
from snaplang.graph import Graph, Node
from snaplang.ops import TABLE
from snaplang.ops.resolve import resolve
from snaplang.ops.spec import AttrValue, ParamKind

UNSPELLABLE = "?"


def listing(graph: Graph) -> str:
    """A program that lowers to the graph, and the shapes to give it; `?` where no text says it."""
    text, given = program(graph)
    return f"{text}   [{' | '.join(given)}]"


def program(graph: Graph) -> tuple[str, list[str]]:
    """The text of a program, and the shapes of its inputs as `--input` takes them."""
    names = [f"x{i + 1}" for i in range(len(graph.inputs))]
    parts = [f"in {' '.join(_ports(graph, names))};"]
    for node in graph.nodes:
        parts += [names[v] for v in node.inputs]
        parts.append(symbol(node, graph.width))
        names += [f"a{v - len(graph.inputs) + 1}" for v in node.outputs]
        parts += [f"-> {names[v]}" for v in reversed(node.outputs)]
    parts += ["out", *(names[v] for v in graph.outputs)]
    return " ".join(parts), given_shapes(graph)


def _ports(graph: Graph, names: Sequence[str]) -> list[str]:
    ports = []
    for name, info, shape in zip(names, graph.inputs, graph.input_shapes(), strict=True):
        if info.written:
            sizes = ", ".join(map(str, (shape.channels, *info.written)))
            ports.append(f"{name}({sizes})")
        else:
            typed = info.written is not None and not info.bound
            ports.append(f"{name}({shape.channels})" if typed else name)
    return ports


def given_shapes(graph: Graph) -> list[str]:
    """The shapes as `--input` takes them; none where ranks are open, or sizes are expressions."""
    found = []
    for shape in graph.input_shapes():
        sizes = [str(size) for size in (graph.batch, shape.channels, *shape.spatial)]
        if shape.open or not all(size.isalnum() for size in sizes):
            return []
        found.append(",".join(sizes))
    return found


def symbol(node: Node, width: Dim) -> str:
    """The symbol of an instance, every argument by name."""
    args = [f"{name}={argument(node, name, value)}" for name, value in node.attrs.items()]
    return f"{node.op.name}({', '.join(args)})" if args else node.op.name


def argument(node: Node, name: str, value: AttrValue) -> str:
    """An attribute as an argument."""
    param = node.op.param(name)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if param is not None and param.kind is ParamKind.PAD:
        return _pad(node, value)
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return str(value)


def _pad(node: Node, value: AttrValue) -> str:
    """Padding as one size per axis, or `same`."""
    assert isinstance(value, tuple)
    pairs = [pair for pair in value if isinstance(pair, tuple)]
    if all(before == after for before, after in pairs):
        return "x".join(str(before) for before, _ in pairs)
    try:
        given = {n: _argument(v) for n, v in node.attrs.items() if n != "pad"}
        same = resolve(
            TABLE[node.op.name], given, node.attrs.width("out") if "out" in given else _NO
        )
    except (SnapError, KeyError):
        return UNSPELLABLE
    return "same" if same["pad"] == value else UNSPELLABLE


_NO = Dim({})


def _argument(value: AttrValue) -> Dim | bool | str | tuple[int, ...] | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return Dim({(): value})
    assert not isinstance(value, float)
    return value  # type: ignore[return-value]


def shapes_of(graph: Graph) -> Mapping[str, str]:
    """The inputs by name, with their shapes."""
    pairs = zip(graph.inputs, graph.input_shapes(), strict=True)
    return {info.name: shape.text(graph.batch) for info, shape in pairs}
