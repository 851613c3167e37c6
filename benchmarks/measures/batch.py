"""Keys in bulk, beside hashes that take one graph at a time.

Ours are keys of arrays of tokens, validity and lowering included, on two threads, when all tables
are filled. Peers start from their own natural input, made before timing, as in `sameness.py`; they
run on one core, on fewer programs, and are compared program by program.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import snaplang as snap
from benchmarks import programs
from benchmarks.harness import Found, Turn, at_least, at_most, benchmark, exactly
from snaplang import Graph

COUNT, FEW, TURNS = 500_000, 100, 5
KEYS = "canonical keys of random valid programs of 20 symbols, in bulk on two threads"


def vocabulary() -> Any:
    """The symbols of `programs.valid`, on two threads."""
    from snaplang.batch import Vocabulary

    return Vocabulary(list(programs.EFFECTS), threads=2)


def rows(count: int, seed: int = 0) -> Any:
    """Random valid rows of 20 symbols."""
    import numpy as np

    from snaplang.testing.generators.rows import steered

    ours = vocabulary()
    found = steered(np.random.default_rng(seed), ours, count, 20)
    return found[ours.valid(found)]


def beside(peer: Callable[[Graph], Callable[[], object]]) -> Iterator[Found]:
    """Seconds for one program: ours, and what `peer` makes of a graph."""
    ours, tokens = vocabulary(), rows(COUNT)
    ours.keys(tokens)
    calls = [peer(snap.lower(text)) for text in ours.decode(tokens[:FEW])]
    for _ in range(TURNS):
        start = time.perf_counter()
        ours.keys(tokens)
        middle = time.perf_counter()
        for call in calls:
            call()
        end = time.perf_counter()
        yield Turn((middle - start) / len(tokens), (end - middle) / FEW)
    yield {"programs": len(tokens), "scalar_calls": ours.scalar_calls}


@benchmark(KEYS, "NAS-Bench-101's iterated MD5, from its matrix, one core", at_least(1000))
def nasbench() -> Iterator[Found]:
    from benchmarks.peers import nasbench as peer

    def prepared(graph: Graph) -> Callable[[], object]:
        pair = peer.matrix_of(graph)
        return lambda: peer.nasbench(*pair)

    yield from beside(prepared)


@benchmark(KEYS, "pynauty's certificate, building its graph, one core", at_least(30))
def pynauty() -> Iterator[Found]:
    from snaplang.testing.oracle import certificate

    yield from beside(lambda graph: lambda: certificate(graph, "algebra"))


@benchmark(f"{KEYS}: microseconds for one", aim=at_most(0.667))
def microseconds() -> Iterator[Found]:
    ours, tokens = vocabulary(), rows(COUNT)
    ours.keys(tokens)
    used = []
    for _ in range(TURNS):
        start, busy = time.perf_counter(), time.process_time()
        ours.keys(tokens)
        used.append((time.process_time() - busy) / len(tokens) * 1e6)
        yield (time.perf_counter() - start) / len(tokens) * 1e6
    yield {"microseconds_of_one_core": sorted(used)[len(used) // 2]}


@benchmark("A million programs: classes in which keys and fingerprints differ", aim=exactly(0))
def partition() -> Iterator[Found]:
    from benchmarks.partition import compared

    *_, found = compared(1_000_000, 2)  # parts of some 40,000: minutes
    yield found["classes_apart"] + found["validity_differs"]
    yield found
