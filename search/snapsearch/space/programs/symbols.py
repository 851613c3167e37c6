"""Symbols of a free space: what each does to the stack, found by trying it on inputs alike.

What a symbol pops, pushes and creates does not depend on types; its attributes and the shapes it
leaves do (`conv3` on `2*c` channels is another instance than on `c`). So the first is found once a
symbol, the second once for each symbol and popped types, by lowering a program that brings them
about (`stack.py`).

>>> effect = probe("over", ("N,c,H,W",))
>>> (effect.pops, effect.nodes, effect.leaves)
(2, (), (0, 1, 0))
>>> probe("sepconv3", ("N,c,H,W",)).pops
1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import snaplang as snap
from snapsearch.errors import SearchError, together

DEEPEST = 12  # stacks that symbols are tried on


@dataclass(frozen=True)
class Effect:
    """What a symbol does to the top of a stack.

    It pops `pops` values, numbered from 0, the deepest first. `nodes` are the values that each
    instance it creates reads, and how many it leaves; these are numbered on. `leaves` are the
    values it pushes, the deepest first.
    """

    pops: int
    nodes: tuple[tuple[tuple[int, ...], int], ...]
    leaves: tuple[int, ...]

    @property
    def net(self) -> int:
        """How much deeper the stack is afterwards."""
        return len(self.leaves) - self.pops


def probe(symbol: str, inputs: Sequence[str]) -> Effect:
    """What a symbol does. Raises `SearchError` S130 for one that no stack of inputs allows."""
    first: snap.SnapError | None = None
    for depth in range(1, DEEPEST + 1):
        for left in range(1, 2 * DEEPEST):
            text = f"in {depth} {symbol} out {left}"
            try:
                graph = snap.lower(text, inputs=[inputs[0]] * depth)
            except snap.SnapError as error:
                first = first or error
                if not _only_counts(error):
                    break
                continue
            if graph.open_choices:
                message = f"`{symbol}` is a choice, and no symbol of a free space"
                raise SearchError("S130", message, None, "give its alternatives as symbols")
            return _trimmed(graph, depth)
    assert first is not None
    message = first.diagnostics[0].message
    raise SearchError("S130", f"`{symbol}` is no symbol of a space: {message}", None, _HINT)


def probes(symbols: Sequence[str], inputs: Sequence[str]) -> tuple[Effect, ...]:
    """What each symbol does. Raises one `SearchError` S130 that tells all that do nothing."""
    found, wrong = [], []
    for symbol in symbols:
        try:
            found.append(probe(symbol, inputs))
        except SearchError as error:
            wrong.append(error)
    if wrong:
        raise together(wrong)
    return tuple(found)


_HINT = "a symbol stands alone: an op, a word of the prelude, or wiring; `snapc ops` lists them"


def _only_counts(error: snap.SnapError) -> bool:
    """Whether nothing is wrong but the number of outputs that were asked for."""
    return all(d.code == "E203" for d in error.diagnostics)


def _trimmed(graph: snap.Graph, depth: int) -> Effect:
    """An effect without the values at the bottom that it leaves where they are."""
    untouched = 0
    read = {v for node in graph.nodes for v in node.inputs}
    while (
        untouched < min(depth - 1, len(graph.outputs) - 1)
        and graph.outputs[untouched] == untouched
        and untouched not in read
        and untouched not in graph.outputs[untouched + 1 :]
    ):
        untouched += 1
    nodes = tuple(
        (tuple(v - untouched for v in node.inputs), len(node.outputs)) for node in graph.nodes
    )
    leaves = tuple(v - untouched for v in graph.outputs[untouched:])
    return Effect(depth - untouched, nodes, leaves)


def parts(symbol: str, inputs: Sequence[str], effect: Effect) -> list[str]:
    """The symbols of the single instances that a word is made of; none for a single op.

    Their texts are those that snaplang prints.
    """
    if len(effect.nodes) < 2:
        return []
    text = f"in {effect.pops} {symbol} out {len(effect.leaves)}"
    return [word for word in split(snap.format(snap.lower(text))) if _single(word, inputs)]


def facts(symbol: str, inputs: Sequence[str], effect: Effect) -> set[snap.Fact]:
    """What is known of the ops that a symbol makes instances of."""
    text = f"in {effect.pops} {symbol} out {len(effect.leaves)}"
    graph = snap.lower(text, inputs=[inputs[0]] * effect.pops)
    return {fact for node in graph.nodes for fact in node.op.facts}


def _single(word: str, inputs: Sequence[str]) -> bool:
    """Whether a word of a printed program is a single op; others are names and punctuation."""
    try:
        return len(probe(word, inputs).nodes) == 1
    except SearchError:
        return False


def split(text: str) -> list[str]:
    """The symbols of a text: at white space, but not within parentheses."""
    words: list[str] = [""]
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter.isspace() and depth == 0:
            words.append("")
        else:
            words[-1] += letter
    return [word for word in words if word]
