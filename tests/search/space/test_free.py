"""Free spaces against brute force and against snaplang's own checker and fingerprints."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import snaplang as snap
from snapsearch.errors import SearchError
from snapsearch.space import FreeSpace, Limits, build, free
from snapsearch.space.counts import Counts
from snapsearch.space.programs.change import edit, edits
from snapsearch.space.programs.drawing import Drawing

# Arity alone; widths that matter; strides; words; several outputs of a symbol; two inputs.
VOCABULARIES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("dup swap over add relu conv3", {}),
    "widths": ("dup cat conv1 add bn conv(3,out=2*c)", {}),
    "strides": ("dup conv(3,stride=2) maxpool(2,stride=2) upsample2 add drop", {}),
    "words": ("dup swap add sepconv3 relu", {}),
    "splits": ("dup split2 add cat conv1 rot", {}),
    "zeros": ("dup zero add mul cat conv(3,bias=false) max relu6 relu", {}),
    "two": ("swap add conv1 over", {"inputs": ("N,c,H,W", "N,c,H,W")}),
    "same": ("dup cat conv1 add conv(3,stride=2)", {"same": True}),
}


def space_of(name: str, length: int) -> FreeSpace:
    symbols, options = VOCABULARIES[name]
    return free(symbols, length, **options)


def accepted(space: FreeSpace, text: str) -> bool:
    """Whether snaplang takes a text for a program with one output of the shape asked for."""
    head = f"in {len(space.inputs)} " if len(space.inputs) > 1 else ""
    try:
        graph = snap.lower(head + text, inputs=list(space.inputs))
    except snap.SnapError:
        return False
    return not space.same or graph.shapes[graph.outputs[0]] == graph.shapes[0]


@pytest.mark.parametrize("name", VOCABULARIES)
def test_the_space_is_what_snaplang_takes(name: str) -> None:
    """Every string of up to four symbols, and the exact count."""
    space = space_of(name, 4)
    known = range(len(space.vocabulary))
    valid = {
        tokens
        for n in range(5)
        for tokens in product(known, repeat=n)
        if accepted(space, space.decode(tokens))
    }
    assert {*space.encodings()} == valid
    assert space.programs() == len(valid)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_masks_allow_what_can_be_brought_to_an_end(name: str) -> None:
    space = space_of(name, 4)
    automaton = space.automaton
    valid = {*space.encodings()}
    prefixes = {tokens[:n] for tokens in valid for n in range(len(tokens) + 1)}
    for prefix in prefixes:
        states = automaton.walk(prefix)
        assert states is not None
        mask = automaton.mask(states[-1], 4 - len(prefix))
        allowed = {int(t) for t in np.flatnonzero(mask[:-1])}
        assert allowed == {p[len(prefix)] for p in prefixes if p[:-1] == prefix and p}
        assert mask[-1] == (prefix in valid)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_fingerprints_are_those_of_the_text(name: str) -> None:
    space = space_of(name, 9)
    rng = np.random.default_rng(2)
    head = "in 2 " if len(space.inputs) > 1 else ""
    for _ in range(40):
        candidate = space.sample(rng)
        assert candidate.fingerprint == snap.fingerprint(head + candidate.program)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_one_canonical_encoding_for_each_architecture(name: str) -> None:
    """The same for all programs of an architecture, valid, and of that architecture."""
    space = space_of(name, 5)
    found: dict[str, set[tuple[int, ...] | None]] = {}
    for tokens in space.encodings():
        (print_,) = space.fingerprints([tokens])
        assert print_ is not None
        found.setdefault(print_, set()).add(space.canonical(tokens))
    assert all(len(encodings) == 1 for encodings in found.values())
    written = [(print_, encoding) for print_, (encoding,) in found.items() if encoding is not None]
    # what folds may need symbols that there are none of: `upsample2 upsample2` is `upsample4`
    assert len(written) > (0.75 if name == "strides" else 0.9) * len(found)
    for print_, encoding in written:
        assert space.fingerprints([encoding]) == [print_]
        assert space.canonical(encoding) == encoding


@given(st.integers(0, 2**32), st.sampled_from(["plain", "widths", "zeros", "words"]))
@settings(max_examples=40, deadline=None)
def test_long_programs_keep_their_architecture_in_canonical_form(seed: int, name: str) -> None:
    space = _LONG.setdefault(name, space_of(name, 20))
    tokens = space.sample_tokens(np.random.default_rng(seed))
    encoding = space.canonical(tokens)
    if encoding is not None:
        assert space.fingerprints([encoding]) == space.fingerprints([tokens])
        assert space.canonical(encoding) == encoding


_LONG: dict[str, FreeSpace] = {}


@pytest.mark.parametrize("name", ["plain", "widths", "same"])
def test_draws_are_uniform_over_programs(name: str) -> None:
    space = space_of(name, 3)
    programs = list(space.encodings())
    rng = np.random.default_rng(3)
    counts = Counter(space.sample_tokens(rng) for _ in range(60 * len(programs)))
    assert set(counts) == set(programs)
    assert chisquare([counts[p] for p in programs]).pvalue > 1e-3


def test_draws_are_uniform_where_types_are_thrown_out_afterwards() -> None:
    space = space_of("widths", 3)
    drawing = Drawing(space.automaton)
    effects = space.automaton.machine.effects
    drawing._exact = None
    drawing._rough = Counts(
        space.automaton,
        lambda s, t: (
            s + effects[t].net if t < space.automaton.allowed and s + 1 >= effects[t].taken else -1
        ),
        lambda s: s == 0,
        10_000,
    )
    programs = list(space.encodings())
    rng = np.random.default_rng(4)
    counts = Counter(drawing.draw(rng) for _ in range(60 * len(programs)))
    assert set(counts) == set(programs)
    assert chisquare([counts[p] for p in programs]).pvalue > 1e-3


def test_large_spaces_draw_by_depth_and_throw_away_by_type() -> None:
    space = free("dup swap over add mul cat conv3 conv1 dwconv3 bn relu maxpool3", 24)
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert accepted(space, space.sample(rng).program)
    with pytest.raises(SearchError, match="too many types") as caught:
        space.programs()
    assert caught.value.code == "S132" and not space.enumerable()


def test_architectures_of_a_small_space_are_drawn_uniformly() -> None:
    space = free("dup add relu", 4)
    everything = list(space.all())
    assert len(everything) == len({c.fingerprint for c in everything})
    rng = np.random.default_rng(5)
    counts = Counter(space.sample_distinct(rng).fingerprint for _ in range(100 * len(everything)))
    assert chisquare([counts[c.fingerprint] for c in everything]).pvalue > 1e-3


@pytest.mark.parametrize("name", VOCABULARIES)
def test_changes_and_crossings_are_valid(name: str) -> None:
    space = space_of(name, 10)
    rng = np.random.default_rng(6)
    one, other = space.sample(rng), space.sample(rng)
    for _ in range(25):
        for found in (space.mutate(one, rng), space.cross(one, other, rng)):
            assert len(found.tokens) <= 10 and accepted(space, found.program)
            assert found.fingerprint != one.fingerprint
        one, other = found, one


def test_a_mutation_is_one_edit_away() -> None:
    rng = np.random.default_rng(7)
    start = (0, 1, 1, 2)
    around = {*edits(start, 3, 5)}
    drawn = {edit(start, 3, 5, rng) for _ in range(3000)}
    assert drawn - {start} == around - {start}


def test_neighbours_are_distinct_and_in_a_fixed_order() -> None:
    space = space_of("plain", 6)
    candidate = space.candidate(space.encode("dup conv3 add relu"))
    assert candidate is not None
    found = list(space.neighbours(candidate))
    prints = [c.fingerprint for c in found]
    assert len(prints) == len({*prints, candidate.fingerprint}) - 1 > 10
    assert [c.tokens for c in space_of("plain", 6).neighbours(candidate)] == [
        c.tokens for c in found
    ]


def test_limits_are_checked_before_training() -> None:
    space = free("dup add conv3 conv1 relu", 8, sizes="N,16,8,8", max_params=3000, max_macs=200_000)
    rng = np.random.default_rng(8)
    for _ in range(30):
        stats = snap.stats(space.sample(rng).program, inputs=["N,16,8,8"])
        assert isinstance(stats.params, int) and stats.params <= 3000
        assert isinstance(stats.macs, int) and stats.macs <= 200_000
    assert space.candidate(space.encode("conv3 conv3")) is None
    assert free("conv3 relu", 8, max_nodes=2).candidate((0, 0, 0)) is None


def test_limits_that_nothing_meets_are_an_error() -> None:
    space = free("conv3 conv1", 3, sizes="N,16,8,8", max_nodes=0)
    (empty,) = {space.sample(np.random.default_rng(0)).program}
    assert empty == ""
    with pytest.raises(SearchError) as caught:
        free("conv3 cat dup", 3, same=True, sizes="N,16,8,8", max_macs=0, max_nodes=0).decode(
            free("conv(3,out=2*c)", 2, same=True, max_nodes=0).encode("relu")
        )
    assert caught.value.code == "S133"


def test_limits_need_sizes() -> None:
    with pytest.raises(SearchError, match="sizes of inputs are not known") as caught:
        free("conv3", 3, max_params=10).sample(np.random.default_rng(1))
    assert caught.value.code == "S136" and "N,16,32,32" in str(caught.value)


def test_a_space_that_never_ends_is_an_error() -> None:
    space = free("swap add", 3, inputs=("N,c,H,W", "N,d,H,W"))
    with pytest.raises(SearchError) as caught:
        space.sample(np.random.default_rng(0))
    assert caught.value.code == "S131"


def test_facts_count_what_is_there() -> None:
    space = free("dup add conv3 relu", 9, sizes="N,16,8,8")
    facts = space.facts(space.encode("dup dup relu conv3 add add"))
    assert facts["op conv3"] == 1 and facts["op relu"] == 1 and facts["op add"] == 1
    assert (facts["depth"], facts["shortest"]) == (3, 1)  # the sum is one of three
    assert facts["paths"] == pytest.approx(np.log1p(3))
    assert facts["params"] == pytest.approx(np.log1p(2320))


def test_a_description_builds_the_space_again() -> None:
    space = free("dup add conv3", 5, sizes="N,8,8,8", max_params=500, same=True)
    again = build(space.describe())
    assert again.describe() == space.describe()
    assert isinstance(again, FreeSpace) and again.limits == Limits(max_params=500)


@pytest.mark.parametrize(
    ("symbols", "length", "code", "words"),
    [
        ("dup conv4x", 4, "S130", "conv4x"),
        ("dup -> add", 4, "S130", "->"),
        ("", 4, "S125", "needs symbols"),
        ("dup add dup", 4, "S126", "`dup` stands twice"),
        ("dup add", 0, "S135", "from 1 to 200"),
        ("dup add", -3, "S135", "-3"),
        ("dup add", 10**9, "S135", "1000000000"),
        (["dup", "<conv3|conv1>"], 4, "S130", "conv3"),
        (["dup", "}"], 4, "S130", "}"),
    ],
)
def test_what_is_no_space_is_an_error(
    symbols: str | list[str], length: int, code: str, words: str
) -> None:
    with pytest.raises(SearchError) as caught:
        free(symbols, length)
    assert caught.value.code == code and words in str(caught.value)


def test_symbols_may_take_many_tensors() -> None:
    """A symbol's depth is what snaplang says it is, whatever the symbol."""
    space = free("dup add13 relu pick20", 40)
    assert [effect.taken for effect in space.automaton.machine.effects[:4]] == [1, 13, 1, 21]
    program = " ".join(["relu", *["dup"] * 12, "add13"])
    candidate = space.candidate(space.encode(program))
    assert candidate is not None and candidate.fingerprint == snap.fingerprint(program)
    assert space.candidate(space.encode(program.replace("dup", "", 1))) is None
    assert accepted(space, space.sample(np.random.default_rng(0)).program)


