"""A rule that finds out late that it does not fit leaves no trace."""

from __future__ import annotations

from copy import copy
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import snaplang as snap
from snaplang.dims import dim, letter
from snaplang.graph import Condition
from snaplang.graph.builder import Assembly
from snaplang.lift.emission.emission import Claim, Emission, LackingError
from snaplang.lift.emission.rules import RULES
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import ModelTerms
from snaplang.lift.terms.source import Foreign
from snaplang.lift.terms.views import View
from snaplang.ops.spec import Shape
from tests.lift.round_trip import bare

N = letter("N")
WEIGHT = Claim(np.ones((4, 8, 1, 1), np.float32), ("w",))


def emission() -> Emission:
    """An emission on one input, in which something has been emitted."""
    terms = ModelTerms()
    term = terms.input("x", (N, dim(8), dim(6), dim(6)))
    e = Emission(Foreign("model", [term], [], [], "ONNX", terms), N)
    e.assembly.shapes.append(Shape(dim(8), (dim(6), dim(6))))
    e.views[term.number] = e.plain(0)
    e.note("before")
    e.once("relu", [0])
    return e


def emit(e: Emission, number: float) -> None:
    """Emit something of every sort."""
    (value,) = e.once("tanh", [0])
    (value,) = e.run("conv", [value], {"k": (1, 1), "c": dim(4)}, {"weight": WEIGHT})
    e.note("emitted")
    e.views[number] = e.plain(value)
    e.assembly.conditions.append(Condition(letter("H"), None, 2, 1, "a size"))
    e.lacking[number] = e.foreign.inputs[0], "it is late"


def held(e: Emission) -> dict[str, Any]:
    """All that an emission holds, copied, the fields of its assembly included."""
    own = {f.name: copy(getattr(e, f.name)) for f in fields(Emission)}
    return own | {f.name: copy(getattr(e.assembly, f.name)) for f in fields(Assembly)}


def grown(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """What holds more than before."""
    return {name for name, value in after.items() if value != before[name]} - {"assembly"}


def test_what_is_emitted_is_forgotten_notes_included() -> None:
    e = emission()
    start, mark = held(e), e.mark()
    emit(e, 1.5)
    containers = {n for n, value in start.items() if isinstance(value, list | dict)}
    assert grown(start, held(e)) == containers  # all that can grow has grown
    e.reset(mark)
    assert grown(start, held(e)) == set()
    assert e.notes == ["``: before"]
    emit(e, 1.5)
    again = held(e)
    e.reset(mark)
    emit(e, 1.5)
    assert grown(again, held(e)) == set()  # as if nothing had been


def test_marks_are_within_marks() -> None:
    e = emission()
    outer = e.mark()
    emit(e, 1.5)
    inner, there = e.mark(), held(e)
    emit(e, 2.5)
    e.reset(inner)
    assert grown(there, held(e)) == set()
    e.reset(outer)
    assert e.mark() == outer


def test_what_is_kept_while_something_is_tried() -> None:
    e = emission()
    with pytest.raises(LackingError), e.keeping():
        assert e.kept
        raise LackingError
    assert not e.kept


def test_a_rule_that_fails_late_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    conv = RULES["conv"]

    def spoiled(e: Emission, tile: Tile) -> View:
        conv(e, tile)
        e.note("read as what it is not")
        raise LackingError("it does not fit after all")

    model = bare(snap.to_onnx("conv3(4) relu", inputs=["N,8,6,6"]))
    plain = snap.from_onnx(model, opaque=True)
    monkeypatch.setitem(RULES, "conv", spoiled)
    kept = snap.from_onnx(model, opaque=True)
    assert kept.notes == plain.notes
    assert [node.op.family for node in kept.nodes] == ["opaque", plain.nodes[1].op.family]
    assert len(kept.shapes) == len(plain.shapes)
