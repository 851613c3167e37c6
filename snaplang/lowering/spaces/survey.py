"""A run over all members of a space at once: which of them fit, and what is wrong with the others.

`Survey` is the reading of a program as a space. A value is a diagram: its shape in every member,
None where an error has made it unknown. Alternatives run side by side, `here` being the members
that the items run in; what runs differently on different shapes (a block at another width) runs
once for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from snaplang.diagnostics import Diagnostic
from snaplang.diagnostics.source import Span
from snaplang.dims import Dim
from snaplang.graph import Condition
from snaplang.graph.builder import MAX_STEPS, UNKNOWN, Applied, RejectedError, applied
from snaplang.graph.checks import Log
from snaplang.lowering.choices import Chooser
from snaplang.lowering.inputs import Bound
from snaplang.lowering.machine import MOVED, Machine, Reading, Stack
from snaplang.lowering.scope import Decided, Scope
from snaplang.lowering.spaces.diagrams import Diagrams
from snaplang.ops.spec import Attrs, OpSpec, Shape
from snaplang.syntax import nodes as s

_ELSEWHERE = "elsewhere"  # the leaf of members that do not get here
ENOUGH = 2000  # steps left when an error is found that is the same in all members
Rejection = tuple[str, str, str | None]
Maker = Span | list[tuple[int, int]] | None  # for some members one value, for some another


@dataclass
class Finding:
    """A problem as the first of the members has it, and the members; others' may be `varied`."""

    problem: Diagnostic
    members: int
    varied: bool = False


@dataclass
class _Numbers:
    """Choices in the order in which they were met, and those to be met again."""

    met: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)


