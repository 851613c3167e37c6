"""Strategies for hypothesis: programs, graphs, texts, and pairs that are the same or not.

Only this module needs hypothesis (`pip install snaplang[test]`). All that is generated is well
typed, and uses every op of the table, those of users too.

`programs`, `graphs`, `equivalent_programs` and `different_programs` are of what people write, and
can be narrowed: `max_size` is the number of ops, `ranks` are those of typed inputs, `ops` leaves
only the ops that it names or accepts, `weights=False` leaves out ops with weights, `bound` says
whether all inputs have numbers for channels and sizes (None: some have). `any_graphs`, `texts`,
`equivalent_graphs` and `near_misses` are of all there is.

>>> from hypothesis import given
>>> import snaplang as snap
>>> @given(programs(max_size=4))
... def test(program: str) -> None:
...     assert snap.parse(program) == snap.parse(snap.format(program))
>>> test()
>>> @given(equivalent_graphs(size=4))
... def test(pair: tuple[Graph, Graph]) -> None:
...     assert snap.fingerprint(pair[0]) == snap.fingerprint(pair[1])
>>> test()
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection

from hypothesis import strategies as st

from snaplang.api import lower
from snaplang.graph import Graph
from snaplang.ops.spec import OpSpec
from snaplang.testing.generators.growing import Plan, grow
from snaplang.testing.generators.inputs import DrawnInputs, draw
from snaplang.testing.generators.programs import Written, write
from snaplang.testing.rewrites import rewritten
from snaplang.testing.rewrites.near import changed
from snaplang.testing.sampling.differ import differ, makes_no_zero
from snaplang.testing.sampling.encode import encode
from snaplang.testing.sampling.grow import SketchPlan
from snaplang.testing.sampling.grow import grow as sketched
from snaplang.testing.sampling.instances import Accept
from snaplang.testing.sampling.laws import rewrite
from snaplang.testing.sampling.wrap import Style

Ops = Collection[str] | Callable[[OpSpec], bool] | None
Pairs = st.SearchStrategy[tuple[str, str]]


def programs(
    max_size: int = 12,
    ranks: tuple[int, ...] = (1, 2, 3),
    ops: Ops = None,
    weights: bool = True,
    bound: bool | None = None,
    choices: bool = False,
) -> st.SearchStrategy[str]:
    """Well-typed programs in all their syntax; with `choices`, some are search spaces."""
    plan = SketchPlan(max_size, ranks, _accept(ops), weights, bound)
    style = Style(choices=choices)
    return _randoms().map(lambda rng: encode(rng, sketched(rng, plan).graph(), style))


def graphs(
    max_size: int = 12,
    ranks: tuple[int, ...] = (1, 2, 3),
    ops: Ops = None,
    weights: bool = True,
    bound: bool | None = None,
) -> st.SearchStrategy[Graph]:
    """Graphs of such programs, lowered."""
    return programs(max_size, ranks, ops, weights, bound).map(lower)


def equivalent_programs(
    max_size: int = 10,
    ranks: tuple[int, ...] = (1, 2, 3),
    ops: Ops = None,
    weights: bool = True,
    bound: bool | None = None,
    level: str = "algebra",
    steps: int = 6,
) -> Pairs:
    """Two programs of one architecture, as far as the laws of a level go ("structure", "algebra").

    One graph is written twice, each time changed by up to `steps` laws: dead code, identities,
    sums in another order or nesting, doubled instances, zeros, pools moved past activations.
    """
    plan = SketchPlan(max_size, ranks, _accept(ops), weights, bound)

    def pair(rng: random.Random) -> tuple[str, str]:
        sketch = sketched(rng, plan)
        sides = [rewrite(rng, sketch, rng.randint(0, steps), level) for _ in range(2)]
        first, second = (encode(rng, side.graph()) for side in sides)
        return first, second

    return _randoms().map(pair)


def different_programs(
    max_size: int = 10,
    ranks: tuple[int, ...] = (1, 2, 3),
    ops: Ops = None,
    weights: bool = True,
    bound: bool | None = None,
    steps: int = 3,
) -> Pairs:
    """Two programs of different architectures, often by a little: an op, an attribute, a wire.

    Each is then changed by up to `steps` laws, which cannot bring them together.
    """
    accept = _accept(ops)

    def fits(spec: OpSpec) -> bool:
        return makes_no_zero(spec) and (accept is None or accept(spec))

    plan = SketchPlan(max_size, ranks, fits, weights, bound)

    def pair(rng: random.Random) -> tuple[str, str]:
        sketch = sketched(rng, plan)
        sides = [sketch, differ(rng, sketch, fits)]
        first, second = (encode(rng, rewrite(rng, s, rng.randint(0, steps)).graph()) for s in sides)
        return first, second

    return _randoms().map(pair)


def _accept(ops: Ops) -> Accept | None:
    if ops is None or callable(ops):
        return ops
    names = frozenset(ops)
    return lambda spec: spec.name in names


def _randoms() -> st.SearchStrategy[random.Random]:
    """A source of chance that hypothesis steers, repeats and shrinks."""
    return st.randoms(use_true_random=False)


# -- all there is ------------------------------------------------------------------------


def inputs(bound: bool | None = None) -> st.SearchStrategy[DrawnInputs]:
    """One to four inputs, typed and untyped; `bound`: all channels are numbers (None: maybe)."""
    return _chance().map(lambda rng: draw(rng, bound))


def any_graphs(size: int = 8, bound: bool | None = None) -> st.SearchStrategy[Graph]:
    """Graphs of up to `size` instances of all ops that are declared, on inputs of all kinds."""
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
