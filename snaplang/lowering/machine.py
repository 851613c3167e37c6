"""The stack machine: runs items of a program symbolically and grows a graph.

`Machine` knows the stack, words and choices that are made; `Assembly` below it knows ops and
shapes; `survey.py` runs all members of a space at once, and `lower.py` above them picks the block
and its inputs. Every error is reported with its place, what the stack held, and the words that led
there; the run goes on with unknown tensors to find the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from snaplang.diagnostics import Diagnostic, Note, SnapError
from snaplang.diagnostics.source import Span
from snaplang.dims import Dim
from snaplang.graph import Choice, Condition
from snaplang.graph.builder import MAX_STEPS, UNKNOWN, Assembly, RejectedError
from snaplang.graph.checks import Log, frames_notes, shapes_text
from snaplang.lowering.calls import Caller
from snaplang.lowering.choices import Chooser, OpenChoiceError
from snaplang.lowering.expressions import Bare, Callee, Closure, EvaluationError, evaluate
from snaplang.lowering.extent import Expansion
from snaplang.lowering.inputs import Bound
from snaplang.lowering.scope import Decided, Scope, Tensor, missing
from snaplang.lowering.words import Word
from snaplang.ops.spec import Attrs, OpSpec, Shape
from snaplang.syntax import nodes as s
from snaplang.syntax.formatter import on_one_line

MAX_REPEAT = 100_000
MAX_NESTING = 200
MOVED = 32  # tensors that are moved at the cost of one symbol
FEW = 16  # operands that an op may have at the cost of one symbol
Stack = list[int]


class Machine:
    """One run over one block. `log` collects errors, `assembly` the graph."""

    def __init__(self, log: Log, chooser: Chooser, batch: Dim) -> None:
        self.log, self.chooser, self.batch = log, chooser, batch
        self.assembly = Assembly()
        self.caller = Caller(self)
        self.extent = Expansion()
        self.choices: list[Choice] = []
        self.expanded: set[int] = set()  # ids of definitions that ran
        self._unknown_nodes: set[int] = set()
        self.steps = 0
        self._depth = 0
        self.low = 0  # the lowest stack height since it was last set
        self.miscounted = False  # the stack's height is no longer what the author thinks
        self.within: tuple[int, int] | None = None
        self._run: dict[type, Callable[[Any, Scope, Stack], None]] = {
            s.Symbol: self._symbol,
            s.Repeat: self._repeat,
            s.Branches: self._branches,
            s.Alternatives: self._choice,
            s.Decision: self._decision,
            s.Bind: self._bind,
        }

    # -- reporting ---------------------------------------------------------------------------

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
        self.note(Diagnostic(code, message, span, hint, held, (*notes, *frames_notes(frames))))

    def note(self, found: Diagnostic) -> None:
        """Log an error."""
        self.log.add(found)

    def _held(self, stack: Stack) -> tuple[str, ...]:
        shapes = [self.shape(v) for v in stack[-8:]]
        return ("…",) * (len(stack) > 8) + shapes_text(shapes, self.batch)

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

    # -- tensors -----------------------------------------------------------------------------

    def start(self, bound: Bound) -> tuple[int, ...]:
        """The inputs' values."""
        self.assembly.shapes += bound.shapes
        self.demand(bound.conditions)
        return tuple(range(len(bound.shapes)))

    def shape(self, value: int) -> Shape | None:
        """The shape of a tensor; None where an error has made it unknown."""
        return None if value == UNKNOWN else self.assembly.shapes[value]

    def demand(self, conditions: Sequence[Condition]) -> None:
        """Note conditions that did not come from an op."""
        self.assembly.conditions += conditions

    def cases(
        self,
        taken: tuple[int, ...],
        whole: bool,
        stack: Stack,
        run: Callable[[Stack], None],
        scope: Scope,
        at: s.At,
    ) -> None:
        """Run what depends on the shapes of `taken`, or, unless `whole`, the first one's channels.

        A machine of one architecture has one case; one of a space has as many as there are shapes.
        """
        run(stack)

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

    # -- items -------------------------------------------------------------------------------

    def run(self, items: Iterable[s.Item], scope: Scope, stack: Stack) -> None:
        """Run items in order."""
        self._depth += 1
        for item in items:
            if self._depth > MAX_NESTING:
                message = f"words and brackets are nested more than {MAX_NESTING} deep"
                self.log.add(Diagnostic("E105", message, scope.span(item.at)))
                raise SnapError(self.log.sorted())
            self.step(1, scope, item.at)
            self._run[type(item)](item, scope, stack)
        self._depth -= 1

    def _symbol(self, node: s.Symbol, scope: Scope, stack: Stack) -> None:
        target, suffix = scope.symbol(node.name)
        if isinstance(target, Callee):
            self.caller.call(target, suffix or target.suffix, node, scope, stack)
        elif isinstance(target, (Tensor, Closure)):
            if node.arguments is not None or suffix:
                kind = "a tensor" if isinstance(target, Tensor) else "a piece of program"
                message = f"`{node.name}` is {kind} and takes no arguments"
                self.report("E205", message, scope, node.at)
            if isinstance(target, Tensor):
                stack.append(target.value)
            else:
                self.inline(target, scope, stack, node)
        elif isinstance(target, Bare) or target is None:
            self._unknown(
                target.name if isinstance(target, Bare) else node.name, node, scope, stack
            )
        else:
            message = f"`{node.name}` is a value, not a symbol"
            self.report("E205", message, scope, node.at)

    def _unknown(self, name: str, node: s.Symbol, scope: Scope, stack: Stack) -> None:
        self.miscounted = True
        if id(node) in self._unknown_nodes:  # told already: looking for a near name takes time
            return
        self._unknown_nodes.add(id(node))
        found = missing(name, scope, node.at)
        held = stack if found.code == "E201" and not found.notes else None
        self.report(found.code, found.message, scope, node.at, found.hint, held, found.notes)

    def inline(self, code: Closure, scope: Scope, stack: Stack, node: s.Symbol) -> None:
        """Run a piece of program: it sees names from where it was written, `c` from here."""
        frames = (*scope.frames, (node.name, scope.span(node.at)))
        home: Scope = code.scope.inner()
        inner = replace(home, width=scope.width, paths=scope.paths, frames=frames)
        self.run(code.items, inner, stack)

    def _bind(self, node: s.Bind, scope: Scope, stack: Stack) -> None:
        span = scope.span(node.at)
        (value,) = self.take(stack, 1, f"`-> {node.name}`", scope, node.at)
        self.name(node.name, value, scope, span)

    def name(self, name: str, value: int, scope: Scope, span: Span) -> None:
        """Name a tensor in the innermost scope; a second binding there is an error."""
        at = (span.start, span.end)
        if name in scope.names[0]:
            notes = (Note("first bound here", scope.names[0][name].span),)
            message = f"`{name}` is bound twice in one scope"
            self.report("E204", message, scope, at, "choose another name", None, notes)
        if scope.words.behind is not None and self.caller.is_core(name):
            message = f"`{name}` is a core op and cannot be a name"
            self.report("E204", message, scope, at, "choose another name")
        scope.names[0][name] = Tensor(value, span)

    def _repeat(self, node: s.Repeat, scope: Scope, stack: Stack) -> None:
        count = self._count(node, scope)
        self.foresee(node.items, scope, node.at, times=count)
        before = len(self.log.found)
        for _ in range(count):
            self.step(1, scope, node.at)
            self.run(node.items, scope.inner(), stack)
            if len(self.log.found) > before:  # the next rounds would say the same, at length
                self.miscounted |= count > 1
                break

    def _count(self, node: s.Repeat, scope: Scope) -> int:
        """How often to repeat; 0 after an error."""
        try:
            value = evaluate(node.count, scope.value)
        except EvaluationError as error:
            self.report(error.code, error.message, scope, error.at, error.hint)
            return 0
        if isinstance(value, bool):
            return int(value)
        count = value.whole() if isinstance(value, Dim) else None
        at = node.count.at
        if count is None:
            hint = "it needs a whole number that is known here"
            if isinstance(value, Bare):
                self.report("E303", f"`{value.name}` is no number here", scope, at, hint)
            else:
                times = str(value) if isinstance(value, Dim) else "that many"
                self.report("E306", f"cannot repeat {times} times", scope, at, hint)
            return 0
        if not 0 <= count <= MAX_REPEAT:
            hint = f"a repeat runs 0 to {MAX_REPEAT:,} times"
            self.report("E306", f"cannot repeat {count} times", scope, at, hint)
            return 0
        return count

    def _branches(self, node: s.Branches, scope: Scope, stack: Stack) -> None:
        (top,) = self.take(stack, 1, "`[`", scope, node.at)
        for series in node.series:
            at = series.at if series.items else node.at
            stack += self.enclosed(series.items, scope.inner(), [top], 1, "a branch", at)

    def enclosed(
        self, items: tuple[s.Item, ...], scope: Scope, stack: Stack, leave: int, what: str, at: s.At
    ) -> Stack:
        """Run items on a stack of their own, which must end with `leave` values."""
        low = self.low
        self.run(items, scope, stack)
        self.low = low
        self.settle(stack, leave, what, scope, at)
        return stack

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

    # -- choices -----------------------------------------------------------------------------

    def _choice(self, node: s.Alternatives, scope: Scope, stack: Stack) -> None:
        if node.name is not None and node.name in scope.decisions:
            before = scope.decisions[node.name]
            if before.node is node:
                return self._decided(before, scope, stack)
            notes = (Note("first here", scope.span(before.node.at)),)
            message = f"the choice `{node.name}` is made twice"
            hint = f"`<{node.name}>` repeats its decision"
            return self.report("E208", message, scope, node.at, hint, None, notes)
        decided = self.decided(node, scope)
        if node.name is not None:
            scope.decisions[node.name] = decided
        self._decided(decided, scope, stack)

    def decided(self, node: s.Alternatives, scope: Scope) -> Decided:
        """Ask for a decision, and note the choice."""
        number, span = len(self.choices), scope.span(node.at)
        alternative = self.chooser.decide(number, node.name, len(node.series))
        texts = tuple(on_one_line(scope.span(x.at).text) if x.items else "" for x in node.series)
        self.choices.append(Choice(number, node.name, texts, alternative, self.within, span))
        return Decided(node, alternative, scope, number)

    def _decision(self, node: s.Decision, scope: Scope, stack: Stack) -> None:
        if node.name not in scope.decisions:
            hint = f"make it first: `<{node.name}: a | b>`"
            return self.report("E208", f"there is no choice `{node.name}`", scope, node.at, hint)
        self._decided(scope.decisions[node.name], scope, stack)

    def _decided(self, choice: Decided, scope: Scope, stack: Stack) -> None:
        """Run the alternative taken."""
        if choice.alternative is None:
            span = scope.span(choice.node.at)
            message = f"`{span.text[:40]}` is an open choice"
            raise OpenChoiceError(Diagnostic("E507", message, span, "decide it"))
        index = choice.alternative
        self.run(choice.node.series[index].items, choice.within(index, scope), stack)

    def origins(self, values: tuple[int, ...]) -> tuple[Note, ...]:
        """Where tensors of different shapes come from, the first of each shape."""
        notes: dict[str, Note] = {}
        for value in values:
            shape, maker = self.shape(value), self.maker(value)
            text = "[?]" if shape is None else shape.text(self.batch)
            said = f"{text} comes from here" if maker else f"{text} is an input"
            notes.setdefault(text, Note(said, maker))
        return tuple(notes.values())

    def maker(self, value: int) -> Span | None:
        """Where a tensor was made; None for an input."""
        return next((n.span for n in self.assembly.nodes if value in n.outputs), None)

    # -- ops ---------------------------------------------------------------------------------

    def op(self, spec: OpSpec, attrs: Attrs, node: s.Symbol, scope: Scope, stack: Stack) -> None:
        """Apply an op, or move tensors."""
        what = f"`{spec.name}`"
        if spec.moves is not None:
            places = spec.moves(attrs)
            least = spec.inputs if isinstance(spec.inputs, int) else 1
            need = max(least, max(places, default=0) + 1)
            self.charge(need, MOVED, scope, node.at)
            taken = self.take(stack, need, what, scope, node.at)
            stack += [taken[p] if p < len(taken) else UNKNOWN for p in places]
            return
        count, leaves = spec.input_count(attrs), spec.output_count(attrs)
        inputs = self.take(stack, count, what, scope, node.at)
        self.charge(count + leaves - FEW, 1, scope, node.at)
        if UNKNOWN in inputs:
            stack += [UNKNOWN] * leaves
            return
        path = scope.paths.next(spec.spells or spec.name)
        try:
            stack += self.assembly.apply(spec, attrs, inputs, path, scope.users_place(node.at))
        except RejectedError as error:
            self.rejected(spec, error, inputs, node, scope, stack)
            stack += [UNKNOWN] * leaves

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
        notes = self.origins(inputs) if error.code == "E401" else ()
        self.report(error.code, message, scope, node.at, error.hint, before, notes)
