"""The normal form of a graph, term by term, every law applied where a term is made.

Inputs come before users. A term that is a separate instance (of weights, of random numbers; at
level `structure` of any op) carries the number of its node, so that no other is equal to it. What
a law produces is made by the same functions, so nothing is left to rewrite.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise

from snaplang.dims import ONE
from snaplang.graph import Graph, Node
from snaplang.ops import TABLE
from snaplang.ops.spec import Attrs, OpSpec
from snaplang.testing.generators.sizes import input_sizes
from snaplang.testing.oracle import lists
from snaplang.testing.oracle.cuts import known_cuts
from snaplang.testing.oracle.folds import folded
from snaplang.testing.oracle.lists import Traits
from snaplang.testing.oracle.terms import (
    Made,
    OracleTerm,
    OracleTerms,
    lesser,
    sizes,
    sorted_bag,
)

RELU = Attrs({"max": None})


class NormalForm(OracleTerms):
    """The terms of a graph after the laws of a level."""

    def __init__(self, graph: Graph, level: str) -> None:
        super().__init__(level)
        self.cuts: dict[int, tuple[int, Fraction, Fraction]] = {}  # slices: of what, from, to
        values: list[int] = []
        bound = graph.bound
        for i, shape in enumerate(input_sizes(graph)):
            says = f"{i} {shape.channels} {shape.rank if bound else ''}"
            values.append(self.term(OracleTerm("input", says=says), Made(shape, True)))
        for i, node in enumerate(graph.nodes):
            values += self.outputs_of(i, node, [values[v] for v in node.inputs])
        self.inputs = values[: len(graph.inputs)]
        self.outputs = [values[v] for v in graph.outputs]

    def outputs_of(self, place: int, node: Node, args: list[int]) -> list[int]:
        """What a node leaves."""
        return self.make(node.op, node.attrs, args, place)

    # -- the laws ----------------------------------------------------------------------------

    def make(self, op: OpSpec, attrs: Attrs, args: list[int], place: int | None) -> list[int]:
        """The values of an instance in normal form; `place` is its node, None if a law made it."""
        if lists.is_identity(op, attrs):
            return args
        if self.algebra and lists.is_relu(op, attrs):
            op, attrs = TABLE["relu"], RELU
        traits = lists.traits(op, attrs)
        if self.algebra and self.vanishes(op, traits, args):
            shapes, settled = self.shapes(op, attrs, args)
            return [self.zero(shape, settled) for shape in shapes]
        instance = None if self.algebra and traits.pure else place
        if self.algebra and len(args) > 1 and not traits.gathered and not traits.nesting:
            left = self.one_left(traits, args)
            if left is not None:
                return [left]
        if traits.gathered:
            return [self.gathered(op, attrs, args, traits, instance)]
        if traits.nesting:
            return [self.joined(op, attrs, args, traits, instance)]
        if self.algebra:
            found = self.applied(op, attrs, args, traits, place)
            if found is not None:
                return found
        return self.instance(op, attrs, args, instance)

    def instance(
        self, op: OpSpec, attrs: Attrs, args: list[int], instance: int | None
    ) -> list[int]:
        """A term that no law rewrites, with a term for each output where there are several."""
        shapes, settled = self.shapes(op, attrs, args)
        label, says, kept = lists.compared(op, attrs), "", args
        if self.algebra and op.id == "like":  # A11
            says, kept = sizes(self.made[args[1]].shape), args[:1]
            self.doubtful |= not self.made[args[1]].settled
        elif op.id == "split":
            label = (("n", len(shapes)),)
        whole = OracleTerm(op.id, label, tuple(kept), instance=instance, says=says)
        if len(shapes) == 1:
            return [self.term(whole, Made(shapes[0], settled, op, attrs))]
        number = self.term(whole, Made(shapes[0], settled, op, attrs))
        return [
            self.term(OracleTerm("part", args=(number,), says=str(i)), Made(shape, settled))
            for i, shape in enumerate(shapes)
        ]

    def vanishes(self, op: OpSpec, traits: Traits, args: list[int]) -> bool:
        """A3: whether an instance leaves nothing but zeros."""
        zeros = [self.is_zero(a) for a in (args[:1] if op.id == "like" else args)]
        if traits.makes_zero or (traits.annihilates and any(zeros)):
            return True
        return traits.keeps_zero and all(zeros)

    def one_left(self, traits: Traits, args: list[int]) -> int | None:
        """A2 and A3 for an op of several inputs in order."""
        rest = [a for a in args if not self.is_zero(a)]
        if traits.sums and len(rest) == 1:
            return rest[0]
        return args[0] if traits.merges_equal and len(set(args)) == 1 else None

    # -- several inputs ----------------------------------------------------------------------

    def gathered(
        self, op: OpSpec, attrs: Attrs, args: list[int], traits: Traits, instance: int | None
    ) -> int:
        """S4, and what A2, A3 and A7 say of these ops."""
        bag, positive = self.bag(op, attrs, args, traits)
        if self.algebra and traits.pure:
            zeros = [a for a in bag if self.is_zero(a)]
            if zeros and len(zeros) < len(bag) and (traits.sums or op.id == "max"):
                bag = Counter({a: n for a, n in bag.items() if a not in zeros})
                positive |= op.id == "max"
            if traits.merges_equal and traits.nesting:
                bag = Counter(dict.fromkeys(bag, 1))
            equal = len(bag) == 1 and (traits.merges_equal or bag.total() == 1)
            if equal or not bag:
                (kept,) = bag
                return self.made_positive(kept) if positive else kept
        shape, settled = self.shape_of(op, attrs, list(bag))
        term = OracleTerm(op.id, lists.compared(op, attrs), bag=sorted_bag(bag), instance=instance)
        number = self.term(term, Made(shape, settled, op, attrs))
        return self.made_positive(number) if positive else number

    def bag(
        self, op: OpSpec, attrs: Attrs, args: list[int], traits: Traits
    ) -> tuple[Counter[int], bool]:
        """The inputs, nested ones flat; and whether a `max` has met a `relu` (A7)."""
        bag: Counter[int] = Counter()
        positive = False
        for arg, times in Counter(args).items():
            if self.algebra and op.id == "max" and self.is_plain_relu(arg):
                (arg,) = self.terms[arg].args
                positive = True
            nested = traits.nesting and self.nests(arg, op, attrs)
            for atom, inner in self.terms[arg].bag if nested else ((arg, 1),):
                bag[atom] += times * inner
        return bag, positive

    def made_positive(self, number: int) -> int:
        """The `relu` of a term."""
        return self.make(TABLE["relu"], RELU, [number], None)[0]

    def joined(
        self, op: OpSpec, attrs: Attrs, args: list[int], traits: Traits, instance: int | None
    ) -> int:
        """S5, A3 for neighbouring zeros, and A12 for the parts of a `split`."""
        row: list[int] = []
        for arg in args:
            row += self.terms[arg].args if self.nests(arg, op, attrs) else (arg,)
        if self.algebra and traits.pure:
            before: list[int] = []
            while before != row:
                before, row = row, self.shorter(op, row, traits)
        if len(row) == 1:
            return row[0]
        shape, settled = self.shape_of(op, attrs, row)
        term = OracleTerm(op.id, lists.compared(op, attrs), tuple(row), instance=instance)
        return self.term(term, Made(shape, settled, op, attrs))

    def shorter(self, op: OpSpec, row: list[int], traits: Traits) -> list[int]:
        """A row of items after one round of the laws."""
        if traits.sums and not all(map(self.is_zero, row)):
            row = [a for a in row if not self.is_zero(a)]
        if op.id == "cat":
            row = self.rejoined(row)
        if not traits.joins_zeros:
            return row
        found: list[int] = []
        for arg in row:
            if found and self.is_zero(arg) and self.is_zero(found[-1]):
                shape, settled = self.shape_of(op, Attrs({"n": 2}), [found[-1], arg])
                found[-1] = self.zero(shape, settled)
            else:
                found.append(arg)
        return found

    def rejoined(self, row: list[int]) -> list[int]:
        """A12: neighbouring slices of one term are one slice of it."""
        found: list[int] = []
        for arg in row:
            one, two = self.cuts.get(found[-1]) if found else None, self.cuts.get(arg)
            if one and two and one[0] == two[0] and one[2] == two[1]:
                found.pop()
                arg = self.slice(one[0], one[1], two[2])
            found += self.terms[arg].args if self.terms[arg].op == "cat" else (arg,)
        return found

    def slice(self, whole: int, low: Fraction, high: Fraction) -> int:
        """A12: a share of the channels of a term, such as the second half."""
        if whole in self.cuts:
            base, start, end = self.cuts[whole]
            span = end - start
            return self.slice(base, start + span * low, start + span * high)
        if low == 0 and high == 1:
            return whole
        made = self.made[whole]
        shape = made.shape.with_channels(made.shape.channels * (high - low))
        if self.is_zero(whole):
            return self.zero(shape, made.settled)
        if self.terms[whole].op == "cat":
            self.doubtful |= not made.settled
            items = self.between(whole, low, high)
            if items is not None:
                return self.make(TABLE["cat"], Attrs({"n": len(items)}), items, None)[0]
        number = self.term(
            OracleTerm("slice", args=(whole,), says=f"{low} {high}"), Made(shape, made.settled)
        )
        self.cuts[number] = (whole, low, high)
        return number

    def between(self, whole: int, low: Fraction, high: Fraction) -> list[int] | None:
        """What of a `cat` lies in a share of its channels: items, slices of items, and slices of
        what lies between the known cuts next to an end; None where that is all of it.
        """
        items = self.terms[whole].args
        places = known_cuts([self.made[item].shape.channels for item in items], (low, high))
        found: list[int] = []
        for (q, i, r), (after, j, s) in pairwise(places):
            start, end = max(q, low), min(after, high)
            if start >= end:
                continue
            if q == 0 and after == 1:
                return None
            first = Fraction(r)
            row = []
            for k in range(i, j):
                row.append(self.slice(items[k], first, Fraction(1)))
                first = Fraction(0)
            if s:
                row.append(self.slice(items[j], first, s))
            if (start, end) != (q, after):
                run = self.make(TABLE["cat"], Attrs({"n": len(row)}), row, None)[0]
                row = [self.slice(run, (start - q) / (after - q), (end - q) / (after - q))]
            found += row
        return found

    # -- one input, and `like` ---------------------------------------------------------------

    def applied(
        self, op: OpSpec, attrs: Attrs, args: list[int], traits: Traits, place: int | None
    ) -> list[int] | None:
        """What a law makes of an instance of one input that counts; None where none has a say."""
        arg = args[0]
        inner, made = self.terms[arg], self.made[arg]
        if op.id == "split":
            n = attrs.count("n")
            return [self.slice(arg, Fraction(i, n), Fraction(i + 1, n)) for i in range(n)]
        if self.stays(op, attrs, args, traits):
            return [arg]
        if inner.op == op.id and made.op is not None and len(args) == 1:
            one = folded(op, attrs, made.attrs)
            if one is not None:
                return self.make(op, one, list(inner.args), None)
            if traits.idempotent and traits.pure:
                cap = lists.cap(op, attrs)
                if cap is not None:
                    smaller = lesser(attrs[cap], made.attrs[cap])
                    return self.make(op, Attrs({**attrs, cap: smaller}), list(inner.args), None)
                if lists.compared(op, attrs) == inner.attrs:
                    return [arg]
        fixed = lists.fixed(op, attrs)
        if fixed is not None:
            low, high = self.bounds(arg)
            if fixed[0] <= low and high <= fixed[1]:
                return [arg]
        if made.op is None:
            return None
        within = lists.traits(made.op, made.attrs)
        outward = traits.moves or (traits.selects_max and within.rising)
        if outward and within.elementwise and not traits.elementwise:
            moved = self.make(op, attrs, [*inner.args, *args[1:]], place)
            return self.make(made.op, made.attrs, moved, None)
        return None

    def stays(self, op: OpSpec, attrs: Attrs, args: list[int], traits: Traits) -> bool:
        """A10 and A11: whether the sizes of an instance make it the identity."""
        before, settled = self.made[args[0]].shape, self.made[args[0]].settled
        if traits.flat and before.rank == 0:
            return True
        if op.id == "like":
            upper = self.made[args[1]]
            self.doubtful |= not (settled and upper.settled)
            return sizes(before) == sizes(upper.shape)
        if not traits.point or before.rank == 0:
            return False
        self.doubtful |= not settled
        (after,), _ = self.shapes(op, attrs, args)
        return all(size == ONE for size in (*before.spatial, *after.spatial))

    # -- what is left ------------------------------------------------------------------------

    def live(self) -> list[int]:
        """S2: the inputs, and the terms that outputs need."""
        seen = set(self.inputs)
        waiting = list(self.outputs)
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen.add(number)
                waiting += self.terms[number].inputs()
        return sorted(seen)
