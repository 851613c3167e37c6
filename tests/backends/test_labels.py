"""Colours follow the op table, captions the printer."""

from __future__ import annotations

from dataclasses import replace

import snaplang as snap
from snaplang.backends.labels import COLOURS, colours
from snaplang.ops import CORE
from snaplang.ops.spec import Attrs
from snaplang.printing.caption import captions


def test_every_family_has_a_colour_of_its_own() -> None:
    assert COLOURS.keys() == {spec.family for spec in CORE} | {"user"}
    assert len(set(COLOURS.values())) == len(COLOURS)
    assert colours("unheard of") == COLOURS["user"]


def test_an_instance_without_a_symbol_shows_its_attributes() -> None:
    graph = snap.lower("maxpool3")
    (node,) = graph.nodes
    lopsided = Attrs({**node.attrs, "pad": ((0, 1),)})
    changed = replace(graph, nodes=(replace(node, attrs=lopsided),))
    caption = captions(changed)(changed.nodes[0])
    assert caption == "maxpool(k=3, stride=1, pad=((0, 1),))"
    assert caption in snap.to_dot(changed)
