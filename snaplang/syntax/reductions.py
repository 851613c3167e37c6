"""Reductions to nodes: one function for each grammar rule, no checks.

Every token is kept by the grammar, so the first and last child of a node tell its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from snaplang.syntax import nodes as s
from snaplang.syntax.lalr import Build, Children, Token


def _at(children: Children) -> s.At:
    """From the first character of the first child to the last of the last."""
    return (children[0].at[0], children[-1].at[1]) if children else s.NOWHERE


def _nodes(children: Children, *kinds: type) -> tuple[Any, ...]:
    return tuple(c for c in children if isinstance(c, kinds))


def _first(items: Iterable[Any]) -> Any:
    return next(iter(items), None)


ITEM = (s.Symbol, s.Repeat, s.Branches, s.Alternatives, s.Decision, s.Bind)
EXPRESSION = (s.Number, s.Name, s.Literal, s.Negative, s.Group, s.Chain)
VALUE = (*EXPRESSION, s.Kernel, s.Code)


def _start(c: Children) -> s.File:
    uses, definitions = _nodes(c, s.Use), _nodes(c, s.Definition)
    return s.File(uses, definitions, c[-1], _at([x for x in c if x.at != s.NOWHERE]))


def _use(c: Children) -> s.Use:
    return s.Use(c[1].text[1:-1], _at(c))


def _definition(c: Children) -> s.Definition:
    """`def` and `block`, which say so."""
    name = c[1]
    return s.Definition(c[0].text, name.text, _nodes(c, s.Parameter), c[-2], _at(c), name.at)


def _param(c: Children) -> s.Parameter:
    return s.Parameter(c[0].text, c[2] if len(c) > 1 else None, _at(c))


def _body(c: Children) -> s.Body:
    inputs, outputs = _first(_nodes(c, s.Inputs)), _first(_nodes(c, s.Outputs))
    return s.Body(inputs, _nodes(c, *ITEM), outputs, _at(c))


def _inputs(c: Children) -> s.Inputs:
    ports = _nodes(c, s.Port)
    return s.Inputs(None if ports else _number(c[1:2]), ports, _at(c))


def _port(c: Children) -> s.Port:
    return s.Port(c[0].text, _nodes(c, *EXPRESSION) if len(c) > 1 else None, _at(c))


def _outputs(c: Children) -> s.Outputs:
    tokens = [t for t in c[1:] if t.kind != "SEMICOLON"]
    if tokens[0].kind == "NUMBER":
        return s.Outputs(_number(tokens), (), _at(c))
    return s.Outputs(None, tuple(_name([t]) for t in tokens), _at(c))


def _symbol(c: Children) -> s.Symbol:
    first: Token = c[0]
    if len(c) == 1:
        return s.Symbol(first.text, None, first.at)
    return s.Symbol(first.text, _nodes(c, s.Argument), _at(c))


def _repeat(c: Children) -> s.Repeat:
    return s.Repeat(_nodes(c[:-1], *ITEM), c[-1], _at(c))


def _branches(c: Children) -> s.Branches:
    return s.Branches(_nodes(c, s.Series), _at(c))


def _choice(c: Children) -> s.Alternatives:
    name = c[1].text if isinstance(c[1], Token) else None
    return s.Alternatives(name, _nodes(c, s.Series), _at(c))


def _decision(c: Children) -> s.Decision:
    return s.Decision(c[1].text, _at(c))


def _series(c: Children) -> s.Series:
    return s.Series(tuple(c), _at(c))


def _bind(c: Children) -> s.Bind:
    return s.Bind(c[1].text, _at(c))


def _argument(c: Children) -> s.Argument:
    return s.Argument(c[0].text if len(c) > 1 else None, c[-1], _at(c))


def _code(c: Children) -> s.Code:
    return s.Code(_nodes(c, *ITEM), _at(c))


def _chain(c: Children) -> s.Expression:
    """Sums and products; one of a single operand is that operand."""
    if len(c) == 1:
        expression: s.Expression = c[0]
        return expression
    return s.Chain(tuple(c[::2]), tuple(t.text for t in c[1::2]), _at(c))


def _negative(c: Children) -> s.Negative:
    return s.Negative(c[1], _at(c))


def _group(c: Children) -> s.Group:
    return s.Group(c[1], _at(c))


def _number(c: Children) -> s.Number:
    return s.Number(c[0].text, c[0].at)


def _name(c: Children) -> s.Name:
    return s.Name(c[0].text, c[0].at)


def _literal(c: Children) -> s.Literal:
    return s.Literal(c[0].text, c[0].at)


def _kernel(c: Children) -> s.Kernel:
    return s.Kernel(c[0].text, c[0].at)


BUILDS: dict[str, Build] = {
    "start": _start,
    "use": _use,
    "def": _definition,
    "block": _definition,
    "param": _param,
    "body": _body,
    "inputs": _inputs,
    "port": _port,
    "outputs": _outputs,
    "symbol": _symbol,
    "repeat": _repeat,
    "branches": _branches,
    "choice": _choice,
    "decision": _decision,
    "series": _series,
    "bind": _bind,
    "argument": _argument,
    "code": _code,
    "sum": _chain,
    "product": _chain,
    "negative": _negative,
    "group": _group,
    "number": _number,
    "name": _name,
    "literal": _literal,
    "kernel": _kernel,
}
