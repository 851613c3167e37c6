"""Graph to program: wiring words, names only where the stack would need more symbols.

`printed` is as short as a search finds; it changes nothing about the graph. What a program cannot
keep is left out: names of inputs, outputs and weights, the batch's letter, and nodes that no output
needs. The contract: `lower(parse(printed(g)), inputs=input_texts(g))` has the nodes of `g` with
the same attributes, wiring and shapes, in an order of its own, the inputs of commutative ops too.
Without `inputs=` it has them as well, unless an input has no spatial axis or a batch of its own.

>>> from snaplang.api import lower
>>> print(printed(lower("-> x x conv(3, stride=1) x pick1 relu drop add")), end="")
dup conv3 add
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from snaplang.graph import Graph, Node, needed
from snaplang.graph.specialize import require_closed
from snaplang.ops.spec import Fact
from snaplang.printing.fold import Loop, fold, length
from snaplang.printing.header import Header, headers, input_texts
from snaplang.printing.layout import layout
from snaplang.printing.names import free_names
from snaplang.printing.parts import parts
from snaplang.printing.schedule import schedule
from snaplang.printing.spelling import Speller, unwritable
from snaplang.printing.task import Step, Task, wiring

__all__ = ["Printout", "input_texts", "printed", "printout"]


@dataclass(frozen=True)
class Printout:
    """A program's text, and which node of the graph each of its ops is, in the order of the text.

    `symbols` counts what the printer makes few: ops, wiring, `->`, names, and those of the header.
    """

    text: str
    nodes: tuple[int, ...]
    symbols: int


def printed(graph: Graph, repeats: bool = False) -> str:
    """The program of a graph, with a line end; the identity is the empty text.

    With `repeats`, stretches that come again are written once: as `{ … }*n`, or as words, with
    parameters where widths differ. Raises `SnapError`
    for open choices (E507) and attributes that no argument gives (E790).
    """
    return printout(graph, repeats).text


def printout(graph: Graph, repeats: bool = False) -> Printout:
    """The program of a graph, and how its ops and the graph's nodes belong together."""
    require_closed(graph)
    kept = needed(graph.nodes, graph.outputs)
    for i in kept:
        if not graph.nodes[i].inputs:  # no symbol makes something of nothing
            raise unwritable(graph.nodes[i])
    tasks = [_task(graph.nodes[i]) for i in kept]
    inputs = tuple(range(len(graph.inputs)))
    best: tuple[Header, list[Step]] | None = None
    for option in headers(graph.live()):
        start, named = ((), frozenset(inputs)) if option.names else (inputs, frozenset[int]())
        steps = schedule(tasks, start, graph.outputs, named)
        if best is None or _length(option, steps) < _length(*best):
            best = option, steps
    assert best is not None
    order = tuple(kept[step.of] for step in best[1] if step.move == "run")
    symbols = list(_symbols(graph, kept, *best))
    items: list[str | Loop] = fold(symbols) if repeats else [*symbols]
    words, items = parts(items, {*best[0].names, *_bound(symbols)}) if repeats else ([], items)
    count = _length(*best) - length(symbols) + length(items)
    count += sum(length(word.items) + 3 + len(word.parameters) for word in words)
    if len(graph.outputs) > 1:
        items.append(f"out {len(graph.outputs)}")
        count += 2
    texts = [layout(word.opening, word.items, "}") for word in words]
    texts.append(layout(best[0].opening, items, best[0].closing))
    return Printout("\n".join(texts), order, count)


def _bound(symbols: list[str]) -> Iterator[str]:
    """The names that symbols bind."""
    return (symbol.removeprefix("-> ") for symbol in symbols if symbol.startswith("-> "))


def _task(node: Node) -> Task:
    free = Fact.COMMUTATIVE in node.op.all_facts(node.attrs)
    return Task(node.inputs, node.outputs, free)


def _length(head: Header, steps: list[Step]) -> int:
    """How many symbols a program has, outputs aside; an input in brackets is one."""
    typed = "(" in head.opening and not head.closing
    frame = 1 + len(head.names) if typed else len((head.opening + " " + head.closing).split())
    return frame + sum(2 if step.move == "name" else 1 for step in steps)


def _symbols(graph: Graph, kept: list[int], head: Header, steps: list[Step]) -> Iterator[str]:
    """The texts of the steps; `-> a` is one, so that no line ends in it."""
    spell = Speller(head.width)
    names = dict(enumerate(head.names))
    fresh = (name for name in free_names() if name not in head.names)
    for step in steps:
        if step.move == "run":
            node = graph.nodes[kept[step.of]]
            yield spell(node, graph.shapes_of(node.inputs))
        elif step.move == "push":
            yield names[step.of]
        elif step.move == "name":
            names[step.of] = next(fresh)
            yield f"-> {names[step.of]}"
        else:
            yield wiring(step)
