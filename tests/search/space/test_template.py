"""Templates against snaplang's own choices, counts and fingerprints."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.space import FreeSpace, Limits, Space, TemplateSpace, build, from_file, template
from tests.support.architecture import ROOT

NB201 = ROOT / "examples" / "spaces" / "nb201.snap"
TEMPLATES = {
    "flat": "dup <conv3|conv1|identity> <relu|gelu> add",
    "nested": "dup <conv3 <relu|gelu|silu>|conv1|identity> <p:bn|ln> add",
    "named": "<p: relu|gelu> conv3 <p> <conv1|conv3>",
    "repeated": "{ <relu|identity> conv1 }*3",
    "hidden": "def act { <relu|gelu> } dup <conv3 act|bn> add",
    "dead": "dup <conv3|conv1> drop <relu|identity>",
}


def texts(space: TemplateSpace) -> list[str]:
    return [space.decode(tokens) for tokens in space.encodings()]


@pytest.mark.parametrize(
    ("name", "programs", "architectures"),
    [
        ("flat", 6, 6),
        ("nested", 10, 10),
        ("named", 4, 4),
        ("repeated", 8, 8),
        ("hidden", 3, 3),
        ("dead", 4, 2),
    ],
)
def test_members_are_counted(name: str, programs: int, architectures: int) -> None:
    space = template(TEMPLATES[name])
    assert space.programs() == len(list(space.encodings())) == programs
    assert len(list(space.all())) == architectures


@pytest.mark.parametrize("name", TEMPLATES)
def test_members_are_those_that_snaplang_chooses(name: str) -> None:
    space = template(TEMPLATES[name])
    for tokens in space.encodings():
        candidate = space.candidate(tokens)
        assert candidate is not None
        meant = snap.fingerprint(TEMPLATES[name], choose=list(tokens))
        assert candidate.fingerprint == snap.fingerprint(candidate.program) == meant
        assert space.encode(candidate.program) == tokens


@pytest.mark.parametrize("name", TEMPLATES)
def test_draws_are_uniform_over_members(name: str) -> None:
    space = template(TEMPLATES[name])
    members = list(space.encodings())
    rng = np.random.default_rng(1)
    counts = Counter(space.sample_tokens(rng) for _ in range(80 * len(members)))
    assert chisquare([counts[m] for m in members]).pvalue > 1e-3


@pytest.mark.parametrize("name", TEMPLATES)
def test_changes_are_members(name: str) -> None:
    space = template(TEMPLATES[name])
    members = {*space.encodings()}
    rng = np.random.default_rng(2)
    one, other = space.sample(rng), space.sample(rng)
    for _ in range(20):
        found = [space.mutate(one, rng), space.cross(one, other, rng), *space.neighbours(one)]
        assert {c.tokens for c in found} <= members
        assert all(c.fingerprint != one.fingerprint for c in found[2:])
        one, other = found[0], one


@pytest.mark.parametrize("name", TEMPLATES)
def test_masks_lead_to_members(name: str) -> None:
    space = template(TEMPLATES[name])
    automaton = space.automaton
    found: set[tuple[int, ...]] = set()
    walk: list[tuple[tuple[int, ...], int]] = [((), automaton.start)]
    while walk:
        tokens, state = walk.pop()
        mask = automaton.mask(state, automaton.length - len(tokens))
        found |= {tokens} if mask[-1] else set()
        walk += [
            ((*tokens, int(t)), automaton.step(state, int(t))) for t in np.flatnonzero(mask[:-1])
        ]
    assert found == {*space.encodings()}


def test_canonical_encodings_stand_for_architectures() -> None:
    space = template(TEMPLATES["dead"])
    assert [space.canonical(t) for t in ((0, 0), (1, 0), (0, 1), (1, 1))] == [
        (0, 0), (0, 0), (0, 1), (0, 1),
    ]  # fmt: skip
    reduced = template(TEMPLATES["dead"], exact=False)
    assert [reduced.canonical(t) for t in space.encodings()] == [
        space.canonical(t) for t in space.encodings()
    ]


def test_nas_bench_201() -> None:
    space = from_file(NB201, block="cell")
    assert space.programs() == 15_625 and space.length == 6
    rng = np.random.default_rng(3)
    for _ in range(10):
        candidate = space.sample(rng)
        assert snap.fingerprint(candidate.program) == candidate.fingerprint
        assert space.encode(candidate.program) == candidate.tokens
        assert len(list(space.neighbours(candidate))) <= 24


def test_an_architecture_without_decisions_is_found_by_its_fingerprint() -> None:
    space = template(TEMPLATES["flat"])
    assert space.encode("dup conv1 gelu swap add") == (1, 1)
    with pytest.raises(SearchError, match="no member of the template"):
        space.encode("conv7")
    with pytest.raises(SearchError, match="no program"):
        space.encode("conv7 (")


def test_limits_and_types_shut_members_out() -> None:
    space = template("dup <conv3|conv1|conv(3,out=2*c)> add", sizes="N,16,8,8", max_params=1000)
    assert [c.tokens for c in space.all()] == [(1,)]
    with pytest.raises(SearchError, match="within the limits"):
        template("<conv3|conv5>", sizes="N,16,8,8", max_params=1).sample(np.random.default_rng(0))


def test_descriptions_build_spaces_again(tmp_path: Path) -> None:
    for space in (template(TEMPLATES["flat"], max_nodes=9), from_file(NB201, block="cell")):
        assert build(space.describe()).describe() == space.describe()


def test_what_is_no_template_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="has no choices"):
        template("dup conv3 add")
    with pytest.raises(SearchError, match="there is no file"):
        from_file(tmp_path / "none.snap")
    with pytest.raises(snap.SnapError):
        template("dup <conv3|")
    with pytest.raises(SearchError, match="described by"):
        build({"what": 1})


def test_a_space_makes_itself(tmp_path: Path) -> None:
    path = tmp_path / "space.snap"
    path.write_text("dup <conv3|conv1> add")
    made = Space.from_file(path)
    assert made.programs() == Space.template("dup <conv3|conv1> add").programs() == 2
    assert Space.build(made.describe()).describe() == made.describe()
    free_space = Space.free("dup add conv3 relu", 4, max_nodes=3)
    assert isinstance(free_space, FreeSpace) and free_space.limits == Limits(max_nodes=3)
    assert made.build(made.describe()).programs() == 2  # of an instance, too
