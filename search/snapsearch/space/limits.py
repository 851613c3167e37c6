"""Limits of a space: what a candidate may cost, checked before anything is trained.

>>> Limits(max_params=100).broken("conv3", ("N,16,8,8",))
'2,320 parameters, more than 100'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import snaplang as snap
from snapsearch.errors import SearchError


@dataclass(frozen=True)
class Limits:
    """The most instances, parameters and multiply-accumulates of a program; None: any."""

    max_nodes: int | None = None
    max_params: int | None = None
    max_macs: int | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and (type(value) is not int or value < 0):
                message = f"`{name}` is {value!r}, but must be a whole number from 0"
                raise SearchError("S135", message)

    @property
    def none(self) -> bool:
        """Whether nothing is limited."""
        return (self.max_nodes, self.max_params, self.max_macs) == (None, None, None)

    @property
    def counts(self) -> bool:
        """Whether parameters or MACs are limited, for which sizes must be known."""
        return self.max_params is not None or self.max_macs is not None

    def broken(self, program: str | snap.Graph, sizes: Sequence[str] | None) -> str | None:
        """What is past a limit, in words; None where all is well.

        `sizes` are bound shapes of the inputs, `"N,16,32,32"`; a graph has its own.
        """
        shapes = None if isinstance(program, snap.Graph) or sizes is None else list(sizes)
        graph = program if isinstance(program, snap.Graph) else snap.lower(program, inputs=shapes)
        rows = [(len(graph.nodes), self.max_nodes, "instances")]
        if self.counts:
            stats = snap.stats(graph)
            rows.append((_whole(stats.params), self.max_params, "parameters"))
            rows.append((_whole(stats.macs), self.max_macs, "multiply-accumulates"))
        for value, most, what in rows:
            if most is not None and value > most:
                return f"{value:,} {what}, more than {most:,}"
        return None


def check_sizes(sizes: Sequence[str] | None, inputs: Sequence[str] | None) -> None:
    """Raise `SearchError` S136 for `sizes` that are no shapes in numbers, or not of the inputs.

    `inputs` are the shapes of the inputs with letters, None where they are not known.
    """
    for shape in sizes or ():
        problem = None if isinstance(shape, str) else "it is no text"
        try:
            if problem is None:
                snap.lower("identity", inputs=[shape.rpartition("=")[2]])
        except snap.SnapError as error:
            problem = error.diagnostics[0].message
        if problem is None and re.search(r",\s*[^\s\d]", shape):
            problem = "only the first size may be a letter"
        if problem:
            raise bad_sizes(f"{shape!r} is no shape in numbers: {problem}")
    ranks = [[shape.count(",") for shape in shapes or ()] for shapes in (sizes, inputs)]
    if sizes is not None and inputs is not None and ranks[0] != ranks[1]:
        raise bad_sizes(f"{list(sizes)} are not of the inputs, {list(inputs)}")


def bad_sizes(problem: str) -> SearchError:
    """What is wrong with a space's `sizes`."""
    hint = 'a shape for each input, such as ["N,16,32,32"]'
    return SearchError("S136", f"`sizes` of the space: {problem}", None, hint)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        message = "parameters and MACs are limited, but the sizes of inputs are not known"
        raise SearchError("S136", message, None, 'give `sizes`, such as ["N,16,32,32"]')
    return value
