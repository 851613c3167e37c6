"""What the kernel knows of a vocabulary: types, effects of symbols on them, kinds; grown on demand.

The scalar checker says what a symbol does to tensors of some types, once; the answer is kept as a
record. The kernel reports what it has not met (a state and a type), `fill` works it out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from snaplang.batch.buffers import Buffer, States
from snaplang.batch.facts import STATES, Kinds
from snaplang.batch.kernel import layout as k
from snaplang.batch.lookups import behind, cut_of, folded, shapes_behind, within
from snaplang.canonical.normal.family import Sizes, input_kinds, letters_of, renamed
from snaplang.canonical.normal.kind import Kind, named, slice_kind
from snaplang.canonical.normal.kinds import kind_of, kind_with
from snaplang.canonical.normal.parts import WHOLE
from snaplang.diagnostics import SnapError
from snaplang.dims import ONE
from snaplang.graph import Node
from snaplang.graph.builder import RankNeededError
from snaplang.lowering.symbols import DeeperError, Effect, Symbols
from snaplang.ops.spec import Fact, Shape

LARGEST = 200  # instances of a symbol; a larger one is for the scalar canonicalizer


ZERO = (0.0, 0.0)


@dataclass(frozen=True)
class _State:
    """A symbol (or a kind, where `law` says which of its questions is asked) and what it was given
    so far: of a symbol types from the top of the stack down, of a kind its inputs' in order.
    """

    number: int
    given: tuple[int, ...] = ()
    law: int = -1


class Store:
    """The tables of a vocabulary at a level."""

    def __init__(self, symbols: Symbols, level: str) -> None:
        self.symbols, self.level = symbols, level
        self.kinds = Kinds()
        self.states = States()
        self._meaning = [_State(-1), *(_State(i) for i in range(len(symbols.texts)))]
        self._types: dict[Shape, int] = {}
        self._shapes: list[Shape | None] = [None]  # types start at 1
        self.types, self.code = Buffer(np.int64), Buffer(np.int64)
        self.types.extend([0] * k.OF_TYPE)
        count = len(symbols.texts)
        self.symbol_facts = np.zeros((count, 3), np.int64)
        self.letters = letters_of(symbols.start())
        self._sizes: dict[int, Sizes] = {}
        self._start()
        relu = kind_with(Fact.MAX_WITH_ZERO)
        assert relu.op is not None
        self.relu = self.kind(kind_of(relu.op, relu.attrs, level))
        for number in range(count):
            self._prepare(number)

    # -- what there is at the start ----------------------------------------------------------

    def _start(self) -> None:
        graph = self.symbols.start()
        self.open = any(shape.open for shape in graph.input_shapes())
        shapes = graph.input_shapes()
        brought = any(map(_shaped, shapes))
        self.asked = k.BRINGS if brought else 0
        self.start = np.zeros((4, len(graph.inputs), 3), np.int64)
        for rank in range(4 if self.open else 1):
            graph = self.symbols.start(rank or None)
            sizes = self._sizes[rank] = Sizes(graph, self.letters)
        for rank, sizes in self._sizes.items():
            graph = self.symbols.start(rank or None)
            sides = (
                map(self.kinds.number, input_kinds(graph, self.letters)),
                map(self.type, graph.input_shapes()),
                map(self.type, sizes.shapes),
            )
            for row, values in enumerate(sides):
                self.start[rank, :, row] = list(values)

    def _prepare(self, number: int) -> None:
        """What needs no types of a symbol, and the rank it may ask for."""
        moved = self.symbols.moves(number)
        self.symbol_facts[number, k.DIRECT] = -1 if moved is None else self._record(number, moved)
        shapes = self.symbols.start().input_shapes()[:1]
        for count in range(9) if self.open and moved is None else ():
            try:
                self.symbols.effect(number, shapes * count)
            except DeeperError:
                continue
            except RankNeededError as need:
                self.symbol_facts[number, k.RANKS] |= 1 << need.rank
            except SnapError:
                pass
            break

    # -- types, kinds and records ------------------------------------------------------------

    def type(self, shape: Shape) -> int:
        """The number of a shape."""
        found = self._types.get(shape)
        if found is None:
            found = self._types[shape] = len(self._shapes)
            self._shapes.append(shape)
            place = self.types.extend([0] * k.OF_TYPE)
            sizes = shape.with_channels(ONE)
            said = self.sizes_of(shape).said(shape)
            self.types.array[place : place + k.OF_TYPE] = (
                self.kinds.number(named(f"zero {said}"), ZERO),
                self.kinds.number(named(f"sizes {said}")),
                found if sizes == shape else self.type(sizes),
                _shaped(shape),
            )
        return found

    def sizes_of(self, shape: Shape) -> Sizes:
        """What says a shape in colours: untyped inputs may be of any rank."""
        return self._sizes[0 if shape.open or len(self._sizes) == 1 else shape.rank or 3]

    def shape(self, number: int) -> Shape:
        """The shape of a number."""
        found = self._shapes[number]
        assert found is not None
        return found

    def _record(self, number: int, effect: Effect) -> int:
        """Write down an effect; its place."""
        words = [effect.taken, len(effect.nodes)]
        for node in effect.nodes:
            kind = self._kind(node)
            words += [kind, len(node.inputs), len(node.outputs), *node.inputs]
            words += [self.type(effect.shapes[v]) for v in node.outputs]
        self.symbol_facts[number, k.ASKS] |= self._asks(effect)
        return self.code.extend([*words, len(effect.left), *effect.left])

    def _asks(self, effect: Effect) -> int:
        """What the laws of an effect's instances ask of shapes."""
        asks: Counter[int] = Counter()
        for node in effect.nodes:
            bits = self.kinds.fact(self._kind(node), k.BITS)
            asks[k.ALWAYS] += bits & (k.FORGETS | k.TAKES_SIZES) != 0
            asks[k.FOR_POINTS] += bits & k.KEEPS_POINTS != 0
            asks[k.FOR_AXES] += bits & k.KEEPS_FLAT != 0
            asks[k.FOR_PARTS] += bits & k.COMES_APART != 0
            asks[k.FOR_JOINS] += bits & k.CONCATENATES != 0
            reads, leaves = (
                {_shaped(effect.shapes[v]) for v in values}
                for values in (node.inputs, node.outputs)
            )
            new = leaves - reads - {0}
            if k.ONE_POSITION in new and bits & k.KEEPS_POINTS:
                asks[k.LEAVES_POINT] += 1
            elif new and not bits & k.KEEPS_FLAT:
                asks[k.BRINGS] += 1
        once = sum(bit for bit, count in asks.items() if count)
        return once | sum(bit for bit, count in asks.items() if count > 1) << k.TWICE

    def _kind(self, node: Node) -> int:
        return self.kind(kind_of(node.op, renamed(node.attrs, self.letters), self.level))

    def kind(self, kind: Kind) -> int:
        """The number of a kind that instances may have."""
        number = self.kinds.number(kind)
        if not self.kinds.fact(number, k.LAW_STATE):
            states = [self._state(_State(number, law=law)) for law in range(STATES)]
            self.kinds.set(number, k.LAW_STATE, states[0])
            if self.kinds.fact(number, k.BITS) & k.COMES_APART:
                cuts = (slice_kind(cut_of(place, kind.outputs)) for place in range(kind.outputs))
                self.kinds.set(number, k.PARTS, self.code.extend([self.kind(c) for c in cuts]))
        return number

    def _state(self, state: _State) -> int:
        self._meaning.append(state)
        return len(self._meaning) - 1

    # -- what the kernel has not met ---------------------------------------------------------

    def fill(self, state: int, kind: int) -> None:
        """Work out what follows a state and a type."""
        if self.states.get(state, kind) == k.MISSING:
            meaning = self._meaning[state]
            found = self._effect(meaning, kind) if meaning.law < 0 else self._law(meaning, kind)
            self.states.put(state, kind, found)

    def _effect(self, state: _State, kind: int) -> int:
        types = (*state.given, kind)
        shapes = [self.shape(t) for t in reversed(types)]
        try:
            effect = self.symbols.effect(state.number, shapes)
        except DeeperError:
            return self._state(_State(state.number, types))
        except RankNeededError as need:
            self.symbol_facts[state.number, k.RANKS] |= 1 << need.rank
            return -1 - need.rank
        except SnapError:
            return k.UNKNOWN
        if effect is None:
            return k.REJECTED
        if not _fits(effect) or not self._exactly(effect):
            return k.UNKNOWN
        return k.RECORDS - self._record(state.number, effect)

    def _exactly(self, effect: Effect) -> bool:
        """Whether the kernel can follow all instances of an effect."""
        kinds = (
            kind_of(node.op, renamed(node.attrs, self.letters), self.level) for node in effect.nodes
        )
        return all(self.kinds.exact[self.kinds.number(kind)] for kind in kinds)

    def _law(self, state: _State, asked: int) -> int:
        kind = self.kinds.kinds[state.number]
        if state.law in (k.AFTER, k.BEHIND):
            find = folded if state.law == k.AFTER else behind
            found = find(kind, self.kinds.kinds[asked], self.level)
            return self._answer(found)
        if asked != k.END:
            return self._state(_State(state.number, (*state.given, asked), state.law))
        if state.law == k.WITHIN:
            return self._within(kind, *state.given)
        shapes = tuple(map(self.shape, state.given))
        results = shapes_behind(kind, shapes, self.sizes_of(shapes[0]))
        return k.RECORDS - self.code.extend([self.type(shape) for shape in results])

    def _answer(self, found: Kind | None) -> int:
        """A kind as what follows a state: not at all, as `ALL` where it is the identity, or so."""
        if found is None:
            return k.REJECTED
        return k.ALL if found.cut == WHOLE else self.kind(found)

    def _within(self, cut: Kind, joined: int, *items: int) -> int:
        """Where a cut falls in a sequence of items, each twice its type, and one more for zeros."""
        shapes = [self.shape(item // 2) for item in items]
        sizes, empty = self.sizes_of(shapes[0]), [bool(item % 2) for item in items]
        try:
            found = within(self.kinds.kinds[joined], shapes, empty, cut, sizes)
        except LookupError:
            return k.UNKNOWN
        if found is None:
            return k.REJECTED
        words = [len(found)]
        for place, made in found:
            share = self.type(made) if isinstance(made, Shape) else self._answer(made)
            words += [place, share]
        return k.RECORDS - self.code.extend(words)

    def tables(self) -> tuple[k.Array, k.Array]:
        """`table` and `paints` of the kernel, as things are now."""
        kinds = self.kinds
        parts = {
            k.SYMBOLS: self.symbol_facts,
            k.KINDS: kinds.facts.array,
            k.TYPES: self.types.array,
            k.CODE: self.code.array,
            k.STARTS: self.start,
            k.STATES: self.states.array,
        }
        header = np.zeros(k.HEADER, np.int64)
        header[k.SYMBOL_COUNT] = len(self.symbol_facts)
        header[k.INPUTS] = self.start.shape[1]
        header[k.ASKED], header[k.RELU] = self.asked, self.relu
        header[k.STATES_MASK] = self.states.array.size // 2 - 1
        end = k.HEADER
        for name, part in parts.items():
            header[name] = end
            end += part.size
        return np.concatenate(
            (header, *(part.ravel() for part in parts.values()))
        ), kinds.paints.array


def _shaped(shape: Shape) -> int:
    """What a type is: whether it has no axes, or all their sizes are literally 1."""
    if not shape.spatial:
        return k.NO_AXES
    return k.ONE_POSITION if set(shape.spatial) == {ONE} else 0


def _fits(effect: Effect) -> bool:
    """Whether the kernel has room for all that a symbol makes, and that its instances read."""
    widest = max((max(len(n.inputs), len(n.outputs)) for n in effect.nodes), default=0)
    return len(effect.nodes) <= LARGEST and len(effect.shapes) <= k.SEES and widest <= k.WORK