class Survey(Reading):
    """The reading that leaves choices open. With `blind` it looks at counts, not at shapes."""

    def __init__(self, log: Log, chooser: Chooser, batch: Dim, blind: bool = False) -> None:
        super().__init__(log, chooser, batch)
        self.known = Diagrams(MAX_STEPS if blind else None)  # blind, they tell who meets a choice
        self.here, self.bad = self.known.always, self.known.never
        self.met: list[int] = []  # for each choice the members that meet it
        self._nodes: list[s.Alternatives] = []
        self._numbers = _Numbers()
        self._cases = 0  # cases of different shapes that the run is in
        self._diagrams: list[int] = []
        self._makers: list[Maker] = []
        self.problems: dict[tuple[str, Span | None], Finding] = {}
        self.demands: dict[Condition, int] = {}
        self._blind = blind

    def note(self, found: Diagnostic) -> None:
        """Log an error, or blame the members that have it where that depends on shapes."""
        if not (self._cases or found.code.startswith("E4")):
            self.log.add(found)
            self.known.budget = min(self.known.budget, ENOUGH)  # shapes are not what is wrong
            return
        known = self.problems.setdefault((found.code, found.span), Finding(found, self.here))
        known.members = self.known.either(known.members, self.here)
        known.varied |= found.message != known.problem.message
        self.bad = self.known.either(self.bad, self.here)

    def demand(self, conditions: Sequence[Condition]) -> None:
        """Note conditions of the members here."""
        for condition in conditions:
            before = self.demands.get(condition, self.known.never)
            self.demands[condition] = self.known.either(before, self.here)

    # -- tensors -----------------------------------------------------------------------------

    def start(self, bound: Bound) -> tuple[int, ...]:
        """The inputs, the same in all members."""
        self.demand(bound.conditions)
        shapes = [None if self._blind else shape for shape in bound.shapes]
        return tuple([self._value(self.known.leaf(shape), None) for shape in shapes])

    def shape(self, value: int) -> Shape | None:
        """The shape in the first member here."""
        return None if value == UNKNOWN else self._in_first(self._diagrams[value])

    def maker(self, value: int) -> Span | None:
        """Where a tensor was made in the first member here."""
        found = self._makers[value]
        if not isinstance(found, list):
            return found
        member = self.known.first(self.here) or {}
        one = next((v for there, v in found if self.known.at(there, member)), UNKNOWN)
        return None if one == UNKNOWN else self.maker(one)

    def _in_first(self, diagram: int) -> Any:
        return self.known.at(diagram, self.known.first(self.here) or {})

    def _value(self, diagram: int, maker: Maker) -> int:
        self._diagrams.append(diagram)
        self._makers.append(maker)
        return len(self._diagrams) - 1

    def _diagram(self, value: int) -> int:
        return self.known.leaf(None) if value == UNKNOWN else self._diagrams[value]

    # -- ops ---------------------------------------------------------------------------------

    def apply(
        self,
        machine: Machine,
        spec: OpSpec,
        attrs: Attrs,
        inputs: tuple[int, ...],
        node: s.Symbol,
        scope: Scope,
        stack: Stack,
    ) -> Sequence[int]:
        """What an op leaves in every member."""
        remarkable = False
        diagrams, place = [self._diagrams[v] for v in inputs], scope.users_place(node.at)

        def made(*shapes: Shape | None) -> Applied | Rejection | None:
            nonlocal remarkable
            found = _applied(spec, attrs, shapes)
            remarkable |= isinstance(found, tuple) or (found is not None and bool(found.conditions))
            return found

        def result(k: int) -> Callable[..., Shape | None]:
            def one(*shapes: Shape | None) -> Shape | None:
                found = made(*shapes)
                return found.results[k] if isinstance(found, Applied) else None

            return one

        values = [
            self._value(self._everywhere(None, result(k), diagrams), place)
            for k in range(spec.output_count(attrs))
        ]
        if remarkable:
            everywhere = self._everywhere(_ELSEWHERE, made, diagrams)
            self._remark(machine, spec, everywhere, inputs, node, scope, stack)
        return values

    def _everywhere(
        self, outside: str | None, function: Callable[..., Any], operands: list[int]
    ) -> int:
        """A function of values, for the members here."""
        if all(map(self.known.constant, operands)):
            return self.known.apply(function, *operands)
        return self.known.guarded(self.here, outside, function, *operands)

    def _remark(
        self,
        machine: Machine,
        spec: OpSpec,
        made: int,
        inputs: tuple[int, ...],
        node: s.Symbol,
        scope: Scope,
        stack: Stack,
    ) -> None:
        """Note the conditions of an op, and the members whose tensors it rejects."""
        outer, place = self.here, scope.users_place(node.at)
        for found in self.known.leaves(made):
            if isinstance(found, tuple) or (isinstance(found, Applied) and found.conditions):
                self.here = self.known.both(outer, self.known.where(made, found))
                if isinstance(found, tuple):
                    machine.rejected(spec, RejectedError(*found), inputs, node, scope, stack)
                else:
                    self.demand([replace(c, span=place) for c in found.conditions])
        self.here = outer

    # -- choices and cases -------------------------------------------------------------------

    def meet(self, node: s.Alternatives, scope: Scope) -> Decided:
        """Note a choice; one that is met again in another case is the same."""
        again, numbers = self._numbers.again, self._numbers
        if again and self._nodes[again[0]] is node:
            number = again.pop(0)
            self.met[number] = self.known.either(self.met[number], self.here)
            found = Decided(node, self.choices[number].decided, scope, number)
        else:
            again.clear()
            found = self.asked(node, scope)
            self.met.append(self.here)
            self._nodes.append(node)
        numbers.met.append(found.number)
        return found

    def undecided(self, machine: Machine, choice: Decided, scope: Scope, stack: Stack) -> None:
        """Run every alternative of an open choice."""
        outer, within, low = self.here, self.within, machine.low
        results: list[tuple[int, Stack]] = []
        needs = []
        for index, series in enumerate(choice.node.series):
            taken = self.known.literal(choice.number, len(choice.node.series), index)
            self.here = self.known.both(outer, taken)
            if self.here == self.known.never:  # decided by where this stands
                continue
            self.within = (choice.number, index)
            machine.charge(len(stack), MOVED, scope, choice.node.at)
            own = list(stack)
            machine.low = len(stack)
            machine.run(series.items, choice.within(index, scope), own)
            needs.append((len(stack) - machine.low, own != stack))
            results.append((taken, own))
        self.here, self.within = outer, within
        machine.low = min(low, len(stack) - max(need for need, _ in needs))
        if len({need for need, changed in needs if need or changed}) > 1:
            self._uneven(machine, scope, choice.node.at)
        self._merge(machine, results, stack, scope, choice.node.at)

    def cases(
        self,
        machine: Machine,
        taken: tuple[int, ...],
        whole: bool,
        stack: Stack,
        run: Callable[[Stack], None],
        scope: Scope,
        at: s.At,
    ) -> None:
        """Run once for each of the shapes that are taken."""
        first = taken if whole else taken[:1]
        if UNKNOWN in taken or all(self.known.constant(self._diagrams[v]) for v in first):
            run(stack)
            return

        def key(*shapes: Shape | None) -> object:
            return tuple([x if whole or x is None else x.channels for x in shapes])

        found = self.known.guarded(self.here, _ELSEWHERE, key, *[self._diagrams[v] for v in first])
        kinds = [x for x in self.known.leaves(found) if isinstance(x, tuple)]
        outer, numbers = self.here, self._numbers
        results: list[tuple[int, Stack]] = []
        met: list[int] = []
        self._cases += len(kinds) > 1
        for kind in kinds:
            self.here = self.known.where(found, kind)
            own = list(stack)
            self._numbers = _Numbers([], numbers.again if not results else list(met))
            run(own)
            met = max(met, self._numbers.met, key=len)
            results.append((self.here, own))
        self._cases -= len(kinds) > 1
        numbers.met += met
        self.here, self._numbers = outer, numbers
        self._merge(machine, results, stack, scope, at)

    def _merge(
        self,
        machine: Machine,
        results: list[tuple[int, Stack]],
        stack: Stack,
        scope: Scope,
        at: s.At,
    ) -> None:
        """Make the stack what it is in each of the results, which stand for some members each."""
        if len({len(own) for _, own in results}) > 1:
            self._uneven(machine, scope, at)
            stack[:] = results[0][1]
            return
        columns = zip(*(own for _, own in results), strict=True)
        members = [taken for taken, _ in results]
        stack[:] = [
            column[0] if len(set(column)) == 1 else self._joined(members, column)
            for column in columns
        ]

    @staticmethod
    def _uneven(machine: Machine, scope: Scope, at: s.At) -> None:
        if not machine.miscounted:
            message = "the alternatives of a choice need and leave different counts"
            hint = "each must take and leave as many tensors as the others"
            machine.report("E209", message, scope, at, hint)
            machine.miscounted = True

    def _joined(self, members: list[int], values: Sequence[int]) -> int:
        """The value that is one of several, depending on the members."""
        diagrams = [self._diagram(value) for value in values]
        maker = list(zip(members, values, strict=True))
        if len(set(diagrams)) == 1:
            return self._value(diagrams[0], maker)

        def pick(*found: Any) -> Any:
            half = len(found) // 2
            return next(
                (x for here, x in zip(found[:half], found[half:], strict=True) if here), None
            )

        joined = self.known.guarded(self.here, None, pick, *members, *diagrams)
        return self._value(joined, maker)


def _applied(
    spec: OpSpec, attrs: Attrs, shapes: tuple[Shape | None, ...]
) -> Applied | Rejection | None:
    """What an op makes of shapes, or why it does not take them; None where one is unknown."""
    known = tuple([shape for shape in shapes if shape is not None])
    if len(known) < len(shapes):
        return None
    try:
        return applied(spec, attrs, known)
    except RejectedError as error:
        return error.code, error.message, error.hint
