"""Spaces: every alternative is checked where it stands, and what is said of members is true."""

from __future__ import annotations

import random
from itertools import islice

import pytest

import snaplang as snap
from snaplang.cli import counting
from snaplang.cli.outputs import EMITTERS, Request, check
from snaplang.graph import Graph
from snaplang.lowering.spaces import diagrams
from tests.support.drawn_spaces import drawn


def refused(text: str, **options: object) -> str:
    """What a space is rejected with."""
    with pytest.raises(snap.SnapError) as caught:
        snap.lower(text, **options)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("dup <conv(3, stride=2) | relu> add", "E401", "`--choose 0`; no member that takes `conv("),
        ("dup <relu | conv(3, stride=2)> add", "E401", "`--choose 1`; no member that takes `conv("),
        ("<relu | <gelu | split3 add3>>", "E402", "`--choose 1,1`; no member that takes `split3"),
        ("<p: relu | flatten> <conv3 | conv5>", "E403", "`--choose 1,0`; no member that takes `f"),
        ("<relu | crop9> conv3", "E403", "`--choose 1`"),
        ("dup < | > <gap | flatten> cat", "E403", "`--choose 0,1`"),
    ],
)
def test_an_alternative_that_fits_in_no_member_is_an_error(text: str, code: str, said: str) -> None:
    message = refused(text, inputs=["N,8,6,6"])
    assert f"error[{code}]" in message and said in message


def test_what_is_wrong_in_all_members_is_said_without_decisions() -> None:
    message = refused("conv(3, stride=2) -> y <relu | gelu> y conv(3, stride=2) add")
    assert message.count("error[") == 1 and "--choose" not in message
    message = refused("dup <conv(3, out=2*c) | conv(3, out=3*c)> add")
    assert "c and 2*c differ" in message and "so it is with `--choose 0`\n" in message


DRAWN, MOST = 80, 40  # spaces; members that are lowered one by one
TWO = "<conv3 | conv(3, stride=2)>"
ONE_PLACE = f"dup {TWO} {TWO} swap conv(3, stride=2) add"


def told(text: str, *inputs: str) -> list[str]:
    """The lines of `check`."""
    return list(check(Request(None, text, inputs=inputs)))


def test_members_that_do_not_fit_are_told_with_their_decisions() -> None:
    lines = told(ONE_PLACE, "N,8,H,W")
    assert "  shown is --choose 0,1, the first member that fits" in lines
    assert "  2 of 4 members fit" in lines
    misfit = "1:84: E401 with --choose 0,0: `add`: spatial axis 1: H and ceil(H/2) differ"
    assert f"  {misfit}" in lines
    assert sum("E401" in line for line in lines) == 1
    assert counting.space(Request(None, ONE_PLACE), 9).programs == 2
    assert "--choose 0,1 is drawn" in EMITTERS["mermaid"].make(Request(None, ONE_PLACE)).decode()


def test_decisions_that_were_given_are_part_of_those_told() -> None:
    text = f"<p: relu | gelu> {ONE_PLACE}"
    lines = list(check(Request(None, text, choose="p=1")))
    assert any("with --choose p=1,0,0: " in line for line in lines)
    lines = list(check(Request(None, f"<relu | gelu> {ONE_PLACE}", choose="1")))
    assert any("with --choose 1,0,0: " in line for line in lines)


def test_conditions_of_other_members_are_told() -> None:
    lines = told("<relu | conv(5, pad=0) | maxpool(2, stride=2)>", "N,8,L")
    assert lines[1:3] == ["  needs L >= 5  with --choose 1", "  needs L >= 2  with --choose 2"]


def test_a_block_runs_at_the_width_of_each_member() -> None:
    text = """
    block cell { conv3 <relu | conv(1, out=c + 8) conv(1, out=c)> }
    block all { <conv(1, out=8) | conv(1, out=16)> -> x x cell x add }
    """
    graph = snap.lower(text, block="all")
    assert graph.space is not None and graph.space.misfits == ()
    assert [c.within for c in graph.choices] == [None, None]
    wrong = text.replace("conv(1, out=c)>", "conv(1, out=16)>")
    (misfit,) = (snap.lower(wrong, block="all").space or graph.space).misfits
    assert misfit.decisions == "0,1" and misfit.problem.code == "E401"


def test_a_typed_word_takes_the_members_that_fit_it() -> None:
    text = "def rgb { in x(3, H, W); x relu } <conv(1, out=3) | conv(1, out=4)> {} rgb"
    assert "error[E406]" in refused(text.replace("{}", ""))
    some = text.replace("{}", "<identity | conv(1, out=3)>")
    (misfit,) = (snap.lower(some).space or pytest.fail("no space")).misfits
    assert misfit.decisions == "1,0" and misfit.problem.code == "E406"


