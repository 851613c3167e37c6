"""Terms: values in normal form, each made once.

`apply` makes an instance: the laws look at it first, then it is kept in the form of its kind.
Nested sums are not written out, which could be exponential: a value of a kind that flattens may
have values of the same kind among its inputs, and stands for the sum of all. Digests through the
nesting (a sum of tags, a mask, a polynomial of tags) tell when two are the same.

>>> from snaplang.canonical.normal.kinds import KINDS, kind_of
>>> from snaplang.ops import TABLE
>>> from snaplang.ops.spec import Attrs
>>> terms, add = Terms(KINDS, "algebra"), kind_of(TABLE["add"], Attrs({"n": 2}), "algebra")
>>> x, y, z = (terms.source(named(name)) for name in "xyz")
>>> left = terms.apply(add, terms.apply(add, (x, y)) + (z,))
>>> left == terms.apply(add, terms.apply(add, (z, x)) + (y,))
True
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable

from snaplang.canonical.normal.factor import bits
from snaplang.canonical.normal.family import Sizes
from snaplang.canonical.normal.kind import Cut, Form, Kind, KindTable, Rule, named, slice_kind
from snaplang.canonical.normal.layout import digest
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.dims import ONE
from snaplang.graph import Node
from snaplang.ops.spec import ANYTHING, Attrs, Fact, Interval, OpSpec, Shape

Values = tuple[int, ...]
Witness = tuple[Kind | None, Values, int]  # an instance's output; without a kind, a value
MOST = 2_000_000  # values: far beyond every program but those made to explode
MODULUS = 2**521 - 1  # of sequences' tags; nothing that is kept depends on it
_NOTHING = (0, 0)  # the content of what does not nest
_BASE = int.from_bytes(digest(b"base"))
_PORTS = [named(f"port {i}") for i in range(256)]


class Terms:
    """All values of one graph; a value is its number.

    `args` are a value's inputs and `times` how often each counts (empty: once). `origins` are the
    nodes of the graph whose weights and places an instance has. `sizes` says what shapes are to
    colours; without it shapes are not known, and no law asks for them. With `shuffle`, laws are
    tried in random order.
    """

    def __init__(
        self,
        table: KindTable,
        level: str,
        sizes: Sizes | None = None,
        shuffle: random.Random | None = None,
    ) -> None:
        self._table, self.level, self._sizes, self.sized = table, level, sizes, sizes is not None
        self.kinds: list[Kind] = []
        self.args: list[Values] = []
        self.times: list[Values] = []
        self.origins: list[Node | None] = []
        self._shapes: dict[int, Shape] = {}
        self._content: dict[int, tuple[int, int]] = {}  # what a nesting value is made of
        self._lengths: dict[int, int] = {}  # of sequences
        self._ends: dict[int, tuple[int, int]] = {}  # of sequences, the first and last item
        self._made: dict[Hashable, int] = {}
        self._ports: dict[int, Values] = {}
        self.witnesses: dict[int, Witness] = {}  # of zeros, what has their shape
        self.sources_of_sizes: dict[int, int] = {}  # of mere sizes, a value that has them
        self._ranges: dict[int, Interval] = {}  # what values lie in, where that is known
        self._bits: dict[int, int] = {}  # of values that are in sets, and the other way round
        self._values: list[int] = []
        self._results: dict[Hashable, tuple[Shape, ...]] = {}
        self._shuffle = shuffle

    # -- making values -----------------------------------------------------------------------

    def source(self, kind: Kind, shape: Shape | None = None, args: Values = ()) -> int:
        """A value that no law touches: an input, a port, a zero."""
        return self._new(kind, args, (), None, shape)

    def apply(self, kind: Kind, args: Values, origin: Node | None = None) -> Values:
        """The values that an instance of a kind leaves."""
        rules = kind.sized_rules if self.sized else kind.rules
        for rule in rules if self._shuffle is None else self._ordered(rules, self._shuffle):
            found = rule(self, kind, args)
            if found is not None:
                return found
        return self._kept(kind, args, origin)

    def together(self, kind: Kind, args: Values) -> Values:
        """An instance of a kind that joins values; of one, that value."""
        return args if len(args) == 1 else self.apply(kind, args)

    @staticmethod
    def _ordered(rules: tuple[Rule, ...], shuffle: random.Random) -> tuple[Rule, ...]:
        return tuple(shuffle.sample(rules, len(rules)))

    def _kept(self, kind: Kind, args: Values, origin: Node | None) -> Values:
        plain = kind.form is Form.PLAIN
        held, times, content = (args, (), _NOTHING) if plain else self._held(kind, args)
        if kind.plain:
            key: Hashable = (kind, content) if kind.nests else (kind, held, times)
            found = self._made.get(key)
            if found is not None:
                return self._ports.get(found, (found,))
            self._made[key] = len(self.kinds)
        shapes = self.result(kind, args) if self.sized else (None,) * kind.outputs
        value = self._new(kind, held, times, origin, shapes[0], content)
        if kind.bounds:
            self._note_range(kind, held, value)
        if kind.form is Form.SEQUENCE:
            self._lengths[value] = sum(self.size(a) if self.kinds[a] is kind else 1 for a in held)
            self._ends[value] = self.ends(kind, held[0])[0], self.ends(kind, held[-1])[1]
        if kind.outputs == 1:
            return (value,)
        ports = tuple(
            self.source(_port(place), shape, (value,)) for place, shape in enumerate(shapes)
        )
        self._ports[value] = ports
        return ports

    def _new(
        self,
        kind: Kind,
        args: Values,
        times: Values,
        origin: Node | None,
        shape: Shape | None,
        content: tuple[int, int] = _NOTHING,
    ) -> int:
        value = len(self.kinds)
        if value >= MOST:
            hint = "pools above long chains of activations make a normal form large"
            message = f"the normal form has more than {MOST:,} instances"
            raise SnapError(Diagnostic("E513", message, hint=hint))
        self.kinds.append(kind)
        self.args.append(args)
        self.times.append(times)
        self.origins.append(origin)
        if shape is not None:
            self._shapes[value] = shape
        if kind.nests:
            self._content[value] = content
        return value

    # -- the inputs of kinds that do more than take them in order ----------------------------

    def _held(self, kind: Kind, args: Values) -> tuple[Values, Values, tuple[int, int]]:
        """Inputs, their multiplicities, and the value of all of them."""
        if kind.form is Form.SEQUENCE:
            return args, (), self._sequence(kind, args)
        if kind.form is Form.SET:
            return self._set(kind, args)
        args, times = _counted(args)
        content = self._sum(kind, args, times) if kind.form is Form.SUM else _NOTHING
        return args, times, content

    def _sum(self, kind: Kind, args: Values, times: Values) -> tuple[int, int]:
        """Tags, each times its multiplicity, and how many terms there are."""
        total = count = 0
        for a, m in zip(args, times, strict=True):
            part, size = self._content[a] if self.kinds[a] is kind else (_tag(a), 1)
            total += m * part
            count += m * size
        return total, count

    def _sequence(self, kind: Kind, args: Values) -> tuple[int, int]:
        """A polynomial of tags, and its next power."""
        total, power = 0, 1
        for a in args:
            part, factor = self._content[a] if self.kinds[a] is kind else (_tag(a), _BASE)
            total = (total + power * part) % MODULUS
            power = power * factor % MODULUS
        return total, power

    def _set(self, kind: Kind, args: Values) -> tuple[Values, Values, tuple[int, int]]:
        """The largest nested set and what it lacks, so that nothing counts twice."""
        mask, largest = 0, -1
        for a in args:
            if self.kinds[a] is kind:
                mask |= self._content[a][0]
                if largest < 0 or self._content[a][1] > self._content[largest][1]:
                    largest = a
            else:
                mask |= 1 << self._bit(a)
        left = mask & ~self._content[largest][0] if largest >= 0 else mask
        held = tuple([self._values[bit] for bit in bits(left)])
        held = held if largest < 0 else (largest, *held)
        return held, (1,) * len(held), (mask, mask.bit_count())

    def _bit(self, value: int) -> int:
        """The number of a value among those that are in sets."""
        if value not in self._bits:
            self._bits[value] = len(self._values)
            self._values.append(value)
        return self._bits[value]

    def size(self, value: int) -> int:
        """How many terms or items a nesting value stands for."""
        found = self._lengths.get(value)
        return self._content[value][1] if found is None else found

    def outputs(self, value: int) -> Values:
        """The values that the instance of a value leaves."""
        return self._ports.get(value, (value,))

    def stretch(self, value: int, start: int, stop: int) -> Values:
        """Digests that tell a stretch of a sequence from others of its length."""
        (low, power), (high, _) = self._prefix(value, start), self._prefix(value, stop)
        return ((high - low) * pow(power, -1, MODULUS) % MODULUS, stop - start)

    def _prefix(self, value: int, length: int) -> tuple[int, int]:
        """The polynomial of the first items of a sequence, and its next power."""
        kind, total, power = self.kinds[value], 0, 1
        pending = [value]
        while length:
            v = pending.pop()
            nested = self.kinds[v] is kind
            size = self.size(v) if nested else 1
            if size > length:
                pending += reversed(self.args[v])
                continue
            part, factor = self._content[v] if nested else (_tag(v), _BASE)
            total = (total + power * part) % MODULUS
            power = power * factor % MODULUS
            length -= size
        return total, power

    def nests(self, value: int) -> bool:
        """Whether a value is meant flat where it is an input of its own kind."""
        return self.kinds[value].nests

    def kind_of(self, op: OpSpec, attrs: Attrs) -> Kind:
        """A kind at the level of these terms."""
        return self._table.of(op, attrs, self.level)

    def kind_with(self, fact: Fact) -> Kind:
        """The kind, at this level, of the core op that has a fact."""
        found = self._table.having(fact)
        assert found.op is not None
        return self.kind_of(found.op, found.attrs)

    # -- slices ------------------------------------------------------------------------------

    def is_slice(self, value: int) -> bool:
        """Whether a value is a slice of another's channels."""
        return self.kinds[value].cut is not None

    def slice(self, value: int, cut: Cut) -> int:
        """A slice that no law makes anything else of."""
        kind = slice_kind(cut)
        if (kind, value) not in self._made:
            shape = None
            if self.sized:
                whole = self.shape(value)
                shape = whole.with_channels(whole.channels * (cut[1] - cut[0]))
            self._made[kind, value] = self.source(kind, shape, (value,))
        return self._made[kind, value]

    # -- what values lie in ------------------------------------------------------------------

    def lies_in(self, value: int) -> Interval:
        """What all elements of a value lie in, whatever weights and inputs are."""
        return self._ranges.get(value, ANYTHING)

    def _note_range(self, kind: Kind, args: Values, value: int) -> None:
        if kind.values is not ANYTHING:
            self._ranges[value] = kind.values
        elif kind.carries and args[0] in self._ranges:
            self._ranges[value] = self._ranges[args[0]]
        elif Fact.LARGEST in kind.facts and not self._ranges.keys().isdisjoint(args):
            ends = zip(*map(self.lies_in, args), strict=True)
            low, high = map(max, ends)
            self._ranges[value] = (low, high)

    # -- ends of sequences -------------------------------------------------------------------

    def ends(self, kind: Kind, value: int) -> tuple[int, int]:
        """The first and the last item of a value within a sequence."""
        return self._ends[value] if self.kinds[value] is kind else (value, value)

    def zeros_meet(self, kind: Kind, left: int, right: int) -> bool:
        """Whether zeros stand next to each other where two values do, within a sequence."""
        ends = self.ends(kind, left)[1], self.ends(kind, right)[0]
        return all(map(self.is_zero, ends))

    def with_open_ends(self, kind: Kind, value: int, apart: Callable[[int], bool]) -> Values:
        """A value for use within a sequence: at the ends of a nested one, items stand apart of
        which `apart` is true.
        """
        if self.kinds[value] is not kind:
            return (value,)
        first, last = map(apart, self._ends[value])
        parts = list(self.args[value])
        while first and self.kinds[parts[0]] is kind:
            parts[:1] = self.args[parts[0]]
        while last and self.kinds[parts[-1]] is kind:
            parts[-1:] = self.args[parts[-1]]
        middle = tuple(parts[first : len(parts) - last])
        if not (first or last):
            return (value,)
        if not middle:
            return tuple(parts)
        inner = middle if len(middle) == 1 else self.apply(kind, middle)
        return (*parts[:first], *inner, *parts[len(parts) - last :])

    # -- zeros and shapes --------------------------------------------------------------------

    def is_zero(self, value: int) -> bool:
        """Whether a value is known to be zero."""
        return value in self.witnesses

    def is_shape(self, value: int) -> bool:
        """Whether a value is nothing but a shape: a zero, or sizes."""
        return value in self.witnesses or value in self.sources_of_sizes

    def zero(self, shape: Shape, witness: Witness) -> int:
        """The zero of a shape."""
        key = ("zero", shape)
        if key not in self._made:
            assert self._sizes is not None
            kind = named(f"zero {self._sizes.said(shape)}")
            self._made[key] = value = self.source(kind, shape)
            self.witnesses[value] = witness
            self._ranges[value] = (0.0, 0.0)
        return self._made[key]

    def zero_part(self, value: int, cut: Cut) -> int:
        """The zero that a slice of a zero is."""
        shape = self.shape(value)
        part = shape.with_channels(shape.channels * (cut[1] - cut[0]))
        return self.zero(part, (None, (self.slice(value, cut),), 0))

    def sizes(self, value: int) -> int:
        """What stands for the spatial sizes of a value where nothing else of it counts."""
        if value in self.sources_of_sizes:
            return value
        shape = self.shape(value).with_channels(ONE)
        key = ("sizes", shape)
        if key not in self._made:
            assert self._sizes is not None
            token = self.source(named(f"sizes {self._sizes.said(shape)}"), shape)
            self._made[key] = token
            self.sources_of_sizes[token] = value
        return self._made[key]

    def zeros(self, kind: Kind, args: Values) -> Values:
        """The zeros that an instance would leave."""
        shapes = self.result(kind, args)
        return tuple(self.zero(shape, (kind, args, i)) for i, shape in enumerate(shapes))

    def shape(self, value: int) -> Shape:
        """The shape of a value, in the letters of `family.py`; only where there are zeros."""
        return self._shapes[value]

    def known_shape(self, value: int) -> Shape | None:
        """The shape of a value, None where there are no zeros or several values."""
        return self._shapes.get(value)

    def result(self, kind: Kind, args: Values) -> tuple[Shape, ...]:
        """The shapes of what an instance would leave."""
        shapes = tuple(self.shape(a) for a in args)
        key = (kind, shapes)
        if key not in self._results:
            assert kind.op is not None and self._sizes is not None
            attrs = kind.instance(len(args))
            self._results[key] = self._sizes.behind(kind.op, attrs, shapes)
        return self._results[key]


def _counted(args: Values) -> tuple[Values, Values]:
    """Values in order, and how often each is there."""
    if len(args) == 2 and args[0] != args[1]:
        return (args if args[0] < args[1] else args[::-1]), (1, 1)
    counts = sorted(Counter(args).items())
    return tuple([a for a, _ in counts]), tuple([m for _, m in counts])


def _port(place: int) -> Kind:
    return _PORTS[place] if place < len(_PORTS) else named(f"port {place}")


_TAGS: list[int] = []


def _tag(value: int) -> int:
    """A number as good as random for each value."""
    while len(_TAGS) <= value:
        _TAGS.append(int.from_bytes(digest(b"tag %d" % len(_TAGS))))
    return _TAGS[value]
