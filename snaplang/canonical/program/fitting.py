"""The nodes of a canonical graph put on inputs: the most general that mean the same.

What it means is seen by colours: a graph on other inputs is taken if it can stand on those of its
source too, and is the same architecture there.
"""

from __future__ import annotations

from snaplang.canonical.normal import Normal, normal
from snaplang.canonical.normal.kinds import kind_of
from snaplang.canonical.order import final_colours
from snaplang.canonical.program.inputs import (
    GeneralInputs,
    admits,
    general_inputs,
    loose_weights,
    merges,
    own_inputs,
    placed,
)
from snaplang.diagnostics import SnapError
from snaplang.dims import ONE
from snaplang.graph import Graph
from snaplang.ops.spec import Fact

_ASKING = {Fact.MAKES_ZERO, Fact.TAKES_SIZES}  # what the sizes of inputs have in common


def fitted(bare: Graph, source: Graph, level: str, own_only: bool = False) -> Graph | None:
    """A graph in the letters of places on the most general inputs that it may have instead of those
    of its source (with `own_only`, on these); None where it does not even fit these.
    """
    own = _placed(bare, own_inputs(source))
    if own is None:
        return None
    *general, last = general_inputs(source, bare.nodes)
    for inputs in () if own_only else general:
        found = _placed(bare, inputs)
        if found is not None and _means_the_same(found, own, source, level):
            return found
    return _placed(bare, last)


def same_there(other: Graph, source: Graph, form: Normal) -> bool:
    """Whether a graph fits the inputs of another, and is the architecture of its normal form."""
    own = _placed(other, own_inputs(source))
    colours = sorted(final_colours(form).values())
    return own is not None and _colours(own, form.terms.level) == colours


def _placed(bare: Graph, inputs: GeneralInputs) -> Graph | None:
    try:
        return placed(bare, inputs)
    except SnapError:
        return None


def _means_the_same(found: Graph, own: Graph, source: Graph, level: str) -> bool:
    if not admits(found.input_shapes(), own.input_shapes()):
        return False
    try:
        if loose_weights(found) > loose_weights(source):
            return False
    except SnapError:  # a user's op that takes no letters
        return False
    asking = [w for w in dict.fromkeys((level, "algebra")) if _asks_for_sizes(found, w)]
    if asking and not found.bound and merges(found.input_shapes(), own.input_shapes()):
        return False  # of equal sizes there may be a shorter form
    return all(_colours(found, wanted) == _colours(own, wanted) for wanted in asking)


def _asks_for_sizes(graph: Graph, level: str) -> bool:
    """Whether a law of a level may ask what the sizes of inputs have in common."""
    if any(size == ONE for info in graph.inputs for size in info.written or ()):
        return True
    kinds = {kind_of(node.op, node.attrs, level) for node in graph.nodes}
    return any(not kind.facts.isdisjoint(_ASKING) for kind in kinds)


def _colours(graph: Graph, level: str) -> list[bytes]:
    return sorted(final_colours(normal(graph, level)).values())
