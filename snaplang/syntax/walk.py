"""The syntax tree walked: what stands in a node, and all that is within it, in the text's order.

It is how to look for something in a program without knowing every class of node; what a node is,
is asked by its class (`isinstance`, `match`), never by its name.

>>> from snaplang.diagnostics.source import Source
>>> from snaplang.syntax import Name, Symbol
>>> from snaplang.syntax.parser import parse
>>> tree = parse(Source("-", "def act { <relu | gelu> } { conv(k, out=2*c) act }*2")).tree
>>> [symbol.name for symbol in walk(tree, Symbol)]
['relu', 'gelu', 'conv', 'act']
>>> [name.name for name in walk(tree, Name)]
['k', 'c']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, overload

from snaplang.syntax import nodes as s

Parts = s.Series | s.Argument | s.Parameter | s.Port | s.Inputs | s.Outputs | s.Body
Tree = s.Value | s.Item | Parts | s.Definition | s.Use | s.File | s.Program
Kind = TypeVar("Kind")


def children(node: Tree) -> tuple[Tree, ...]:
    """The nodes that stand directly in a node, in the order of the text."""
    match node:
        case s.Negative() | s.Group() | s.Argument():
            return (node.value,)
        case s.Chain():
            return node.operands
        case s.Code() | s.Series():
            return node.items
        case s.Symbol():
            return node.arguments or ()
        case s.Repeat():
            return (*node.items, node.count)
        case s.Branches() | s.Alternatives():
            return node.series
        case s.Port():
            return node.sizes or ()
        case s.Inputs():
            return (*_there(node.count), *node.ports)
        case s.Outputs():
            return (*_there(node.count), *node.names)
        case s.Parameter():
            return _there(node.default)
        case s.Body():
            return (*_there(node.inputs), *node.items, *_there(node.outputs))
        case s.Definition():
            return (*node.parameters, node.body)
        case s.File():
            return (*node.uses, *node.definitions, node.body)
        case s.Program():
            return (node.tree,)
        case s.Number() | s.Kernel() | s.Name() | s.Literal() | s.Decision() | s.Bind() | s.Use():
            return ()
    raise TypeError(f"this is no node of a syntax tree: {node!r:.80}")


def _there(node: Tree | None) -> tuple[Tree, ...]:
    return () if node is None else (node,)


@overload
def walk(node: Tree) -> Iterator[Tree]:
    """All nodes."""


@overload
def walk(node: Tree, kind: type[Kind]) -> Iterator[Kind]:
    """The nodes of one class."""


def walk(node: Tree, kind: type[Kind] | None = None) -> Iterator[Tree] | Iterator[Kind]:
    """A node and all within it, each before what stands in it; of one `kind`, where one is given.

    `kind` is a class of `snaplang.syntax`, such as `Symbol`. Raises `TypeError` for no node. It
    keeps its own stack, so programs may be nested as deeply as the language allows.
    """
    waiting: list[Tree] = [node]
    while waiting:
        found = waiting.pop()
        inside = children(found)
        if kind is None or isinstance(found, kind):
            yield found
        waiting += reversed(inside)
