"""A kind: all that laws and colours know of an instance beside its inputs.

Data alone. Which laws act on a kind is read off the op table in `kinds.py`; what they do stands in
`rules.py` and `parts.py`, above the terms that they rewrite.

>>> named("input 0 c").colour == named("input 0 c").colour, named("a").rules
(True, ())
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Protocol

from snaplang.canonical.normal.layout import digest, of_name
from snaplang.ops.spec import ANYTHING, Attrs, Fact, Interval, OpSpec

Rule = Callable[[Any, "Kind", tuple[int, ...]], "tuple[int, ...] | None"]  # of terms


class Form(Enum):
    """How the inputs of a kind are held."""

    PLAIN = "in order"
    BAG = "with multiplicities, not flattened"
    SUM = "with multiplicities, nested ones meant flat"
    SET = "each once, nested ones meant flat"
    SEQUENCE = "in order, nested ones meant flat"


class Asks:
    """What the laws of a kind may ask of shapes, and when: flags, as numbers, which are joined for
    every graph.
    """

    AT_ONCE: Final = 1  # zeros, and sizes taken from a tensor
    POINTS: Final = 2  # of a single position
    FLAT: Final = 4  # of a tensor without axes
    SPLITS: Final = 8
    JOINS: Final = 16
    FOREIGN: Final = 32  # a user's op, which may leave anything
    LEAVES: Final = 64  # a single position


NESTING = (Form.SUM, Form.SET, Form.SEQUENCE)
Cut = tuple[Fraction, Fraction]  # from and to, as shares of the channels


@dataclass(frozen=True, eq=False)
class Kind:
    """An op with attributes, at a level.

    `plain` instances with equal inputs are one; `rules` are what laws may do with an instance, and
    `sized_rules` those where shapes are known. One that `nests` means inputs of its own kind flat.
    `cap` is that of a capped op; `values` are what results lie in, `fixes` values it leaves alone.
    """

    op: OpSpec | None
    attrs: Attrs
    colour: bytes
    form: Form = Form.PLAIN
    outputs: int = 1
    plain: bool = False
    variadic: bool = False
    elementwise: bool = False
    non_decreasing: bool = False
    cap: float | None = None
    rules: tuple[Rule, ...] = ()
    sized_rules: tuple[Rule, ...] = ()
    nests: bool = False
    facts: frozenset[Fact] = frozenset()
    values: Interval = ANYTHING
    fixes: Interval | None = None
    carries: bool = False  # results lie where the values of its first input do
    cut: Cut | None = None  # of a slice: which channels of its input it is
    asks: int = 0
    bounds: bool = False  # there may be something to say of what results lie in

    def instance(self, count: int) -> Attrs:
        """The attributes of an instance with so many inputs."""
        if not self.variadic or self.op is None or not isinstance(self.op.inputs, str):
            return self.attrs
        known = {**self.attrs, self.op.inputs: count}
        return Attrs({p.name: known[p.name] for p in self.op.params})


def named(text: str) -> Kind:
    """A kind that no op stands for: an input, a port."""
    return Kind(None, Attrs(), digest(of_name(text)))


@lru_cache(maxsize=10_000)
def slice_kind(cut: Cut) -> Kind:
    """The kind of a slice of a value's channels (law A12)."""
    return replace(named(f"slice {cut[0]} {cut[1]}"), cut=cut)


class KindTable(Protocol):
    """Where terms ask for the kind of an op."""

    def of(self, op: OpSpec, attrs: Attrs, level: str) -> Kind:
        """The kind of an instance at a level."""

    def having(self, fact: Fact) -> Kind:
        """The kind of the first core op that has a fact, with its default attributes."""
