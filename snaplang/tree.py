"""Lark's reductions to nodes: one method for each grammar rule, no checks.

Every token is kept by the grammar, so the first and last child of a node tell its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lark import Token, Transformer

from snaplang import syntax as s

Children = list[Any]


def _at(children: Children) -> s.At:
    """From the first character of the first child to the last of the last."""
    if not children:
        return s.NOWHERE
    first, last = children[0], children[-1]
    start = first.start_pos if isinstance(first, Token) else first.at[0]
    end = last.end_pos if isinstance(last, Token) else last.at[1]
    return int(start or 0), int(end or 0)


def _nodes(children: Children, *kinds: type) -> tuple[Any, ...]:
    return tuple(c for c in children if isinstance(c, kinds))


def _first(items: Iterable[Any]) -> Any:
    return next(iter(items), None)


ITEM = (s.Symbol, s.Repeat, s.Branches, s.Choice, s.Decision, s.Bind)
EXPRESSION = (s.Number, s.Name, s.Literal, s.Negative, s.Group, s.Chain)
VALUE = (*EXPRESSION, s.Kernel, s.Code)


class Build(Transformer[Any, s.File]):
    """Builds the nodes of `syntax.py`."""

    def start(self, c: Children) -> s.File:
        uses, definitions = _nodes(c, s.Use), _nodes(c, s.Definition)
        return s.File(uses, definitions, c[-1], _at([x for x in c if x.at != s.NOWHERE]))

    def use(self, c: Children) -> s.Use:
        return s.Use(str(c[1])[1:-1], _at(c))

    def _definition(self, kind: str, c: Children) -> s.Definition:
        parameters = _nodes(c, s.Parameter)
        name = c[1]
        place = (name.start_pos, name.end_pos)
        return s.Definition(kind, str(name), parameters, c[-2], _at(c), place)

    def block(self, c: Children) -> s.Definition:
        return self._definition("block", c)

    def param(self, c: Children) -> s.Parameter:
        return s.Parameter(str(c[0]), c[2] if len(c) > 1 else None, _at(c))

    def body(self, c: Children) -> s.Body:
        inputs, outputs = _first(_nodes(c, s.Inputs)), _first(_nodes(c, s.Outputs))
        return s.Body(inputs, _nodes(c, *ITEM), outputs, _at(c))

    def inputs(self, c: Children) -> s.Inputs:
        ports = _nodes(c, s.Port)
        return s.Inputs(None if ports else _number(c[1]), ports, _at(c))

    def port(self, c: Children) -> s.Port:
        return s.Port(str(c[0]), _nodes(c, *EXPRESSION) if len(c) > 1 else None, _at(c))

    def outputs(self, c: Children) -> s.Outputs:
        tokens = [t for t in c[1:] if t.type != "SEMICOLON"]
        if tokens[0].type == "NUMBER":
            return s.Outputs(_number(tokens[0]), (), _at(c))
        return s.Outputs(None, tuple(_name(t) for t in tokens), _at(c))

    def symbol(self, c: Children) -> s.Symbol:
        arguments = _nodes(c, s.Argument) if len(c) > 1 else None
        return s.Symbol(str(c[0]), arguments, _at(c))

    def repeat(self, c: Children) -> s.Repeat:
        return s.Repeat(_nodes(c[:-1], *ITEM), c[-1], _at(c))

    def branches(self, c: Children) -> s.Branches:
        return s.Branches(_nodes(c, s.Series), _at(c))

    def choice(self, c: Children) -> s.Choice:
        name = str(c[1]) if isinstance(c[1], Token) else None
        return s.Choice(name, _nodes(c, s.Series), _at(c))

    def decision(self, c: Children) -> s.Decision:
        return s.Decision(str(c[1]), _at(c))

    def series(self, c: Children) -> s.Series:
        return s.Series(tuple(c), _at(c))

    def bind(self, c: Children) -> s.Bind:
        return s.Bind(str(c[1]), _at(c))

    def argument(self, c: Children) -> s.Argument:
        return s.Argument(str(c[0]) if len(c) > 1 else None, c[-1], _at(c))

    def code(self, c: Children) -> s.Code:
        return s.Code(_nodes(c, *ITEM), _at(c))

    def sum(self, c: Children) -> s.Expression:
        return _chain(c)

    def product(self, c: Children) -> s.Expression:
        return _chain(c)

    def negative(self, c: Children) -> s.Negative:
        return s.Negative(c[1], _at(c))

    def group(self, c: Children) -> s.Group:
        return s.Group(c[1], _at(c))

    def number(self, c: Children) -> s.Number:
        return _number(c[0])

    def name(self, c: Children) -> s.Name:
        return _name(c[0])

    def literal(self, c: Children) -> s.Literal:
        return s.Literal(str(c[0]), _at(c))

    def kernel(self, c: Children) -> s.Kernel:
        return s.Kernel(str(c[0]), _at(c))


def _define(self: Build, c: Children) -> s.Definition:
    return self._definition("def", c)


setattr(Build, "def", _define)  # a rule whose name Python keeps for itself


def _number(token: Token) -> s.Number:
    return s.Number(str(token), _at([token]))


def _name(token: Token) -> s.Name:
    return s.Name(str(token), _at([token]))


def _chain(c: Children) -> s.Expression:
    if len(c) == 1:
        expression: s.Expression = c[0]
        return expression
    return s.Chain(tuple(c[::2]), tuple(str(t) for t in c[1::2]), _at(c))
