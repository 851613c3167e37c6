"""The automaton of a free space: which symbols may follow, by the types on the stack.

A state is the types of the stack's values, from the bottom. Symbols see the types of what they pop
alone, so snaplang is asked once for each pair of symbol and popped types; afterwards programs are
checked, drawn and turned into graphs by looking up.

>>> machine = Machine(["dup", "add", "relu"], ["N,c,H,W"])
>>> StackAutomaton(machine, 4).accepts((0, 2, 1))
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import snaplang as snap
from snapsearch.space.base import Automaton, Tokens
from snapsearch.space.programs.symbols import effects, parts, vocabulary

Types = tuple[int, ...]  # of a stack, from the bottom


@dataclass(frozen=True)
class Step:
    """A symbol on some popped types: the instances it creates, and the types of what they leave."""

    nodes: tuple[snap.Node, ...]
    types: Types


class Machine:
    """What symbols do to typed stacks, learnt as it is asked."""

    def __init__(self, symbols: Sequence[str], inputs: Sequence[str]) -> None:
        self.symbols, self.inputs = tuple(symbols), tuple(inputs)
        self._known = vocabulary(self.symbols, self.inputs)
        self.effects = effects(self._known)
        self.blank = self._known.start()
        self.shapes: list[snap.Shape] = []
        self._ids: dict[snap.Shape, int] = {}
        self.start: Types = tuple(self._type(s) for s in self.blank.shapes)
        self._steps: dict[tuple[int, Types], Step | None] = {}

    def _type(self, shape: snap.Shape) -> int:
        found = self._ids.setdefault(shape, len(self._ids))
        if found == len(self.shapes):
            self.shapes.append(shape)
        return found

    def parts(self, token: int) -> Tokens:
        """The tokens of the single instances that a word is a chain of; none for others."""
        effect = self.effects[token]
        numbers = {symbol: t for t, symbol in reversed(list(enumerate(self.symbols)))}
        found = parts(self.symbols[token], self.inputs, effect)
        chain = len(found) == len(effect.nodes) and all(part in numbers for part in found)
        return tuple(numbers[part] for part in found) if chain else ()

    def step(self, types: Types, token: int) -> Step | None:
        """What a symbol does to a stack; None where it may not stand, or would leave nothing."""
        effect = self.effects[token]
        kept = len(types) - effect.taken
        if kept < 0 or len(types) + effect.net < 1:
            return None
        key = (token, types[kept:])
        if key not in self._steps:
            self._steps[key] = self._learn(token, types[kept:])
        return self._steps[key]

    def after(self, types: Types, token: int, step: Step) -> Types:
        """The types of the stack after a step."""
        effect = self.effects[token]
        kept = len(types) - effect.taken
        top = types[kept:] + step.types
        return types[:kept] + tuple(top[v] for v in effect.left)

    def _learn(self, token: int, popped: Types) -> Step | None:
        shapes = [self.shapes[t] for t in popped]
        try:
            effect = self._known.effect(token, shapes)
        except snap.SnapError:
            return None
        if effect is None:
            return None
        return Step(effect.nodes, tuple(self._type(s) for s in effect.shapes[len(popped) :]))

    def run(self, tokens: Sequence[int]) -> Types | None:
        """The types that a program leaves; None where it goes wrong."""
        types = self.start
        for token in tokens:
            step = self.step(types, token)
            if step is None:
                return None
            types = self.after(types, token, step)
        return types

    def graph(self, tokens: Sequence[int]) -> snap.Graph | None:
        """The graph of a program that leaves one value; None for others.

        Its instances have no names: it is for fingerprints and canonical forms.
        """
        types, stack = self.start, list(range(len(self.start)))
        shapes = list(self.blank.shapes)
        nodes: list[snap.Node] = []
        for token in tokens:
            step = self.step(types, token)
            if step is None:
                return None
            effect = self.effects[token]
            kept = len(stack) - effect.taken
            values = stack[kept:]
            for node in step.nodes:
                fresh = tuple(range(len(shapes), len(shapes) + len(node.outputs)))
                inputs = tuple([values[v] for v in node.inputs])
                nodes.append(replace(node, inputs=inputs, outputs=fresh, path=(f"n{len(nodes)}",)))
                made = len(values) - effect.taken
                shapes += [self.shapes[t] for t in step.types[made : made + len(fresh)]]
                values += fresh
            stack[kept:] = [values[v] for v in effect.left]
            types = self.after(types, token, step)
        if len(stack) != 1:
            return None
        return replace(
            self.blank,
            nodes=tuple(nodes),
            shapes=tuple(shapes),
            outputs=(stack[0],),
            output_names=(),
        )


class StackAutomaton(Automaton):
    """All programs over some of a machine's symbols that leave one value, up to a length.

    `allowed` are the tokens that may stand; `same` asks that the value left has the shape of the
    first input, so that a block can be repeated.
    """

    def __init__(
        self, machine: Machine, length: int, allowed: int | None = None, same: bool = False
    ) -> None:
        self.machine, self.length, self.same = machine, length, same
        self.symbols = machine.symbols
        self.allowed = len(machine.symbols) if allowed is None else allowed
        self._stacks: list[Types] = [machine.start]
        self._states: dict[Types, int] = {machine.start: 0}
        self._steps: dict[tuple[int, int], int] = {}
        self._closable: dict[tuple[int, int], bool] = {}
        nets = [effect.net for effect in machine.effects[: self.allowed]]
        self._order = sorted(range(self.allowed), key=lambda t: (nets[t], t))
        self._sinks = max(1, -min(nets, default=-1))  # by how much one symbol can lower the stack

    def step(self, state: int, token: int) -> int:
        """The state after a token, -1 where the token may not stand."""
        key = (state, token)
        if key not in self._steps:
            self._steps[key] = self._next(state, token)
        return self._steps[key]

    def _next(self, state: int, token: int) -> int:
        types = self._stacks[state]
        if not 0 <= token < self.allowed:
            return -1
        step = self.machine.step(types, token)
        if step is None:
            return -1
        after = self.machine.after(types, token, step)
        found = self._states.setdefault(after, len(self._stacks))
        if found == len(self._stacks):
            self._stacks.append(after)
        return found

    def final(self, state: int) -> bool:
        """Whether one value is left, of the shape that is asked for."""
        types = self._stacks[state]
        return len(types) == 1 and (not self.same or types == self.machine.start[:1])

    def depth(self, state: int) -> int:
        """How many values are on the stack."""
        return len(self._stacks[state])

    def closable(self, state: int, left: int) -> bool:
        """Whether a program can be brought to an end with at most `left` more symbols."""
        if self.final(state):
            return True
        if left < max(1, -(-(len(self._stacks[state]) - 1) // self._sinks)):
            return False
        key = (state, left)
        if key not in self._closable:
            self._closable[key] = any(
                after >= 0 and self.closable(after, left - 1)
                for after in (self.step(state, token) for token in self._order)
            )
        return self._closable[key]

    def mask(self, state: int, left: int) -> NDArray[np.bool_]:
        """Which symbols and `end` may come next when `left` more symbols fit; [V + 1]."""
        found = np.zeros(self.end + 1, dtype=np.bool_)
        found[self.end] = self.final(state)
        if left > 0:
            for token in range(self.allowed):
                after = self.step(state, token)
                found[token] = after >= 0 and self.closable(after, left - 1)
        return found

    def walk(self, tokens: Sequence[int]) -> list[int] | None:
        """The states before, between and after the tokens; None where one may not stand."""
        states = [self.start]
        for token in tokens:
            after = self.step(states[-1], token)
            if after < 0:
                return None
            states.append(after)
        return states

    def accepts(self, tokens: Sequence[int]) -> bool:
        """Whether tokens are a program of the space."""
        if len(tokens) > self.length:
            return False
        states = self.walk(tokens)
        return states is not None and self.final(states[-1])
