"""From text to a tree and back: nothing here knows what an op does.

    nodes       the syntax tree, a class for each rule of the grammar
    derive      the parse table, made from `grammar/snap.lark` by Lark
    table       the grammar and its table, as they are shipped
    lalr        the parser that runs a table
    reductions  from the parser's reductions to nodes
    parser      text to tree, with errors that say what was expected
    formatter   a source, well set, comments kept
    walk        the nodes within a node, typed

Text -> tokens -> reductions -> nodes; nodes keep their places, so text can be written anew.
"""

from __future__ import annotations

from snaplang.syntax.nodes import (
    Alternatives,
    Argument,
    At,
    Bind,
    Body,
    Branches,
    Chain,
    Code,
    Decision,
    Definition,
    Expression,
    File,
    Group,
    Inputs,
    Item,
    Kernel,
    Literal,
    Name,
    Negative,
    Number,
    Outputs,
    Parameter,
    Port,
    Program,
    Repeat,
    Series,
    Symbol,
    Use,
    Value,
)

Choice = Alternatives  # as pickles of before call it

__all__ = [
    "Alternatives",
    "Argument",
    "At",
    "Bind",
    "Body",
    "Branches",
    "Chain",
    "Code",
    "Decision",
    "Definition",
    "Expression",
    "File",
    "Group",
    "Inputs",
    "Item",
    "Kernel",
    "Literal",
    "Name",
    "Negative",
    "Number",
    "Outputs",
    "Parameter",
    "Port",
    "Program",
    "Repeat",
    "Series",
    "Symbol",
    "Use",
    "Value",
]
