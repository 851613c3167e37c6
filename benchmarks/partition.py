"""Keys against fingerprints by the million: `python -m benchmarks.partition 5000000`.

Programs are drawn over vocabularies that are plain (residual-like blocks), symmetric (many equal
branches: ties), full of zeros and sequences, of strides and widths, of nested sums, of pools and
activations, of chance, of widths and shapes, of two inputs, of users' ops (`--rich`: of the last
three alone); at both levels. Some are random, some variants of one another (a few of
their symbols replaced, so that neighbours are close), and each stands in several spellings.

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
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

import snaplang as snap
from snaplang.batch import PAD, Vocabulary
from snaplang.graph import Graph, Node
from snaplang.lowering.symbols import Effect, Symbols
from snaplang.ops.spec import Attrs, OpSpec, Shape
from snaplang.testing.checks import keys
from snaplang.testing.generators.rows import Tokens, arity, stacked, steered

VOCABULARIES = (
    "dup swap over add conv3 conv1 relu maxpool3 bn",
    "dup swap rot over add conv1 mean",
    "dup swap over add cat split zero relu conv1",
    "dup swap add cat conv(3,stride=2) conv(3,out=2*c) upsample2 maxpool(2,stride=2) zero like",
    "dup swap over add add3 mul max rot relu conv1",
    "dup relu relu6 sigmoid leaky maxpool3 avgpool3 gmp max mean2 swap",
    "dup swap add dropout(0.5) noise(0.1) conv1 identity mul split shuffle2",
)
PLAIN = range(len(VOCABULARIES))
RICH = range(len(PLAIN), len(PLAIN) + len(keys.VOCABULARIES))
LEVELS = ("algebra", "structure")
PART = 100_000
MERGES = ("add", "mul", "max", "mean", "mean2")  # of two, in either order
LOWERED = 500  # one row in so many is lowered from its text too
WRONG = 0.05  # of rows that are not valid, this share is kept


Made = tuple[OpSpec, Attrs, tuple[int, ...], tuple[int, ...]]


class Scalar:
    """Fingerprints of rows from effects that the scalar checker worked out, each once.

    Rows that make the very same graph, instance by instance, share a fingerprint.
    """

    def __init__(self, vocabulary: Vocabulary, level: str) -> None:
        self.vocabulary, self.level = vocabulary, level
        self.symbols = Symbols(vocabulary.symbols, vocabulary.inputs)
        self.start = self.symbols.start()
        self.taken = [arity(self.symbols, number)[0] for number in range(len(vocabulary))]
        self._types: dict[Shape, int] = {}
        self._shapes: list[Shape] = []
        self._effects: dict[tuple[int, ...], tuple[Effect, list[int]] | None] = {}
        self._prints: dict[object, str] = {}

    def fingerprint(self, row: NDArray[np.int32]) -> str | None:
        """The fingerprint of a row; None where it is not valid."""
        found = self._run(row)
        if found is None:
            return None
        nodes, types, output = found
        known = (output, tuple(nodes))
        if known not in self._prints:
            self._prints[known] = snap.fingerprint(self._graph(nodes, types, output), self.level)
        return self._prints[known]

    def _type(self, shape: Shape) -> int:
        if shape not in self._types:
            self._types[shape] = len(self._shapes)
            self._shapes.append(shape)
        return self._types[shape]

    def _effect(self, number: int, types: list[int]) -> tuple[Effect, list[int]] | None:
        """What a symbol does to tensors of some types, and the types of what it makes."""
        key = (number, *types)
        if key not in self._effects:
            effect = self.symbols.effect(number, [self._shapes[t] for t in types])
            shapes = effect.shapes[len(types) :] if effect else ()
            self._effects[key] = (effect, list(map(self._type, shapes))) if effect else None
        return self._effects[key]

    def _run(self, row: NDArray[np.int32]) -> tuple[list[Made], list[int], int] | None:
        """The instances of a row, the types of values, and the one that is left."""
        stack, types = list(self.start.outputs), [self._type(s) for s in self.start.shapes]
        nodes: list[Made] = []
        for number in row.tolist():
            if number < 0:
                continue
            base = len(stack) - self.taken[number]
            found = self._effect(number, [types[v] for v in stack[base:]]) if base >= 0 else None
            if found is None:
                return None
            effect, made = found
            values = [*stack[base:], *range(len(types), len(types) + len(made))]
            types += made
            for node in effect.nodes:
                inputs = tuple([values[v] for v in node.inputs])
                nodes.append(
                    (node.op, node.attrs, inputs, tuple([values[v] for v in node.outputs]))
                )
            stack[base:] = [values[v] for v in effect.left]
        return (nodes, types, stack[0]) if len(stack) == 1 else None

    def _graph(self, nodes: list[Made], types: list[int], output: int) -> Graph:
        made = (
            Node(op, attrs, inputs, outputs, (f"n{i}",))
            for i, (op, attrs, inputs, outputs) in enumerate(nodes)
        )
        shapes = tuple(self._shapes[t] for t in types)
        return replace(self.start, nodes=tuple(made), shapes=shapes, outputs=(output,))

    def agrees(self, row: NDArray[np.int32]) -> bool:
        """Whether lowering the text gives the same graph."""
        found = self._run(row)
        try:
            text, inputs = self.vocabulary.decode(row)[0], list(self.vocabulary.inputs)
            lowered = snap.lower(text, inputs=inputs or None)
        except snap.SnapError:
            return found is None
        made = found and self._graph(*found)
        return made is not None and all(
            (one.op, one.attrs, one.inputs) == (two.op, two.attrs, two.inputs)
            for one, two in zip(lowered.nodes, made.nodes, strict=True)
        )


def drawn(vocabulary: Vocabulary, rng: np.random.Generator) -> Tokens:
    """Different rows: random ones, variants, and each of them in other spellings."""
    length = int(rng.integers(5, 21))
    random = steered(rng, vocabulary, PART // 5, length)
    base = steered(rng, vocabulary, PART // 200, int(rng.integers(5, 15)))
    variants = np.repeat(base, 80, axis=0)
    for _ in range(int(rng.integers(1, 4))):
        places = rng.integers(0, base.shape[1], len(variants))
        variants[np.arange(len(variants)), places] = rng.integers(0, len(vocabulary), len(variants))
    rows = np.unique(stacked(random, variants), axis=0)
    rows = rows[vocabulary.valid(rows) | (rng.random(len(rows)) < WRONG)]
    return np.unique(stacked(rows, *(respelled(vocabulary, rows, rng) for _ in range(4))), axis=0)


def respelled(vocabulary: Vocabulary, rows: Tokens, rng: np.random.Generator) -> Tokens:
    """Rows with some `dup`s written `dup swap`, and some merges of two `swap add` or so."""
    dup, swap = map(vocabulary.symbols.index, ("dup", "swap"))
    merges = {i for i, text in enumerate(vocabulary.symbols) if text in MERGES}
    found = []
    for row in rows.tolist():
        made: list[int] = []
        for token, chance in zip(row, rng.random(len(row)), strict=True):
            made += [swap] if chance < 0.1 and token in merges else []
            made += [token, swap] if chance < 0.5 and token == dup else [token]
        found.append(made)
    width = max(map(len, found))
    return np.array([made + [PAD] * (width - len(made)) for made in found], np.int32)


@contextmanager
def words_of(number: int) -> Iterator[Vocabulary]:
    """A vocabulary, on one thread; users' ops are declared as long as it is used."""
    if number in PLAIN:
        yield Vocabulary(VOCABULARIES[number], threads=1)
    else:
        with keys.vocabulary(number - len(PLAIN)) as rich:
            yield Vocabulary(rich.symbols, rich.inputs, threads=1)


