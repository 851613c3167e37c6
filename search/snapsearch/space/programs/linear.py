"""A canonical graph as tokens: one sequence for each architecture, short and found at once.

Instances stand in the order in which a walk from the output needs them. What they read is brought
to the top of the stack: rolled there for its last use, copied before. Sums, products and joins of
many inputs are written by symbols of fewer. The sequence depends on the canonical graph and the
symbols alone, so all encodings of an architecture have the same one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import snaplang as snap
from snapsearch.space.base import Tokens
from snapsearch.space.programs.folding import fold
from snapsearch.space.programs.stack import Machine, Types

PARTIAL = -1  # on the stack: a part of a sum, no value of the graph
DEEP = 7  # values below the top that wiring reaches
WIRING = (
    *("dup", "swap", "over", "rot", "drop", "pick2"),
    *(f"{word}{n}" for n in range(3, DEEP + 1) for word in ("pick", "roll")),
)
PARTING = ("split2", "split3")  # by which a part is taken of a wide zero


class Writer:
    """Writes canonical graphs in a machine's symbols."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.picks: dict[int, int] = {}
        self.rolls: dict[int, int] = {}
        self.drop: int | None = None
        self.ops: dict[str, list[int]] = {}  # tokens of one instance, by its op
        self.words: dict[int, Tokens] = {}  # tokens of several, by what they are made of
        for token, effect in enumerate(machine.effects):
            taken = tuple(range(effect.taken))
            if not effect.nodes:
                if effect.left == (*taken, 0):
                    self.picks.setdefault(effect.taken - 1, token)
                elif effect.left == (*taken[1:], 0) and effect.taken > 1:
                    self.rolls.setdefault(effect.taken - 1, token)
                elif not effect.left and effect.taken == 1:
                    self.drop = token
            elif len(effect.nodes) == 1 and effect.nodes[0].inputs == taken:
                self.ops.setdefault(effect.nodes[0].op.name, []).append(token)
            elif parts := machine.parts(token):
                self.words[token] = parts

    def write(self, graph: snap.Graph) -> Tokens | None:
        """The tokens of a canonical graph of one output; None where symbols do not suffice."""
        found = _Writing(self, graph).run()
        if found is None or not self.words:
            return found
        folded = fold(found, self.words)
        return folded if self._same(folded, found) else found

    def _same(self, one: Tokens, other: Tokens) -> bool:
        """Whether two programs create the same instances; what a part is may hang on its place."""
        if one == other:
            return True
        graphs = self.machine.graph(one), self.machine.graph(other)
        return graphs[0] is not None and graphs[1] is not None and graphs[0] == graphs[1]


