"""The syntax tree: one class for each rule of `grammar/snap.lark` that leaves a node.

Nodes are frozen and compare by content; `at` is the (start, end) of their characters in the source
and does not count. Nothing is checked or evaluated here.

>>> Symbol("conv", (Argument(None, Number("3")),)) == Symbol("conv", (Argument(None, Number("3")),))
True
"""

from __future__ import annotations

from dataclasses import dataclass, field

from snaplang.diagnostics.source import Source

At = tuple[int, int]
NOWHERE: At = (0, 0)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: `3`, `0.1`, `1e-5`."""

    text: str
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Sizes per axis: `1x7`."""

    text: str
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a computation: a parameter, a letter, a word, or one of an op's own words."""

    name: str
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """`true`, `false`, `none` or `same`."""

    word: str
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """`-x`."""

    value: Expression
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """`(x)`."""

    value: Expression
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """`a + b - c` or `a * b / c`: from left to right, one operator fewer than operands."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]
    at: At = field(default=NOWHERE, compare=False, repr=False)


Expression = Number | Name | Literal | Negative | Group | Chain


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of program as an argument: `{ conv3 bn }`."""

    items: tuple[Item, ...]
    at: At = field(default=NOWHERE, compare=False, repr=False)


Value = Number | Name | Literal | Negative | Group | Chain | Kernel | Code


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument, by name or (None) by place."""

    name: str | None
    value: Value
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol with its arguments; `arguments` is None where no parentheses stand."""

    name: str
    arguments: tuple[Argument, ...] | None = None
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """`{ … }*n`."""

    items: tuple[Item, ...]
    count: Expression
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Series:
    """The items of a branch or an alternative."""

    items: tuple[Item, ...]
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Branches:
    """`[ a | b ]`."""

    series: tuple[Series, ...]
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """`<a | b>`, `<p: a | b>`."""

    name: str | None
    series: tuple[Series, ...]
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """`<p>`: a named choice, decided as before."""

    name: str
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bind:
    """`-> name`."""

    name: str
    at: At = field(default=NOWHERE, compare=False, repr=False)


Item = Symbol | Repeat | Branches | Alternatives | Decision | Bind


@dataclass(frozen=True, slots=True)
class Port:
    """An input's name and, where typed, its channels and sizes."""

    name: str
    sizes: tuple[Expression, ...] | None = None
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Inputs:
    """`in 2` (then `ports` is empty) or `in a b;`."""

    count: Number | None
    ports: tuple[Port, ...] = ()
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Outputs:
    """`out 2` or `out a b`."""

    count: Number | None
    names: tuple[Name, ...] = ()
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Body:
    """What a definition or a file holds."""

    inputs: Inputs | None
    items: tuple[Item, ...]
    outputs: Outputs | None
    at: At = field(default=NOWHERE, compare=False, repr=False)

    @property
    def empty(self) -> bool:
        """Nothing stands here at all."""
        return not self.items and self.inputs is None and self.outputs is None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a definition and its default."""

    name: str
    default: Value | None
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Definition:
    """`def` or `block` (`kind`)."""

    kind: str
    name: str
    parameters: tuple[Parameter, ...]
    body: Body
    at: At = field(default=NOWHERE, compare=False, repr=False)
    name_at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Use:
    """`use "path"`."""

    path: str
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """A whole file."""

    uses: tuple[Use, ...]
    definitions: tuple[Definition, ...]
    body: Body
    at: At = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Program:
    """A parsed text: its tree, and the source that the tree's places count in."""

    tree: File
    source: Source = field(compare=False)
