"""Templates as text with holes against snaplang's own choosing."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

import snaplang as snap
from snapsearch.space.counts import below
from snapsearch.space.templates.choices import ChoiceAutomaton
from snapsearch.space.templates.template import TemplateSpace
from tests.decisions.spaces import PASTED, PRINTED, block_of
from tests.support.architecture import ROOT

SPACES = ROOT / "examples" / "spaces"


def members(space: TemplateSpace) -> list[tuple[int, ...]]:
    return list(space.encodings())


@pytest.mark.parametrize("name", [*PASTED, *PRINTED])
def test_every_member_is_what_snaplang_chooses(name: str) -> None:
    text, block = (PASTED | PRINTED)[name], block_of(name)
    space = TemplateSpace(text, block=block)
    assert len(members(space)) == space.programs() > 1
    for tokens in members(space):
        meant = snap.fingerprint(text, choose=list(tokens), block=block)
        program = space.decode(tokens)
        assert snap.fingerprint(program) == meant
        assert space.encode(program) == tokens


@pytest.mark.parametrize(
    ("file", "block"),
    [("nb201", "cell"), ("nb201", "network"), ("darts_cell", None), ("residual", None)],
)
def test_the_shipped_spaces_keep_their_text(file: str, block: str | None) -> None:
    path = SPACES / f"{file}.snap"
    space = TemplateSpace(path, block=block)
    rng = random.Random(0)
    for _ in range(5):
        tokens = tuple(rng.randrange(n) for n in _sizes(space))
        program = space.decode(tokens)
        assert "<" not in program and ">" not in program.replace("->", "")
        assert snap.fingerprint(program) == snap.fingerprint(path, choose=tokens, block=block)


def _sizes(space: TemplateSpace) -> list[int]:
    automaton = space.automaton
    return [automaton.width(i) for i in range(automaton.length)]


def test_used_files_are_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "words.snap").write_text("def cb { conv3 bn }")
    (tmp_path / "space.snap").write_text('use "words.snap"\ncb <relu | gelu>')
    program = TemplateSpace(tmp_path / "space.snap").decode((1,))
    assert snap.fingerprint(program) == snap.fingerprint("conv3 bn gelu")


def test_choices_within_choices_are_no_trie() -> None:
    text = "dup <conv3 <relu|gelu>|conv1> " * 40 + "{ add }*40"
    automaton = ChoiceAutomaton(snap.choices(text))
    assert (automaton.count(), automaton.length) == (3**40, 80)
    tokens = automaton.draw(np.random.default_rng(0))
    assert automaton.accepts(tokens) and automaton.tokens(automaton.decisions(tokens)) == tokens
    for left in (39, 40):
        assert automaton.mask(automaton.start, left).any() == (left >= 40)


@pytest.mark.parametrize("n", [7, 7 * 2**80 + 1])
def test_whole_numbers_of_any_size_are_drawn_uniformly(n: int) -> None:
    rng = np.random.default_rng(0)
    sevenths = [7 * below(rng, n) // n for _ in range(7000)]
    assert set(sevenths) == {*range(7)}
    assert chisquare(np.bincount(sevenths)).pvalue > 1e-4


def test_a_decision_changes_and_the_others_stay() -> None:
    space = TemplateSpace("<conv3 <relu|gelu>|conv1> <bn|ln>")
    candidate = space.candidate((0, 1, 1))
    assert candidate is not None
    assert [c.tokens for c in space.neighbours(candidate)] == [(1, 1), (0, 0, 1), (0, 1, 0)]


def test_a_choice_within_a_repeated_one_knows_where_it_stands() -> None:
    found = snap.choices("<p: relu|conv3 <bn|ln>> <p>")
    assert [c.within for c in found] == [None, (0, 1), (0, 1)]
