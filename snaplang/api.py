"""From whatever a user holds to a graph: text, a file, a Program or a Graph.

Every public function goes through `graph_of`, so that all of them take the same things.

>>> graph_of("dup conv3 add", inputs=["N,8,H,W"]).shapes[-1]
Shape('[N, 8, H, W]')
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Union

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Source
from snaplang.graph import Choice, Graph
from snaplang.lowering.choices import Choose
from snaplang.lowering.lower import Parameters
from snaplang.lowering.lower import lower as lower_program
from snaplang.lowering.words import read_source
from snaplang.syntax import Program
from snaplang.syntax.parser import parse as parse_source

Snappable = Union[str, "os.PathLike[str]", Program, Graph]


def source_of(x: str | os.PathLike[str]) -> Source:
    """Text as a source of its own, a path as the file's."""
    if isinstance(x, str):
        return Source("<text>", x, Path())
    return read_source(Path(x))


def parse(x: str | os.PathLike[str]) -> Program:
    """The syntax tree of a program's text (`str`) or file (`os.PathLike`), with positions."""
    return parse_source(source_of(x))


def graph_of(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
    strict: bool = True,
) -> Graph:
    """The checked graph of text, a file, a Program or a Graph.

    `inputs` are shapes (`"N,64,H,W"`, `"h0=N,64,H,W"`), `block` names one of several, `choose`
    decides choices, `params` binds parameters; unless `strict`, a space may have
    alternatives that fit in no member. A Graph is taken as it is: for it the keywords must
    be left out. Raises `SnapError`.
    """
    if isinstance(x, Graph):
        if inputs is not None or block is not None or choose is not None or params:
            message = "a Graph is lowered already: inputs, block, choose and params do not apply"
            raise SnapError(Diagnostic("E509", message, hint="give the program instead"))
        return x
    program = x if isinstance(x, Program) else parse(x)
    shapes = [inputs] if isinstance(inputs, str) else inputs
    return lower_program(program, shapes, block, choose, params, strict=strict)


def choices(
    x: Snappable,
    inputs: Sequence[str] | None = None,
    block: str | None = None,
    choose: Choose = None,
    params: Parameters | None = None,
) -> tuple[Choice, ...]:
    """The choices of a space in order of expansion; nested ones say what they stand in."""
    return graph_of(x, inputs, block, choose, params).choices
