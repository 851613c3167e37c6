"""The program of a decision against lowering with that decision."""

from __future__ import annotations

import random
import timeit
from collections.abc import Iterator
from pathlib import Path

import pytest

import snaplang as snap
from tests.decisions.spaces import PASTED, PRINTED, block_of
from tests.support.architecture import ROOT

SPACES = ROOT / "examples" / "spaces"


def prepared(name: str) -> snap.Decider:
    return snap.Decider(snap.parse((PASTED | PRINTED)[name]), block=block_of(name))


def members(choices: tuple[snap.Choice, ...], known: dict[int, int]) -> Iterator[list[int]]:
    """All decisions of some choices, in order of expansion."""
    if not choices:
        yield [*known.values()]
        return
    first, rest = choices[0], choices[1:]
    if first.within and known.get(first.within[0]) != first.within[1]:
        yield from members(rest, known)
        return
    for taken in range(len(first.alternatives)):
        yield from members(rest, {**known, first.number: taken})


@pytest.mark.parametrize("name", [*PASTED, *PRINTED])
def test_every_member_is_what_lowering_chooses(name: str) -> None:
    decider = prepared(name)
    found = list(members(decider.choices, {}))
    assert len(found) > 1
    for choose in found:
        program = decider.decided(choose)
        assert snap.choices(program) == ()
        meant = snap.fingerprint(decider.program, choose=choose, block=block_of(name))
        assert snap.fingerprint(program) == meant


@pytest.mark.parametrize("name", [*PASTED, *PRINTED])
def test_text_is_pasted_where_it_can_be(name: str) -> None:
    assert (prepared(name).pasted is not None) == (name in PASTED)


@pytest.mark.parametrize("choose", ["1,0,1", [1, 0, 1], "p=1,0,1", {"p": 1}, random.Random(3)])
def test_decisions_are_told_as_lowering_takes_them(choose: str) -> None:
    text = "dup <p: conv3 | conv1 <bn | ln>> <relu | gelu> add"
    if isinstance(choose, dict):
        text = text.replace("<bn | ln>", "bn").replace("<relu | gelu>", "relu")
    if isinstance(choose, random.Random):
        state = choose.getstate()
        program = snap.decided(text, choose)
        choose.setstate(state)
    else:
        program = snap.decided(text, choose)
    assert snap.fingerprint(program) == snap.fingerprint(text, choose=choose)


def test_a_program_a_file_and_a_text_are_decided(tmp_path: Path) -> None:
    path = tmp_path / "space.snap"
    path.write_text("# mine\ndup <conv3 | conv1> add  # whole\n", "utf-8")
    for space in (path, path.read_text("utf-8"), snap.parse(path)):
        assert snap.decided(space, "1").source.text == "dup conv1 add\n"


def test_parameters_from_outside_and_files_that_are_used_are_printed(tmp_path: Path) -> None:
    (tmp_path / "words.snap").write_text("def cb { conv3 bn }", "utf-8")
    (tmp_path / "space.snap").write_text('use "words.snap"\ncb <relu | gelu>', "utf-8")
    program = snap.decided(tmp_path / "space.snap", "1")
    assert not program.tree.uses and snap.fingerprint(program) == snap.fingerprint("conv3 bn gelu")
    text = "block b(n=1) { { conv3 }*n <relu | gelu> }"
    found = snap.decided(text, "0", params={"n": 2})
    assert snap.fingerprint(found) == snap.fingerprint("conv3 conv3 relu")


def test_a_choice_that_nobody_is_asked_stays_where_it_is() -> None:
    """A default that no call takes; one that some call takes is printed."""
    for text in (
        "def f(b={ <relu|gelu> }) { b conv3 } f({ tanh }) <bn|ln>",
        "def act { <relu|gelu> } def f(b=act) { b conv3 } f({ tanh }) <bn|ln>",
        "def once(b) { b } <p: relu|gelu> once({ <p> }) <p>",
    ):
        for choose in ("0", "1"):
            program = snap.decided(text, choose)
            assert snap.fingerprint(program) == snap.fingerprint(text, choose=choose)
    text = "def act { <relu|gelu> } def f(b=act) { b conv3 } f f <bn|ln>"
    program = snap.decided(text, "0,1,1")
    assert snap.fingerprint(program) == snap.fingerprint(text, choose="0,1,1")


def test_a_program_without_choices_is_decided_by_none() -> None:
    assert snap.decided("dup relu add", "").source.text == "dup relu add\n"


@pytest.mark.parametrize(
    ("text", "choose", "code", "words"),
    [
        ("<relu|gelu>", "2", "E506", "choice 0 has alternatives 0 to 1, not 2"),
        ("<relu|gelu>", [-1], "E506", "not -1"),
        ("<relu|gelu>", "0,0", "E506", "2 decisions for 1 choice"),
        ("<relu|gelu>", "p=0", "E507", "choice 0 is not decided"),
        ("<relu|gelu> <p: bn|ln>", "0", "E507", "choice 1 (`p`) is not decided"),
        ("<relu|gelu>", {"q": 0}, "E507", "choice 0 is not decided"),
        ("relu", {"q": 0}, "E506", "there is no choice `q`"),
        ("<relu|gelu>", "zwei", "E506", "`zwei` is no decision"),
        ("<relu|gleu>", "0", "E201", "`gleu`"),
        ("<relu|", "0", "E102", "never closed"),
    ],
)
def test_what_is_no_decision_is_an_error(text: str, choose: str, code: str, words: str) -> None:
    with pytest.raises(snap.SnapError) as caught:
        snap.decided(text, choose)
    found = caught.value.diagnostics[0]
    assert found.code.startswith(code) and words in str(caught.value)
    assert found.code != "E507" or (found.span and found.span.text in text and found.hint)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(snap.SnapError, match="E601"):
        snap.decided(tmp_path / "none.snap", "0")


def test_a_prepared_space_is_decided_far_faster_than_a_graph_is_printed() -> None:
    decider = snap.Decider(snap.parse(SPACES / "nb201.snap"), block="network")
    choose = list(decider.decisions(random.Random(0)).values())
    decider.text(choose)
    quick = min(timeit.repeat(lambda: decider.text(choose), number=20, repeat=5)) / 20
    slow = timeit.timeit(
        lambda: snap.format(decider.program, block="network", choose=choose), number=1
    )
    assert quick * 50 < slow
