"""Bodies of words: inputs taken and named, items run, outputs left.

A `def` works on its caller's stack; a `block` has a stack of its own and leaves exactly its
outputs. Typed inputs are unified with what stands on the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.dims import Dim, letter
from snaplang.graph.builder import UNKNOWN, RankNeededError
from snaplang.lowering.expressions import EvaluationError, Value, evaluate
from snaplang.lowering.inputs import Bound, Given, WrittenInput, bind, written
from snaplang.lowering.machine import Machine, Stack
from snaplang.lowering.scope import Scope
from snaplang.lowering.words import Word
from snaplang.ops.spec import Shape
from snaplang.syntax import nodes as s

MAX_PORTS = 1000


def run_def(
    machine: Machine,
    word: Word,
    enter: Callable[[Dim], Scope],
    scope: Scope,
    stack: Stack,
    node: s.Symbol,
) -> None:
    """Expand a `def` in place, at its caller's width."""
    body = word.definition.body
    if body.inputs is None:
        inner = enter(scope.width)
        machine.run(body.items, inner, stack)
        outputs(machine, word, inner, stack, exact=False)
        return
    count = input_count(machine, body, enter(scope.width))
    taken = machine.take(stack, count, f"`{word.name}`", scope, node.at)

    def run(stack: Stack) -> None:
        inner = enter(scope.width)
        bound = unify(machine, word, inner, taken, inner.width)
        inner = with_inputs(machine, inner, body, taken, stack, bound)
        machine.run(body.items, inner, stack)
        outputs(machine, word, inner, stack, exact=False)

    if _typed(body):
        machine.reading.cases(machine, taken, True, stack, run, scope, node.at)
    else:
        run(stack)


def run_block(
    machine: Machine,
    word: Word,
    enter: Callable[[Dim], Scope],
    scope: Scope,
    stack: Stack,
    node: s.Symbol,
) -> None:
    """Run a `block` on a stack of its own; `c` is its first input's channels unless bound.

    `enter` makes the scope of the body at a width; defaults that mention `c` are worked out again
    when the inputs have told what it is.
    """
    body = word.definition.body
    own_width = "c" in enter(scope.width).params
    count = input_count(machine, body, enter(scope.width))
    taken = machine.take(stack, count, f"`{word.name}`", scope, node.at)

    def run(own: Stack) -> None:
        inner = enter(scope.width)
        bound = unify(machine, word, inner, taken, inner.width if own_width else None)
        if bound is not None and not own_width and bound.width != inner.width:
            inner = enter(bound.width)
            bound = unify(machine, word, inner, taken, None)
        inner = with_inputs(machine, inner, body, taken, own, bound)
        machine.enclosed(body.items, inner, own)
        outputs(machine, word, inner, own, exact=True)

    own: Stack = []
    if own_width and not _typed(body):
        run(own)
    else:
        machine.reading.cases(machine, taken, _typed(body), own, run, scope, node.at)
    stack += own


def _typed(body: s.Body) -> bool:
    """Whether the shapes of inputs are written: what runs then depends on them."""
    ports_ = body.inputs.ports if body.inputs is not None else ()
    return any(port.sizes is not None for port in ports_)


def input_count(machine: Machine, body: s.Body, scope: Scope) -> int:
    """How many tensors a body takes."""
    if body.inputs is None:
        return 1
    if body.inputs.count is None:
        count = len(body.inputs.ports)
        if count > MAX_PORTS:
            message = f"{count:,} inputs, at most {MAX_PORTS:,} are possible"
            machine.log.add(Diagnostic("E309", message, scope.span(body.inputs.at)))
            raise SnapError(machine.log.sorted())
        return count
    return _count(machine, body.inputs.count, scope)


def _count(machine: Machine, node: s.Number, scope: Scope) -> int:
    if node.text.isdecimal() and len(node.text) < 10 and 1 <= int(node.text) <= MAX_PORTS:
        return int(node.text)
    message = f"`{node.text[:20]}` is no count of tensors"
    machine.report("E309", message, scope, node.at, f"a whole number from 1 to {MAX_PORTS}")
    return 1


def unify(
    machine: Machine, word: Word, inner: Scope, taken: tuple[int, ...], width: Dim | None
) -> Bound | None:
    """Typed inputs against the tensors taken; None where a tensor is unknown or does not fit."""
    shapes = [shape for shape in map(machine.reading.shape, taken) if shape is not None]
    if len(shapes) < len(taken):
        return None
    written_ports = ports(machine, word.definition.body, inner)
    given = [Given(None, machine.batch, (x.channels, *x.spatial)) for x in shapes]
    _need_rank(written_ports, shapes)
    try:
        bound = bind(written_ports, given, width, None)
    except SnapError as error:
        first = error.diagnostics[0]
        at = (first.span.start, first.span.end) if first.span else word.definition.name_at
        machine.report("E406", first.message, inner, at)
        return None
    machine.reading.demand(bound.conditions)
    return bound


def _need_rank(ports_: list[WrittenInput], shapes: list[Shape]) -> None:
    for port, shape in zip(ports_, shapes, strict=True):
        if shape.open and port.sizes is not None and len(port.sizes) > 1:
            raise RankNeededError(len(port.sizes) - 1)


def ports(machine: Machine, body: s.Body, scope: Scope) -> list[WrittenInput]:
    """The inputs as written; names in sizes are parameters or new letters."""

    def lookup(name: str) -> Value | None:
        return letter(name) if name == "c" else scope.params.get(name, letter(name))

    def size(node: s.Expression) -> Dim:
        value = evaluate(node, lookup)
        if isinstance(value, Dim):
            return value
        raise EvaluationError("E304", "a size is a number or a letter", node.at)

    count = input_count(machine, body, scope)
    try:
        return written(body.inputs, scope.span(body.at), count, size)
    except EvaluationError as error:
        machine.report(error.code, error.message, scope, error.at, error.hint)
        names = [p.name for p in body.inputs.ports] if body.inputs else ["x"]
        return [WrittenInput(n, None, scope.span(body.at)) for n in names]


def with_inputs(
    machine: Machine,
    scope: Scope,
    body: s.Body,
    values: tuple[int, ...],
    stack: Stack,
    bound: Bound | None,
) -> Scope:
    """Name the inputs, or push them where they have no names."""
    if bound is not None:
        scope = replace(scope, letters=bound.letters, width=bound.width)
    if body.inputs is None or body.inputs.count is not None:
        stack += values
        return scope
    for port, value in zip(body.inputs.ports, values, strict=False):
        machine.name(port.name, value, scope, scope.span(port.at))
    return scope


def outputs(machine: Machine, word: Word, scope: Scope, stack: Stack, exact: bool) -> None:
    """Leave what `out` says; with `exact` nothing else may be left."""
    out, what = word.definition.body.outputs, f"`{word.name}`"
    items = word.definition.body.items
    at = out.at if out else items[-1].at if items else word.definition.name_at
    if out is not None and out.count is None:
        if exact:
            machine.settle(stack, 0, f"{what}, apart from `out`,", scope, at)
        for name in out.names:
            tensor = scope.tensor(name.name)
            if tensor is None:
                machine.report("E201", f"`{name.name:.60}` names no tensor", scope, name.at)
            stack.append(tensor.value if tensor else UNKNOWN)
        return
    count = 1 if out is None or out.count is None else _count(machine, out.count, scope)
    if exact:
        machine.settle(stack, count, what, scope, at)
    elif out is not None and len(stack) < count:
        stack += machine.take(stack, count, "`out`", scope, at)
