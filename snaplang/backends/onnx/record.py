"""What our models say of their nodes: which instance a run of nodes is, and all its attributes.

The last node of each instance has it in `metadata_props`, under `KEY`, as JSON. Whoever reads it
checks it: the instance, emitted again, must be these very nodes. Knows no protobuf.

>>> from snaplang.api import lower
>>> node = lower("droppath(0.2)", inputs=["N,8,H,W"]).nodes[0]
>>> text_of(node, ["x"], ["y"], 1)
'{"op":"droppath","path":"droppath1","inputs":["x"],"outputs":["y"],"nodes":1,"attrs":{"p":0.2}}'
>>> parsed(text_of(node, ["x"], ["y"], 1)).instance() == (node.op, node.attrs)
True
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

from snaplang.dims import Dim, dim
from snaplang.graph import Node
from snaplang.ops import by_id
from snaplang.ops.resolve import Argument, resolve
from snaplang.ops.spec import Attrs, AttrValue, OpSpec, ParamKind

KEY = "snaplang"
_FIELDS = {"op": str, "path": str, "inputs": list, "outputs": list, "nodes": int, "attrs": dict}
_LONGEST = 1 << 24  # signs of a record that is read
_MOST_PAD = 1 << 20


def text_of(node: Node, inputs: Sequence[str], outputs: Sequence[str], nodes: int) -> str:
    """The record of an instance; empty where a size among its attributes is no number."""
    attrs = {name: v.whole() if isinstance(v, Dim) else v for name, v in node.attrs.items_}
    if any(v is None and node.attrs[name] is not None for name, v in attrs.items()):
        return ""
    record = {
        "op": node.op.id,
        "path": node.key,
        "inputs": list(inputs),
        "outputs": list(outputs),
        "nodes": nodes,
        "attrs": attrs,
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Record:
    """A record as it was read, well formed but not yet believed."""

    op: str
    path: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: int
    attrs: Mapping[str, Any]

    def instance(self) -> tuple[OpSpec, Attrs]:
        """The op and its attributes, as an instance has them.

        Raises `SnapError` for an op that nothing declares, `ArgumentError` and `ValueError` for
        attributes that it cannot have.
        """
        spec = by_id(self.op)
        kinds = {param.name: param.kind for param in spec.params}
        if spec.moves is not None or spec.spells or not kinds.keys() >= self.attrs.keys():
            raise ValueError("no instance of a graph")
        given = {
            name: _argument(kinds[name], value)
            for name, value in self.attrs.items()
            if kinds[name] is not ParamKind.PAD
        }
        pads = {
            name: _pads(value, spec.pad_rule == "tconv")
            for name, value in self.attrs.items()
            if kinds[name] is ParamKind.PAD
        }
        return spec, Attrs({**resolve(spec, given, dim(1)), **pads})


def parsed(text: str) -> Record | None:
    """A record from its text; None where it is none."""
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.keys() != _FIELDS.keys():
        return None
    if any(type(found[name]) is not kind for name, kind in _FIELDS.items()):
        return None
    if not all(isinstance(name, str) for name in (*found["inputs"], *found["outputs"])):
        return None
    return Record(**{**found, "inputs": tuple(found["inputs"]), "outputs": tuple(found["outputs"])})


def _argument(kind: ParamKind, value: object) -> Argument:
    """An attribute as an argument that resolves to it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, list) and value and all(type(v) is int for v in value):
        return tuple(value)
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return dim(Fraction(repr(value)) if kind is ParamKind.REAL else Fraction(value))
    raise ValueError("an attribute of no kind")


def _pads(value: object, transposed: bool) -> AttrValue:
    """(before, after) per axis, one pair where all axes agree; what is cut may be below zero."""
    pairs = []
    for pair in value if isinstance(value, list) else ():
        if not isinstance(pair, list) or [type(v) for v in pair] != [int, int]:
            raise ValueError("pads are pairs")
        low, high = pair
        if not (0 <= low <= _MOST_PAD and (high <= low if transposed else high >= 0)):
            raise ValueError("pads that no window has")
        if abs(high) > _MOST_PAD:
            raise ValueError("pads that no window has")
        pairs.append((low, high))
    if not 1 <= len(pairs) <= 3:
        raise ValueError("pads for one to three axes")
    return tuple(pairs[:1] if len(set(pairs)) == 1 else pairs)
