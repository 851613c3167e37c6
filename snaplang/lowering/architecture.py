"""One architecture: the reading of a program in which every choice is decided, and what it grows.

Ops append instances to `assembly`, in the order in which they run. A choice that is left open ends
the run: then there is a space, and `spaces/survey.py` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from snaplang.diagnostics import Diagnostic
from snaplang.diagnostics.source import Span
from snaplang.dims import Dim
from snaplang.graph import Condition
from snaplang.graph.builder import UNKNOWN, Assembly, RejectedError
from snaplang.graph.checks import Log
from snaplang.lowering.choices import Chooser, OpenChoiceError
from snaplang.lowering.inputs import Bound
from snaplang.lowering.machine import Machine, Reading, Stack
from snaplang.lowering.scope import Decided, Scope
from snaplang.ops.spec import Attrs, OpSpec, Shape
from snaplang.syntax import nodes as s


class Architecture(Reading):
    """The reading as one architecture; it goes on with `assembly` where one is given."""

    def __init__(
        self, log: Log, chooser: Chooser, batch: Dim, assembly: Assembly | None = None
    ) -> None:
        super().__init__(log, chooser, batch)
        self.assembly = Assembly() if assembly is None else assembly

    def note(self, found: Diagnostic) -> None:
        """Log an error."""
        self.log.add(found)

    def demand(self, conditions: Sequence[Condition]) -> None:
        """Add conditions to those of the ops."""
        self.assembly.conditions += conditions

    def start(self, bound: Bound) -> tuple[int, ...]:
        """The inputs, which are the first values."""
        self.assembly.shapes += bound.shapes
        self.demand(bound.conditions)
        return tuple(range(len(bound.shapes)))

    def shape(self, value: int) -> Shape | None:
        """The shape of a value."""
        return None if value == UNKNOWN else self.assembly.shapes[value]

    def maker(self, value: int) -> Span | None:
        """Where the instance stands that has made a value."""
        return next((n.span for n in self.assembly.nodes if value in n.outputs), None)

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
        """Append an instance; unknown results where the op does not fit."""
        path = scope.paths.next(spec.spells or spec.name)
        try:
            return self.assembly.apply(spec, attrs, inputs, path, scope.users_place(node.at))
        except RejectedError as error:
            machine.rejected(spec, error, inputs, node, scope, stack)
            return [UNKNOWN] * spec.output_count(attrs)

    def meet(self, node: s.Alternatives, scope: Scope) -> Decided:
        """Every choice that the run comes to is a new one."""
        return self.asked(node, scope)

    def undecided(self, machine: Machine, choice: Decided, scope: Scope, stack: Stack) -> None:
        """An open choice is no architecture."""
        span = scope.span(choice.node.at)
        message = f"`{span.text[:40]}` is an open choice"
        raise OpenChoiceError(Diagnostic("E507", message, span, "decide it"))

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
        """There is one case."""
        run(stack)
