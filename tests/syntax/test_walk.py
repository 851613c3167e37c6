"""The walk of the syntax tree against the fields of its nodes."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

import snaplang as snap
from snaplang.syntax import Alternatives, Argument, Bind, Name, Number, Symbol, nodes
from snaplang.syntax.walk import Tree
from tests.support.architecture import ROOT

EVERYTHING = """
use "words.snap"
def act(k=3, b={ relu }, w=same) { <p: conv(-k, out=(2*c) + 1) | { b }*2> [ bn | <p> ] add }
block f { in x(c, H, W + 1) y; x -> z z conv(1x3, bias=false) out x z }
"""
CLASSES = {
    v
    for v in vars(nodes).values()
    if dataclasses.is_dataclass(v) and v.__module__ == nodes.__name__
}


def by_fields(node: object) -> list[object]:
    """What a node's fields hold, and they in turn."""
    assert dataclasses.is_dataclass(node)
    found: list[object] = [node]
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if type(part) in CLASSES:
                found += by_fields(part)
    return found


@pytest.mark.parametrize("text", [EVERYTHING, "in 2 add out 1", "", "relu"])
def test_all_nodes_are_walked_each_before_what_is_within(text: str) -> None:
    program = snap.parse(text)
    assert list(map(id, snap.walk(program))) == list(map(id, by_fields(program)))


def test_every_class_of_the_tree_is_walked() -> None:
    assert {type(node) for node in snap.walk(snap.parse(EVERYTHING))} == CLASSES
    assert set(get_args(Tree)) == CLASSES


def test_nodes_come_in_the_order_of_the_text() -> None:
    for path in sorted((ROOT / "examples").rglob("*.snap")):
        tree = snap.parse(path).tree
        places = [symbol.at for symbol in snap.walk(tree, Symbol)]
        assert places == sorted(places) and places


def test_one_kind_is_asked_for() -> None:
    program = snap.parse("conv(3, out=2*c) -> a <relu | a> add")
    assert [n.name for n in snap.walk(program, Symbol)] == ["conv", "relu", "a", "add"]
    assert [n.name for n in snap.walk(program, Bind)] == ["a"]
    (choice,) = snap.walk(program, Alternatives)
    assert snap.children(choice) == choice.series
    (conv, *_) = program.tree.body.items
    assert [type(n) for n in snap.walk(conv)] == [
        Symbol, Argument, Number, Argument, nodes.Chain, Number, Name
    ]  # fmt: skip


def test_deep_programs_are_walked() -> None:
    text = "{ " * 150 + "relu" + " }*1" * 150
    assert len(list(snap.walk(snap.parse(text), nodes.Repeat))) == 150


@pytest.mark.parametrize("wrong", ["dup add", None, 3, [Number("3")]])
def test_what_is_no_node_is_an_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="no node of a syntax tree"):
        list(snap.walk(wrong))  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="no node of a syntax tree"):
        snap.children(wrong)  # type: ignore[arg-type]
