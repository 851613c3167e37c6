"""Strategies for hypothesis: graphs, texts, and pairs that laws or a change in one place make.

All are drawn by the generators of this package, from a source of chance that hypothesis steers.
What `snaplang.strategies` offers is about programs people write; these draw all there is.

>>> from hypothesis import given
>>> from snaplang.api import fingerprint
>>> @given(equivalent_graphs(size=4))
... def test(pair: tuple[Graph, Graph]) -> None:
...     assert fingerprint(pair[0]) == fingerprint(pair[1])
>>> test()
"""

from __future__ import annotations

import random

from hypothesis import strategies as st

from snaplang.graph import Graph
from snaplang.testing.generators.growing import Plan, grow
from snaplang.testing.generators.inputs import DrawnInputs, draw
from snaplang.testing.generators.programs import Written, write
from snaplang.testing.rewrites import rewritten
from snaplang.testing.rewrites.near import changed


def inputs(bound: bool | None = None) -> st.SearchStrategy[DrawnInputs]:
    """One to four inputs, typed and untyped; `bound`: all channels are numbers (None: maybe)."""
    return _chance().map(lambda rng: draw(rng, bound))


def graphs(size: int = 8, bound: bool | None = None) -> st.SearchStrategy[Graph]:
    """Graphs of up to `size` instances of all ops that are declared."""
    return _chance().map(lambda rng: grow(rng, Plan(size, bound)))


def texts(size: int = 8, bound: bool | None = None) -> st.SearchStrategy[Written]:
    """Programs in all the syntax, with the shapes to give them."""
    return _chance().map(lambda rng: write(rng, Plan(size, bound)))


def equivalent_graphs(
    size: int = 8, level: str = "algebra", steps: int = 6
) -> st.SearchStrategy[tuple[Graph, Graph]]:
    """A graph, and what up to `steps` laws of a level make of it."""

    def pair(rng: random.Random) -> tuple[Graph, Graph]:
        graph = grow(rng, Plan(size))
        return graph, rewritten(rng, graph, rng.randint(0, steps), level)

    return _chance().map(pair)


def near_misses(size: int = 8) -> st.SearchStrategy[tuple[Graph, Graph]]:
    """A graph, and one that differs in one place; by the laws they may still be the same."""

    def pair(rng: random.Random) -> tuple[Graph, Graph]:
        graph = grow(rng, Plan(size))
        return graph, changed(rng, graph)

    return _chance().map(pair)


def _chance() -> st.SearchStrategy[random.Random]:
    """A source of chance: a seed, which shrinks to a small one."""
    return st.integers(0, 2**32 - 1).map(random.Random)
