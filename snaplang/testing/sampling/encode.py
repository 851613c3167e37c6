"""A graph as a random program: orders, stack words, names, and the structures of `wrap.py`.

What comes out lowers to the same graph, up to the order of nodes and of commuting inputs.

>>> import random
>>> from snaplang.api import lower
>>> texts = {encode(random.Random(i), lower("dup conv3 add")) for i in range(300)}
>>> {"dup conv3 add", "[ | conv3 ] add"} <= {text.strip() for text in texts}
True
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, replace

from snaplang.graph import Graph, Node
from snaplang.ops.spec import Fact
from snaplang.printing.header import Header, headers
from snaplang.printing.names import free_names
from snaplang.printing.task import Step, wiring
from snaplang.testing.sampling.respell import respell
from snaplang.testing.sampling.wrap import Fragment, Style, program


def encode(rng: random.Random, graph: Graph, style: Style | None = None) -> str:
    """A program for a graph, dead nodes and all."""
    style = style or Style()
    names = _Names(rng)
    head = _renamed(rng.choice(headers(graph)), names)
    pieces, outputs = _Encoder(rng, graph, head, names, style).run()
    return program(rng, head, pieces, outputs, style, names.new)


class _Names:
    """Names that nothing else has, drawn from the first few free ones."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.free = rng, free_names()
        self.pool = [next(self.free) for _ in range(8)]

    def new(self) -> str:
        """A name that was not given out before."""
        self.pool.append(next(self.free))
        return self.pool.pop(self.rng.randrange(len(self.pool)))


def _renamed(head: Header, names: _Names) -> Header:
    """The same header with other names for its inputs."""
    new = {name: names.new() for name in head.names}
    opening = re.sub(r"\w+", lambda m: new.get(m[0], m[0]), head.opening)
    return replace(head, opening=opening, names=tuple(new.values()))


@dataclass
class _Encoder:
    """Runs the nodes in a random order on a stack that it keeps, and writes down the symbols."""

    rng: random.Random
    graph: Graph
    head: Header
    names: _Names
    style: Style

    def __post_init__(self) -> None:
        inputs = range(len(self.graph.inputs))
        self.stack = [] if self.head.names else list(inputs)
        self.named = dict(zip(inputs, self.head.names, strict=False))
        self.pieces: list[Fragment] = []
        self.uses = Counter(v for node in self.graph.nodes for v in node.inputs)
        self.uses.update(self.graph.outputs)

    def run(self) -> tuple[list[Fragment], str]:
        """The symbols, and what the program says of its outputs."""
        known = set(range(len(self.graph.inputs)))
        waiting = list(self.graph.nodes)
        while waiting:
            self._tidy(0.3)
            ready = [n for n in waiting if known.issuperset(n.inputs)]
            node = self._next(ready)
            self._node(node)
            known.update(node.outputs)
            waiting.remove(node)
        self._tidy(1.0)
        return self.pieces, self._outputs()

    def _next(self, ready: list[Node]) -> Node:
        """Often a node that takes what lies on top, else any."""
        near = [n for n in ready if self.stack and self.stack[-1] in n.inputs]
        return self.rng.choice(near if near and self.rng.random() < 0.6 else ready)

    def _node(self, node: Node) -> None:
        taken = list(node.inputs)
        if Fact.COMMUTATIVE in node.op.all_facts(node.attrs):
            self.rng.shuffle(taken)
        if not self._lies_ready(taken):
            for place, value in enumerate(taken):
                self._bring(value, place)
        del self.stack[len(self.stack) - len(taken) :]
        self.stack += node.outputs
        shapes = self.graph.shapes_of(node.inputs)
        text = respell(self.rng, node, shapes, self.head.width)
        unary = len(node.inputs) == len(node.outputs) == 1
        keeps = unary and shapes == self.graph.shapes_of(node.outputs)
        self.pieces.append(Fragment(text, "op", unary, keeps))
        top = self.stack[-1]
        if self.uses[top] and self.rng.random() > 1 - self.style.names:
            self._bind(self.stack.pop())

    def _lies_ready(self, taken: list[int]) -> bool:
        """Take what lies on top in order, where nothing else wants it."""
        top = self.stack[len(self.stack) - len(taken) :]
        last = all(self.uses[v] == 1 for v in taken)
        if top != taken or not last or self.rng.random() > 0.9:
            return False
        self.uses.subtract(taken)
        return True

    def _bring(self, value: int, placed: int) -> None:
        """Put a copy of `value` on top of the `placed` values that were brought already."""
        self.uses[value] -= 1
        if value in self.named:
            self.pieces.append(Fragment(self.named[value], "push"))
        else:
            below = self.stack[: len(self.stack) - placed]
            depth = len(self.stack) - 1 - _last(below, value)
            move = "pick" if self.uses[value] else "roll"
            if move == "roll":
                del self.stack[-1 - depth]
            self._move(Step(move, depth))
        self.stack.append(value)

    def _bind(self, value: int) -> None:
        self.named[value] = self.names.new()
        self.pieces.append(Fragment(f"-> {self.named[value]}", "bind"))

    def _move(self, step: Step) -> None:
        """A wiring word in one of its spellings; rolling the top is none at all."""
        if step == Step("roll", 0) and self.rng.random() < 0.9:
            return
        short = wiring(step)
        long = f"{step.move}({step.of})" if step.move != "drop" else "drop"
        text = self.rng.choices((short, long.replace("(", "").replace(")", ""), long), (8, 1, 1))[0]
        self.pieces.append(Fragment("drop" if step.move == "drop" else text, "move", word=short))

    def _tidy(self, chance: float) -> None:
        """Drop values that nobody wants any more."""
        for value in [v for v in self.stack if not self.uses[v]]:
            if self.rng.random() < chance:
                depth = len(self.stack) - 1 - _last(self.stack, value)
                del self.stack[-1 - depth]
                self._move(Step("roll", depth))
                self._move(Step("drop", 0))

    def _outputs(self) -> str:
        """Leave the outputs in order, on the stack or by their names."""
        outputs = list(self.graph.outputs)
        named = all(v in self.named for v in outputs)
        if named and not self.stack and self.rng.random() > 0.5:
            return "out " + " ".join(self.named[v] for v in outputs)
        if not self._lies_ready(outputs) or len(self.stack) > len(outputs):
            for place, value in enumerate(outputs):
                self._bring(value, place)
        return f"out {len(outputs)}" if len(outputs) > 1 or self.rng.random() > 0.95 else ""


def _last(stack: list[int], value: int) -> int:
    """The highest place of a value."""
    return len(stack) - 1 - stack[::-1].index(value)
