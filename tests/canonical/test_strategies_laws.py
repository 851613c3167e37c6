"""Generated pairs against the canonicalizer: laws make programs equal, changes make them differ.

The strategies know the laws only as steps to take backwards, and differences only by a signature of
their own, so that neither side can hide a mistake of the other.
"""

from __future__ import annotations

from hypothesis import given, settings

import snaplang as snap
from snaplang.ops.spec import OpSpec
from snaplang.printing.printer import printed
from snaplang.strategies import different_programs, equivalent_programs, graphs

CHECK = settings(derandomize=True, deadline=None, max_examples=150, database=None)
RICH = {"zero", "cat", "add", "mul", "max", "relu", "maxpool", "sigmoid", "conv", "split", "mean"}


def rich(spec: OpSpec) -> bool:
    """Ops among which every law finds something to do."""
    return spec.name in RICH


@CHECK
@given(equivalent_programs(level="structure"))
def test_structure_laws(pair: tuple[str, str]) -> None:
    assert snap.equivalent(*pair, level="structure")
    assert snap.equivalent(*pair)


@CHECK
@given(equivalent_programs())
def test_algebra_laws(pair: tuple[str, str]) -> None:
    assert snap.equivalent(*pair)
    assert snap.fingerprint(pair[0]) == snap.fingerprint(pair[1])


@CHECK
@given(equivalent_programs(ops=rich, max_size=8, steps=12))
def test_algebra_laws_where_they_meet(pair: tuple[str, str]) -> None:
    assert snap.equivalent(*pair)


@CHECK
@given(different_programs())
def test_different_programs(pair: tuple[str, str]) -> None:
    assert not snap.equivalent(*pair)
    assert not snap.equivalent(*pair, level="structure")


@CHECK
@given(graphs(ops=rich))
def test_canonical_programs_come_back(graph: snap.Graph) -> None:
    for level in ("structure", "algebra"):
        canon = snap.canonicalize(graph, level=level)
        text = printed(canon)
        assert printed(snap.canonicalize(snap.lower(text), level=level)) == text
        assert snap.fingerprint(text, level=level) == snap.fingerprint(graph, level=level)