def test_symbols_of_several_items_that_leave_nothing_or_all() -> None:
    symbols = ["dup", "{ swap }*2", "{ relu drop }*1", "{ conv3 bn }*2", "add"]
    space = free(symbols, 4)
    effects = space.automaton.machine.effects[: len(symbols)]
    assert [(effect.taken, len(effect.left)) for effect in effects[1:4]] == [(2, 2), (1, 0), (1, 1)]
    assert space.fingerprints([(0, 2), (0, 1, 4), (2,)])[2] is None
    assert space.fingerprints([(0, 2)]) == [snap.fingerprint("identity")]


def test_all_that_is_no_symbol_is_told_at_once() -> None:
    with pytest.raises(SearchError) as caught:
        free("dup conv4x add rlu", 4)
    text = str(caught.value)
    assert "`conv4x` is no symbol of a space" in text and "`rlu` is no symbol of a space" in text
    with pytest.raises(SearchError, match=r"S130.*`add100000`"):
        free("dup add100000", 4)


def test_limits_that_are_none_are_errors() -> None:
    for wrong in (-1, True, 1.5, "many"):
        with pytest.raises(SearchError, match=r"S135.*`max_params` is") as caught:
            free("dup add", 4, max_params=wrong)  # type: ignore[arg-type]
        assert caught.value.place is None
    with pytest.raises(SearchError, match=r"S135.*`length` is 'x'"):
        free("dup add", "x")  # type: ignore[arg-type]
    with pytest.raises(SearchError, match="S129"):
        build({"symbols": "dup add"})


def test_programs_of_other_symbols_are_named() -> None:
    with pytest.raises(SearchError, match="`gelu` is no symbol of the space"):
        free("dup add", 3).encode("dup gelu add")
