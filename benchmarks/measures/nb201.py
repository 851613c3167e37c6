"""All 15,625 cells of NAS-Bench-201: how many architectures they are, by whom.

Each cell is written as SNAP and counted by fingerprint, by an exact oracle that shares no code
(nauty, with laws of its own; in the tests), and by the string that NAS-Bench-201 publishes for the
purpose (Dong and Yang, 2020: "6,466 unique"). The details in the JSON have the counts, where the
published string merges or splits, and an example of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from itertools import product
from pathlib import Path

import snaplang as snap
from benchmarks.harness import Found, benchmark, exactly

SPACE = Path(__file__).parents[2] / "examples/spaces/nb201.snap"
OPS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
EDGES = ((0,), (0, 1), (0, 1, 2))  # which nodes each node reads, in the order of the strings
LEVELS = ("structure", "algebra")
Cell = tuple[int, ...]
Keys = Mapping[Cell, Hashable]


def cells() -> Iterator[Cell]:
    """An operation for each of the six edges."""
    return product(range(len(OPS)), repeat=6)


def name(cell: Cell) -> str:
    """The benchmark's own name of a cell."""
    ops = iter(cell)
    nodes = ("|" + "".join(f"{OPS[next(ops)]}~{j}|" for j in sources) for sources in EDGES)
    return "+".join(nodes)


def published(cell: Cell) -> str:
    """The string by which NAS-Bench-201 tells cells apart, written anew from its description:
    a node is its inputs' expressions, sorted; skips are left out, zeros are one symbol.
    """
    ops = iter(cell)
    nodes = ["0"]
    for sources in EDGES:
        terms = []
        for j in sources:
            op = OPS[next(ops)]
            if op == "none" or nodes[j] == "#":
                terms.append("#")
            else:
                terms.append(nodes[j] if op == "skip_connect" else f"({nodes[j]})@{op}")
        nodes.append("+".join(sorted(terms)))
    return nodes[-1]


def classes(keys: Keys) -> dict[Hashable, list[Cell]]:
    """The cells of each key."""
    found: dict[Hashable, list[Cell]] = defaultdict(list)
    for cell, key in keys.items():
        found[key].append(cell)
    return found


def apart(one: Keys, other: Keys) -> int:
    """In how many classes two ways of telling cells apart differ; 0 where they agree everywhere."""
    pairs = {(one[cell], other[cell]) for cell in one}
    return 2 * len(pairs) - len(set(one.values())) - len(set(other.values()))


def merged(ours: Keys, theirs: Keys, shared: Keys) -> dict[str, object]:
    """What a published string has in common that differs; `shared` has keys that ignore sharing."""
    groups = [g for g in classes(theirs).values() if len({ours[c] for c in g}) > 1]
    pairs = [(g[0], c) for g in groups for c in g if ours[c] != ours[g[0]]]
    sharing = [(a, b) for a, b in pairs if shared[a] == shared[b]]
    example = max(sharing, key=lambda pair: sum(op == 1 for op in pair[0] + pair[1]))
    return {
        "strings": len(groups),
        "cells_unlike_the_first_of_their_string": len(pairs),
        "of_these_unlike_in_weight_sharing_alone": len(sharing),
        "example": [name(cell) for cell in example],
    }


def split(ours: Keys, theirs: Keys) -> dict[str, object]:
    """Architectures that have several published strings."""
    groups = [g for g in classes(ours).values() if len({theirs[c] for c in g}) > 1]
    pairs = [(g[0], c) for g in groups for c in g if theirs[c] != theirs[g[0]]]
    example = min(pairs, key=lambda pair: sum(op == 0 for op in pair[0] + pair[1]))
    return {"architectures": len(groups), "example": [name(cell) for cell in example]}


@benchmark(
    "cells of NAS-Bench-201: classes in which fingerprints, at both levels, and the oracle differ",
    "nauty with laws of its own", exactly(0),
)  # fmt: skip
def classes_apart() -> Iterator[Found]:
    from snaplang.canonical.normal import normal
    from snaplang.canonical.order import final_colours
    from snaplang.testing.oracle import certificate

    program = snap.parse(SPACE)
    prints: dict[str, dict[Cell, Hashable]] = {level: {} for level in LEVELS}
    oracle: dict[str, dict[Cell, Hashable]] = {level: {} for level in LEVELS}
    shared: dict[Cell, Hashable] = {}
    for cell in cells():
        graph = snap.lower(program, block="cell", choose=cell)
        for level in LEVELS:
            prints[level][cell] = snap.fingerprint(graph, level)
            oracle[level][cell] = certificate(graph, level)
        colours = final_colours(normal(graph, "algebra+sharing"))
        shared[cell] = tuple(sorted(colours.values()))
    strings: dict[Cell, Hashable] = {cell: published(cell) for cell in shared}
    yield {
        "cells": len(shared),
        "published_strings": len(set(strings.values())),
        **{f"fingerprints_{level}": len(set(prints[level].values())) for level in LEVELS},
        **{f"oracle_{level}": len(set(oracle[level].values())) for level in LEVELS},
        "published_merges": merged(prints["algebra"], strings, shared),
        "published_splits": split(prints["algebra"], strings),
    }
    yield sum(apart(prints[level], oracle[level]) for level in LEVELS)
