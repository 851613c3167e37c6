"""Counting: how many programs a space has, and how many architectures they are.

A space with choices is walked member by member. A free space (all programs over a vocabulary) is
counted by what programs leave on the stack: those that leave the same can be continued in the same
ways, so that each distinct state is continued once and stands for all programs that lead to it.

>>> print(free_space("dup add relu", 3).as_text())
length   programs   architectures   new
     0          1               1     1
     1          1               1     1
     2          2               2     1
     3          4               4     3
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from math import prod
from typing import TYPE_CHECKING

from snaplang.api import fingerprint
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.graph import Choice, Graph
from snaplang.graph.builder import RankNeededError
from snaplang.lowering.choices import Choose, Chooser, chooser
from snaplang.lowering.symbols import Symbols

if TYPE_CHECKING:
    from snaplang.cli.outputs import Request

MANY = 500_000  # sequences of symbols, from which on it pays to load the batch kernel
Ticking = Callable[[int, str], AbstractContextManager[Callable[[int], None]]]


def quiet(total: int, label: str) -> AbstractContextManager[Callable[[int], None]]:
    """No progress bar."""
    return nullcontext(lambda step: None)


@dataclass(frozen=True)
class Count:
    """Of a space with choices: its well-typed programs, and the distinct architectures."""

    programs: int
    architectures: int
    level: str

    def as_text(self) -> str:
        """Two lines."""
        pairs = ((self.programs, "program"), (self.architectures, "architecture"))
        lines = [f"{n:,} {name}" + "s" * (n != 1) for n, name in pairs]
        return f"{lines[0]}\n{lines[1]} ({self.level})"

    def as_json(self) -> str:
        """An object."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class CountRow:
    """Programs of one length, the architectures among them, and those no shorter program has."""

    length: int
    programs: int
    architectures: int
    new: int


@dataclass(frozen=True)
class CountTable:
    """Of a free space: a row for each length."""

    rows: tuple[CountRow, ...]
    level: str

    def as_text(self) -> str:
        """A table."""
        heads = ("length", "programs", "architectures", "new")
        cells = [heads, *([f"{v:,}" for v in asdict(row).values()] for row in self.rows)]
        widths = [max(len(line[i]) for line in cells) for i in range(4)]
        return "\n".join(
            "   ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
            for line in cells
        )

    def as_json(self) -> str:
        """An object with the rows."""
        return json.dumps({"level": self.level, "lengths": [asdict(row) for row in self.rows]})


# -- spaces with choices -----------------------------------------------------------------------


class _Odometer(Chooser):
    """Decides as `choose` does, then by `path`, then by first alternatives.

    `sizes` are the numbers of alternatives of what `choose` leaves open.
    """

    def __init__(self, path: list[int], choose: Choose) -> None:
        super().__init__()
        self.path, self.choose = path, choose
        self.given = chooser(choose)
        self.sizes: list[int] = []

    def decide(self, number: int, name: str | None, alternatives: int) -> int:
        if number == 0:  # a run may start again
            self.given, self.sizes = chooser(self.choose), []
        decided = self.given.decide(number, name, alternatives)
        if decided is not None:
            return decided
        self.sizes.append(alternatives)
        at = len(self.sizes) - 1
        return self.path[at] if at < len(self.path) else 0

    def finish(self) -> None:
        """What was decided in vain is an error."""
        self.given.finish()

    def next(self) -> list[int] | None:
        """The path of the next member; None after the last."""
        path = (self.path + [0] * len(self.sizes))[: len(self.sizes)]
        while path and path[-1] + 1 == self.sizes[len(path) - 1]:
            path.pop()
        return [*path[:-1], path[-1] + 1] if path else None


def members(request: Request) -> Iterator[Graph | None]:
    """The members of a space in order; None for those that are not well-typed."""
    path: list[int] | None = []
    while path is not None:
        odometer = _Odometer(path, request.decisions())
        try:
            yield request.graph(chooser=odometer)
        except SnapError:
            if not odometer.sizes and not path:
                raise
            yield None
        path = odometer.next()


