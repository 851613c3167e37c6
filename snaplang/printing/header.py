"""The inputs of a printed program: what must be said so that the text alone gives the graph.

Cases:

1. All inputs are `[N, c, *S]`, as untyped ones are: nothing for one, else `in 2` or `in x1 x2;`.
2. They have a width and at most the rank that ops ask for, as a default for `c` gives them:
   `block program(c=32) { … }` around the program.
3. Anything else is typed: `in x(64, H, W);`. Then inputs are names from the beginning.

>>> from snaplang.api import lower
>>> (head,) = headers(lower("conv3", inputs=["N,64,H,W"]))
>>> head.opening, str(head.width)
('in x(64, H, W);', '64')
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from snaplang.dims import AXES, Dim, letter
from snaplang.graph import Graph, Input
from snaplang.ops.reserved import WORDS
from snaplang.ops.resolve import asked_ranks
from snaplang.ops.spec import Shape
from snaplang.printing import numbers
from snaplang.printing.names import input_names

_PLAIN = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Header:
    """How a program begins and ends; `width` is what `c` means in it.

    `names` are those of the inputs where they are named; `opening` then stands for them all.
    """

    opening: str
    closing: str
    names: tuple[str, ...]
    width: Dim


def headers(graph: Graph) -> list[Header]:
    """The headers that a graph without dead nodes may have; the shortest program decides."""
    shapes = tuple(map(_declared, graph.inputs, graph.input_shapes()))
    width = shapes[0].channels
    count = "" if len(shapes) == 1 else f"in {len(shapes)}"
    number = width.whole()
    found: list[Header] = []
    if _untyped(graph, width) and width == letter("c"):
        found = _named_or_not(Header(count, "", (), width), len(shapes))
    elif _untyped(graph, width) and number is not None and not graph.inputs[0].bound:
        opening = f"block program(c={number}) {{ {count}".rstrip()
        found = _named_or_not(Header(opening, "}", (), width), len(shapes))
    if not found and not all(map(_writable, shapes)):
        return [Header(count, "", (), width)]
    if not found or (shapes[0].open and number is not None):
        found.append(_typed(shapes))
    return found


def _declared(info: Input, shape: Shape) -> Shape:
    """A shape as a type says it: as it is, or as it was written."""
    if shape.open or info.written is None or not info.as_written:
        return shape
    return shape.with_spatial(info.written)


def _typed(shapes: tuple[Shape, ...]) -> Header:
    names = tuple(input_names(len(shapes)))
    ports = " ".join(name + _sizes(shape) for name, shape in zip(names, shapes, strict=True))
    width = shapes[0].channels
    if any("c" in size.letters() for shape in shapes for size in _said(shape)):
        width = letter("c")
    return Header(f"in {ports};", "", names, width)


def _named_or_not(head: Header, count: int) -> list[Header]:
    """A header, and the same with named inputs where that can be worth it: two or more of them."""
    if count == 1:
        return [head]
    names = tuple(input_names(count))
    opening = head.opening.removesuffix(f"in {count}") + f"in {' '.join(names)};"
    return [head, replace(head, opening=opening, names=names)]


def _untyped(graph: Graph, width: Dim) -> bool:
    """Whether the inputs are what untyped ones of this width would be."""
    shapes = set(graph.input_shapes())
    if shapes == {Shape(width, (letter("S"),), True)}:
        return True
    ranks = {rank for node in graph.nodes for rank in asked_ranks(node.op, node.attrs)}
    return any(shapes == {Shape(width, tuple(map(letter, AXES[r])))} for r in ranks)


def _said(shape: Shape) -> tuple[Dim, ...]:
    """The sizes that a typed input says; an open rank leaves out all but the channels."""
    return (shape.channels,) if shape.open else (shape.channels, *shape.spatial)


def _sizes(shape: Shape) -> str:
    return "(" + ", ".join(map(str, _said(shape))) + ")"


def _writable(shape: Shape) -> bool:
    """Whether the sizes can be written: no floors, no letters that are words of the language."""
    said = _said(shape)
    return all(numbers.width(s) is not None and WORDS.isdisjoint(s.letters()) for s in said)


def input_texts(graph: Graph) -> list[str]:
    """The shapes of a graph's inputs as `--input` takes them: those that it can take.

    Where some are missing, the others are named as a printed program names them.
    """
    found: dict[str, str] = {}
    names = input_names(len(graph.inputs))
    for name, info, shape in zip(names, graph.inputs, graph.input_shapes(), strict=True):
        sizes = [str(size) for size in (graph.batch, *_said(shape))]
        given = info.bound or shape.channels.whole() is None
        if given and not shape.open and all(map(_PLAIN.fullmatch, sizes)):
            found[name] = ",".join(sizes)
    if len(found) == len(names):
        return list(found.values())
    return [f"{name}={text}" for name, text in found.items()]
