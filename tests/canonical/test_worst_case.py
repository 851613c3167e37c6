"""Graphs made to explode: symmetric, deeply nested, exponentially large when written out.

How long they take is measured in `benchmarks/measures/sameness.py`; here they end, and rightly.
"""

from __future__ import annotations

import inspect
import sys

import pytest

import snaplang as snap
from snaplang.canonical.normal import terms
from snaplang.canonical.order.partition import Partition
from snaplang.canonical.order.ties import Search
from snaplang.canonical.order.wires import Wires
from snaplang.graph import Graph
from snaplang.testing.generators import tied
from snaplang.testing.generators.tied import branches, butterfly


def settled(graph: Graph | str) -> str:
    """The fingerprint of a graph, which its canonical graph has as well."""
    found = snap.fingerprint(graph)
    assert snap.fingerprint(snap.canonicalize(graph)) == found
    return found


def test_equal_branches() -> None:
    body = "conv3 bn relu"
    assert settled(branches(256, body)) == snap.fingerprint(f"-> x {f'x {body} ' * 256} add256")
    assert settled(branches(255, body)) != settled(branches(256, body))
    assert snap.format(snap.canonicalize(branches(256, "relu"))).startswith("relu dup add dup add")


@pytest.mark.parametrize("times", [12, 40, 130, 255, 256, 300, 5000])
def test_doubling(times: int) -> None:
    assert settled(f"{{ dup add }}*{times}") != settled(f"{{ dup add }}*{times + 1}")
    assert settled(f"{{ dup add }}*{times}") != settled("")
    flat = f"{{ dup add }}*{times - 2} dup dup dup add4"
    assert settled(f"{{ dup add }}*{times}") == settled(flat)


def test_a_multiplicity_that_a_modulus_would_hide() -> None:
    prime = 2**255 - 19  # as many times conv1 or conv3: digests modulo this prime would be equal
    one, two = (
        f"dup conv1 -> a conv3 -> b a b {times_of(prime, name)} out 3" for name in ("a", "b")
    )
    assert snap.fingerprint(one) != snap.fingerprint(two)
    assert settled(one) == settled(one.replace("a b a", "b a swap a"))


def times_of(count: int, name: str) -> str:
    """A tensor so many times, by doubling."""
    steps = [name]
    for bit in bin(count)[3:]:
        steps.append("dup add")
        if bit == "1":
            steps.append(f"{name} add")
    return " ".join(steps)


@pytest.mark.parametrize("times", [12, 25])
def test_nested_sequences(times: int) -> None:
    flat = f"{{ dup cat }}*{times - 2} dup dup dup cat4"
    assert settled(f"{{ dup cat }}*{times}") == settled(flat)
    assert settled(f"{{ dup cat }}*{times}") != settled(f"{{ dup cat }}*{times - 1}")
    zeros = f"dup zero cat {{ dup cat }}*{times}"
    assert settled(zeros) != settled(f"dup zero swap cat {{ dup cat }}*{times}")


@pytest.mark.parametrize("op", ["add", "max", "mean", "mul", "mean relu", "mean conv1"])
def test_butterflies(op: str) -> None:
    settled(butterfly(20, op))


@pytest.mark.parametrize(
    "text",
    [
        "{ dup conv3 bn relu conv3 bn add relu }*2857",
        "{ dup conv3 bn relu conv3 bn add }*3333",
        "{ dup conv3 bn swap conv3 bn add relu }*3333",
        "{ dup conv3 max }*10000",
        "{ dup conv3 cat conv1 }*5000",
        "{ sigmoid tanh }*5000 maxpool3",
    ],
)
def test_twenty_thousand_nodes(text: str) -> None:
    settled(text)


@pytest.mark.parametrize("name", tied.FAMILIES)
def test_families_of_symmetric_graphs(name: str) -> None:
    one, other = (snap.lower(tied.large(name, 600, seed)) for seed in (1, 2))
    assert snap.fingerprint(one) == snap.fingerprint(other)


def test_the_search_is_not_recursive() -> None:
    layers = 150  # pairs, each joined with the next one: as many levels of the search
    names = [v // 2 for v in range(2 * layers)]
    edges = [(v, w, 1) for v in range(2 * layers - 2) for w in (v // 2 * 2 + 2, v // 2 * 2 + 3)]
    search = Search(Partition(Wires.of(2 * layers, edges), names))
    before = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack(0)) + 60)
        (found,) = search.components(range(2 * layers), layers)
    finally:
        sys.setrecursionlimit(before)
    assert sorted(found.order) == list(range(2 * layers))


def test_pools_above_activations_are_linear() -> None:
    settled("{ sigmoid maxpool3 }*200")
    snap.fingerprint("{ sigmoid maxpool3 }*3000")


def test_a_program_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "MOST", 100)
    snap.fingerprint("{ conv3 }*90")
    with pytest.raises(snap.SnapError, match="E513"):
        snap.fingerprint("{ conv3 }*110")