def space(request: Request, limit: int, ticking: Ticking = quiet) -> Count:
    """Count the members of a space; raises `SnapError` where there are more than `limit`."""
    choices = request.graph(strict=False).choices
    total = prod(len(c.alternatives) for c in choices if c.decided is None and c.within is None)
    _limited(total, limit, choices)
    programs = 0
    found: set[str] = set()
    with ticking(total, "counting") as tick:
        for graph in members(request):
            if graph is not None:
                programs += 1
                _limited(programs, limit, choices)
                found.add(fingerprint(graph, request.level))
            tick(1)
    return Count(programs, len(found), request.level)


def _limited(programs: int, limit: int, choices: Sequence[Choice]) -> None:
    if programs > limit:
        message = f"the space has at least {programs:,} programs, more than {limit:,}"
        hint = "decide some choices with `--choose p=2`, or raise `--limit`"
        span = choices[0].span if choices else None
        raise SnapError(Diagnostic("E511", message, span, hint))


# -- free spaces -------------------------------------------------------------------------------


def free_space(
    vocabulary: str,
    max_length: int,
    inputs: Sequence[str] = (),
    level: str = "algebra",
    limit: int = 1_000_000,
    ticking: Ticking = quiet,
) -> CountTable:
    """Count the well-typed programs that leave one tensor, for each length up to `max_length`.

    `inputs` are the inputs' shapes; without any there is one, untyped. Raises `SnapError` for a
    vocabulary that is no list of symbols, and where programs of one length leave more than `limit`
    different things on the stack.
    """
    symbols = Symbols(vocabulary, inputs)
    many = len(symbols.texts) ** max_length > MANY and find_spec("numba") is not None
    while True:
        try:
            rows = (_in_bulk if many else _one_by_one)(symbols, max_length, level, limit, ticking)
            return CountTable(rows, level)
        except RankNeededError as need:
            symbols = Symbols(vocabulary, inputs, need.rank)


def _in_bulk(
    symbols: Symbols, max_length: int, level: str, limit: int, ticking: Ticking
) -> tuple[CountRow, ...]:
    """Count with the batch kernel."""
    from snaplang.batch.states import levels, weight

    with ticking(weight(max_length), "counting") as tick:
        found = levels(symbols, level, max_length, limit, tick)
        return tuple(CountRow(length, *numbers) for length, numbers in enumerate(found))


def _one_by_one(
    symbols: Symbols, max_length: int, level: str, limit: int, ticking: Ticking
) -> tuple[CountRow, ...]:
    """Count with fingerprints."""
    start = symbols.start()
    states: dict[str, tuple[Graph, int]] = {fingerprint(start, level): (start, 1)}
    known: set[str] = set()
    rows = []
    with ticking(max_length + 1, "counting") as tick:
        for length in range(max_length + 1):
            done = {k: n for k, (graph, n) in states.items() if len(graph.outputs) == 1}
            rows.append(CountRow(length, sum(done.values()), len(done), len(done.keys() - known)))
            known |= done.keys()
            tick(1)
            if length < max_length:
                states = _continued(states, symbols, level, limit)
    return tuple(rows)


def _continued(
    states: dict[str, tuple[Graph, int]], symbols: Symbols, level: str, limit: int
) -> dict[str, tuple[Graph, int]]:
    """The states one symbol later, each with the number of programs that lead to it."""
    found: dict[str, tuple[Graph, int]] = {}
    for graph, count in states.values():
        for number in range(len(symbols.texts)):
            after = symbols.extended(graph, number)
            if after is not None:
                key = fingerprint(after, level)
                before = found.get(key)
                if before is None and len(found) >= limit:
                    message = f"programs of one length leave more than {limit:,} different stacks"
                    hint = "count shorter programs, or raise `--limit`"
                    raise SnapError(Diagnostic("E511", message, hint=hint))
                found[key] = (after, count) if before is None else (before[0], before[1] + count)
    return found
