"""Tree to graph: picks the block, binds its inputs, runs the machine, and hands out the graph.

What items do is told in `items.py`, what ops do is the graph's builder's. All errors of a program
come in one `SnapError`.

>>> from snaplang.syntax.parser import parse
>>> from snaplang.diagnostics.source import Source
>>> lower(parse(Source("-", "dup conv3 add"))).shapes[-1]
Shape('[N, c, *S]')
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Source, Span
from snaplang.dims import Dim, letter
from snaplang.graph import Graph, Misfit, Space
from snaplang.graph.builder import Assembly, RankNeededError
from snaplang.graph.checks import Log
from snaplang.graph.conditions import distinct
from snaplang.lowering import bodies, unused
from snaplang.lowering.architecture import Architecture
from snaplang.lowering.calls import enter, evaluated
from snaplang.lowering.choices import Choose, OpenChoiceError, chooser
from snaplang.lowering.expressions import EvaluationError, Value
from snaplang.lowering.inputs import Bound, Given, bind, parse_given
from snaplang.lowering.items import HANDLERS
from snaplang.lowering.machine import Machine, Reading, Stack
from snaplang.lowering.scope import Paths, Scope, missing
from snaplang.lowering.spaces import members
from snaplang.lowering.spaces.diagrams import TooManyError
from snaplang.lowering.spaces.survey import Survey
from snaplang.lowering.words import Loader, Word, Words, body_as_block
from snaplang.syntax import nodes as s
from snaplang.syntax.parser import parse

Parameters = Mapping[str, object]
TRIES, WORK = 256, 20_000  # members, and symbols, where there are too many ways to tell apart


def lower(
    program: s.Program,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
    rank: int | None = None,
    strict: bool = True,
) -> Graph:
    """The checked graph of a program's block.

    `inputs` are shapes such as `"N,64,H,W"` or `"h0=N,64,H,W"`; `params` bind the block's
    parameters (and `c`); `choose` decides choices. Open choices stay open: all members are checked,
    the graph is that of the first that fits, and its `space` tells of the others. `rank` is that of
    untyped inputs where nothing fixes it. Raises `SnapError` with every error found; an alternative
    that fits in no member is one, unless `strict` is false.
    """
    with deep_calls():
        words = Loader().load(program)
    word = _select(program, words, block)
    given = [parse_given(text) for text in inputs or ()]
    while True:
        try:
            with deep_calls():
                return _lowered(
                    LoweringRequest(words, word, given, params or {}, rank, strict), choose
                )
        except RankNeededError as need:
            if rank is not None:  # an input of this rank was given or written already
                raise
            rank = need.rank


@contextmanager
def deep_calls() -> Iterator[None]:
    """Room for programs nested as deeply as the language allows: a few calls for each level."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 5000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def words_of(source: Source) -> tuple[Words, tuple[s.Item, ...]]:
    """The items of a text that has nothing else, and the words they see; for `extended`."""
    program = parse(source)
    with deep_calls():
        words, body = Loader().load(program), program.tree.body
    if program.tree.definitions or body.inputs or body.outputs:
        hint = "a vocabulary has nothing but symbols: `dup add conv3`"
        raise SnapError(Diagnostic("E512", "this is no list of symbols", hint=hint))
    scope = Scope.behind(words, letter("c"))
    found = []
    for item in body.items:
        if isinstance(item, s.Alternatives | s.Decision | s.Bind):
            message = f"`{scope.span(item.at).text}` is no symbol"
            found.append(Diagnostic("E512", message, scope.span(item.at)))
        elif isinstance(item, s.Symbol) and scope.symbol(item.name)[0] is None:
            found.append(missing(item.name, scope, item.at))
    if found:
        raise SnapError(found)
    return words, body.items


def extended(graph: Graph, item: s.Item, words: Words) -> Graph | None:
    """A graph whose outputs are the stack, with one item run on it; None if that is an error."""
    made, stack = Assembly.of(graph), list(graph.outputs)
    if run_apart((item,), words, graph, made, stack):
        return None
    return replace(
        graph,
        nodes=tuple(made.nodes),
        shapes=tuple(made.shapes),
        conditions=distinct(made.conditions),
        outputs=tuple(stack),
    )


