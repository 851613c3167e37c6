"""From a normal form back to a graph: the canonical graph, nodes in canonical order.

Instances keep the paths of the nodes they come from, so that weights carry over; ops without
weights are numbered anew. Sums share what `factor.py` decides. A zero is `zero` of the first value
that has its shape; where none has, of what a way of ops leads to, or of what had it in the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import islice

from snaplang.canonical.normal import Normal, needed, normal
from snaplang.canonical.normal.cuts import Cut
from snaplang.canonical.normal.factor import FLAT, Bag, Factored, plus, times
from snaplang.canonical.normal.kinds import Form, Kind, kind_with
from snaplang.canonical.normal.parts import WHOLE
from snaplang.canonical.order import final_colours
from snaplang.canonical.order.colours import Colours
from snaplang.canonical.program.cutting import Cutting, plan
from snaplang.canonical.program.fitting import fitted, same_there
from snaplang.canonical.program.route import route
from snaplang.canonical.program.sequence import Sequences
from snaplang.graph import Graph, Node
from snaplang.ops.spec import Attrs, Fact, Shape, no_weights

Values = tuple[int, ...]
SOURCES = 100  # values from which a way to a zero's shape is looked for


def canonical_graph(graph: Graph, form: Normal) -> Graph:
    """The graph of a normal form; `graph` is the one it comes from.

    It fits the inputs of `graph`, and has its fingerprint: where the ways to zeros do not fit sizes
    as small as these, zeros are made as they were.
    """
    colours = final_colours(form)
    writer = _Writer(graph, form, colours)
    found = writer.graph()
    if found is not None and writer.guessed and found.input_shapes() != graph.input_shapes():
        # on more general inputs there may be shorter ways to zeros, which are then its own
        again = normal(found, form.terms.level)
        shorter = _Writer(found, again, final_colours(again)).graph()
        if shorter and same_there(shorter, graph, form):
            return shorter
        found = _Writer(graph, form, colours, own_only=True).graph()
    if found is None:
        found = _Writer(graph, form, colours, routes=False).graph()
    assert found is not None, "a graph is one on its own inputs"
    return found


class _Writer:
    """Writes one graph. `number` maps values of the normal form to those of the graph."""

    def __init__(
        self,
        graph: Graph,
        form: Normal,
        colours: Colours,
        routes: bool = True,
        own_only: bool = False,
    ) -> None:
        self.colours, self.routes, self.guessed = colours, routes, False
        self.own_only = own_only
        self.source, self.form, self.terms = graph, form, form.terms
        self.number: dict[int, int] = {v: i for i, v in enumerate(form.inputs)}
        self.count = len(form.inputs)
        self.nodes: list[Node] = []
        self.names: Counter[str] = Counter()
        self.taken = {n.path for n in graph.nodes if n.op.weights is not no_weights}
        heights, sizes = self._heights()
        self.order = sorted(form.live, key=lambda v: (heights[v], sizes[v], colours[v]))
        self.place = {v: i for i, v in enumerate(self.order)}
        self.bags: dict[int, Bag] = {}
        self.sums: dict[Kind, Factored] = {}
        self.plans: dict[int, dict[Cut, Cutting]] = {}  # of sliced values
        self.pieces: dict[tuple[int, Cut], int] = {}
        self.split: dict[tuple[int, tuple[Cut, int]], int] = {}  # the first part
        self.doubled: dict[tuple[Kind, int, tuple[int, ...]], int] = {}
        self.sequences = Sequences(form.terms, self.write, self._joined)

    def graph(self) -> Graph | None:
        """The canonical graph; None where it does not fit the inputs it has to fit."""
        for value in self.order:
            if value not in self.number and not self.terms.is_shape(value):
                self.write(value)
        outputs = tuple(self.write(v) for v in self.form.outputs)
        return self._finished(outputs)

    def _finished(self, outputs: Values) -> Graph | None:
        """The graph with shapes: those of the most general inputs that mean the same."""
        bare = replace(
            self.source,
            nodes=tuple(self.nodes),
            outputs=outputs,
            conditions=(),
            choices=(),
            output_names=(),
        )
        return fitted(bare, self.source, self.terms.level, self.own_only)

    def _heights(self) -> tuple[dict[int, int], dict[int, int]]:
        """How many instances stand below each value, and how many terms a sum has."""
        terms = self.terms
        heights: dict[int, int] = {}
        below: dict[int, int] = {}  # without the value itself
        sizes = dict.fromkeys(self.form.live, 0)
        for v in self.form.held:
            kind = terms.kinds[v]
            nests = terms.nests(v)
            inner = [
                below[a] if nests and terms.kinds[a] is kind else heights[a] for a in terms.args[v]
            ]
            below[v] = max(inner, default=0 if terms.is_shape(v) else -1)
            heights[v] = below[v] + 1
            if nests:
                sizes[v] = terms.size(v)
        return heights, sizes

    # -- writing values ----------------------------------------------------------------------

    def write(self, value: int) -> int:
        """The number of a value in the graph; it is written if it is not there yet."""
        found = self.number.get(value)
        if found is not None:
            return found
        if self.terms.is_shape(value):
            self.guessed = True
            return self._zero(value) if self.terms.is_zero(value) else self._sizes(value)
        kind, args = self.terms.kinds[value], self.terms.args[value]
        if kind.cut is not None:
            return self._slice(value, kind.cut)
        if kind.op is None:
            self.write(args[0])
            return self.number[value]
        if kind.form is Form.SEQUENCE:
            number = self.sequences.write(value)
        elif self.terms.nests(value):
            bag = self._bag(value)
            number = self._sum(kind, bag)
            self.sums[kind].add(number, bag)
        else:
            self._instance(kind, self._inputs(value), value)
            return self.number[value]
        self.number[value] = number
        return number

    def _instance(self, kind: Kind, inputs: Sequence[int], value: int) -> None:
        """Append an instance, as several where no one symbol can spell it."""
        assert kind.op is not None
        *parts, _ = steps = kind.op.unfold(kind.attrs) if kind.op.unfold else [kind.attrs]
        if not parts:
            self._node(kind, inputs, value)
            return
        for attrs in steps:
            inputs = (self._node(self.terms.kind_of(kind.op, attrs), inputs),)
        self.number[value] = inputs[0]

    def _inputs(self, value: int) -> list[int]:
        """The numbers of a value's inputs; those that commute are in canonical order."""
        args, counts = self.terms.args[value], self.terms.times[value]
        if not counts:
            return [self.write(a) for a in args]
        pairs = sorted(zip(args, counts, strict=True), key=lambda pair: self.place[pair[0]])
        return [self.write(a) for a, m in pairs for _ in range(m)]

    def _node(self, kind: Kind, inputs: Sequence[int], value: int | None = None) -> int:
        """Append an instance; the number of its first output."""
        op, origin = kind.op, None if value is None else self.terms.origins[value]
        assert op is not None
        outputs = tuple(range(self.count, self.count + kind.outputs))
        self.count += kind.outputs
        weighty = origin is not None and op.weights is not no_weights
        path = origin.path if origin is not None and weighty else self._path(op.name)
        span = origin.span if origin is not None else None
        attrs = kind.instance(len(inputs))
        self.nodes.append(Node(op, attrs, tuple(inputs), outputs, path, span))
        if value is not None:
            self.number[value] = outputs[0]
            self.number.update(zip(self.terms.outputs(value), outputs, strict=True))
        return outputs[0]

    def _path(self, name: str) -> tuple[str, ...]:
        gap = "_" if name[-1:].isdigit() else ""
        while True:
            self.names[name] += 1
            path = (f"{name}{gap}{self.names[name]}",)
            if path not in self.taken:
                return path

    # -- sums --------------------------------------------------------------------------------

    def _bag(self, value: int) -> Bag:
        """A sum as a multiset of places in canonical order, from sums that are written already."""
        kind, bag = self.terms.kinds[value], Bag()
        counts = {value: 1}
        pending = [-value]  # the latest first: by then all that it is part of has been seen
        while pending:
            v = -heappop(pending)
            count = counts.pop(v)
            for a, m in zip(self.terms.args[v], self.terms.times[v], strict=True):
                if self.terms.kinds[a] is not kind:
                    bag = plus(bag, times(Bag(self.place[a], (1,)), m * count))
                elif a in self.bags:
                    bag = plus(bag, times(self.bags[a], m * count))
                else:
                    if a not in counts:
                        heappush(pending, -a)
                    counts[a] = counts.get(a, 0) + m * count
        self.bags[value] = bag
        return bag

    def _sum(self, kind: Kind, bag: Bag) -> int:
        """Write a sum: written parts first, then what is left, doubled if it is much."""
        taken, rest = self.sums.setdefault(kind, Factored()).split(bag)
        count = len(rest.planes)
        if count < FLAT.bit_length():
            loose = [i for k in range(count) for i in rest.members(k) * (1 << k)]
            return self._joined(kind, [*taken, *self._at(sorted(loose))])
        top, upper = rest.members(-1), rest.members(-2)
        number = self._doubled(kind, -1, tuple(sorted(top + top + upper)))
        for k in range(count - 3, 0, -1):
            number = self._doubled(kind, number, tuple(rest.members(k)))
        return self._joined(kind, [*taken, number, number, *self._at(rest.members(0))])

    def _at(self, places: Sequence[int]) -> list[int]:
        """The numbers of the values at places of the canonical order."""
        return [self.write(self.order[i]) for i in places]

    def _doubled(self, kind: Kind, number: int, places: tuple[int, ...]) -> int:
        """Twice a value and others once, written once; -1 stands for none."""
        key = (kind, number, places)
        if key not in self.doubled:
            twice = [number, number] if number >= 0 else []
            inputs = [*twice, *self._at(places)]
            self.doubled[key] = self._joined(kind, inputs) if len(inputs) > 1 else inputs[0]
        return self.doubled[key]

    def _joined(self, kind: Kind, inputs: Sequence[int]) -> int:
        """One instance for all inputs; several, two by two, of an op that takes no more."""
        if kind.variadic:
            return self._node(kind, inputs)
        result = inputs[0]
        for other in inputs[1:]:
            result = self._node(kind, (result, other))
        return result

    # -- slices ------------------------------------------------------------------------------

    def _slice(self, value: int, cut: Cut) -> int:
        """Write a slice of a value."""
        (whole,) = self.terms.args[value]
        self.number[value] = self._piece(whole, cut)
        return self.number[value]

    def _piece(self, whole: int, cut: Cut) -> int:
        """The number of a slice, as `cutting.py` has it for all slices of the value."""
        if cut == WHOLE:
            return self.write(whole)
        if (whole, cut) not in self.pieces:
            piece = self._piece_of(whole, cut)
            key = whole, (piece.of, piece.parts)
            if key not in self.split:
                self.split[key] = self._split(self._piece(whole, piece.of), piece.parts)
            first = self.split[key] + piece.first
            if piece.count > 1:
                joined = self.terms.kind_with(Fact.JOINS_CHANNELS)
                first = self._node(joined, range(first, first + piece.count))
            self.pieces[whole, cut] = first
        return self.pieces[whole, cut]

    def _piece_of(self, whole: int, cut: Cut) -> Cutting:
        """How a slice is made, as all slices there are now have it."""
        if cut not in self.plans.get(whole, {}):
            cuts: dict[int, list[Cut]] = {}
            for v in self.order:
                own = self.terms.kinds[v].cut
                if own is not None:
                    cuts.setdefault(self.terms.args[v][0], []).append(own)
            self.plans = {value: plan(found) for value, found in cuts.items()}
        return self.plans[whole][cut]

    def _split(self, number: int, parts: int) -> int:
        op = self.terms.kind_with(Fact.SPLITS_CHANNELS).op
        assert op is not None and isinstance(op.outputs, str)
        return self._node(self.terms.kind_of(op, Attrs({op.outputs: parts})), (number,))

    # -- zeros -------------------------------------------------------------------------------

    def _zero(self, value: int) -> int:
        """Write a zero, from the first written value of its shape if there is one."""
        terms = self.terms
        shape = terms.shape(value)
        like = next((v for v in self._written() if terms.known_shape(v) == shape), None)
        if like is not None:
            self.number[value] = self._node(kind_with(Fact.MAKES_ZERO), (self.number[like],))
        else:
            self.number[value] = self._of_shape(value, shape)
        return self.number[value]

    def _written(self) -> Iterator[int]:
        """What is written by now, no zeros: outputs first, which stay on the stack, then inputs."""
        terms = self.terms
        yield from (v for v in self.form.outputs if v in self.number and not terms.is_shape(v))
        yield from self.form.inputs
        yield from (v for v in self.order if v in self.number and not self.terms.is_shape(v))

    def _sizes(self, value: int) -> int:
        """Something of the sizes that an instance takes: the first written value that has them."""
        terms = self.terms
        shape = terms.shape(value)
        fit = (v for v in self._written() if _has_sizes(terms.known_shape(v), shape))
        like = next(fit, None)
        if like is not None:
            self.number[value] = self.number[like]
        else:
            base = self._by_route(lambda start: start.with_channels(shape.channels), shape)
            rebuilt = terms.sources_of_sizes[value]
            self.number[value] = self._rebuilt(rebuilt) if base is None else base[0]
        return self.number[value]

    def _of_shape(self, value: int, shape: Shape) -> int:
        """Write a zero of a shape that nothing else has."""
        base = self._by_route(lambda start: start, shape)
        number, source = base or (self._witness(value), None)
        if source is not None and self.terms.is_zero(source):
            return number
        return self._node(kind_with(Fact.MAKES_ZERO), (number,))

    def _by_route(self, begins: Callable[[Shape], Shape], shape: Shape) -> tuple[int, int] | None:
        """A tensor of a shape made by the shortest way from what is written, and its source; from
        a zero the way is one shorter. `begins` says what of a source's shape counts.
        """
        terms = self.terms
        written = (v for v in self.order if v in self.number and v not in terms.sources_of_sizes)
        sources = (*self.form.inputs, *islice(written, SOURCES)) if self.routes else ()
        ways = []
        for place, source in enumerate(sources):
            start = terms.known_shape(source)
            steps = None if start is None else route(begins(start), shape)
            if steps is not None:
                weighty = any(step.op.weights is not no_weights for step in steps)
                cost = sum(step.symbols for step in steps) + (not terms.is_zero(source))
                ways.append((weighty, cost, place, source, steps))
        if not ways:
            return None
        *_, source, steps = min(ways, key=lambda way: way[:3])
        number = self.number[source]
        for step in steps:
            kind = terms.kind_of(step.op, step.attrs)
            number = self._node(kind, (number,) * step.op.input_count(step.attrs))
        return number, source

    def _witness(self, value: int) -> int:
        """Write what had a zero's shape in the program."""
        made, args, port = self.terms.witnesses[value]
        inputs = [self._rebuilt(a) for a in args]
        return inputs[0] if made is None else self._node(made, inputs) + port

    def _rebuilt(self, value: int) -> int:
        """Write a value that only a zero's shape needs."""
        for v in needed(self.terms, (), (value,)).live:
            if v not in self.place:
                self.place[v] = len(self.order)
                self.order.append(v)
            self.write(v)
        return self.number[value]


def _has_sizes(shape: Shape | None, sizes: Shape) -> bool:
    return shape is not None and (shape.spatial, shape.open) == (sizes.spatial, sizes.open)
