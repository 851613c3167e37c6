"""Pictures by Graphviz: a graph as dot text, and that text drawn.

Ops are boxes coloured by family, words are frames around them, edges bear shapes; what no output
needs is dashed. Open widths, ranks and choices are drawn as they stand. Graphviz is called by
`render` alone.

>>> from snaplang.api import lower
>>> [line for line in source(lower("relu")).splitlines() if "->" in line]
['  x0 -> n0;', '  n0 -> y0 [label=" [N, c, *S]"];']
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from snaplang.backends.labels import colours, known_weights, weights_text
from snaplang.backends.outline import (
    Edge,
    OutlineScope,
    edges,
    output_names,
    remark,
    scopes,
    tangle,
)
from snaplang.diagnostics import fail
from snaplang.graph import Graph, Node, needed
from snaplang.ops.spec import Fact
from snaplang.printing.caption import captions

MAX_DRAWN = 3000  # nodes; Graphviz would take minutes for more,
MAX_TANGLE = 20_000  # and for edges that cross more layers together than this
_HURRY = (  # tangle above which Graphviz is told to make do with a good, then a fair layout
    (4000, "  nslimit=0.1; nslimit1=0.1; mclimit=0.1; splines=line;"),
    (1000, "  nslimit=2; nslimit1=2; mclimit=0.5;"),
)
_INK, _PALE = "#333333", "#777777"
_FRAMES = ("#fafafa", "#f0f0f0")  # nested frames in turn
_FONT = 'fontname="Helvetica,Arial,sans-serif"'
_HEAD = f"""\
  graph [{_FONT}, fontsize=10, fontcolor="{_PALE}", labeljust=l, nodesep=0.3, ranksep=0.3, pad=0.2];
  node [{_FONT}, fontsize=11, fontcolor="{_INK}", shape=box, style="rounded,filled", \
height=0.3, margin="0.14,0.06"];
  edge [{_FONT}, fontsize=9, fontcolor="{_PALE}", color="{_PALE}", arrowsize=0.6];"""


def source(graph: Graph) -> str:
    """The graph as dot text; the same graph always gives the same text."""
    title = remark(graph)
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        _HEAD,
        *[line for above, line in _HURRY if tangle(graph) > above][:1],
        *([f"  label={_quoted(title)};"] if title else []),
        *_inputs(graph),
        *_Boxes(graph).frame(scopes(graph)),
        *(_terminal(f"y{i}", escape(n)) for i, n in enumerate(output_names(graph))),
        *map(_arrow, edges(graph)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _inputs(graph: Graph) -> Iterator[str]:
    for place, input_ in enumerate(graph.inputs):
        shape = graph.shapes[place].text(graph.batch)
        yield _terminal(f"x{place}", f"{escape(input_.name)}<br/>{_small(shape)}")


def _terminal(name: str, label: str) -> str:
    return f'  {name} [label=<{label}>, style=rounded, color="{_PALE}"];'


def _small(text: str) -> str:
    return f'<font point-size="9" color="{_PALE}">{escape(text)}</font>'


class _Boxes:
    """The lines of words and ops: frames within frames, boxes inside."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.caption = captions(graph)
        self.live = set(needed(graph.nodes, graph.outputs))

    def frame(self, scope: OutlineScope) -> Iterator[str]:
        """A word: its frame, its ops, the words inside."""
        depth = len(scope.path)
        indent = "  " * (depth + 1)
        if depth:
            fill = _FRAMES[depth % 2]
            yield f"{indent[2:]}subgraph {_quoted('cluster_' + '.'.join(scope.path))} {{"
            yield f'{indent}label={_quoted(scope.path[-1])}; style="rounded,filled"; margin=10;'
            yield f'{indent}color="#cccccc"; fillcolor="{fill}";'
        for number in scope.nodes:
            yield indent + self.box(number)
        for inner in scope.inner.values():
            yield from self.frame(inner)
        if depth:
            yield indent[2:] + "}"

    def box(self, number: int) -> str:
        """An op: how it is spelled, what it weighs."""
        node = self.graph.nodes[number]
        fill, line = colours(node.op.family)
        weights = weights_text(node, self.graph)
        label = escape(self.caption(node)) + (f"<br/>{_small(weights)}" if weights else "")
        parts = [f"label=<{label}>", f'fillcolor="{fill}"', f'color="{line}"']
        parts.append(f"tooltip={_quoted(_tooltip(node, self.graph))}")
        if number not in self.live:
            parts.append('style="rounded,filled,dashed"')
        if len(node.inputs) > 1 and Fact.COMMUTATIVE not in node.op.all_facts(node.attrs):
            parts.append("ordering=in")
        return f"n{number} [{', '.join(parts)}];"


def _tooltip(node: Node, graph: Graph) -> str:
    """The op's key, and each weight with its shape."""
    weights = known_weights(node, graph) or ()
    shapes = [f"{w.name} [{', '.join(map(str, w.shape))}]" for w in weights]
    return ": ".join(filter(None, (node.key, ", ".join(shapes))))


def _arrow(edge: Edge) -> str:
    parts = [f"label={_quoted(' ' + edge.label)}"] if edge.label else []  # the space keeps off
    parts += [f'taillabel="{edge.tail_port}"'] if edge.tail_port else []
    parts += [f'headlabel="{edge.head_port}"'] if edge.head_port else []
    return f"  {edge.tail} -> {edge.head}" + (f" [{', '.join(parts)}]" if parts else "") + ";"


def render(graph: Graph, format: str) -> bytes:
    """The graph drawn by Graphviz as `svg` or `png`.

    Raises `SnapError`: E710 where the program `dot` is missing, E715 for a graph that would take
    minutes to lay out, E716 where Graphviz fails.
    """
    import graphviz

    if len(graph.nodes) > MAX_DRAWN or tangle(graph) > MAX_TANGLE:
        what = "is too large to draw" if len(graph.nodes) > MAX_DRAWN else "is too tangled to draw"
        message = f"`{graph.name}` of {len(graph.nodes):,} ops {what}"
        raise fail("E715", message, hint="`--emit dot` has no limit; or draw one block")
    try:
        picture: bytes = graphviz.pipe("dot", format, source(graph).encode())
        return picture
    except graphviz.ExecutableNotFound:
        message = f"drawing {format} needs Graphviz, and there is no program `dot`"
        hint = "install Graphviz (Debian's package is `graphviz`), or use `--emit dot` or `mermaid`"
        raise fail("E710", message, hint=hint) from None
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        raise fail("E716", f"Graphviz failed: {said[0] if said else error.returncode}") from None