def run_apart(
    items: tuple[s.Item, ...], words: Words, start: Graph, assembly: Assembly, stack: Stack
) -> list[Diagnostic]:
    """Run items apart from a program on a stack of values of an assembly; the errors found.

    They see the words of a file, and the width and the batch of `start`.
    """
    reading = Architecture(Log(), chooser(None), start.batch, assembly)
    with deep_calls():
        Machine(reading, HANDLERS).run(items, Scope.behind(words, start.width), stack)
    return reading.log.found


def block_names(program: s.Program) -> list[str]:
    """The names of the blocks of a program: what `check` checks, one by one."""
    found = [d.name for d in program.tree.definitions if d.kind == "block"]
    return found or [program_name(program.source)]


def program_name(source: Source) -> str:
    """The name of a file's bare body: the file's."""
    if source.name.startswith(("<", "-")):
        return "program"
    stem = re.sub(r"\W+", "_", Path(source.name).stem, flags=re.ASCII).strip("_")
    return stem if stem.isidentifier() else "program"


def _select(program: s.Program, words: Words, name: str | None) -> Word:
    """The block to compile."""
    blocks = words.blocks()
    body = program.tree.body
    if blocks and not body.empty:
        span = Span(program.source, *body.at)
        hint = "make it a block, or move the blocks to a file of their own"
        raise SnapError(Diagnostic("E505", "a bare body beside blocks", span, hint))
    known = {w.name: w for w in blocks}
    if not blocks:
        own = body_as_block(words, program.tree, program_name(program.source))
        known = {own.name: own} if own else {}
        if not known:  # only words: the empty program, which is the identity
            definition = s.Definition("block", program_name(program.source), (), body)
            known = {definition.name: Word(definition, words, len(words.own))}
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    names = ", ".join(f"`{n}`" for n in known)
    if name is None:
        message = f"`{program.source.name}` has {len(known)} blocks: {names}"
        raise SnapError(Diagnostic("E505", message, hint="name one: `--block NAME`"))
    if name not in known:
        raise SnapError(Diagnostic("E505", f"there is no block `{name}`", hint=f"there is {names}"))
    return known[name]


@dataclass(frozen=True)
class LoweringRequest:
    """A block to lower; see `lower`."""

    words: Words
    word: Word
    given: list[Given]
    params: Parameters
    rank: int | None
    strict: bool

    @property
    def batch(self) -> Dim:
        """The size of the batch."""
        return self.given[0].batch if self.given else letter("N")


def _lowered(request: LoweringRequest, choose: Choose) -> Graph:
    """The graph of an architecture, or, where choices are open, of a space."""
    try:
        return _member(request, choose)
    except OpenChoiceError:
        pass
    try:
        survey = Survey(Log(), chooser(choose), request.batch)
        _Run(request, survey).run()
        member = members.shown(survey, request.strict)
        return members.space(survey, _member(request, member), member)
    except TooManyError:
        return _sampled(request, choose)


def _member(request: LoweringRequest, choose: Choose) -> Graph:
    """The graph of one architecture."""
    reading = Architecture(Log(), chooser(choose), request.batch)
    out = request.word.definition.body.outputs
    bound, stack = _Run(request, reading).run()
    return Graph(
        request.word.name,
        bound.inputs,
        tuple(reading.assembly.nodes),
        tuple(stack),
        tuple(reading.assembly.shapes),
        bound.width,
        bound.batch,
        distinct(reading.assembly.conditions),
        tuple(reading.choices),
        tuple(n.name for n in out.names) if out else (),
    )


