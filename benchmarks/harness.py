"""How a benchmark is declared and measured: the protocol of `benchmarks/measures/`.

A benchmark is a generator function in a module of `benchmarks/measures/`, declared by `@benchmark`
with what it measures, the peer that it is held against, and the aim:

    from benchmarks.harness import Found, at_most, benchmark, turns

    @benchmark("building a `Block`", peer="the hand-written module", aim=at_most(1.5))
    def construction() -> Iterator[Found]:
        from benchmarks.peers.by_hand import Residual
        yield from turns(lambda: Block(TEXT, channels=64), lambda: Residual(64))

Its name is `module.function`. One function may be declared several times, with `case="small"`,
which it then takes as its argument: `module.function[small]`. It yields, as often as it repeats,

- a `Turn`: what ours and theirs took in the same turn. `at_least(150)` is about theirs / ours,
  every other aim about ours / theirs. `turns` makes them: both sides alternate, each turn starting
  with the other one, and short calls are repeated until a side takes long enough;
- or a number, where there is nothing to divide: an exponent, a count of differences;
- and, for the record alone, a mapping: it ends up in the JSON as `details`.

The figure is the median, the quartiles stand beside it. Both sides must do the same work: assert
it before the first turn. Whatever costs to import is imported inside the function, so that one
benchmark runs without the libraries of the others; `raise Skip("no GPU")` says why it cannot run
here. Inputs that a cache could remember are made anew for each turn (`turns` takes a `prepare`).

What this is not: it writes nothing (`report.py`), and chooses nothing (`__main__.py`).

>>> at_most(4).met(3.9), at_least(150).met(3.9), between(0.98, 1.02).met(1.0)
(True, False, True)
>>> summary([Turn(1.0, 8.0), Turn(1.0, 12.0), Turn(2.0, 20.0)], at_least(5)).figure
10.0
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

SECONDS = 0.05  # how long one side of a turn takes at least, about


class Skip(Exception):
    """Why a benchmark cannot run on this machine."""


@dataclass(frozen=True)
class Turn:
    """What ours and theirs took in one turn: seconds, or bytes."""

    ours: float
    theirs: float


Found = Turn | float | Mapping[str, object]


@dataclass(frozen=True)
class Aim:
    """The figures that will do; `faster`: how many times theirs is what ours takes."""

    low: float = -math.inf
    high: float = math.inf
    faster: bool = False

    def met(self, figure: float) -> bool:
        """Whether a figure will do."""
        return self.low <= figure <= self.high

    def figure(self, turn: Turn) -> float:
        """The ratio of a turn."""
        return turn.theirs / turn.ours if self.faster else turn.ours / turn.theirs

    def __str__(self) -> str:
        if self.faster:
            return f"at least {self.low:,g} times as fast" if self.low > 0 else ""
        if self.low == self.high:
            return f"{self.low:g}"
        if self.low > -math.inf:
            return f"{self.low:g} to {self.high:g}"
        return f"at most {self.high:g}" if self.high < math.inf else ""


def at_most(limit: float) -> Aim:
    """Ours / theirs, or a number, is no more than this."""
    return Aim(high=limit)


def at_least(limit: float) -> Aim:
    """Theirs / ours is no less than this: ours is so many times as fast, or as small."""
    return Aim(low=limit, faster=True)


def between(low: float, high: float) -> Aim:
    """Ours / theirs is in a range."""
    return Aim(low, high)


def exactly(value: float) -> Aim:
    """A number is this one."""
    return Aim(value, value)


NO_AIM = Aim()  # a figure to know: ours / theirs
HOW_FAST = Aim(faster=True)  # a figure to know: theirs / ours


@dataclass(frozen=True)
class Benchmark:
    """A declared benchmark."""

    name: str
    measure: str
    peer: str
    aim: Aim
    unit: str
    run: Callable[[], Iterator[Found]]


@dataclass
class Summary:
    """What came of a benchmark: median and quartiles of the figures, medians of both sides."""

    figure: float
    quartiles: tuple[float, float]
    repetitions: int
    ours: float | None = None
    theirs: float | None = None
    best: float | None = None  # the ratio of the least of both sides
    details: dict[str, object] = field(default_factory=dict)


Run = Callable[..., Iterator[Found]]
DECLARED: dict[str, Benchmark] = {}


def benchmark(
    measure: str, peer: str = "", aim: Aim = NO_AIM, unit: str = "s", case: str = ""
) -> Callable[[Run], Run]:
    """Declare a function as a benchmark. `unit` is that of both sides: "s", "bytes" or "".

    With a `case`, the function takes it; it may be declared several times.
    """

    def declare(run: Run) -> Run:
        name = f"{run.__module__.rpartition('.')[2]}.{run.__name__}" + (f"[{case}]" if case else "")
        if name in DECLARED:
            raise ValueError(f"two benchmarks are called {name}")
        bound = partial(run, case) if case else run
        DECLARED[name] = Benchmark(name, measure, peer, aim, unit, bound)
        return run

    return declare


def declared(wanted: Iterable[str] = ()) -> list[Benchmark]:
    """The benchmarks whose names begin with one of `wanted`, module by module; all for none."""
    names = tuple(wanted)
    folder = Path(__file__).parent / "measures"
    for module in sorted(found.name for found in iter_modules([str(folder)])):
        if not names or any(n.partition(".")[0] == module for n in names):
            import_module(f"benchmarks.measures.{module}")
    return [b for b in DECLARED.values() if not names or b.name.startswith(names)]


def summary(found: Iterable[Found], aim: Aim) -> Summary:
    """Median and quartiles of what a benchmark yielded."""
    pairs: list[Turn] = []
    figures: list[float] = []
    details: dict[str, object] = {}
    for item in found:
        if isinstance(item, Mapping):
            details |= item
        elif isinstance(item, Turn):
            pairs.append(item)
            figures.append(aim.figure(item))
        else:
            figures.append(float(item))
    if not figures:
        raise ValueError("a benchmark that yielded no figure")
    low = middle = high = figures[0]
    if len(figures) > 1:
        low, middle, high = statistics.quantiles(figures, n=4, method="inclusive")
    result = Summary(middle, (low, high), len(figures), details=details)
    if pairs:
        ours, theirs = [t.ours for t in pairs], [t.theirs for t in pairs]
        result.ours, result.theirs = statistics.median(ours), statistics.median(theirs)
        result.best = aim.figure(Turn(min(ours), min(theirs)))
    return result


def turns(
    ours: Callable[..., object],
    theirs: Callable[..., object],
    count: int = 15,
    seconds: float = SECONDS,
    prepare: Callable[[int], object] | None = None,
) -> Iterator[Turn]:
    """Seconds of both sides, `count` times, in turns; the first calls of each are not counted.

    With `prepare`, both are called once in a turn, with what `prepare(turn)` gives; without it as
    often as fits into `seconds`.
    """
    arguments = (prepare(-1),) if prepare else ()
    often = [1 if prepare else _repeats(side, seconds) for side in (ours, theirs)]
    if prepare:
        ours(*arguments), theirs(*arguments)
    for turn in range(count):
        arguments = (prepare(turn),) if prepare else ()
        took = [0.0, 0.0]
        for side in (0, 1) if turn % 2 else (1, 0):
            took[side] = _timed((ours, theirs)[side], often[side], arguments)
        yield Turn(*took)


def _repeats(call: Callable[[], object], seconds: float) -> int:
    call()  # fills caches
    return max(1, round(seconds / max(_timed(call, 1, ()), 1e-9)))


def _timed(call: Callable[..., object], times: int, arguments: tuple[object, ...]) -> float:
    gc.collect()
    start = time.perf_counter()
    for _ in range(times):
        call(*arguments)
    return (time.perf_counter() - start) / times


def exponent(sizes: Iterable[float], seconds: Iterable[float]) -> float:
    """The slope of log(seconds) over log(size): 1 is linear.

    >>> round(exponent([1, 10, 100], [2, 200, 20000]), 6)
    2.0
    """
    x, y = [math.log(v) for v in sizes], [math.log(v) for v in seconds]
    return statistics.linear_regression(x, y).slope
