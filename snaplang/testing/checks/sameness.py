"""Fingerprints against laws that were applied, and against the oracle on near misses.

>>> laws(1).failures, near(1).failures
([], [])
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

from snaplang.graph import Graph
from snaplang.testing.checks.outcome import LEVELS, Outcome, chance, crashed, print_of
from snaplang.testing.checks.shrinking import shrunk
from snaplang.testing.generators.draft import MISFITS, Draft
from snaplang.testing.generators.growing import Plan, grow, grown
from snaplang.testing.generators.inputs import DrawnInputs, at_sizes
from snaplang.testing.oracle import judged
from snaplang.testing.rewrites.apply import LAWS, rewritten, step, steps_of
from snaplang.testing.rewrites.common import Law
from snaplang.testing.rewrites.near import changed

SIZES = (3, 6, 8, 8, 14)  # instances before laws are applied
STEPS = 10
MISSES = 3  # of each graph
TRIES = 25  # changes that a smaller graph gets to show the same failure


def laws(seed: int) -> Outcome:
    """A graph and what laws make of it, at both levels: the same fingerprint."""
    found = Outcome()
    with chance(seed) as (rng, _):
        graph = grow(rng, Plan(rng.choice(SIZES)))
        for level in LEVELS:
            steps = steps_of(rng, graph, rng.randint(1, STEPS), level)
            found.count(f"pairs, {level}")
            first, last = print_of(graph, level), print_of(steps[-1][1], level)
            if crashed(first):
                _crash(found, seed, graph, level)
            elif first != last:
                _broken(found, seed, level, steps)
    return found


def _broken(found: Outcome, seed: int, level: str, steps: list[tuple[str, Graph]]) -> None:
    """Which step changed the fingerprint, on a graph as small as can be."""
    for (_, before), (name, after) in pairwise(steps):
        if print_of(before, level) == print_of(after, level):
            continue
        (law,) = [law for law in LAWS[level] if law.__name__ == name]

        def other(graph: Graph, law: Law = law) -> Graph | None:
            return next((g for g in _steps(graph, law) if _differ(graph, g, level)), None)

        small = _least(before, other)
        changed_ = other(small) or after
        agree = judged(small, level).certificate == judged(changed_, level).certificate
        doubt = "" if agree else ", and the oracle agrees with the fingerprint"
        found.fail(seed, f"{level}: `{name}` changes the fingerprint{doubt}", small, changed_)
        return


def _steps(graph: Graph, law: Law) -> list[Graph]:
    """The graph after one law, at several places."""
    made = [step(random.Random(i), graph, law) for i in range(TRIES)]
    shapes = graph.shapes_of(graph.outputs)
    return [g.live() for g in made if g is not None and g.shapes_of(g.outputs) == shapes]


def _differ(one: Graph, two: Graph, level: str) -> bool:
    return print_of(one, level) != print_of(two, level)


def _least(graph: Graph, other: Callable[[Graph], Graph | None]) -> Graph:
    live = graph.live()
    start = live if other(live) is not None else graph
    return shrunk(start, lambda g: other(g) is not None) if other(start) is not None else graph


def near(seed: int) -> Outcome:
    """A graph and some near misses: fingerprints are equal where the oracle's certificates are."""
    found = Outcome()
    with chance(seed) as (rng, _):
        graph = grow(rng, Plan(rng.choice(SIZES)))
        for level in LEVELS:
            for _ in range(MISSES):
                other = changed(rng, graph)
                if rng.random() < 0.4:
                    other = rewritten(rng, other, 3, level)
                _judge(found, seed, graph, other, level)
    return found


def sizes(seed: int) -> Outcome:
    """A graph on inputs of one declaration at several sizes: the same fingerprint."""
    found = Outcome()
    with chance(seed) as (rng, _):
        first, *others = at_sizes(rng)
        try:
            graph = grown(rng, first.base(), Plan(rng.choice(SIZES))).graph()
        except MISFITS:
            return found
        for other in others:
            for level in LEVELS:
                if (other_base := moved(graph, other)) is None:
                    found.count("does not fit")
                    continue
                found.count(f"at other sizes, {level}")
                if _differ(graph, other_base, level):
                    small = shrunk(graph, lambda g: _moves_apart(g, other, level))  # noqa: B023
                    there = moved(small, other) or other_base
                    found.fail(seed, f"{level}: other sizes, another fingerprint", small, there)
    return found


def moved(graph: Graph, inputs: DrawnInputs) -> Graph | None:
    """The graph on other inputs, where it fits them."""
    draft = Draft.of(graph)
    try:
        draft.base = inputs.base()
        return draft.graph()
    except MISFITS:
        return None


def _moves_apart(graph: Graph, inputs: DrawnInputs, level: str) -> bool:
    there = moved(graph, inputs)
    return there is not None and _differ(graph, there, level)


def _judge(found: Outcome, seed: int, graph: Graph, other: Graph, level: str) -> None:
    verdict = _verdict(graph, other, level)
    if verdict == "doubtful":
        found.count("not judged: sizes equal by their numbers alone")
        return
    found.count(f"{verdict.split(' ')[0]}, {level}")
    if verdict in ("same", "different"):
        return

    def miss(small: Graph) -> Graph | None:
        made = (changed(random.Random(i), small).live() for i in range(TRIES))
        return next((g for g in made if _verdict(small, g, level) == verdict), None)

    small = _least(graph, miss)
    found.fail(seed, f"{level}: {verdict}", small, miss(small) or other.live())


def _verdict(one: Graph, two: Graph, level: str) -> str:
    """What fingerprints say, and whether the oracle says otherwise."""
    left, right = judged(one, level), judged(two, level)
    if left.doubtful or right.doubtful:
        return "doubtful"
    prints = [print_of(graph, level) for graph in (one, two)]
    for text in prints:
        if crashed(text):
            return f"crash {text[:60]}"
    same = prints[0] == prints[1]
    said = "same" if same else "different"
    agreed = same == (left.certificate == right.certificate)
    return said if agreed else f"{said} by fingerprint, not by the oracle"


def _crash(found: Outcome, seed: int, graph: Graph, level: str) -> None:
    """A graph that has no fingerprint."""
    text = print_of(graph, level)
    small = shrunk(graph, lambda g: print_of(g, level)[:40] == text[:40])
    found.count("crashes")
    found.fail(seed, f"{level}: {text[:200]}", small)
