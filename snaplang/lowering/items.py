"""What each item of a program does: symbols, repeats, branches, choices and names.

Each is a handler of the machine: a function of the machine, the item, its scope and the stack.
`HANDLERS` is the table of them; another reading of programs may take another table.

>>> sorted(item.__name__ for item in HANDLERS)
['Alternatives', 'Bind', 'Branches', 'Decision', 'Repeat', 'Symbol']
"""

from __future__ import annotations

from dataclasses import replace

from snaplang.diagnostics import Note
from snaplang.dims import Dim
from snaplang.lowering.calls import call
from snaplang.lowering.expressions import Bare, Callee, Closure, EvaluationError, evaluate
from snaplang.lowering.machine import Handlers, Machine, Stack
from snaplang.lowering.scope import Decided, Scope, Tensor, missing
from snaplang.syntax import nodes as s

MAX_REPEAT = 100_000


def symbol(machine: Machine, node: s.Symbol, scope: Scope, stack: Stack) -> None:
    """Call a word or an op, push a tensor that is named, or run a piece of program."""
    target, suffix = scope.symbol(node.name)
    if isinstance(target, Callee):
        call(machine, target, suffix or target.suffix, node, scope, stack)
    elif isinstance(target, (Tensor, Closure)):
        if node.arguments is not None or suffix:
            kind = "a tensor" if isinstance(target, Tensor) else "a piece of program"
            message = f"`{node.name}` is {kind} and takes no arguments"
            machine.report("E205", message, scope, node.at)
        if isinstance(target, Tensor):
            stack.append(target.value)
        else:
            _inline(machine, target, node, scope, stack)
    elif isinstance(target, Bare) or target is None:
        name = target.name if isinstance(target, Bare) else node.name
        _unknown(machine, name, node, scope, stack)
    else:
        message = f"`{node.name}` is a value, not a symbol"
        machine.report("E205", message, scope, node.at)


def _unknown(machine: Machine, name: str, node: s.Symbol, scope: Scope, stack: Stack) -> None:
    machine.miscounted = True
    if id(node) in machine.unknown:  # told already: looking for a near name takes time
        return
    machine.unknown.add(id(node))
    found = missing(name, scope, node.at)
    held = stack if found.code == "E201" and not found.notes else None
    machine.report(found.code, found.message, scope, node.at, found.hint, held, found.notes)


def _inline(machine: Machine, code: Closure, node: s.Symbol, scope: Scope, stack: Stack) -> None:
    """Run a piece of program: it sees names from where it was written, `c` from here."""
    frames = (*scope.frames, (node.name, scope.span(node.at)))
    home: Scope = code.scope.inner()
    inner = replace(home, width=scope.width, paths=scope.paths, frames=frames)
    machine.run(code.items, inner, stack)


def bind(machine: Machine, node: s.Bind, scope: Scope, stack: Stack) -> None:
    """Take the top, and name it."""
    (value,) = machine.take(stack, 1, f"`-> {node.name}`", scope, node.at)
    machine.name(node.name, value, scope, scope.span(node.at))


def repeat(machine: Machine, node: s.Repeat, scope: Scope, stack: Stack) -> None:
    """Run items several times, each time with names of their own."""
    count = _count(machine, node, scope)
    machine.foresee(node.items, scope, node.at, times=count)
    before = len(machine.log.found)
    for _ in range(count):
        machine.step(1, scope, node.at)
        machine.run(node.items, scope.inner(), stack)
        if len(machine.log.found) > before:  # the next rounds would say the same, at length
            machine.miscounted |= count > 1
            break


def _count(machine: Machine, node: s.Repeat, scope: Scope) -> int:
    """How often to repeat; 0 after an error."""
    try:
        value = evaluate(node.count, scope.value)
    except EvaluationError as error:
        machine.report(error.code, error.message, scope, error.at, error.hint)
        return 0
    if isinstance(value, bool):
        return int(value)
    count = value.whole() if isinstance(value, Dim) else None
    at = node.count.at
    if count is None:
        hint = "it needs a whole number that is known here"
        if isinstance(value, Bare):
            machine.report("E303", f"`{value.name}` is no number here", scope, at, hint)
        else:
            times = str(value) if isinstance(value, Dim) else "that many"
            machine.report("E306", f"cannot repeat {times} times", scope, at, hint)
        return 0
    if not 0 <= count <= MAX_REPEAT:
        hint = f"a repeat runs 0 to {MAX_REPEAT:,} times"
        machine.report("E306", f"cannot repeat {count} times", scope, at, hint)
        return 0
    return count


def branches(machine: Machine, node: s.Branches, scope: Scope, stack: Stack) -> None:
    """Run each branch on a copy of the top, on a stack of its own; each leaves one tensor."""
    top = machine.take(stack, 1, "`[`", scope, node.at)
    for series in node.series:
        own, inner = list(top), scope.inner()
        machine.enclosed(series.items, inner, own)
        machine.settle(own, 1, "a branch", inner, series.at if series.items else node.at)
        stack += own


# -- choices ---------------------------------------------------------------------------------


def choice(machine: Machine, node: s.Alternatives, scope: Scope, stack: Stack) -> None:
    """Decide a choice, and run the alternative; one with a name may be met only once."""
    if node.name is not None and node.name in scope.decisions:
        before = scope.decisions[node.name]
        if before.node is node:
            return _decided(machine, before, scope, stack)
        notes = (Note("first here", scope.span(before.node.at)),)
        message = f"the choice `{node.name}` is made twice"
        hint = f"`<{node.name}>` repeats its decision"
        return machine.report("E208", message, scope, node.at, hint, None, notes)
    found = machine.reading.meet(node, scope)
    if node.name is not None:
        scope.decisions[node.name] = found
    return _decided(machine, found, scope, stack)


def decision(machine: Machine, node: s.Decision, scope: Scope, stack: Stack) -> None:
    """Run what a choice that was made before has decided."""
    if node.name not in scope.decisions:
        hint = f"make it first: `<{node.name}: a | b>`"
        return machine.report("E208", f"there is no choice `{node.name}`", scope, node.at, hint)
    return _decided(machine, scope.decisions[node.name], scope, stack)


def _decided(machine: Machine, found: Decided, scope: Scope, stack: Stack) -> None:
    """Run the alternative taken."""
    if found.alternative is None:
        return machine.reading.undecided(machine, found, scope, stack)
    series = found.node.series[found.alternative]
    return machine.run(series.items, found.within(found.alternative, scope), stack)


HANDLERS: Handlers = {
    s.Symbol: symbol,
    s.Repeat: repeat,
    s.Branches: branches,
    s.Alternatives: choice,
    s.Decision: decision,
    s.Bind: bind,
}
