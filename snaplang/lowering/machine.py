"""The stack machine: what holds of a run, and who is asked about each of its items.

`Machine` has the rules of the stack, the limits, and the reports: every error with its place, what
the stack held, and the words that led there; the run goes on with unknown tensors to find the next
error. It runs items by a table of handlers (`items.py` has those of the language). What the tensors
of a run are is its `Reading`'s business: those of one architecture (`architecture.py`), or of all
members of a space at once (`spaces/survey.py`).

    Machine(Architecture(Log(), chooser(None), batch), HANDLERS).run(items, scope, stack)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from snaplang.diagnostics import Diagnostic, Note, SnapError
from snaplang.diagnostics.source import Span
from snaplang.dims import Dim
from snaplang.graph import Choice, Condition
from snaplang.graph.builder import MAX_STEPS, UNKNOWN, RejectedError
from snaplang.graph.checks import Log, frames_notes, shapes_text
from snaplang.lowering.choices import Chooser
from snaplang.lowering.extent import Expansion
from snaplang.lowering.inputs import Bound
from snaplang.lowering.scope import Decided, Scope, Tensor
from snaplang.lowering.words import Word
from snaplang.ops import CORE_NAMES
from snaplang.ops.spec import Attrs, OpSpec, Shape
from snaplang.syntax import nodes as s
from snaplang.syntax.formatter import on_one_line

MAX_NESTING = 200
MOVED = 32  # tensors that are moved at the cost of one symbol
Stack = list[int]
Handler = Callable[["Machine", Any, Scope, Stack], None]
Handlers = Mapping[type, Handler]  # by the class of an item


class Reading(ABC):
    """What a run is about: what its values are, what ops make of them, how choices are made.

    `log` collects errors, `chooser` decides, `choices` are those met so far, and `within` is the
    alternative that the run is in.
    """

    def __init__(self, log: Log, chooser: Chooser, batch: Dim) -> None:
        self.log, self.chooser, self.batch = log, chooser, batch
        self.choices: list[Choice] = []
        self.within: tuple[int, int] | None = None

    @abstractmethod
    def note(self, found: Diagnostic) -> None:
        """Keep an error."""

    @abstractmethod
    def demand(self, conditions: Sequence[Condition]) -> None:
        """Keep conditions that did not come from an op."""

    @abstractmethod
    def start(self, bound: Bound) -> tuple[int, ...]:
        """The values of the inputs."""

    @abstractmethod
    def shape(self, value: int) -> Shape | None:
        """The shape of a tensor; None where an error has made it unknown."""

    @abstractmethod
    def maker(self, value: int) -> Span | None:
        """Where a tensor was made; None for an input."""

    @abstractmethod
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
        """The results of an op on known tensors, which `stack` no longer holds."""

    @abstractmethod
    def meet(self, node: s.Alternatives, scope: Scope) -> Decided:
        """A choice that the run has come to, with its decision if there is one."""

    @abstractmethod
    def undecided(self, machine: Machine, choice: Decided, scope: Scope, stack: Stack) -> None:
        """Go on where a choice is open."""

    @abstractmethod
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
        """Run what depends on the shapes of `taken`, or, unless `whole`, the first one's channels.

        One architecture has one case; a space has as many as there are shapes.
        """

    def asked(self, node: s.Alternatives, scope: Scope) -> Decided:
        """Ask for a decision, and note the choice."""
        number, span = len(self.choices), scope.span(node.at)
        alternative = self.chooser.decide(number, node.name, len(node.series))
        texts = tuple(on_one_line(scope.span(x.at).text) if x.items else "" for x in node.series)
        self.choices.append(Choice(number, node.name, texts, alternative, self.within, span))
        return Decided(node, alternative, scope, number)


class Machine:
    """One run of a program in one reading."""

    def __init__(self, reading: Reading, handlers: Handlers) -> None:
        self.reading, self.log, self.batch = reading, reading.log, reading.batch
        self.extent = Expansion()
        self.expanded: set[int] = set()  # ids of definitions that ran
        self.unknown: set[int] = set()  # ids of symbols that were found to mean nothing
        self.steps = 0
        self.low = 0  # the lowest stack height since it was last set
        self.miscounted = False  # the stack's height is no longer what the author thinks
        self._depth = 0
        self._handlers = handlers

    def run(self, items: Iterable[s.Item], scope: Scope, stack: Stack) -> None:
        """Run items in order."""
        self._depth += 1
        handlers = self._handlers
        for item in items:
            if self._depth > MAX_NESTING:
                message = f"words and brackets are nested more than {MAX_NESTING} deep"
                self.log.add(Diagnostic("E105", message, scope.span(item.at)))
                raise SnapError(self.log.sorted())
            self.step(1, scope, item.at)
            handlers[type(item)](self, item, scope, stack)
        self._depth -= 1

    def enclosed(self, items: Iterable[s.Item], scope: Scope, own: Stack) -> None:
        """Run items on a stack of their own, which says nothing of the height of the outer one."""
        low = self.low
        self.run(items, scope, own)
        self.low = low

    # -- limits ------------------------------------------------------------------------------

    def step(self, count: int, scope: Scope, at: s.At) -> None:
        """Count work, and refuse programs that would take for ever before they do."""
        self.steps += count
        if self.steps > MAX_STEPS:
            span = scope.span(at)
            message = f"this program expands to more than {MAX_STEPS:,} symbols"
            self.log.add(Diagnostic("E301", message, span, "repeat less"))
            raise SnapError(self.log.sorted())

    def charge(self, things: int, cheap: int, scope: Scope, at: s.At) -> None:
        """Count a symbol's work on many things, of which `cheap` cost as much as one symbol."""
        if things >= cheap:
            self.step(things // cheap, scope, at)

    def foresee(
        self,
        items: tuple[s.Item, ...],
        scope: Scope,
        at: s.At,
        word: Word | None = None,
        times: int = 1,
    ) -> None:
        """Refuse an expansion that is bound to be too large, before it begins."""
        size = self.extent.of_word(word, scope) if word else self.extent.of(items, scope)
        if self.steps + times * max(size, 1) > MAX_STEPS and times:
            self.step(MAX_STEPS + 1, scope, at)

    # -- the stack ---------------------------------------------------------------------------

    def take(self, stack: Stack, count: int, what: str, scope: Scope, at: s.At) -> tuple[int, ...]:
        """Pop `count` values, deepest first; an underflow is reported and filled."""
        missing = count - len(stack)
        if missing > 0:
            if not self.miscounted:
                need = f"{count} tensor" + "s" * (count != 1)
                have = f"{len(stack) or 'no'} tensor" + "s" * (len(stack) > 1)
                hint = "`dup` copies the top" if count == 2 and len(stack) == 1 else None
                message = f"{what} takes {need}, the stack holds {have}"
                self.report("E202", message, scope, at, hint, list(stack))
            self.miscounted = True
            stack[:0] = [UNKNOWN] * min(missing, 100)
            count = min(count, len(stack))
        taken = tuple(stack[len(stack) - count :])
        del stack[len(stack) - count :]
        self.low = min(self.low, len(stack))
        return taken

    def settle(self, stack: Stack, leave: int, what: str, scope: Scope, at: s.At) -> None:
        """Check that exactly `leave` values are left; make it so."""
        if len(stack) != leave and not self.miscounted:
            have = f"{len(stack) or 'no'} tensor" + "s" * (len(stack) != 1)
            message = (
                f"{what} must leave {leave} tensor" + "s" * (leave != 1) + f", it leaves {have}"
            )
            hint = "merge them with `add` or `cat`, or `drop` what is left over"
            self.report(
                "E203", message, scope, at, hint if len(stack) > leave else None, list(stack)
            )
            self.miscounted = True
        if len(stack) != leave:
            stack[:] = ([UNKNOWN] * leave + stack)[-leave:]

    def name(self, name: str, value: int, scope: Scope, span: Span) -> None:
        """Name a tensor in the innermost scope; a second binding there is an error."""
        at = (span.start, span.end)
        if name in scope.names[0]:
            notes = (Note("first bound here", scope.names[0][name].span),)
            message = f"`{name}` is bound twice in one scope"
            self.report("E204", message, scope, at, "choose another name", None, notes)
        if scope.words.behind is not None and name in CORE_NAMES:
            message = f"`{name}` is a core op and cannot be a name"
            self.report("E204", message, scope, at, "choose another name")
        scope.names[0][name] = Tensor(value, span)

    # -- reports -----------------------------------------------------------------------------

    def report(
        self,
        code: str,
        message: str,
        scope: Scope,
        at: s.At,
        hint: str | None = None,
        stack: Stack | None = None,
        notes: tuple[Note, ...] = (),
    ) -> None:
        """Note an error at a place of `scope`; inside the prelude the user's place is blamed."""
        span, frames = scope.span(at), list(scope.frames)
        while span.source.builtin and frames:
            word, used = frames.pop()
            if not used.source.builtin:
                notes = (*notes, Note(f"inside `{word}`, which the prelude defines", span))
            span = used
        held = None if stack is None else self._held(stack)
        notes = (*notes, *frames_notes(frames))
        self.reading.note(Diagnostic(code, message, span, hint, held, notes))

    def _held(self, stack: Stack) -> tuple[str, ...]:
        shapes = [self.reading.shape(v) for v in stack[-8:]]
        return ("…",) * (len(stack) > 8) + shapes_text(shapes, self.batch)

    def rejected(
        self,
        spec: OpSpec,
        error: RejectedError,
        inputs: tuple[int, ...],
        node: s.Symbol,
        scope: Scope,
        stack: Stack,
    ) -> None:
        """Report an op that does not fit what it took."""
        before, message = [*stack, *inputs], f"`{spec.name}`: {error.message}"
        notes = self._origins(inputs) if error.code == "E401" else ()
        self.report(error.code, message, scope, node.at, error.hint, before, notes)

    def _origins(self, values: tuple[int, ...]) -> tuple[Note, ...]:
        """Where tensors of different shapes come from, the first of each shape."""
        notes: dict[str, Note] = {}
        for value in values:
            shape, maker = self.reading.shape(value), self.reading.maker(value)
            text = "[?]" if shape is None else shape.text(self.batch)
            said = f"{text} comes from here" if maker else f"{text} is an input"
            notes.setdefault(text, Note(said, maker))
        return tuple(notes.values())
