"""The shortest program of a graph, by exhaustive search over everything the stack can do.

Shares no code with the printer: it moves single symbols, the printer whole tasks. States are the
stack, the nodes done and the names given; the cheapest state is always looked at next, where the
cost counts the symbols so far and those that must still come at least.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from snaplang.graph import Graph
from snaplang.ops.spec import Fact


class State(NamedTuple):
    """Where a program has got to."""

    stack: tuple[int, ...]
    done: frozenset[int]
    named: frozenset[int]


def shortest(graph: Graph) -> int:
    """The number of symbols of the shortest program, `in` and `out` with it."""
    graph = graph.live()
    inputs = tuple(range(len(graph.inputs)))
    frame = 2 * (len(graph.outputs) > 1)
    plain = _search(graph, State(inputs, frozenset(), frozenset())) + 2 * (len(inputs) > 1)
    named = _search(graph, State((), frozenset(), frozenset(inputs))) + 1 + len(inputs)
    return frame + min(plain, named)


def _search(graph: Graph, start: State) -> int:
    best = {start: 0}
    order = count()
    heap = [(_least(graph, start), next(order), start)]
    while True:
        _, _, state = heapq.heappop(heap)
        cost = best[state]
        if state.stack == graph.outputs and len(state.done) == len(graph.nodes):
            return cost
        for price, after in _moves(graph, state):
            if cost + price < best.get(after, 1 << 30):
                best[after] = cost + price
                heapq.heappush(heap, (cost + price + _least(graph, after), next(order), after))


def _wanted(graph: Graph, state: State) -> dict[int, int]:
    """How often each value will still be taken."""
    wanted = dict.fromkeys(range(len(graph.shapes)), 0)
    for index, node in enumerate(graph.nodes):
        if index not in state.done:
            for value in node.inputs:
                wanted[value] += 1
    for value in graph.outputs:
        wanted[value] += 1
    return wanted


def _least(graph: Graph, state: State) -> int:
    """Symbols that must still come: each node, and a copy for each use that has none yet."""
    total = len(graph.nodes) - len(state.done)
    made = {v for i in state.done for v in graph.nodes[i].outputs} | set(range(len(graph.inputs)))
    for value, wanted in _wanted(graph, state).items():
        have = state.stack.count(value) if value in made else 1
        total += max(0, wanted - have)
    return total


def _moves(graph: Graph, state: State) -> Iterator[tuple[int, State]]:
    """Every symbol that can come next, and its price.

    Copies that nobody will take are left out: a program that makes and drops one has a shorter
    sibling that does not.
    """
    stack, done, named = state
    wanted = _wanted(graph, state)
    for index, node in enumerate(graph.nodes):
        rest = stack[: len(stack) - len(node.inputs)]
        top = stack[len(rest) :]
        free = Fact.COMMUTATIVE in node.op.all_facts(node.attrs)
        fits = top == node.inputs or (free and sorted(top) == sorted(node.inputs))
        if fits and index not in done:
            yield 1, State(rest + node.outputs, done | {index}, named)
    for at in range(len(stack)):
        value = stack[at]
        yield 1, State(stack[:at] + stack[at + 1 :] + (value,), done, named)  # roll
        if stack.count(value) < wanted[value]:
            yield 1, State((*stack, value), done, named)  # pick
    for value in named:
        if stack.count(value) < wanted[value]:
            yield 1, State((*stack, value), done, named)
    if stack and not wanted[stack[-1]]:
        yield 1, State(stack[:-1], done, named)  # drop
    if stack and stack[-1] not in named:
        yield 2, State(stack[:-1], done, named | {stack[-1]})  # `-> name`
