"""Calling words and ops: arguments, expansion, and what an op does to the stack.

`call` turns `name(arguments)` into attributes of an op, which the machine's reading applies, or
into the scope of a word, whose body `bodies.py` runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from snaplang.diagnostics.source import Span
from snaplang.dims import Dim
from snaplang.graph.builder import REMEMBERED, UNKNOWN, attributes
from snaplang.lowering import bodies
from snaplang.lowering.expressions import (
    NONE_VALUE,
    Bare,
    Callee,
    Closure,
    EvaluationError,
    Value,
    evaluate,
)
from snaplang.lowering.machine import MOVED, Machine, Stack
from snaplang.lowering.scope import Paths, Scope, suffix_value
from snaplang.lowering.words import Word
from snaplang.ops.resolve import Argument, ArgumentError, resolve
from snaplang.ops.spec import Attrs, OpSpec, ParamKind
from snaplang.syntax import nodes as s

Names = Mapping[str, None]  # of parameters, in order
MOST_NAMES = 32  # in a hint
FEW = 8  # parameters and inputs that a word may have at the cost of one symbol
FEW_OPERANDS = 16  # operands that an op may have at the cost of one symbol


def call(
    machine: Machine, callee: Callee, suffix: str | None, node: s.Symbol, scope: Scope, stack: Stack
) -> None:
    """Run a word or an op with the arguments of `node`."""
    if isinstance(callee.target, Word):
        expand(machine, callee.target, suffix, node, scope, stack)
        return
    spec: OpSpec = callee.target
    attrs = _op_attrs(machine, spec, suffix, node, scope)
    if attrs is not None:
        apply(machine, spec, attrs, node, scope, stack)
        return
    counted = isinstance(spec.inputs, int) and isinstance(spec.outputs, int)
    machine.miscounted |= spec.moves is not None or not counted
    count = spec.inputs if isinstance(spec.inputs, int) else 2
    machine.take(stack, count, f"`{spec.name}`", scope, node.at)
    stack += [UNKNOWN] * (spec.outputs if isinstance(spec.outputs, int) else 2)


def apply(
    machine: Machine, spec: OpSpec, attrs: Attrs, node: s.Symbol, scope: Scope, stack: Stack
) -> None:
    """Apply an op, or move tensors."""
    what = f"`{spec.name}`"
    if spec.moves is not None:
        places = spec.moves(attrs)
        least = spec.inputs if isinstance(spec.inputs, int) else 1
        need = max(least, max(places, default=0) + 1)
        machine.charge(need, MOVED, scope, node.at)
        taken = machine.take(stack, need, what, scope, node.at)
        stack += [taken[p] if p < len(taken) else UNKNOWN for p in places]
        return
    count, leaves = spec.input_count(attrs), spec.output_count(attrs)
    inputs = machine.take(stack, count, what, scope, node.at)
    machine.charge(count + leaves - FEW_OPERANDS, 1, scope, node.at)
    if UNKNOWN in inputs:
        stack += [UNKNOWN] * leaves
        return
    stack += machine.reading.apply(machine, spec, attrs, inputs, node, scope, stack)


def _op_attrs(
    machine: Machine, spec: OpSpec, suffix: str | None, node: s.Symbol, scope: Scope
) -> Attrs | None:
    """An op's attributes; None after an error, which is reported."""
    if node.arguments is None:
        long = suffix is not None and _too_long(suffix)
        known = None if long else _bare(spec, suffix, scope.width)
        if known is not None:
            return known
    names = {p.name: None for p in spec.params}
    given = arguments(machine, spec.name, names, suffix, node, scope)
    return None if given is None else _attrs(machine, spec, given, node, scope)


# -- arguments -------------------------------------------------------------------------------


def arguments(
    machine: Machine, what: str, known: Names, suffix: str | None, node: s.Symbol, scope: Scope
) -> dict[str, Value] | None:
    """Arguments by parameter name; None after an error, which is reported."""
    given: dict[str, Value] = {}
    names = list(known)
    good = True
    if suffix is not None:
        good = _suffix(machine, what, names, suffix, node, scope, given)
    place = len(given)
    for argument in node.arguments or ():
        name = argument.name
        if name is None and place < len(names):
            name, place = names[place], place + 1
        problem = _misplaced(what, known, name, given)
        if name is None or problem:
            machine.report("E307", problem, scope, argument.at, _takes(what, names))
            good = False
            continue
        try:
            given[name] = evaluated(argument.value, scope)
        except EvaluationError as error:
            machine.report(error.code, error.message, scope, error.at, error.hint)
            given[name], good = None, False
    return given if good else None


def _suffix(
    machine: Machine,
    what: str,
    names: list[str],
    suffix: str,
    node: s.Symbol,
    scope: Scope,
    given: dict[str, Value],
) -> bool:
    if not names:
        hint = f"write `{what}`"
        machine.report("E307", f"`{what}` takes no arguments", scope, node.at, hint)
        return False
    if _too_long(suffix):
        message = f"`{suffix[:20]}…` is too long a number"
        machine.report("E302", message, scope, node.at)
        return False
    given[names[0]] = suffix_value(suffix)
    return True


def _misplaced(what: str, names: Names, name: str | None, given: Mapping[str, object]) -> str:
    if name is None:
        count = f"{len(names)} argument" + "s" * (len(names) != 1)
        return f"`{what}` takes {count if names else 'no arguments'}"
    if name not in names:
        return f"`{what}` has no parameter `{name}`"
    return f"`{name}` is given twice" if name in given else ""


