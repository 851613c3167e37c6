"""The op table's cases as programs with shapes, weights and inputs: one set for all backends.

A sample is a case at one rank, with sizes given as numbers or as letters. Nothing here knows a
backend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import snaplang as snap
from snaplang.dims import Dim, dim, substitute
from snaplang.graph import Graph
from snaplang.graph.specialize import prepare
from snaplang.graph.weights import expected, sizes
from snaplang.ops import CORE
from snaplang.ops.spec import Case, OpSpec

Array = NDArray[np.float32]

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
BATCH = 2
GROWTH = 3  # how much larger the axes of the second run on dynamic shapes are


@dataclass(frozen=True)
class Sample:
    """A case of an op at a rank, on sizes that are numbers or, if `dynamic`, letters."""

    spec: OpSpec
    case: Case
    rank: int
    dynamic: bool

    def __str__(self) -> str:
        return f"{self.case.text}-{self.rank}d-{'letters' if self.dynamic else 'numbers'}"

    @property
    def inputs(self) -> list[str]:
        """The shapes as `--input` takes them; inputs of other sizes get other letters."""
        shapes = self.case.shapes(self.rank)
        alike = len({shape[1:] for shape in shapes}) == 1
        return [self._input(shape, "" if alike else str(i)) for i, shape in enumerate(shapes)]

    def _input(self, shape: tuple[int, ...], mark: str) -> str:
        if not self.dynamic:
            return ",".join(map(str, (BATCH, *shape)))
        letters = (name + mark for name in AXES[self.rank])
        axes = ["1" if n == 1 else x for n, x in zip(shape[1:], letters, strict=True)]
        return ",".join(["N", str(shape[0]), *axes])

    def graph(self) -> Graph:
        """The prepared graph."""
        return prepare(snap.lower(self.case.text, inputs=self.inputs))

    def runs(self) -> Iterator[list[Array]]:
        """Inputs from a fixed generator; on letters a second time, larger on every axis."""
        random = np.random.default_rng(7)
        for step in range(2 if self.dynamic else 1):
            yield [
                random.standard_normal(
                    (BATCH + step, shape[0], *(n + GROWTH * step * (n > 1) for n in shape[1:])),
                    dtype=np.float32,
                )
                for shape in self.case.shapes(self.rank)
            ]


def samples() -> list[Sample]:
    """Every core op, at every rank that it and the case have, on numbers and on letters."""
    return [
        Sample(spec, case, rank, dynamic)
        for spec in CORE
        for case in spec.cases
        for rank in (case.ranks or spec.ranks)
        for dynamic in (False, True)
    ]


def random_weights(graph: Graph, seed: int = 3) -> dict[str, Array]:
    """Weights far from any neutral start, variances positive, so that none can be overlooked."""
    random = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for key, weight in expected(graph).items():
        if not weight.whole:
            array = random.standard_normal(sizes(weight), dtype=np.float32) * np.float32(0.5)
            found[key] = np.abs(array) + np.float32(0.2) if weight.name == "running_var" else array
    return found


def numbers(graph: Graph, inputs: list[Array]) -> list[tuple[int, ...]]:
    """The output shapes that the shape rules promise for these inputs."""
    known: dict[str, Dim] = {}
    for shape, array in zip(graph.input_shapes(), inputs, strict=True):
        sizes_ = (graph.batch, shape.channels, *shape.spatial)
        for size, number in zip(sizes_, array.shape, strict=True):
            if size.whole() is None:
                known[str(size)] = dim(number)
    return [
        tuple(_number(substitute(s, known)) for s in (graph.batch, shape.channels, *shape.spatial))
        for shape in graph.shapes_of(graph.outputs)
    ]


def _number(size: Dim) -> int:
    number = size.whole()
    assert number is not None, size
    return number


def distance(found: Mapping[int, Array] | list[Array], wanted: list[Array]) -> float:
    """The largest difference, relative to the largest number wanted."""
    worst = 0.0
    for i, want in enumerate(wanted):
        assert found[i].shape == want.shape
        difference = float(np.abs(found[i] - want).max())
        scale = float(np.abs(want).max())
        assert np.isfinite(difference)
        worst = max(
            worst, difference / scale if scale else difference * np.inf if difference else 0
        )
    return worst
