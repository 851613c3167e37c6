"""The shortest symbol for an instance of an op: suffixes, derived symbols, defaults left out.

Every spelling is read back before it is used, so that what is printed has exactly the attributes
of the node. Arguments behind the first are written by name: that costs no symbols and reads well.

>>> from snaplang.api import lower
>>> graph = lower("conv(1x7, out=c) dwconv(3, pad=1) relu(6) bn(eps=0.001)")
>>> spell = Speller(graph.width)
>>> [spell(node, graph.shapes_of(node.inputs)) for node in graph.nodes]
['conv1x7', 'dwconv3', 'relu6', 'bn(1e-3)']
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from snaplang.diagnostics import SnapError, fail
from snaplang.dims import Dim, dim
from snaplang.graph import Node
from snaplang.graph.builder import spelled
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument, ArgumentError, resolve, shown
from snaplang.ops.spec import Attrs, AttrValue, OpSpec, Param, ParamKind, Shape
from snaplang.printing import numbers
from snaplang.printing.names import reads_as


class Speller:
    """Spells nodes in a scope where `c` is `width`; what was spelt is remembered."""

    def __init__(self, width: Dim) -> None:
        self.width = width
        self._known: dict[tuple[str, Attrs, tuple[Shape, ...]], str] = {}
        self._derived: dict[str, list[OpSpec]] = {}
        for spec in TABLE.values():
            if spec.spells:
                self._derived.setdefault(spec.spells, []).append(spec)

    def __call__(self, node: Node, shapes: tuple[Shape, ...]) -> str:
        """The symbol for a node with inputs of these shapes; `SnapError` if there is none."""
        derived = self._derived.get(node.op.name, [])
        key = (node.op.id, node.attrs, shapes if derived else ())
        if key not in self._known:
            texts = [self._text(spec, node, shapes) for spec in (node.op, *derived)]
            found = [text for text in texts if text is not None]
            if not found:
                raise unwritable(node)
            self._known[key] = min(found, key=len)
        return self._known[key]

    def _text(self, spec: OpSpec, node: Node, shapes: tuple[Shape, ...]) -> str | None:
        """The spelling with the symbol of `spec`, None where it cannot say this."""
        if TABLE.get(spec.name) is not spec:
            return None
        given: dict[str, Argument] = {}
        texts: dict[str, str] = {}
        for param in spec.params:
            written = argument_of(param, node.attrs[param.name])
            if written is not None:
                given[param.name], texts[param.name] = written
        if not reads_back(spec, given, node, shapes, self.width):
            return None
        for name in list(given):
            fewer = {n: v for n, v in given.items() if n != name}
            if reads_back(spec, fewer, node, shapes, self.width):
                given = fewer
        return _symbol(spec, {name: texts[name] for name in given})


def reads_back(
    spec: OpSpec,
    given: Mapping[str, Argument],
    node: Node,
    shapes: tuple[Shape, ...],
    width: Dim,
) -> bool:
    """Whether the symbol of `spec` with these arguments is what `node` is."""
    try:
        attrs = resolve(spec, given, width)
    except ArgumentError:
        return False
    return (attrs if spec is node.op else spelled(spec, attrs, shapes)[1]) == node.attrs


def unwritable(node: Node) -> SnapError:
    """The error (E790) for an instance that no symbol gives."""
    values = ", ".join(f"{name}={value}" for name, value in node.attrs.items_)
    hint = "`pad` is the same on both sides of an axis; the op must be declared"
    known = TABLE.get(node.op.name)
    if known is not None and known is not node.op:
        hint = f"`{known.name}` means `{known.id}` now, this is `{node.op.id}`"
    if node.op.id.startswith("opaque/"):
        hint = "what the table lacks can be hashed, compared and drawn, but not written"
    message = f"no symbol gives `{node.op.name}`" + (f" with {values}" if values else "")
    return fail("E790", message, node.span, hint)


def argument_of(param: Param, value: AttrValue) -> tuple[Argument, str] | None:
    """What gives a parameter this value: an argument and its text; None where nothing does."""
    if param.kind is ParamKind.PAD:
        pairs = value if isinstance(value, tuple) else ()
        sizes = tuple(p[0] for p in pairs if isinstance(p, tuple) and p[0] == p[1])
        return (sizes, numbers.kernel(sizes)) if len(sizes) == len(pairs) else None
    if param.kind is ParamKind.KERNEL and isinstance(value, int | tuple):
        sizes = tuple(
            v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, int)
        )
        return sizes, numbers.kernel(sizes)
    if param.kind is ParamKind.REAL and isinstance(value, int | float):
        text = numbers.real(float(value))
        return dim(Fraction(text)), text
    if isinstance(value, int | Dim) and not isinstance(value, bool):
        text_of_width = numbers.width(dim(value))
        return None if text_of_width is None else (dim(value), text_of_width)
    if isinstance(value, bool | str) or value is None:
        return value, shown(value)
    return None


def _symbol(spec: OpSpec, texts: Mapping[str, str]) -> str:
    """The first parameter as a suffix where it can be one, else in front; the others by name."""
    first = spec.params[0].name if spec.params else ""
    rest = [f"{name}={text}" for name, text in texts.items() if name != first]
    head = spec.name
    if first in texts:
        if reads_as(head + texts[first]) == (head, texts[first]):
            head += texts[first]
        else:
            rest.insert(0, texts[first])
    return head + (f"({', '.join(rest)})" if rest else "")
