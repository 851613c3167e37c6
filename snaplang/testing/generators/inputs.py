"""Inputs of all kinds: untyped, typed in letters, numbers and expressions, of ranks 0 to 3.

>>> import random
>>> draw(random.Random(3)).base().input_shapes() == draw(random.Random(3)).base().input_shapes()
True
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from snaplang.api import lower
from snaplang.graph import Graph

NAMES = ("x", "y", "z", "w")
LETTERS = ("H", "W", "K")
CHANNELS = ("1", "2", "3", "4", "6", "8")


@dataclass(frozen=True)
class DrawnInputs:
    """Named inputs as a program declares them, and the shapes given from outside."""

    ports: tuple[str, ...]
    given: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(port.partition("(")[0] for port in self.ports)

    @property
    def header(self) -> str:
        """How the program begins."""
        return f"in {' '.join(self.ports)};"

    def base(self) -> Graph:
        """A graph of nothing but these inputs; raises `SnapError` where they disagree."""
        text = f"{self.header} {' '.join(self.names)} out {len(self.names)}"
        return lower(text, list(self.given) or None)


def draw(rng: random.Random, bound: bool | None = None) -> DrawnInputs:
    """One to four inputs. `bound` says whether all channels are numbers (None: maybe)."""
    names = NAMES[: rng.choices((1, 2, 3, 4), (9, 6, 3, 2))[0]]
    return _untyped(rng, names, bound) if rng.random() < 0.35 else _typed(rng, names, bound)


def _given(sizes: Sequence[str]) -> str:
    return ",".join(("N", *sizes))


def _untyped(rng: random.Random, names: tuple[str, ...], bound: bool | None) -> DrawnInputs:
    if bound is not True and (bound is False or rng.random() < 0.3):
        return DrawnInputs(names)
    rank, channels = rng.choice((0, 1, 1, 2, 2, 3)), rng.choice(CHANNELS)
    pool = _pool(rng)
    alike = [rng.choice(pool) for _ in range(rank)]
    if rng.random() < 0.6:
        return DrawnInputs(names, (_given([channels, *alike]),))
    shapes = []
    for _ in names:
        own = alike if rng.random() < 0.5 else [rng.choice(pool) for _ in range(rank)]
        own = own if rng.random() < 0.9 else own[: rng.randint(0, rank)]
        shapes.append(_given([channels if rng.random() < 0.8 else rng.choice(CHANNELS), *own]))
    return DrawnInputs(names, tuple(shapes))


def _pool(rng: random.Random) -> list[str]:
    """Two or three sizes that a program keeps coming back to."""
    numbers = ("1", "2", "3", "4", "5", "6", "7", "8", "9")
    pool = [rng.choice((*LETTERS[:2], *numbers)) for _ in range(3)]
    return [*pool, rng.choice(("1", "4", "6", "8"))]


def _typed(rng: random.Random, names: tuple[str, ...], bound: bool | None) -> DrawnInputs:
    """Ports such as `x(2*c, H, 6)`; letters are given numbers or stay."""
    open_width = bound is not True and (bound is False or rng.random() < 0.3)
    widths = ("c", "c", "2*c", "K") if open_width else CHANNELS
    main, rank = rng.choice(widths), rng.choice((0, 1, 1, 2, 2, 3))
    sizes = [rng.choice(("H", "W", "2*H", "H+1", "H+K", *_pool(rng))) for _ in range(4)]
    alike = [rng.choice(sizes) for _ in range(rank)]
    ports: list[list[str]] = []
    for _ in names:
        width = main if rng.random() < 0.75 else rng.choice(widths)
        own = alike if rng.random() < 0.4 else [rng.choice(sizes) for _ in range(rank)]
        if rng.random() < 0.12:
            own = [rng.choice(sizes) for _ in range(rng.randint(0, 3))]
        ports.append([width, *own])
    texts = tuple(f"{name}({', '.join(p)})" for name, p in zip(names, ports, strict=True))
    if not any(len(p) == 1 for p in ports) and rng.random() < 0.6:
        return DrawnInputs(texts)
    values = {letter: rng.choice((1, 2, 3, 4, 4, 6, 8)) for letter in (*LETTERS, "c")}
    if rng.random() < 0.3 and open_width:
        values.pop("c")
    given = tuple(_given([_number(size, values) for size in p]) for p in ports)
    return DrawnInputs(texts, given)


def at_sizes(rng: random.Random) -> list[DrawnInputs]:
    """One declaration with bound channels: at letters, and at numbers of three kinds."""
    names = NAMES[: rng.choices((1, 2, 3), (3, 2, 1))[0]]
    if rng.random() < 0.5:
        rank, channels = rng.choice((1, 2, 2, 3)), rng.choice(CHANNELS)
        rows = [("L", "M", "P")] + [
            [str(rng.choice((1, 2, 4, 6, 8))) for _ in "LMP"] for _ in "abc"
        ]
        return [DrawnInputs(names, (_given([channels, *row[:rank]]),)) for row in rows]
    typed = _typed(rng, names, True)
    while any("," not in port for port in typed.ports):  # its rank would be open
        typed = _typed(rng, names, True)
    found = [DrawnInputs(typed.ports)]
    for _ in "abc":
        values = {letter: rng.choice((1, 2, 3, 4, 6, 8)) for letter in LETTERS}
        sizes = [port.partition("(")[2].rstrip(")").split(", ") for port in typed.ports]
        found.append(
            DrawnInputs(typed.ports, tuple(_given([_number(s, values) for s in p]) for p in sizes))
        )
    return found


def _number(size: str, values: dict[str, int]) -> str:
    """An expression of the kinds above, with numbers for letters."""
    factor, _, name = size.rpartition("*")
    name, _, more = name.partition("+")
    if name not in values:
        return size if size.isdigit() else "C" if not factor else "D"
    return str(int(factor or 1) * values[name] + (values.get(more) or int(more or 0)))
