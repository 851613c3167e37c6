"""The machine runs items by the handlers that it is given, in the reading that it is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snaplang.diagnostics.source import Source
from snaplang.dims import dim, letter
from snaplang.graph.builder import UNKNOWN, Assembly
from snaplang.graph.checks import Log
from snaplang.lowering.architecture import Architecture
from snaplang.lowering.choices import OpenChoiceError, chooser
from snaplang.lowering.items import HANDLERS, symbol
from snaplang.lowering.lower import lower, words_of
from snaplang.lowering.machine import Handlers, Machine, Reading, Stack
from snaplang.lowering.scope import Scope
from snaplang.lowering.spaces.survey import Survey
from snaplang.lowering.words import Loader, Words
from snaplang.syntax import nodes as s
from snaplang.syntax.parser import parse

N, C = letter("N"), letter("c")


def run(text: str, reading: Reading, stack: Stack, handlers: Handlers = HANDLERS) -> Machine:
    """A machine that has run a text."""
    program = parse(Source("-", text))
    words = Loader().load(program)
    machine = Machine(reading, handlers)
    machine.run(program.tree.body.items, Scope.behind(words, C), stack)
    return machine


def architecture() -> Architecture:
    """One architecture on one input."""
    start = lower(parse(Source("-", "")))
    return Architecture(Log(), chooser(None), N, Assembly.of(start))


def test_another_table_is_another_way_to_run() -> None:
    heights = []

    def watched(machine: Machine, node: s.Symbol, scope: Scope, stack: Stack) -> None:
        symbol(machine, node, scope, stack)
        heights.append((node.name, len(stack)))

    reading = architecture()
    text = "{ dup conv3 add }*2 [ relu | tanh ] add"
    run(text, reading, [0], {**HANDLERS, s.Symbol: watched})
    assert heights[:4] == [("dup", 2), ("conv3", 2), ("add", 1), ("dup", 2)]
    assert heights[-3:] == [("relu", 1), ("tanh", 1), ("add", 1)]
    plain = architecture()
    run(text, plain, [0])
    assert plain.assembly == reading.assembly  # to look on changes nothing


def test_an_item_without_a_handler_is_no_item() -> None:
    with pytest.raises(KeyError):
        run("dup", architecture(), [0], {})


def test_what_a_choice_comes_to_is_the_readings_business() -> None:
    text = "<relu | conv(4)>"
    with pytest.raises(OpenChoiceError):
        run(text, architecture(), [0])
    survey = Survey(Log(), chooser(None), N)
    run(text, survey, [UNKNOWN])
    assert [choice.alternatives for choice in survey.choices] == [("relu", "conv(4)")]


@pytest.mark.parametrize(
    ("made", "sees"),
    [
        (lambda words: Scope.behind(words, C), {"a", "b"}),
        (lambda words: Scope.unbound(words.own["b"], C), {"a", "n"}),
        (lambda words: Scope.of_body(words.own["a"], C, {"m": dim(3)}), {"m"}),
    ],
)
def test_a_scope_sees_what_its_place_does(made: Callable[[Words], Scope], sees: set[str]) -> None:
    scope = made(Loader().load(parse(Source("-", "def a { relu } def b(n) { a }"))))
    names = {n for n in ("a", "b", "n", "m") if n in scope.params or scope.callee(n) is not None}
    assert names == sees
    assert scope.names == ({},) and scope.frames == ()


def test_scopes_share_nothing_that_they_can_change() -> None:
    words, _ = words_of(Source("-", "relu"))
    one, other = Scope.behind(words, C), Scope.behind(words, C)
    assert one.paths is not other.paths and one.names[0] is not other.names[0]
    assert one.decisions is not other.decisions
    assert one.inner().paths is one.paths and one.inner().names[1] is one.names[0]
