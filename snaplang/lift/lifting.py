"""From foreign terms to a graph: the way both `from_onnx` and `from_torch` go.

Inputs are taken as batch, channels, positions; where that does not work and there are three axes or
more, as batch, positions, channels. What the table of ops lacks is listed in one error, or kept as
opaque instances.
"""

from __future__ import annotations

from dataclasses import replace

from snaplang.diagnostics import Diagnostic, Note, SnapError, fail
from snaplang.graph import Condition, Graph, Input, needed, validate
from snaplang.graph.checks import Checked
from snaplang.graph.conditions import distinct
from snaplang.lift.emission.attending import ATTEND
from snaplang.lift.emission.emission import NOWHERE, Emission, LackingError
from snaplang.lift.emission.naming import folded, named, shared, state_of
from snaplang.lift.emission.opaque import opaque
from snaplang.lift.emission.rules import RULES
from snaplang.lift.patterns import demanded
from snaplang.lift.patterns import tile as tile_of
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import Const, Term
from snaplang.lift.terms.shapes import Sizes
from snaplang.lift.terms.source import Foreign
from snaplang.lift.terms.views import View
from snaplang.ops.spec import Attrs, Shape

_SHOWN = 40  # lacking ops that an error names one by one
Found = list[tuple[Term, Tile | None]]


def lifted(foreign: Foreign, keep: bool = False) -> Graph:
    """The graph of a foreign model with its weights; `keep` makes opaque what the table lacks.

    Raises `SnapError`: E810 with all that the table lacks, E814 for weights in two places, E817 for
    inputs that are no `[N, C, …]`.
    """
    if not foreign.inputs:
        raise fail("E817", f"`{foreign.name}` has no input")
    _check_inputs(foreign)
    found = list(demanded(foreign.outputs))[::-1]
    first = _attempt(foreign, found, False, False)
    if not first.lacking:
        return _graph(foreign, first, False)
    if _may_be_last(foreign):
        last = _attempt(foreign, found, True, False)
        if not last.lacking:
            return _graph(foreign, last, True)
        first = min(first, last, key=lambda e: len(e.lacking))
    if keep:
        first = _attempt(foreign, found, False, True)
        if not first.lacking:
            return _graph(foreign, first, False)
    raise SnapError(_complaint(foreign, first))


def _may_be_last(foreign: Foreign) -> bool:
    """Whether the last axes may be channels: they are as well known as the second ones."""
    deep = [term.shape for term in foreign.inputs if term.rank > 2]
    known = all(s[-1].whole() is not None or s[1].whole() is None for s in deep)
    return bool(deep) and known


def _check_inputs(foreign: Foreign) -> None:
    for term in foreign.inputs:
        name = term.params["name"]
        if not 2 <= term.rank <= 5:
            message = f"the input `{name}` has {term.rank} axes; programs take 2 to 5"
            raise fail("E817", message, hint="batch, channels, and up to three sizes")
        if term.shape[0] != foreign.inputs[0].shape[0]:
            sizes = ", ".join(map(str, term.shape))
            first = foreign.inputs[0].shape[0]
            message = f"the input `{name}` is [{sizes}], but the batch is {first}"
            raise fail("E817", message, hint="all inputs of a program share the batch")


def _attempt(foreign: Foreign, found: Found, last: bool, keep: bool) -> Emission:
    """One try, with channels first or last."""
    batch = foreign.inputs[0].shape[0]
    e = Emission(foreign, batch, _returns(found), kept=keep)
    for term in foreign.inputs:
        swapped = last and term.rank > 2
        sizes = (term.shape[0], term.shape[-1], *term.shape[1:-1]) if swapped else term.shape
        e.assembly.shapes.append(Shape(sizes[1], sizes[2:]))
        view = e.plain(len(e.assembly.shapes) - 1)
        rank = term.rank
        e.views[term.number] = view.transposed((0, *range(2, rank), 1)) if swapped else view
        e.assembly.conditions += _whole(sizes[1:], term.params["name"])
    unknown: set[float] = set()
    for term, tile in found:
        if term.kind == "input":
            continue
        leaves = tile.leaves if tile else tuple(a for a in term.args if isinstance(a, Term))
        if any(leaf.number in unknown for leaf in leaves):
            unknown.add(term.number)  # what follows from what is lacking says nothing more
            continue
        e.place = term.place
        try:
            _emit(e, term, tile)
        except LackingError as error:
            e.lacking[term.number] = term, error.why
            if not _goes_on(e, term):
                unknown.add(term.number)
    _end(e, last, unknown)
    return e


def _whole(sizes: Sizes, name: str) -> list[Condition]:
    """That sizes such as H/2 are whole numbers."""
    rules = Checked(Attrs(), (), NOWHERE)
    for size in sizes:
        rules.whole(size, f"a size of `{name}`")
    return rules.conditions


def _emit(e: Emission, term: Term, tile: Tile | None) -> None:
    """Emit a term; raises `LackingError`."""
    try:
        e.views[term.number] = _emitted(e, term, tile)
    except LackingError:
        if not e.kept:
            raise
        _keep(e, term)


def _goes_on(e: Emission, term: Term) -> bool:
    """Keep what is lacking for the moment, so that what lacks behind it is found too."""
    try:
        with e.keeping():
            _keep(e, term)
    except LackingError:
        return False
    return True