class _Writing:
    """One graph being written: the values on the stack, their types, and what was written."""

    def __init__(self, writer: Writer, graph: snap.Graph) -> None:
        self.writer, self.machine, self.graph = writer, writer.machine, graph
        self.tokens: list[int] = []
        self.stack = list(range(len(graph.inputs)))
        self.types: Types = self.machine.start
        self.makers = {v: node for node in graph.nodes for v in node.outputs}
        self.uses = Counter(v for node in graph.nodes for v in node.inputs)
        self.uses.update(graph.outputs)

    def run(self) -> Tokens | None:
        """The tokens."""
        unread = [v for v in self.stack if not self.uses[v]]
        done = all(map(self._drop, unread)) and all(map(self._node, self._order()))
        if not done or not self._gather(self.graph.outputs):
            return None
        return tuple(self.tokens) if len(self.stack) == 1 else None

    def _order(self) -> list[snap.Node]:
        """The nodes as a walk from the output leaves them, without recursion."""
        done: set[int] = set()
        order: list[snap.Node] = []
        walk: list[tuple[snap.Node, bool]] = [
            (self.makers[v], False) for v in self.graph.outputs if v in self.makers
        ]
        while walk:
            node, ready = walk.pop()
            if node.outputs[0] in done:
                continue
            if ready:
                done.add(node.outputs[0])
                order.append(node)
                continue
            walk.append((node, True))
            makers = [self.makers[v] for v in reversed(node.inputs) if v in self.makers]
            walk += [(maker, False) for maker in makers if maker.outputs[0] not in done]
        return order

    # -- instances ----------------------------------------------------------------------------

    def _node(self, node: snap.Node) -> bool:
        tokens = self.writer.ops.get(node.op.name, [])
        whole = [t for t in tokens if self.machine.effects[t].taken == len(node.inputs)]
        if whole:
            return (
                self._gather(self._operands(node))
                and any(self._apply(token, node) for token in whole)
                and self._push(node)
            )
        if snap.Fact.ASSOCIATIVE not in node.op.facts:
            return False
        swaps = snap.Fact.COMMUTATIVE in node.op.facts
        return self._many(self._operands(node), tokens, swaps) and self._push(node)

    def _operands(self, node: snap.Node) -> list[int]:
        """What an instance reads; where order does not matter, as it is at hand.

        First what is read for the last time, the deepest first, then what is copied.
        """
        if snap.Fact.COMMUTATIVE not in node.op.facts:
            return list(node.inputs)
        inside = Counter(node.inputs)
        places = {value: i for i, value in enumerate(self.stack)}
        return sorted(node.inputs, key=lambda v: (self.uses[v] > inside[v], places[v]))

    def _below(self, value: int) -> bool:
        """Whether a value lies right below the top, for its last use; it is taken as read."""
        if self.stack[-2] != value or self.uses[value] > 1:
            return False
        self.uses[value] -= 1
        return True

    def _many(self, waiting: list[int], tokens: list[int], swaps: bool) -> bool:
        """A sum or join of more inputs than one symbol takes, of the largest that fit."""
        known = {self.machine.effects[t].taken: t for t in reversed(tokens)}
        partial = 0  # 1 once a part of the result is at the top
        while waiting:
            sizes = [n for n in known if 0 < n - partial <= len(waiting) and n > 1]
            if not sizes:
                return False
            taken = max(sizes) - partial
            at_hand = partial == taken == 1 and swaps and self._below(waiting[0])
            if not at_hand and not self._gather(waiting[:taken], partial):
                return False
            if not self._apply(known[max(sizes)], None):
                return False
            waiting = waiting[taken:]
            partial = 1
            self.stack.append(PARTIAL)
        self.stack.pop()
        return True

    def _apply(self, token: int, node: snap.Node | None) -> bool:
        """Write a symbol whose operands are at the top, if it makes the instance that is meant."""
        step = self.machine.step(self.types, token)
        if step is None or (node is not None and not _alike(step.nodes[0], node)):
            return False
        self.types = self.machine.after(self.types, token, step)
        del self.stack[len(self.stack) - self.machine.effects[token].taken :]
        self.tokens.append(token)
        return True

    def _push(self, node: snap.Node) -> bool:
        """Put what an instance leaves on the stack, less what nobody reads."""
        self.stack += node.outputs
        return all(self.uses[v] or self._drop(v) for v in reversed(node.outputs))

    # -- wiring -------------------------------------------------------------------------------

    def _gather(self, values: Sequence[int], placed: int = 0) -> bool:
        """Bring values to the top, in order, above `placed` ones that are there already.

        Those read for the last time are moved, others copied.
        """
        inside = Counter(values)
        ready = 0 if placed else self._ready(values)
        for i, value in enumerate(values[ready:], ready):
            before = i - values.index(value)
            self.uses[value] -= 1
            inside[value] -= 1
            if before:  # it is among the operands already
                done = self._pick(before - 1)
            else:
                depth = placed + i + self.stack[: len(self.stack) - placed - i][::-1].index(value)
                outside = self.uses[value] - inside[value]
                done = self._pick(depth) if outside else self._roll(depth)
            if not done:
                return False
        return True

    def _ready(self, values: Sequence[int]) -> int:
        """How many of the first values are at the top already, in order, for their last use."""
        for n in range(len(values), 0, -1):
            top = list(values[:n])
            if self.stack[-n:] == top and all(self.uses[v] == 1 for v in top):
                self.uses.subtract(top)
                return n
        return 0

    def _pick(self, depth: int) -> bool:
        return self._wire(self.writer.picks.get(depth))

    def _roll(self, depth: int) -> bool:
        return depth == 0 or self._wire(self.writer.rolls.get(depth))

    def _drop(self, value: int) -> bool:
        return self._roll(self.stack[::-1].index(value)) and self._wire(self.writer.drop)

    def _wire(self, token: int | None) -> bool:
        if token is None:
            return False
        effect = self.machine.effects[token]
        step = self.machine.step(self.types, token)
        if step is None:
            return False
        self.types = self.machine.after(self.types, token, step)
        kept = len(self.stack) - effect.taken
        top = self.stack[kept:]
        self.stack[kept:] = [top[v] for v in effect.left]
        self.tokens.append(token)
        return True


def _alike(one: snap.Node, other: snap.Node) -> bool:
    """Whether two instances are the same but for what they read, as far as architectures go."""
    return bool(one.op == other.op and _function(one) == _function(other))


def _function(node: snap.Node) -> dict[str, object]:
    """The attributes that count: equal entries of tuples collapse, training is left out."""
    found: dict[str, object] = {}
    for param in node.op.params:
        value = node.attrs.get(param.name)
        if isinstance(value, tuple) and len(set(value)) == 1 and not isinstance(value[0], tuple):
            value = value[0]
        if param.role.name == "FUNCTION":
            found[param.name] = value
    return found
