"""Values by what makes them: numbered terms, equal ones with one number, and their shapes.

No laws here: those are in `normal`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf

from snaplang.dims import ONE
from snaplang.ops.spec import Attrs, OpSpec, Shape
from snaplang.testing.generators.sizes import results
from snaplang.testing.oracle import lists
from snaplang.testing.oracle.lists import Interval, Plains

ANYTHING: Interval = (-inf, inf)


@dataclass(frozen=True)
class OracleTerm:
    """A value: what makes it and from what.

    `bag` holds (term, multiplicity) pairs where order does not count, else `args` the inputs in
    order. `instance` is its node where instances differ, None where equal terms are the same.
    `says` is what counts beside op and attributes: an input's channels, a part's place, the
    shape of a zero, the sizes that a `like` takes.
    """

    op: str
    attrs: Plains = ()
    args: tuple[int, ...] = ()
    bag: tuple[tuple[int, int], ...] = ()
    instance: int | None = None
    says: str = ""

    def inputs(self) -> tuple[int, ...]:
        """The terms it is made from."""
        return self.args or tuple(term for term, _ in self.bag)


@dataclass(frozen=True)
class Made:
    """What a term was made by, to make it anew on other inputs, and its shape as laws see it."""

    shape: Shape
    settled: bool
    op: OpSpec | None = None
    attrs: Attrs = field(default_factory=Attrs)


class OracleTerms:
    """The terms made so far.

    `doubtful` tells that a law had to look at a size that the laws leave open: that of a sum of
    tensors whose sizes agree only under a condition, or by their numbers.
    """

    def __init__(self, level: str) -> None:
        assert level in {"structure", "algebra"}, level
        self.algebra = level == "algebra"
        self.terms: list[OracleTerm] = []
        self.made: list[Made] = []
        self.number: dict[OracleTerm, int] = {}
        self.doubtful = False

    def term(self, term: OracleTerm, made: Made) -> int:
        """The number of a term; equal terms have one."""
        if term not in self.number:
            self.number[term] = len(self.terms)
            self.terms.append(term)
            self.made.append(made)
        return self.number[term]

    def zero(self, shape: Shape, settled: bool) -> int:
        """A3: zeros of a shape, wherever they come from."""
        self.doubtful |= not settled
        return self.term(OracleTerm("zero", says=shape.text()), Made(shape, settled))

    def is_zero(self, number: int) -> bool:
        """Whether a term is a zero that A3 speaks of; there is none below `algebra`."""
        return self.algebra and self.terms[number].op == "zero"

    def shapes(self, op: OpSpec, attrs: Attrs, args: list[int]) -> tuple[tuple[Shape, ...], bool]:
        """What an op leaves on terms."""
        shapes, settled = results(op, attrs, tuple(self.made[a].shape for a in args))
        return shapes, settled and all(self.made[a].settled for a in args)

    def nests(self, arg: int, op: OpSpec, attrs: Attrs) -> bool:
        """Whether a term is an instance of an op, with the same attributes."""
        inner = self.terms[arg]
        return inner.op == op.id and inner.attrs == lists.compared(op, attrs)

    def is_plain_relu(self, arg: int) -> bool:
        """Whether a term is `max(x, 0)`."""
        return self.terms[arg].op == "relu" and dict(self.terms[arg].attrs)["max"] is None

    def shape_of(self, op: OpSpec, attrs: Attrs, args: list[int]) -> tuple[Shape, bool]:
        """The shape of a merge of terms, however many."""
        if "n" in attrs and "/" not in op.id:
            attrs = Attrs({"n": len(args)})
            shapes, settled = self.shapes(op, attrs, args)
            return shapes[0], settled
        alike = len({self.made[a].shape for a in args}) == 1
        return self.made[args[0]].shape, alike and all(self.made[a].settled for a in args)

    def bounds(self, number: int) -> Interval:
        """A5: where the values of a term lie, as far as that is known."""
        term, made = self.terms[number], self.made[number]
        if term.op == "zero":
            return (0.0, 0.0)
        if made.op is None:
            return ANYTHING
        if term.op == "max":
            within = [self.bounds(a) for a in term.inputs()]
            return max(low for low, _ in within), max(high for _, high in within)
        traits = lists.traits(made.op, made.attrs)
        if traits.selects_max or traits.moves:
            return self.bounds(term.args[0])
        return lists.known(made.op, made.attrs) or ANYTHING


def sizes(shape: Shape) -> str:
    """The spatial sizes of a shape."""
    return shape.with_channels(ONE).text()


def sorted_bag(bag: Counter[int]) -> tuple[tuple[int, int], ...]:
    """A multiset as a value."""
    return tuple(sorted(bag.items()))


def lesser(one: object, other: object) -> float | None:
    """The smaller of two caps; None is no cap."""
    return min((c for c in (one, other) if isinstance(c, int | float)), default=None)