def _sampled(request: LoweringRequest, choose: Choose) -> Graph:
    """The graph of a space whose members differ in too many ways: some are tried."""
    survey = Survey(Log(), chooser(choose), request.batch, blind=True)
    run = _Run(request, survey)
    run.run()
    shown: tuple[str, Graph] | None = None
    misfits: dict[tuple[str, Span | None], Misfit] = {}
    for decisions in members.tries(survey, min(TRIES, WORK // run.machine.steps + 8)):
        try:
            graph = _member(request, decisions)
            shown = shown or (decisions, graph)
        except SnapError as error:
            for found in error.diagnostics:
                misfits.setdefault((found.code, found.span), Misfit(decisions, found))
    if shown is None:
        raise SnapError([misfit.problem for misfit in misfits.values()])
    found_out = Space(shown[0], tuple(misfits.values()), exact=False)
    return replace(shown[1], choices=tuple(survey.choices), space=found_out)


class _Run:
    """One attempt to lower a block."""

    def __init__(self, request: LoweringRequest, reading: Reading) -> None:
        self.words, self.word = request.words, request.word
        self.given, self.rank, self.params = request.given, request.rank, request.params
        self.reading, self.machine = reading, Machine(reading, HANDLERS)

    def run(self) -> tuple[Bound, list[int]]:
        """Run the block, and raise what was found; the inputs, and what is left."""
        machine, reading, body = self.machine, self.reading, self.word.definition.body
        scope, bound = self._inputs()
        stack: list[int] = []
        scope = bodies.with_inputs(machine, scope, body, reading.start(bound), stack, bound)
        machine.run(body.items, scope, stack)
        bodies.outputs(machine, self.word, scope, stack, exact=True)
        for diagnostic in unused.unknown_names(self.words, machine.expanded):
            reading.log.add(diagnostic)
        reading.log.raise_if_any()
        reading.chooser.finish()
        return bound, stack

    def _inputs(self) -> tuple[Scope, Bound]:
        """The scope of the body and its inputs; defaults see the `c` that the inputs tell."""
        body = self.word.definition.body
        scope = self._scope(letter("c"))
        told = bind(bodies.ports(self.machine, body, scope), self.given, None, self.rank)
        if told.width != letter("c"):
            scope = self._scope(told.width)
        elif "c" not in scope.params:
            return scope, told
        width = scope.width if "c" in scope.params else None
        return scope, bind(bodies.ports(self.machine, body, scope), self.given, width, self.rank)

    def _scope(self, width: Dim) -> Scope:
        """The scope of the block's body at a width, parameters bound from outside."""
        known = [p.name for p in self.word.definition.parameters] + ["c"]
        for name in self.params:
            if name not in known:
                message = f"`{self.word.name}` has no parameter `{name}`"
                hint = "it has " + ", ".join(f"`{n}`" for n in dict.fromkeys(known))
                raise SnapError(Diagnostic("E504", message, hint=hint))
        given = {n: self._outside(n, v) for n, v in self.params.items()}
        try:
            return enter(self.machine, self.word, given, width, Paths())
        except EvaluationError as error:
            span = Span(
                self.word.home.source, *(error.at if error.at[1] else self.word.definition.name_at)
            )
            hint = error.hint or "give it a value: `--set NAME=VALUE`"
            raise SnapError(Diagnostic(error.code, error.message, span, hint)) from None

    def _outside(self, name: str, value: object) -> Value:
        """A parameter's value from outside: a number, a truth value, None, or program text."""
        if isinstance(value, Dim):
            return value
        text = _as_text(value)
        source = Source(f"--set {name}", f"_({text})")
        try:
            items = parse(source).tree.body.items
            symbol = items[0] if len(items) == 1 else None
            arguments = symbol.arguments if isinstance(symbol, s.Symbol) else None
            if not arguments or len(arguments) != 1 or arguments[0].name is not None:
                raise SnapError(())
        except SnapError:
            message = f"`{name}={text[:60]}` is no argument"
            hint = "a number, `true`, a word, or a piece of program in braces"
            raise SnapError(Diagnostic("E504", message, hint=hint)) from None
        home = Scope.behind(self.word.home, letter("c"), source)
        try:
            return evaluated(arguments[0].value, home)
        except EvaluationError as error:
            raise SnapError(Diagnostic(error.code, f"`{name}`: {error.message}")) from None


def _as_text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, Fraction):
        return f"({value.numerator})/{value.denominator}".replace("(-", "-(")
    return str(value)
