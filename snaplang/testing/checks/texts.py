"""Texts: what they lower to; and canonical ones, programs for the shapes they came from.

>>> programs(2).failures, texts(2).failures
([], [])
"""

from __future__ import annotations

import random

from snaplang.api import canonicalize, fingerprint, format, lower
from snaplang.diagnostics import SnapError
from snaplang.graph import Graph
from snaplang.testing.checks.listing import given_shapes
from snaplang.testing.checks.outcome import LEVELS, Outcome, chance
from snaplang.testing.checks.shrinking import shrunk
from snaplang.testing.generators.growing import Plan, grow
from snaplang.testing.generators.programs import write
from snaplang.testing.rewrites.apply import rewritten

SIZE = 8


def texts(seed: int) -> Outcome:
    """A program's canonical text: parsed, lowered, it has the fingerprint, and is canonical."""
    found = Outcome()
    with chance(seed) as (rng, _):
        graph = lowered(rng) if rng.random() < 0.3 else grow(rng, Plan(SIZE))
        if rng.random() < 0.3:
            graph = rewritten(rng, graph, 4, "structure")  # of `algebra`, some no symbol spells
        for level in LEVELS:
            verdict = told(graph, level)
            found.count(verdict.split(":")[0])
            if verdict != "agree":
                kind = verdict.split(":")[0]
                small = shrunk(graph, lambda g: told(g, level).split(":")[0] == kind)  # noqa: B023
                found.fail(seed, f"{level}: {told(small, level)}", small)
    return found


def lowered(rng: random.Random) -> Graph:
    """The graph of a random text."""
    made = write(rng, Plan(SIZE))
    return lower(made.text, list(made.inputs) or None, made.block)


def programs(seed: int) -> Outcome:
    """A text of all the syntax: it lowers to the graph that its writer says, set well or not."""
    found = Outcome()
    with chance(seed) as (rng, _):
        made = write(rng, Plan(SIZE))
        for text in (made.text, format(made.text)):
            try:
                graph = lower(text, list(made.inputs) or None, made.block)
            except Exception as error:  # whatever it is, it is a failure
                what = f"seed {seed}: programs: {type(error).__name__}"
                found.failures.append(f"{what}: {made.text!r} {made.inputs}\n{error}")
                break
            same = (graph.nodes, graph.outputs) == (made.nodes, made.outputs)
            found.count("as said" if same else "otherwise")
            if not same:
                found.fail(seed, f"programs: another graph: {made.text!r} {made.inputs}", graph)
    return found


def told(graph: Graph, level: str) -> str:
    """`agree`, or what is wrong with the canonical text of a graph."""
    try:
        return _told(graph, level)
    except Exception as error:  # whatever it is, it is a failure
        return f"{type(error).__name__}: {error}"[:400]


def _told(graph: Graph, level: str) -> str:
    text = format(canonicalize(graph, level))
    shapes = given_shapes(graph)
    flat = any(shape.rank == 0 for shape in graph.input_shapes())  # no text says so
    for given in [shapes] if flat else [shapes, []] if shapes else [[]]:
        how = "" if given or not shapes else ", no shapes given"
        try:
            again = lower(text, given or None)
        except SnapError as error:
            if how:  # sizes that are 1 by what was given
                continue
            return f"no program{how}: {text.strip()!r} {given}: {error}"[:400]
        if fingerprint(again, level) != fingerprint(graph, level):
            return f"another fingerprint{how}: {text.strip()!r} {given}"
        second = format(canonicalize(again, level))
        if second != text:
            return f"another text{how}: {text.strip()!r} {given}, then {second.strip()!r}"
    return "agree"