def evaluated(node: s.Value, scope: Scope) -> Value:
    """The value of an argument; raises `EvaluationError`."""
    if isinstance(node, s.Code):
        return Closure(node.items, scope)
    return evaluate(node, scope.value)


def _attrs(
    machine: Machine, spec: OpSpec, given: dict[str, Value], node: s.Symbol, scope: Scope
) -> Attrs | None:
    """The attributes of an op; None after an error, which is reported."""
    plain: dict[str, Argument] = {}
    for name, value in given.items():
        word = _as_word(spec, name, value)
        if word is not None:
            plain[name] = word
        elif isinstance(value, Bare | Callee | Closure):
            _no_value(machine, spec, name, value, node, scope)
            return None
        else:
            plain[name] = value
    try:
        return attributes(spec, plain, scope.width)
    except ArgumentError as error:
        at = _argument_at(node, error.param, [p.name for p in spec.params])
        machine.report("E308", error.message, scope, at, error.hint)
        return None


def _as_word(spec: OpSpec, name: str, value: Value) -> str | None:
    """`linear` in `mode=linear` is a word of the parameter, whatever else has that name."""
    param = spec.param(name)
    if param is None or param.kind is not ParamKind.WORD or not isinstance(value, Bare | Callee):
        return None
    return value.name + (value.suffix or "" if isinstance(value, Callee) else "")


def _no_value(
    machine: Machine, spec: OpSpec, name: str, value: object, node: s.Symbol, scope: Scope
) -> None:
    at = _argument_at(node, name, [p.name for p in spec.params])
    if isinstance(value, Bare):
        hint = "a size is a parameter, `c`, or a letter of a typed input"
        message = f"`{value.name}` is no number here"
        machine.report("E303", message, scope, at, hint)
    else:
        message = f"`{name}` of `{spec.name}` is a number, not a symbol"
        machine.report("E308", message, scope, at)


# -- words -----------------------------------------------------------------------------------


def expand(
    machine: Machine, word: Word, suffix: str | None, node: s.Symbol, scope: Scope, stack: Stack
) -> None:
    """Expand a `def` in place, or run a `block` on a stack of its own."""
    definition = word.definition
    names = {p.name: None for p in definition.parameters}
    block = definition.kind == "block"
    if block:
        names["c"] = None
    ports = len(definition.body.inputs.ports) if definition.body.inputs else 0
    machine.charge(len(names) + ports - FEW, 1, scope, node.at)
    given = arguments(machine, word.name, names, suffix, node, scope)
    if given is None:
        machine.miscounted = True
        return
    frames = (*scope.frames, (word.name, scope.span(node.at)))
    paths = Paths(scope.paths.next(word.name))
    machine.foresee(definition.body.items, scope, node.at, word)

    def inside(width: Dim) -> Scope:
        return enter(machine, word, given, width, paths, frames, own_width=block)

    run = bodies.run_block if block else bodies.run_def
    try:
        run(machine, word, inside, scope, stack, node)
    except EvaluationError as error:  # a default without a value
        machine.report(error.code, error.message, scope, node.at, error.hint)
        machine.miscounted = True


def enter(
    machine: Machine,
    word: Word,
    given: Mapping[str, Value],
    width: Dim,
    paths: Paths,
    frames: tuple[tuple[str, Span], ...] = (),
    own_width: bool = True,
) -> Scope:
    """The scope of a word's body, arguments and defaults bound. Raises `EvaluationError`."""
    machine.expanded.add(id(word.definition))
    params: dict[str, Value] = {}
    scope = Scope.of_body(word, width, params, paths, frames)
    if "c" in given:  # defaults see it, whether it is declared or not
        params["c"] = given["c"]
    for parameter in word.definition.parameters:
        if parameter.name in given:
            value = given[parameter.name]
        elif parameter.default is not None:
            value = evaluated(parameter.default, scope)
        elif own_width and parameter.name == "c":
            continue
        else:
            message = f"`{word.name}` needs `{parameter.name}`"
            raise EvaluationError("E307", message, word.definition.name_at)
        params[parameter.name] = NONE_VALUE if value is None else value
    return _with_width(scope, params)


def _with_width(scope: Scope, params: dict[str, Value]) -> Scope:
    if "c" not in params:
        return scope
    width = params["c"]
    number = width.number if isinstance(width, Dim) else None
    if not isinstance(width, Dim) or (number is not None and number < 1):
        raise EvaluationError("E308", "`c` is a width, at least 1", s.NOWHERE)
    return replace(scope, width=width)


@lru_cache(maxsize=REMEMBERED)
def _bare(spec: OpSpec, suffix: str | None, width: Dim) -> Attrs | None:
    """The attributes of an op without written arguments; None where that is an error."""
    if suffix is not None and not spec.params:
        return None
    given = {} if suffix is None else {spec.params[0].name: suffix_value(suffix)}
    try:
        return resolve(spec, given, width)
    except ArgumentError:
        return None


def _too_long(suffix: str) -> bool:
    return any(len(part) > 18 for part in suffix.split("x"))


def _takes(what: str, names: list[str]) -> str:
    shown = [f"`{n}`" for n in names[:MOST_NAMES]] + ["…"] * (len(names) > MOST_NAMES)
    return f"`{what}` takes " + (", ".join(shown) or "nothing")


def _argument_at(node: s.Symbol, param: str, names: list[str]) -> s.At:
    """The argument to blame: by name, else by place, else the whole symbol."""
    for argument in node.arguments or ():
        if argument.name == param:
            return argument.at
    place = names.index(param) if param in names else len(names)
    unnamed = [a for a in node.arguments or () if a.name is None]
    return unnamed[place].at if place < len(unnamed) else node.at
