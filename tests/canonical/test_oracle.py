"""The oracle against pairs judged by hand from the statement of the laws, and against networkx."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import networkx as nx
import pytest

from snaplang.graph import Graph
from snaplang.testing.oracle import certificate, drawn
from snaplang.testing.oracle.certificates import Drawing
from tests.canonical.corpus import families, lowered, programs_up_to
from tests.canonical.pairs import DIFFERENT, PAIRS, SAME


def alike(left: Graph, right: Graph, level: str) -> bool:
    """What the oracle says of two graphs."""
    return certificate(left, level) == certificate(right, level)


@pytest.mark.parametrize(("left", "right", "verdict"), PAIRS)
def test_pairs(left: str, right: str, verdict: str) -> None:
    one, two = lowered(left), lowered(right)
    assert alike(one, two, "structure") == (verdict == SAME)
    assert alike(one, two, "algebra") == (verdict != DIFFERENT)


def test_structure_keeps_what_only_algebra_merges() -> None:
    """Two sums of the same remain two, where nothing absorbs them; absorbed, they are gone."""
    twice = "in a b; a b add relu a b add tanh add"
    once = "in a b; a b add dup relu swap tanh add"
    assert not alike(lowered(twice), lowered(once), "structure")
    assert alike(lowered(twice), lowered(once), "algebra")
    absorbed = "in a b; a b add a b add add"
    assert alike(lowered(absorbed), lowered("in a b; a b add dup add"), "structure")
    assert not alike(lowered("dup dup max relu max"), lowered("dup relu max"), "structure")


def test_multiplicities_are_exact() -> None:
    """Sums of more terms than a machine word counts are told apart."""
    for n in (40, 130, 200):
        doubled = lowered(f"{{ dup add }}*{n}")
        assert not alike(doubled, lowered(f"{{ dup add }}*{n + 1}"), "structure")
        assert not alike(doubled, lowered(f"dup {{ dup add }}*{n} add"), "structure")
    assert alike(
        lowered("dup { dup add }*70 add"), lowered("dup { dup add }*70 swap add"), "algebra"
    )


def test_unknown_op_is_named() -> None:
    graph = lowered("relu")
    (node,) = graph.nodes
    strange = replace(node, op=replace(node.op, id="mystery"))
    with pytest.raises(NotImplementedError, match="`mystery`"):
        certificate(replace(graph, nodes=(strange,)), "structure")


@pytest.mark.parametrize("level", ["structure", "algebra"])
def test_families(level: str) -> None:
    """Pairs on which colour refinement fails; the verdicts come from theory or networkx."""
    for name, left, right, same in families():
        assert alike(left, right, level) == same, name


def _matches(one: dict[str, str], two: dict[str, str]) -> bool:
    return one == two


def _network(drawing: Drawing) -> nx.Graph:
    """The drawing that nauty sees, for networkx."""
    network = nx.Graph()
    for vertex, label in enumerate(drawing.labels):
        network.add_node(vertex, label=repr(label))
    network.add_edges_from((v, w) for v, near in drawing.edges.items() for w in near)
    return network


@pytest.mark.parametrize("level", ["structure", "algebra"])
def test_nauty_and_networkx_agree(level: str) -> None:
    """On all small programs: one graph of each class, against all others of the same size."""
    vocabulary = ("dup", "over", "swap", "add", "cat", "conv1", "relu", "zero")
    classes = {certificate(g, level): drawn(g, level) for _, g in programs_up_to(4, vocabulary)}
    by_labels: dict[tuple[object, ...], list[nx.Graph]] = {}
    for drawing in classes.values():
        by_labels.setdefault(tuple(sorted(drawing.labels)), []).append(_network(drawing))
    for alikes in by_labels.values():
        for one, two in combinations(alikes, 2):
            assert not nx.is_isomorphic(one, two, node_match=_matches)