def part(task: tuple[int, int, int]) -> tuple[int, int, int, NDArray[np.uint64]]:
    """Of a vocabulary, a level and a seed: which these are, how many rows disagree on validity, how
    many the scalar canonicalizer was asked for, and keys with fingerprints.
    """
    number, which, seed = task
    rng = np.random.default_rng((number, which, seed))
    with words_of(number) as vocabulary:
        level = LEVELS[which]
        rows, scalar = drawn(vocabulary, rng), Scalar(vocabulary, level)
        before = vocabulary.scalar_calls
        valid, made = vocabulary.valid(rows), vocabulary.keys(rows, level)
        wrong = 0
        found = np.zeros((len(rows), 4), np.uint64)
        found[:, :2] = made
        for i, row in enumerate(rows):
            printed = scalar.fingerprint(row)
            wrong += (printed is not None) != bool(valid[i])
            if i % LOWERED == 0:
                wrong += not scalar.agrees(row)
            if printed is not None:
                digits = printed.partition(":")[2]
                found[i, 2:] = int(digits[:16], 16), int(digits[16:], 16)
        return 2 * number + which, wrong, vocabulary.scalar_calls - before, found[valid]


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


def compared(count: int, processes: int, rich: bool = False) -> Iterator[dict[str, int]]:
    """What comes out after each part, until so many valid programs were compared."""
    parts: dict[int, list[NDArray[np.uint64]]] = {}
    wrong = scalar = done = seed = 0
    numbers = list(RICH) if rich else [*PLAIN, *RICH]
    with get_context("spawn").Pool(processes) as pool:
        while done < count:
            seeds = range(seed, seed + 4 * processes)
            tasks = ((n, level, s) for s in seeds for n in numbers for level in range(2))
            for which, differing, calls, found in pool.imap_unordered(part, tasks):
                parts.setdefault(which, []).append(found)
                wrong, scalar = wrong + differing, scalar + calls
                done += len(found)
                if done >= count:
                    break
            seed = seeds.stop
            yield {**judged(parts), "validity_differs": wrong, "scalar_calls": scalar}


def main() -> None:
    """Compare, print, judge."""
    parser = argparse.ArgumentParser(prog="benchmarks.partition")
    parser.add_argument("programs", type=int, nargs="?", default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rich", action="store_true")
    given = parser.parse_args()
    start, found = time.time(), dict[str, int]()
    for found in compared(given.programs, given.processes, given.rich):
        print(f"{found} {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    print(json.dumps(found))
    sys.exit(bool(found["classes_apart"] or found["validity_differs"]))


if __name__ == "__main__":
    main()
