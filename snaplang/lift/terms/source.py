"""What a reader of foreign models hands on: terms from inputs to outputs.

Ops that nothing knows are opaque terms: a kind, a digest of what it was given, constants among its
arguments as weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from snaplang.lift.terms.shapes import Sizes
from snaplang.lift.terms.terms import Const, ModelTerms, Term, Value


@dataclass
class Foreign:
    """A model as terms; `weights` are its parameters and constants by name, as they are there."""

    name: str
    inputs: list[Term]
    outputs: list[Term]
    output_names: list[str]
    origin: str  # where it comes from, for messages
    terms: ModelTerms
    notes: list[str] = field(default_factory=list)
    weights: dict[str, NDArray[Any]] = field(default_factory=dict)
    bare: bool = False  # the weights have shapes, no data
    written: dict[str, Sizes] = field(default_factory=dict)  # spatial sizes as a program types them
    fused: set[str] = field(default_factory=set)  # weights that norms were folded into


def digest(*parts: str | bytes) -> str:
    """A short name for what was given."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little") + data)
    return state.hexdigest()[:16]


def opaque_terms(
    terms: ModelTerms, kind: str, key: str, args: Sequence[Value], shapes: Sequence[Sizes]
) -> list[Value]:
    """The results of an op that nothing knows; whole numbers among its arguments are part of it."""
    said = [key]
    for arg in args:
        if isinstance(arg, Const):
            floats = arg.array.dtype.kind == "f"
            said.append(str(arg.array.shape) if floats else str(arg.array.tolist())[:10_000])
        else:
            said.append("-" if arg is None else str(arg.rank))
    name = digest(*said)
    first = terms.opaque("opaque", args, shapes[0], name=kind, digest=name, results=tuple(shapes))
    rest = (terms.opaque("part", [first], shape, index=i) for i, shape in enumerate(shapes[1:], 1))
    return [first, *rest]