def test_a_repeat_that_some_widths_do_not_allow_concerns_their_members() -> None:
    text = "block long { { relu }*(c/16) } block all { <conv(1, out=8) | conv(1, out=16)> {} long }"
    assert "no member that takes `conv(1, out=8)`" in refused(text.replace("{} ", ""), block="all")
    graph = snap.lower(text.replace("{} ", "<identity | conv(1, out=16)> "), block="all")
    (misfit,) = (graph.space or pytest.fail("no space")).misfits
    assert (misfit.decisions, misfit.problem.code) == ("0,0", "E306")


def test_what_stands_in_an_alternative_that_never_fits_is_not_blamed_too() -> None:
    assert refused("<relu | flatten <relu | gelu>> conv3").count("no member that takes") == 1


def test_an_alternative_without_effect_is_an_empty_one() -> None:
    assert len(snap.lower("<< | > | conv3>").choices) == 2
    assert "E209" in refused("dup <add | relu | > drop")


def test_alternatives_are_quoted_in_normal_form() -> None:
    one = snap.choices("<conv( 3,stride = 2 )|dup   add # twice\n | { relu }*2>")
    assert one[0].alternatives == ("conv(3, stride=2)", "dup add", "{ relu }*2")
    assert snap.choices(snap.format("<conv( 3,stride = 2 )|dup   add|{ relu }*2>")) == one


def test_a_symbol_of_a_vocabulary_leaves_no_choice_open() -> None:
    with pytest.raises(snap.SnapError, match="E512"):
        counting.free_space("{<relu|tanh>}*1 conv3", 2)


def facts(text: str, inputs: tuple[str, ...]) -> tuple[Graph | None, list[Graph | None]]:
    """The graph of a space, None where that is an error; its members, one by one."""
    request = Request(None, text, block="main", inputs=inputs)
    try:
        graph = request.graph()
    except snap.SnapError:
        graph = None
    try:
        return graph, list(islice(counting.members(request), MOST))
    except snap.SnapError:
        return graph, []


@pytest.mark.parametrize("seed", range(DRAWN))
def test_a_drawn_space_is_what_its_members_are(seed: int) -> None:
    """The survey against lowering every member alone."""
    text, inputs = drawn(random.Random(seed))
    graph, members = facts(text, inputs)
    fitting = [member for member in members if member is not None]
    if graph is None:
        assert len(fitting) < len(members) or not members
        return
    assert all(0 <= value < len(graph.shapes) for value in graph.outputs)
    for kind in ("dot", "mermaid", "json", "stats"):
        try:
            assert EMITTERS[kind].make(Request(None, text, block="main", inputs=inputs))
        except snap.SnapError as error:
            assert {d.code for d in error.diagnostics} == {"E507"}
    if graph.space is None or len(members) == MOST:
        return
    assert graph.space.exact
    assert (graph.nodes, graph.outputs) == (fitting[0].nodes, fitting[0].outputs)
    if graph.space.misfits:
        assert (graph.space.members, graph.space.fitting) == (len(members), len(fitting))
    else:
        assert len(fitting) == len(members)
    for misfit in graph.space.misfits:
        with pytest.raises(snap.SnapError, match=misfit.problem.code):
            snap.lower(text, list(inputs) or None, "main", misfit.decisions)


def test_the_drawn_spaces_have_members_that_fit_and_others() -> None:
    found = []
    for seed in range(DRAWN):
        text, inputs = drawn(random.Random(seed))
        try:
            found.append(snap.lower(text, list(inputs) or None, "main").space)
        except snap.SnapError:
            found.append(None)
    assert 10 <= found.count(None) <= 60
    assert sum(bool(space.misfits) for space in found if space is not None) >= 5


def test_spaces_that_no_one_could_enumerate_are_checked_exactly() -> None:
    text = f"dup {{ {TWO} }}*20 swap conv(3, stride=2) add"
    space = snap.lower(text).space
    assert space is not None and (space.members, space.fitting) == (2**20, 20)
    assert space.exact and space.shown.endswith("0,0,1")
    plain = snap.lower("{ <conv3 | relu | dwconv5> }*500").space
    assert plain is not None and plain.exact and not plain.misfits


def test_of_members_that_differ_in_too_many_ways_some_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(diagrams, "BUDGET", 6)
    lines = told(f"dup {TWO} {TWO} {TWO} swap conv(3, stride=2) add")
    assert "  members differ in too many ways to check them all; some were tried" in lines
    assert "  shown is --choose 0,0,1, the first member that fits" in lines
    assert any("E401 with --choose 0,0,0: " in line for line in lines)
    message = refused("dup <conv(3, stride=2) | conv(3, stride=4)> { <relu | gelu> }*9 add")
    assert "E401" in message