def _keep(e: Emission, term: Term) -> None:
    """Emit a term as an opaque instance, and first what only a larger pattern would have had."""
    missing: dict[float, Term] = {}
    stack = [term]
    while stack:
        last = stack.pop()
        for arg in last.args:
            if isinstance(arg, Term) and not {arg.number} & (e.views.keys() | missing.keys()):
                missing[arg.number] = arg
                stack.append(arg)
    for number in sorted(missing):
        part = missing[number]
        try:
            e.views[number] = _emitted(e, part, tile_of(part))
        except LackingError:
            e.views[number] = opaque(e, part)
    e.views[term.number] = opaque(e, term)


def _emitted(e: Emission, term: Term, tile: Tile | None) -> View:
    if tile is None:
        raise LackingError(_reason(term))
    mark = e.mark()
    try:
        return RULES[tile.how](e, tile)
    except LackingError:
        e.reset(mark)
        raise


def _reason(term: Term) -> str:
    """What is odd about a term of a kind that is known in other forms."""
    constants = [a for a in term.args if isinstance(a, Const)]
    if term.kind == "add" and constants:
        return "a constant is added"
    if term.kind == "parameter":
        return "a parameter that does not depend on the input"
    return {"matmul": "a product of matrices that is no attention", "clip": "a clip, not from 0",
            "pad": "padding that no window takes in"}.get(term.kind, "")  # fmt: skip


def _end(e: Emission, last: bool, unknown: set[float]) -> None:
    """Bring the outputs into place; what is left of attention without projections is lacking."""
    outputs = []
    for term in e.foreign.outputs:
        if term.number in unknown:
            continue
        e.place = term.place
        view = e.view(term)
        if last and len(view.axes) > 2:
            view = view.transposed((0, len(view.axes) - 1, *range(1, len(view.axes) - 1)))
        try:
            outputs.append(e.plainly(view))
        except LackingError as error:
            why = error.why.replace("its input has", "the output has")
            e.lacking.setdefault(term.number, (term, why))
    e.outputs = tuple(outputs)
    for number in () if e.kept else needed(e.assembly.nodes, e.outputs):
        node = e.assembly.nodes[number]
        if node.op is ATTEND:
            term = next(t for n, t in _terms(e) if e.views[n].base in node.outputs)
            e.lacking[term.number] = term, "an attention without a projection of its result"


def _terms(e: Emission) -> list[tuple[float, Term]]:
    return [(t.number, t) for t in e.foreign.terms.made if t.number in e.views]


def _returns(found: Found) -> set[float]:
    """Terms of two axes that are seen as maps again later on."""
    returns: set[float] = set()
    for term, tile in reversed(found):
        if tile is None:
            continue
        back = term.rank > 2 or term.number in returns
        for leaf in tile.leaves:
            if leaf.rank == 2 and back:
                returns.add(leaf.number)
    return returns


def _graph(foreign: Foreign, e: Emission, last: bool) -> Graph:
    """The graph of what was emitted, without what no output needs."""
    kept = needed(e.assembly.nodes, e.outputs)
    names = [t.params["name"] for t in foreign.inputs]
    written = {} if last else foreign.written
    inputs = tuple(Input(_name(n, i), True, written.get(n)) for i, n in enumerate(names))
    shapes = e.assembly.shapes
    graph = Graph(
        name=_name(foreign.name, 0, "model"),
        inputs=inputs,
        nodes=tuple(replace(node, span=None) for node in e.assembly.nodes),
        outputs=e.outputs,
        shapes=tuple(shapes),
        width=shapes[0].channels,
        batch=e.batch,
        conditions=distinct(replace(c, span=None) for c in e.assembly.conditions),
        output_names=tuple(
            _name(n, i, "out" if len(e.outputs) == 1 else f"out{i + 1}")
            for i, n in enumerate(foreign.output_names)
        ),
    ).live()
    claims = [e.claims[i] for i in kept]
    graph = named(graph, claims, [e.places[i] for i in kept])
    notes = [*foreign.notes, *e.notes]
    notes += shared(graph, claims, foreign.origin == "ONNX")
    notes += folded(claims, graph, foreign.fused) if foreign.origin == "ONNX" else ()
    if last:
        notes.append("read with the channels in the last axis")
    state = None if foreign.bare else state_of(graph, claims)
    return replace(validate(graph), state=state, notes=tuple(dict.fromkeys(notes)))


def _name(text: str, number: int, other: str | None = None) -> str:
    """A name that a program may use."""
    import re

    found = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    plain = bool(re.fullmatch(r"[A-Za-z_]\w*", found, re.ASCII)) and len(found) < 64
    return found if plain else (other or f"x{number + 1}")


def _complaint(foreign: Foreign, e: Emission) -> Diagnostic:
    """All that is lacking, op by op with its place."""
    rows = []
    for term, why in list(e.lacking.values())[:_SHOWN]:
        kind = term.params.get("name", term.kind) if term.kind == "opaque" else term.kind
        rows.append(Note(f"`{kind}` at `{term.place.name}`" + (f": {why}" if why else "")))
    if len(e.lacking) > _SHOWN:
        rows.append(Note(f"and {len(e.lacking) - _SHOWN} more"))
    count = len(e.lacking)
    what = "1 op" if count == 1 else f"{count} ops"
    message = f"the table lacks {what} of the {foreign.origin} model `{foreign.name}`"
    hint = "`--opaque` (`opaque=True`) keeps them as they are, for fingerprints and pictures"
    return Diagnostic("E810", message, None, hint, None, tuple(rows))
