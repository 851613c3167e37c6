"""Keys against fingerprints by the million: `python -m benchmarks.partition 5000000`.

Programs are drawn over vocabularies that are plain (residual-like blocks), symmetric (many equal
branches: ties), full of zeros and sequences, of strides and widths, of nested sums, of pools and
activations, of chance; at both levels. Half of them are random, half are variants of one another:
a program with a few of its symbols replaced, so that classes are large and neighbours close.

Every program's key comes from the kernel and its fingerprint from the scalar canonicalizer, on a
graph made of the scalar checker's effects (one in 500 is lowered from its text as well, and must
be that graph). The partitions are the same if and only if there are as many different pairs as
there are keys and as there are fingerprints. Prints JSON; exits 1 where they differ.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

import snaplang as snap
from snaplang.batch import Vocabulary
from snaplang.graph import Graph, Node
from snaplang.ops.spec import Shape
from snaplang.symbols import Effect, Symbols
from tests.batch.rows import Tokens, guided, stacked

VOCABULARIES = (
    "dup swap over add conv3 conv1 relu maxpool3 bn",
    "dup swap rot over add conv1 mean",
    "dup swap over add cat split zero relu conv1",
    "dup swap add cat conv(3,stride=2) conv(3,out=2*c) upsample2 maxpool(2,stride=2) zero like",
    "dup swap over add add3 mul max rot relu conv1",
    "dup relu relu6 sigmoid leaky maxpool3 avgpool3 gmp max mean2 swap",
    "dup swap add dropout(0.5) noise(0.1) conv1 identity mul split shuffle2",
)
LEVELS = ("algebra", "structure")
PART = 20_000
LOWERED = 500  # one in so many is lowered from its text too


class Scalar:
    """Fingerprints of rows from effects that the scalar checker worked out, each once."""

    def __init__(self, vocabulary: Vocabulary, level: str) -> None:
        self.vocabulary, self.level = vocabulary, level
        self.symbols = Symbols(vocabulary.symbols, vocabulary.inputs)
        self.taken = [self._taken(n) for n in range(len(vocabulary))]
        self._effects: dict[tuple[int, tuple[Shape, ...]], Effect | None] = {}
        self._prints: dict[object, str] = {}

    def _taken(self, number: int) -> int:
        from tests.batch.rows import arity

        return arity(self.symbols, number)[0]

    def fingerprint(self, row: NDArray[np.int32]) -> str | None:
        """The fingerprint of a row; None where it is not valid."""
        graph = self.graph(row)
        if graph is None:
            return None
        known = (graph.outputs, tuple((n.op, n.attrs, n.inputs) for n in graph.nodes))
        if known not in self._prints:
            self._prints[known] = snap.fingerprint(graph, self.level)
        return self._prints[known]

    def graph(self, row: NDArray[np.int32]) -> Graph | None:
        """The graph of a row."""
        start = self.symbols.start()
        stack, shapes, nodes = list(start.outputs), list(start.shapes), list[Node]()
        for number in row.tolist():
            if number < 0:
                continue
            count = self.taken[number]
            if count > len(stack):
                return None
            values = stack[len(stack) - count :]
            key = (number, tuple(shapes[v] for v in values))
            if key not in self._effects:
                self._effects[key] = self.symbols.effect(*key)
            effect = self._effects[key]
            if effect is None:
                return None
            first = len(shapes)
            values += range(first, first + len(effect.shapes) - count)
            shapes += effect.shapes[count:]
            for node in effect.nodes:
                inputs = tuple(values[v] for v in node.inputs)
                outputs = tuple(values[v] for v in node.outputs)
                nodes.append(replace(node, inputs=inputs, outputs=outputs))
            stack[len(stack) - count :] = [values[v] for v in effect.left]
        if len(stack) != 1:
            return None
        return replace(start, nodes=tuple(nodes), shapes=tuple(shapes), outputs=tuple(stack))

    def agrees(self, row: NDArray[np.int32]) -> bool:
        """Whether lowering the text gives the same graph."""
        made = self.graph(row)
        try:
            lowered = snap.lower(self.vocabulary.decode(row)[0])
        except snap.SnapError:
            return made is None
        return made is not None and (lowered.nodes, lowered.shapes, lowered.outputs) == (
            made.nodes,
            made.shapes,
            made.outputs,
        )


def drawn(vocabulary: Vocabulary, rng: np.random.Generator) -> Tokens:
    """Different rows, random ones and variants."""
    length = int(rng.integers(6, 21))
    random = guided(vocabulary, PART // 2, length, rng)
    base = guided(vocabulary, PART // 100, int(rng.integers(5, 15)), rng)
    variants = np.repeat(base, 80, axis=0)
    for _ in range(int(rng.integers(1, 4))):
        places = rng.integers(0, base.shape[1], len(variants))
        variants[np.arange(len(variants)), places] = rng.integers(0, len(vocabulary), len(variants))
    return np.unique(stacked(random, variants), axis=0)


def part(seed: int) -> tuple[int, int, NDArray[np.uint64]]:
    """What vocabulary and level, how many rows disagree on validity, and keys with fingerprints."""
    rng = np.random.default_rng(seed)
    which = seed % (len(VOCABULARIES) * len(LEVELS))
    level, text = LEVELS[which % 2], VOCABULARIES[which // 2]
    vocabulary = Vocabulary(text, threads=1)
    rows, scalar = drawn(vocabulary, rng), Scalar(vocabulary, level)
    valid, keys = vocabulary.valid(rows), vocabulary.keys(rows, level)
    wrong = 0
    found = np.zeros((len(rows), 4), np.uint64)
    found[:, :2] = keys
    for i, row in enumerate(rows):
        printed = scalar.fingerprint(row)
        wrong += (printed is not None) != bool(valid[i])
        if i % LOWERED == 0:
            wrong += not scalar.agrees(row)
        if printed is not None:
            digits = printed.partition(":")[2]
            found[i, 2:] = int(digits[:16], 16), int(digits[16:], 16)
    return which, wrong, found[valid]


def different(rows: NDArray[np.uint64]) -> int:
    """How many different rows there are."""
    order = np.lexsort(rows.T)
    there = rows[order]
    return int((there[1:] != there[:-1]).any(axis=1).sum()) + min(1, len(rows))


def judged(parts: dict[int, list[NDArray[np.uint64]]]) -> dict[str, int]:
    """Programs, architectures, and classes in which the partitions differ."""
    programs = architectures = apart = 0
    for found in parts.values():
        rows = np.concatenate(found)
        pairs, keys, prints = different(rows), different(rows[:, :2]), different(rows[:, 2:])
        programs, architectures = programs + len(rows), architectures + prints
        apart += 2 * pairs - keys - prints
    return {"programs": programs, "architectures": architectures, "classes_apart": apart}


def compared(count: int, processes: int) -> Iterator[dict[str, int]]:
    """What comes out after each part, until so many valid programs were compared."""
    parts: dict[int, list[NDArray[np.uint64]]] = {}
    wrong = done = seed = 0
    with get_context("spawn").Pool(processes) as pool:
        while done < count:
            seeds = range(seed, seed + 14 * processes)
            for which, differing, found in pool.imap_unordered(part, seeds):
                parts.setdefault(which, []).append(found)
                wrong, done = wrong + differing, done + len(found)
            seed = seeds.stop
            yield {**judged(parts), "validity_differs": wrong}


def main() -> None:
    """Compare, print, judge."""
    parser = argparse.ArgumentParser(prog="benchmarks.partition")
    parser.add_argument("programs", type=int, nargs="?", default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    start, found = time.time(), dict[str, int]()
    for found in compared(given.programs, given.processes):
        print(f"{found} {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    print(json.dumps(found))
    sys.exit(bool(found["classes_apart"] or found["validity_differs"]))


if __name__ == "__main__":
    main()
