"""Making a graph concrete: closing what backends need closed.

`prepare` is what emitters of models call; `with_rank` and `substituted` run the shape rules again
on other input shapes. Nothing here reads syntax.

>>> from snaplang.api import lower
>>> prepare(lower("conv3", inputs=["N,8,H,W"])).shapes[-1]
Shape('[N, 8, H, W]')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from snaplang.diagnostics import Diagnostic, Note, SnapError
from snaplang.dims import AXES, Dim, letter, substitute
from snaplang.graph.checks import Checked
from snaplang.graph.conditions import distinct
from snaplang.graph.graph import Condition, Graph, Node
from snaplang.ops.spec import Attrs, OpSpec, Shape

DEFAULT_RANK = 2


def require_closed(graph: Graph) -> None:
    """Raise a `SnapError` that lists the open choices, if there are any."""
    choices = graph.open_choices
    if choices:
        names = [f"`{c.name}`" if c.name else f"number {c.number}" for c in choices]
        shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        count = f"{len(choices)} open choice" + "s" * (len(choices) > 1)
        message = f"`{graph.name}` is a search space: {count} ({shown})"
        notes = tuple(
            Note(" | ".join(a or "identity" for a in c.alternatives), c.span) for c in choices[:8]
        )
        hint = "decide them: `--choose 0,2,1`, `--choose p=2` or `--choose random`"
        raise SnapError(Diagnostic("E507", message, choices[0].span, hint, None, notes))


def with_rank(graph: Graph, rank: int = DEFAULT_RANK) -> Graph:
    """The graph with inputs of open rank taken at `rank`; others stay."""
    shapes = [_closed_shape(shape, rank) if shape.open else shape for shape in graph.input_shapes()]
    return graph if tuple(shapes) == graph.input_shapes() else reshaped(graph, tuple(shapes))


def _closed_shape(shape: Shape, rank: int) -> Shape:
    return Shape(shape.channels, tuple(letter(name) for name in AXES[rank]))


def substituted(graph: Graph, known: Mapping[str, Dim]) -> Graph:
    """The graph with letters (and `c`) replaced, shapes and conditions worked out again."""
    nodes = tuple(replace(n, attrs=_substituted(n.attrs, known)) for n in graph.nodes)
    shapes = tuple(shape.substitute(known) for shape in graph.input_shapes())
    conditions = tuple(c for old in graph.conditions for c in _again(old, known))
    wide = {name for shape in graph.input_shapes() for name in shape.channels.letters()}
    widths = {name: known[name] for name in wide & known.keys()}
    inputs = tuple(
        replace(i, written=i.written and with_widths(i.written, widths)) for i in graph.inputs
    )
    changed = replace(
        graph,
        inputs=inputs,
        nodes=nodes,
        width=substitute(graph.width, known),
        batch=substitute(graph.batch, known),
        conditions=conditions,
    )
    return reshaped(changed, shapes)


def with_widths(written: tuple[Dim, ...], known: Mapping[str, Dim]) -> tuple[Dim, ...]:
    """Spatial sizes as they are written, but for letters of channels that are known."""
    return tuple(substitute(size, known) for size in written)


def _substituted(attrs: Attrs, known: Mapping[str, Dim]) -> Attrs:
    if not any(isinstance(v, Dim) for v in attrs.values()):
        return attrs
    return Attrs({n: substitute(v, known) if isinstance(v, Dim) else v for n, v in attrs.items_})


def _again(condition: Condition, known: Mapping[str, Dim]) -> list[Condition]:
    rules = Checked(Attrs(), (), condition.span)
    left = substitute(condition.left, known)
    if condition.right is not None:
        rules.equal(left, substitute(condition.right, known), condition.what)
    elif condition.least is not None:
        rules.at_least(left, condition.least, condition.what)
    elif condition.of > 1:
        rules.multiple(left, letter("c") * 0 + condition.of, condition.what)
    else:
        rules.whole(left, condition.what)
    _raise(rules, None)
    return rules.conditions


def _raise(rules: Checked, node: Node | None) -> None:
    if rules.complaint:
        code, message, hint = rules.complaint
        what = f"`{node.op.name}`: " if node else ""
        raise SnapError(Diagnostic(code, what + message, rules.span, hint))


def reshaped(graph: Graph, inputs: tuple[Shape, ...]) -> Graph:
    """The graph on inputs of other shapes; raises `SnapError` where a node does not fit them."""
    shapes = list(inputs)
    conditions: dict[Condition, None] = dict.fromkeys(graph.conditions)
    known: dict[tuple[OpSpec, Attrs, tuple[Shape, ...]], tuple[Shape, ...]] = {}
    for node in graph.nodes:
        key = (node.op, node.attrs, tuple([shapes[v] for v in node.inputs]))
        if key not in known:  # the same again has the same result, and the same conditions
            rules = Checked(*key[1:], node.span)
            rules.widths(node.op)
            known[key] = node.ask(node.op.shape, rules)
            rules.filled(node.op, known[key])
            _raise(rules, node)
            conditions |= dict.fromkeys(rules.conditions)
        shapes += known[key]
    kept = [c for c in conditions if not _mentions(c, graph, inputs)]
    return replace(graph, shapes=tuple(shapes), conditions=distinct(kept))


def _mentions(condition: Condition, graph: Graph, inputs: tuple[Shape, ...]) -> bool:
    """Whether a condition speaks of letters that the new inputs no longer have."""
    gone = {n for s in graph.input_shapes() for d in (s.channels, *s.spatial) for n in d.letters()}
    gone -= {n for s in inputs for d in (s.channels, *s.spatial) for n in d.letters()}
    sides = (condition.left, condition.right) if condition.right is not None else (condition.left,)
    return any(not gone.isdisjoint(side.letters()) for side in sides)


def prepare(graph: Graph) -> Graph:
    """The graph as emitters of models want it: no open choice, known rank and weights.

    Nodes that no output needs are dropped; rank 2 is taken where nothing fixes it. Raises
    `SnapError` for open choices and for widths that are not numbers.
    """
    require_closed(graph)
    graph = with_rank(graph.live())
    for node in graph.nodes:
        for weight in graph.weights(node):
            sizes = [*weight.shape, *(b for b in (weight.init.bound,) if isinstance(b, Dim))]
            loose = {name for size in sizes for name in size.letters()}
            if loose:
                _open_width(graph, node, sorted(loose))
    open_ = sorted({n for s in graph.input_shapes() for n in s.channels.letters()})
    if open_:
        _open_width(graph, None, open_)
    return graph


def _open_width(graph: Graph, node: Node | None, names: list[str]) -> None:
    letters = ", ".join(f"`{n}`" for n in names)
    where = f"the weights of `{node.key}` depend" if node else "the inputs' channels depend"
    hint = "give the input's shape: `--input N,64,H,W`"
    message = f"{where} on {letters}, which is not known"
    raise SnapError(Diagnostic("E508", message, node.span if node else None, hint))
