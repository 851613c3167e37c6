"""Pieces of program: a text, and what it does to a stack of tensors.

>>> from snaplang.dims import dim
>>> stack = Stack(Assembly(), [0, 1], dim(8))
>>> run([Piece("drop", lambda s: s.values.clear())], stack)
>>> stack.values
[]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from snaplang.dims import Dim
from snaplang.graph.builder import Assembly


class MisfitError(Exception):
    """A piece that the stack cannot take."""


@dataclass
class Stack:
    """Tensors by number, names, and the width, as the text sees them."""

    assembly: Assembly
    values: list[int]
    width: Dim
    names: dict[str, int] = field(default_factory=dict)

    def pop(self, count: int) -> list[int]:
        """The top values, deepest first."""
        if count > len(self.values):
            raise MisfitError
        taken = self.values[len(self.values) - count :]
        del self.values[len(self.values) - count :]
        return taken

    def on(self, values: list[int]) -> Stack:
        """A stack of its own for a branch."""
        return Stack(self.assembly, list(values), self.width, dict(self.names))


Act = Callable[[Stack], None]
Maker = Callable[..., "Piece | None"]


@dataclass(frozen=True)
class Piece:
    """A text and what it does. `names`: it makes a name or reads one; `unary`: one to one."""

    text: str
    act: Act
    names: bool = False
    unary: bool = False
    number: str = ""  # a first argument that may become a parameter: `conv(3, …)`


def run(pieces: list[Piece], stack: Stack) -> None:
    """Run pieces in order."""
    for piece in pieces:
        piece.act(stack)
