"""What the kernel knows of a vocabulary: types, effects of symbols on them, kinds; grown on demand.

The scalar checker says what a symbol does to tensors of some types, once; the answer is kept as a
record. The kernel reports what it has not met (a state and a type), `fill` works it out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snaplang.assemble import RankNeededError
from snaplang.batch.buffers import Buffer, States
from snaplang.batch.facts import Kinds
from snaplang.batch.kernel import layout as k
from snaplang.canonical.family import Sizes, input_kinds, letters_of, renamed
from snaplang.canonical.kinds import kind_of, named
from snaplang.checks import Checked
from snaplang.diagnostics import SnapError
from snaplang.graph import Node
from snaplang.ops.spec import Shape
from snaplang.symbols import DeeperError, Effect, Symbols

LARGEST = 200  # instances of a symbol; a larger one is for the scalar canonicalizer


@dataclass(frozen=True)
class _State:
    """A symbol (or a kind, where `law`) and the types it was given so far: of a symbol from the
    top of the stack down, of a kind in order.
    """

    number: int
    types: tuple[int, ...] = ()
    law: bool = False


class Store:
    """The tables of a vocabulary at a level."""

    def __init__(self, symbols: Symbols, level: str) -> None:
        self.symbols, self.level = symbols, level
        self.kinds = Kinds()
        self.states = States()
        self._meaning = [_State(-1), *(_State(i) for i in range(len(symbols.texts)))]
        self._types: dict[Shape, int] = {}
        self._shapes: list[Shape | None] = [None]  # types start at 1
        self.zero, self.code = Buffer(np.int64), Buffer(np.int64)
        self.zero.add(0)
        count = len(symbols.texts)
        self.symbol_facts = np.zeros((count, 3), np.int64)
        self.letters = letters_of(symbols.start())
        self._start()
        for number in range(count):
            self._prepare(number)

    # -- what there is at the start ----------------------------------------------------------

    def _start(self) -> None:
        graph = self.symbols.start()
        self.open = any(shape.open for shape in graph.input_shapes())
        self.start = np.zeros((4, len(graph.inputs), 3), np.int64)
        for rank in range(4 if self.open else 1):
            graph = self.symbols.start(rank or None)
            sides = (
                map(self.kinds.number, input_kinds(graph, self.letters)),
                map(self.type, graph.input_shapes()),
                map(self.type, Sizes(graph, self.letters).shapes),
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
            self.zero.add(
                self.kinds.number(
                    named(f"zero {Sizes(self.symbols.start(), self.letters).said(shape)}")
                )
            )
        return found

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
            if self.kinds.fact(kind, k.BITS) & k.FORGETS:
                self.symbol_facts[number, k.ZEROS] = 1
        return self.code.extend([*words, len(effect.left), *effect.left])

    def _kind(self, node: Node) -> int:
        attrs = renamed(node.attrs, self.letters)
        number = self.kinds.number(kind_of(node.op, attrs, self.level))
        if not self.kinds.fact(number, k.LAW_STATE):
            self.kinds.set_law(number, self._state(_State(number, law=True)))
        return number

    def _state(self, state: _State) -> int:
        self._meaning.append(state)
        return len(self._meaning) - 1

    # -- what the kernel has not met ---------------------------------------------------------

    def fill(self, state: int, kind: int) -> None:
        """Work out what follows a state and a type."""
        if self.states.get(state, kind) == k.MISSING:
            meaning = self._meaning[state]
            found = self._law(meaning, kind) if meaning.law else self._effect(meaning, kind)
            self.states.put(state, kind, found)

    def _effect(self, state: _State, kind: int) -> int:
        types = (*state.types, kind)
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

    def _law(self, state: _State, kind: int) -> int:
        if kind != k.END:
            return self._state(_State(state.number, (*state.types, kind), law=True))
        made = self.kinds.kinds[state.number]
        assert made.op is not None
        shapes = tuple(map(self.shape, state.types))
        results = made.op.shape(Checked(made.instance(len(shapes)), shapes, None))
        return k.RECORDS - self.code.extend([self.type(shape) for shape in results])

    def tables(self) -> tuple[k.Array, k.Array]:
        """`table` and `paints` of the kernel, as things are now."""
        kinds = self.kinds
        parts = {
            k.SYMBOLS: self.symbol_facts,
            k.KINDS: kinds.facts.array,
            k.TYPES: self.zero.array,
            k.CODE: self.code.array,
            k.STARTS: self.start,
            k.STATES: self.states.array,
        }
        header = np.zeros(k.HEADER, np.int64)
        header[k.SYMBOL_COUNT] = len(self.symbol_facts)
        header[k.INPUTS] = self.start.shape[1]
        header[k.STATES_MASK] = self.states.array.size // 2 - 1
        end = k.HEADER
        for name, part in parts.items():
            header[name] = end
            end += part.size
        return np.concatenate(
            (header, *(part.ravel() for part in parts.values()))
        ), kinds.paints.array


def _fits(effect: Effect) -> bool:
    """Whether the kernel has room for all that a symbol makes, and that its instances read."""
    widest = max((max(len(n.inputs), len(n.outputs)) for n in effect.nodes), default=0)
    return len(effect.nodes) <= LARGEST and len(effect.shapes) <= k.SEES and widest <= k.WORK
