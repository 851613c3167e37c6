"""Spelling an instance at random: any symbol, order and form of arguments that mean the same.

>>> import random
>>> from snaplang.api import lower
>>> graph = lower("conv(3, out=2*c)")
>>> found = {respell(random.Random(i), graph.nodes[0], graph.input_shapes(), graph.width)
...          for i in range(200)}
>>> {"conv3(2*c)", "conv(3, out=2*c)", "conv3(out=2*c)"} <= found
True
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from snaplang.dims import Dim
from snaplang.graph import Node
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument
from snaplang.ops.spec import OpSpec, Param, ParamKind, Shape
from snaplang.printing.names import reads_as
from snaplang.printing.spelling import argument_of, reads_back


def respell(rng: random.Random, node: Node, shapes: tuple[Shape, ...], width: Dim) -> str:
    """A symbol for `node`, whose inputs have these shapes, where `c` is `width`."""
    derived = [s for s in TABLE.values() if s.spells == node.op.name]
    specs = [node.op, *derived]
    rng.shuffle(specs)
    for spec in specs:
        text = _try(rng, spec, node, shapes, width)
        if text is not None:
            return text
    raise ValueError(f"no symbol gives {node.op.name} with {node.attrs}")


def _try(
    rng: random.Random, spec: OpSpec, node: Node, shapes: tuple[Shape, ...], width: Dim
) -> str | None:
    given: dict[str, Argument] = {}
    texts: dict[str, str] = {}
    for param in spec.params:
        found = argument_of(param, node.attrs[param.name])
        if found is not None:
            given[param.name], texts[param.name] = found
    if not reads_back(spec, given, node, shapes, width):
        return None
    names = list(given)
    rng.shuffle(names)
    for name in names:
        fewer = {n: v for n, v in given.items() if n != name}
        if rng.random() < 0.85 and reads_back(spec, fewer, node, shapes, width):
            given = fewer
    kept = {p.name: _varied(rng, p, texts[p.name]) for p in spec.params if p.name in given}
    return _symbol(rng, spec, kept)


def _varied(rng: random.Random, param: Param, text: str) -> str:
    """The same value in other words."""
    if rng.random() < 0.7:
        return text
    if param.kind is ParamKind.REAL and "." in text and "e" not in text:
        return text + "0"
    if param.kind in (ParamKind.WIDTH, ParamKind.COUNT, ParamKind.REAL) and text != "none":
        return rng.choice((f"({text})", f"0 + {text}" if text[0] != "-" else text, f"({text})*1"))
    if param.kind is ParamKind.KERNEL and text.isdigit():
        return rng.choice((f"{text}x{text}", f"({text})"))
    return text


def _symbol(rng: random.Random, spec: OpSpec, texts: Mapping[str, str]) -> str:
    """A first argument as suffix or in brackets; some by place, others by name in any order."""
    names = [p.name for p in spec.params]
    head, placed = spec.name, 0
    if names and names[0] in texts and rng.random() < 0.6:
        first = texts[names[0]]
        if reads_as(head + first) == (head, first):
            head, placed = head + first, 1
    by_place = []
    for name in names[placed:]:
        if name not in texts or rng.random() > 0.6:
            break
        by_place.append(texts[name])
    rest = [f"{n}={texts[n]}" for n in names[placed + len(by_place) :] if n in texts]
    rng.shuffle(rest)
    arguments = ", ".join((*by_place, *rest))
    return f"{head}({arguments})" if arguments or rng.random() > 0.95 else head
