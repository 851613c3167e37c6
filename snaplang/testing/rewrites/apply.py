"""Laws at random places of a random graph, several times."""

from __future__ import annotations

import random

from snaplang.graph import Graph
from snaplang.testing.generators.draft import MISFITS, Draft
from snaplang.testing.generators.growing import too_large
from snaplang.testing.rewrites.common import Law
from snaplang.testing.rewrites.instances import INSTANCES
from snaplang.testing.rewrites.moves import MOVES
from snaplang.testing.rewrites.sizes import SIZES
from snaplang.testing.rewrites.structure import STRUCTURE
from snaplang.testing.rewrites.values import VALUES

LAWS: dict[str, tuple[Law, ...]] = {
    "structure": STRUCTURE,
    "algebra": STRUCTURE + INSTANCES + MOVES + SIZES + VALUES,
}
LARGEST = 60  # instances


def rewritten(rng: random.Random, graph: Graph, steps: int, level: str) -> Graph:
    """The graph after `steps` laws of a level, in the one or the other direction.

    It has the same inputs, and outputs of the same shapes.
    """
    return steps_of(rng, graph, steps, level)[-1][1]


def steps_of(rng: random.Random, graph: Graph, steps: int, level: str) -> list[tuple[str, Graph]]:
    """The names of the laws that were applied, and the graph after each."""
    outputs = graph.shapes_of(graph.outputs)
    found = [("", graph)]
    laws = LAWS[level]
    favourites = [2 ** rng.gauss(0, 1) for _ in laws]
    tries = 0
    while len(found) <= steps and tries < 12 * steps:
        tries += 1
        (law,) = rng.choices(laws, favourites)
        after = step(rng, found[-1][1], law)
        if after is not None and after.shapes_of(after.outputs) == outputs:
            found.append((law.__name__, after))
    return found


def step(rng: random.Random, graph: Graph, law: Law) -> Graph | None:
    """A graph after one law; None where it found no place, or its result would not be a graph."""
    draft = Draft.of(graph)
    try:
        if not law(rng, draft):
            return None
        after = draft.graph()
    except (*MISFITS, ValueError):
        return None
    grown = len(after.nodes) > max(LARGEST, len(graph.nodes))
    return None if grown or any(map(too_large, after.shapes)) else after
