"""The public functions on sameness, and the commands that call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import snaplang as snap
from snaplang.canonical.difference import Difference
from tests.canonical.pairs import DIFFERENT, PAIRS, SAME
from tests.cli.test_cli import snapc

RESIDUAL = "examples/residual_basic.snap"


def test_whatever_a_user_holds() -> None:
    text = "dup conv3 add"
    kinds = (text, snap.parse(text), snap.lower(text), snap.canonicalize(text))
    assert len({snap.fingerprint(x) for x in kinds}) == 1
    assert snap.fingerprint(Path(RESIDUAL)) == snap.fingerprint(snap.parse(Path(RESIDUAL)))


def test_family_and_member() -> None:
    family, member = snap.fingerprint("conv3"), snap.fingerprint("conv3", inputs=["N,8,H,W"])
    assert family != member
    assert snap.fingerprint("conv(3, out=8)", inputs=["N,8,H,W"]) == member
    assert snap.fingerprint("in x(8, H, W); x conv3") == member
    for sizes in ("N,8,32,32", "M,8,H,W", "4,8,H,7"):  # batch and sizes never count
        assert snap.fingerprint("conv3", inputs=[sizes]) == member
    for sizes in ("N,16,H,W", "N,8,L", "N,8,D,H,W"):  # channels and rank do
        assert snap.fingerprint("conv3", inputs=[sizes]) != member
    for text in ("in x(K, H, W); x conv3", "in x(c, L); x conv3", "conv3x3"):
        assert snap.fingerprint(text) == family


def test_sizes_of_zeros_never_count() -> None:
    shapes = ["in x(8, 32, 32); ", "in x(8, 7, 5); ", "in x(8, H, W); "]
    texts = [head + "x conv3 dup zero cat" for head in shapes]
    assert len({snap.fingerprint(text) for text in texts}) == 1
    family = {
        snap.fingerprint("conv3 dup zero cat"),
        snap.fingerprint("in x(k, L); x conv3 dup zero cat"),
    }
    assert len(family) == 1


def test_names_leave_no_trace() -> None:
    one = "def cb(k) { conv(k) bn } block net(c=8) { in a b; a cb3 b add } "
    two = "in first second; first conv3 -> it it bn second add"
    assert snap.equivalent(one, two, params={}) or snap.equivalent(
        snap.lower(one), snap.lower(two, inputs=["N,8,H,W"] * 2)
    )


def test_inputs_and_outputs_count() -> None:
    texts = ["relu", "in 2 drop relu", "in 2 swap drop relu", "relu dup out 2", "dup relu out 2"]
    assert len({snap.fingerprint(text) for text in texts}) == len(texts)


def test_the_open_side_is_bound() -> None:
    bound = snap.lower("dup conv3 add", inputs=["N,8,H,W"])
    assert snap.equivalent("dup conv3 add", bound) and snap.equivalent(bound, "dup conv3 add")
    assert not snap.equivalent(bound, "dup conv(3, out=8) conv3 add")
    assert snap.equivalent(bound, "dup conv(3, out=8) add") is True


def test_attributes_count_by_value() -> None:
    same = [("leaky", "leaky(0.01)"), ("bn", "bn(momentum=0.3)"), ("scale", "scale(init=1e-6)")]
    same += [("conv(3, pad=1)", "conv3"), ("conv1x1", "conv1"), ("elu(alpha=-0.0)", "elu(alpha=0)")]
    for one, two in same:
        assert snap.equivalent(one, two), (one, two)
        assert snap.format(snap.canonicalize(one)) == snap.format(snap.canonicalize(two))
    for one, two in [
        ("bn", "bn(1e-3)"),
        ("conv3", "conv(3, bias=false)"),
        ("leaky", "leaky(0.02)"),
    ]:
        assert not snap.equivalent(one, two), (one, two)


@pytest.mark.parametrize(("one", "two", "verdict"), PAIRS)
def test_pairs_judged_by_hand(one: str, two: str, verdict: str) -> None:
    assert snap.equivalent(one, two, level="structure") == (verdict == SAME)
    assert snap.equivalent(one, two) == (verdict != DIFFERENT)


RENAMED = [  # letters may be called anything, in channels and in sizes that hide them
    ("in x(2*A+B,H); x conv(1,out=A)", "in x(A+2*B,K); x conv(1,out=B)"),
    ("in x(8,2*H+K,W); x conv(1,out=H)", "in x(8,A+2*B,C); x conv(1,out=B)"),
    ("in x(8,H+K) y(8,2*H); x conv(1,out=H)", "in x(8,H+K) y(8,2*K); x conv(1,out=K)"),
    ("in x(8,H+K) y(8,K,H); x conv(1,out=H)", "in x(8,H+K) y(8,H,K); x conv(1,out=K)"),
]


@pytest.mark.parametrize(("one", "two"), RENAMED)
def test_letters_may_be_called_anything(one: str, two: str) -> None:
    assert snap.fingerprint(one) == snap.fingerprint(two)
    assert snap.canonicalize(one) == snap.canonicalize(two)


def test_a_width_that_is_bound_is_known_in_sizes_too() -> None:
    graph = snap.lower("in x(K, H+K, K); x zero bn", inputs=["N,3,12,3"])
    text = snap.format(snap.canonicalize(graph))
    again = snap.fingerprint(text, inputs=["N,3,12,3"])
    assert again == snap.fingerprint(graph) == snap.fingerprint("in x(3, H+3, 3); x zero bn")
    bound = snap.lower("in x(3, H+3, W); x zero bn")
    assert snap.equivalent(snap.lower("in x(K, H+K, W); x zero bn"), bound)


NOT_LAWS = [
    ("relu sigmoid", "sigmoid relu"),
    ("in 3 add mul", "in a b c; a b mul a c mul add"),
    ("conv3 bn", "conv3"),
    ("linear", "conv1"),
    ("dropout(0.5)", ""),
    ("conv3 dup add", "dup conv3 swap conv3 add"),
]


@pytest.mark.parametrize(("one", "two"), NOT_LAWS)
def test_what_is_no_law(one: str, two: str) -> None:
    assert not snap.equivalent(one, two)
    assert snap.explain_difference(one, two) is not None


def test_a_space_has_no_fingerprint() -> None:
    for function in (snap.fingerprint, snap.canonicalize):
        with pytest.raises(snap.SnapError, match="E507"):
            function("<conv3|conv5>")


def test_an_unknown_level() -> None:
    for function in (snap.fingerprint, snap.canonicalize):
        with pytest.raises(snap.SnapError, match="E510"):
            function("relu", level="structure+A1")


def test_inference_forgets_what_does_nothing_in_eval_mode() -> None:
    assert snap.equivalent(snap.inference("conv3 dropout(0.5) noise(0.1) relu"), "conv3 relu")


DIFFERENCES = [
    ("conv3 relu", "conv3 gelu", "`relu` and `gelu`", None),
    ("dup conv3 bn add", "dup conv3 gn2 add", "`bn` and `gn2`", None),
    ("conv3 dup add", "dup conv3 swap conv3 add", "in number: 1 on the left, 2", "weights"),
    ("conv3 dropout(0.1)", "conv3", "`dropout(0.1)` and `conv3`", "eval mode"),
    ("in 2 drop", "", "2 inputs and 1 input", None),
    ("dup out 2", "", "2 outputs and 1 output", None),
    ("dup dup add3", "dup add", "`add3` has input 1 as an input on the left only", None),
    ("in 2 cat", "in 2 swap cat", "input 1 and input 2", None),
    ("maxpool3 maxpool3", "relu", "`maxpool5` and `relu`", None),
    ("maxpool2 maxpool2", "maxpool3", "`maxpool` and `maxpool3`", None),
    ("in x(8,H) y(8,W); x y like", "in x(8,H) y(8,W); x", "`like` and input 1", None),
    ("in x(8,H,W); x relu", "in x(9,H,W); x relu", "input 1: channels or rank", None),
]


@pytest.mark.parametrize(("one", "two", "message", "needed"), DIFFERENCES)
def test_where_they_part(one: str, two: str, message: str, needed: str | None) -> None:
    found = snap.explain_difference(one, two)
    assert isinstance(found, Difference)
    assert message in found.message
    assert (found.needed is None) == (needed is None)
    assert needed is None or needed in str(found)
    assert snap.explain_difference(two, one) is not None
    assert snap.explain_difference(one, one) is None


@pytest.mark.parametrize(
    ("one", "two", "law"),
    [
        ("relu dup add", "dup relu swap relu add", "A1"),
        ("relu relu", "relu", "A2"),
        ("zero relu", "zero", "A3"),
        ("relu maxpool3", "maxpool3 relu", "A4"),
        ("zero relu maxpool3", "maxpool3 relu relu zero", "A3"),
        ("relu maxpool3 relu", "maxpool3 relu", "several laws"),
    ],
)
def test_which_law_is_needed(one: str, two: str, law: str) -> None:
    found = snap.explain_difference(one, two, level="structure")
    assert found is not None and found.needed is not None
    assert law in found.needed
    assert snap.explain_difference(one, two) is None


def test_equal_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    text = "dup conv(3, bias=false) bn relu conv(3, bias=false) bn add relu"
    code, out, err = snapc("equal", RESIDUAL, "-e", text, capsys=capsys)
    assert (code, err) == (0, "")
    assert out == f"the same: {snap.fingerprint(text)}\n"


def test_unequal_shows_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = snapc(
        "equal", "-e", "dup conv3\n bn add", "-e", "dup conv3 gn2 add", capsys=capsys
    )
    assert code == 1
    assert "<left>:2:2" in out and "<right>:1:11" in out


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["-e", "relu", "-e", "nope"], 3),
        (["-e", "relu", "missing.snap"], 3),
        (["-e", "<relu|gelu>", "-e", "relu"], 3),
        (["-e", "relu"], 2),
        (["-e", "relu", "-e", "relu", "-e", "relu"], 2),
        (["--level", "other", "-e", "relu", "-e", "relu"], 2),
    ],
)
def test_exit_codes_of_equal(
    args: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert snapc("equal", *args, capsys=capsys)[0] == code


def test_hash_prints_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    cells = "examples/nasnet_a.snap"
    code, out, _ = snapc("hash", RESIDUAL, cells, "-e", "relu", capsys=capsys)
    lines = [line.split() for line in out.splitlines()]
    assert code == 0
    assert [line[1:] for line in lines] == [
        [RESIDUAL], [cells, "normal"], [cells, "reduction"], ["<program>"]
    ]  # fmt: skip
    assert lines[-1][0] == snap.fingerprint("relu")
    code, out, _ = snapc("hash", "--level", "structure", "-e", "relu", capsys=capsys)
    assert out.startswith("snap2s:")


def test_hash_reports_what_it_cannot(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = snapc("hash", "-e", "relu", "-e", "nope", "-e", "<relu|gelu>", capsys=capsys)
    assert code == 1
    assert out.count("snap2:") == 1
    assert "E201" in err and "E507" in err


def test_emit_snap_is_canonical(capsys: pytest.CaptureFixture[str]) -> None:
    text = "-> a a relu a relu add a conv5 drop"
    assert snapc("-e", text, "--emit", "snap", capsys=capsys)[:2] == (0, "relu dup add\n")
    found = snapc("-e", text, "--emit", "snap", "--level", "structure", capsys=capsys)
    assert found[:2] == (0, "dup relu swap relu add\n")


def test_equal_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["equal", "--diagnostics", "json", "-e"]
    code, out, _ = snapc(*args, "dup relu add", "-e", "dup tanh add", capsys=capsys)
    found = json.loads(out)
    assert (code, found["same"], found["right"]["place"]["column"]) == (1, False, 5)
    code, out, _ = snapc(*args, "relu", "-e", "relu relu", capsys=capsys)
    assert (code, json.loads(out)) == (0, {"same": True, "fingerprint": snap.fingerprint("relu")})


def test_decisions_are_for_the_side_that_has_choices(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["equal", "-e", "<conv3|conv5> relu", "-e", "conv5 relu", "--choose"]
    assert snapc(*args, "1", capsys=capsys)[0] == 0
    assert snapc(*args, "0", capsys=capsys)[0] == 1
    assert snapc(*args, "0,0", capsys=capsys)[0] == 3


def test_what_differs_inside_a_word_is_shown_resolved_and_where_it_is_used() -> None:
    found = snap.explain_difference("relu sepconv3", "relu sepconv5")
    assert found is not None and found.left.span is not None
    assert found.left.text == "`dwconv3(bias=false)`" and found.left.span.text == "sepconv3"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "in x(8, 5) y(8, 7) z(c, H); x zero y z out 3",
            "in x1(8, H) x2(8, W) x3(c, D); x1 zero x2 x3 out 3\n",
        ),
        (
            "in x(8, 5) y(8) z(2*c, H); y zero y z out 3",
            "in x1(8, H) x2(8, W) x3(2*c, D); x2 zero x2 x3 out 3\n",
        ),
        ("in x(c, 5) y(c, 5); x zero y out 2", "in x1 x2; x2 zero x2 out 2\n"),
    ],
)
def test_sizes_that_a_zero_tells_apart_stay_apart_where_a_width_is_open(
    text: str, wanted: str
) -> None:
    printed = snap.format(snap.canonicalize(text))
    assert printed == wanted == snap.format(snap.canonicalize(printed))


SAME_TEXTS = [
    ["in x(64, H, W); x conv3", "in x(64, 56, 56); x conv3", "in y(64, A, A); y conv3"],
    ["conv(3, out=1) zero", "conv(5, out=1) zero", "linear(out=1) zero"],
    [
        "conv(3, out=c + 1) zero",
        "conv(5, out=c + 1) relu zero",
        "dup conv(3, out=1) zero swap zero cat",
    ],
    ["flatten zero", "relu flatten zero", "zero flatten"],
    ["conv(3, stride=2) zero", "maxpool(3, stride=2) zero", "zero conv(1, stride=2, bias=false)"],
    ["in x(c, H, W); x relu", "in y(k, L); y relu", "relu"],
    ["conv3x3", "conv3"],
]


@pytest.mark.parametrize("texts", SAME_TEXTS)
def test_one_architecture_has_one_text(texts: list[str]) -> None:
    assert len({snap.fingerprint(text) for text in texts}) == 1
    assert len({snap.format(snap.canonicalize(text)) for text in texts}) == 1


@pytest.mark.parametrize(
    ("text", "given", "other"),
    [
        ("in x(c, D); x zero", "N,D,4", "N,P,4"),
        ("in x(c, 2*H); x zero flatten bn", "N,H,8", "N,P,8"),
        ("in x(c, D, H); x zero bn", "N,H,6,D", "N,P,6,Q"),
    ],
)
def test_letters_of_what_is_given_are_not_those_of_the_program(
    text: str, given: str, other: str
) -> None:
    one, two = (snap.lower(text, inputs=[shape]) for shape in (given, other))
    assert snap.fingerprint(one) == snap.fingerprint(two)
    assert snap.fingerprint(snap.lower("in x(c, c); x zero")) != snap.fingerprint(one)
    assert "c, c" not in snap.format(snap.canonicalize(one))


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("in x(c,H) y(k,H); x zero y zero out 2", "N,{},3"),
        ("in x(c,H) y(k,H); x zero y zero out 2", "y=N,{},3"),
        ("in x(k,H) y(c,H); x conv(3,out=c) y zero out 2", "x=N,{},3"),
        ("in x(c,H) y(k,D); x conv(3,out=k) y zero out 2", "y=N,{},5"),
        ("in x(c,H) y(k+H,D); x conv(3,out=k+D) y zero out 2", "x=N,{},5"),
        ("in x(8,D) y(c,H); x conv(3,out=D) y conv(3,out=H) out 2", "x=N,8,{}"),
        ("in x(8,D) y(c,H); x conv(3,out=D) y conv(3,out=H) out 2", "y=N,8,{}"),
        ("in x y(8,D); x conv(3,out=c) y conv(3,out=D) out 2", "y=N,8,{}"),
        ("in x y(8,D); x flatten zero y conv(3,out=D) out 2", "y=N,8,{}"),
        ("in x(c,H) y; x conv(3,out=c) y out 2", "y=N,{},5"),
        ("in x(c,D); x conv(3,out=D)", "N,8,{}"),
    ],
)
def test_names_that_are_given_for_some_inputs_say_nothing_of_the_others(
    text: str, given: str
) -> None:
    names = ["R", "c", "k", "H", "D", "S", "L", "c2", "k2", "H2"]
    graphs = [snap.lower(text, inputs=[given.format(name)]) for name in names]
    assert len({snap.fingerprint(graph) for graph in graphs}) == 1


@pytest.mark.parametrize("given", ["N,8,W,H", "N,8,P,Q", "N,8,H,P", "N,8,W,P"])
@pytest.mark.parametrize("body", ["conv(3, out=W)", "zero conv(3, out=H)", "conv(3, out=H*W) zero"])
def test_a_width_that_is_a_size_is_the_same_whatever_letters_are_given(
    body: str, given: str
) -> None:
    text = f"in x(8, H, W); x {body}"
    one, two = snap.lower(text), snap.lower(text, inputs=[given])
    assert snap.fingerprint(one) == snap.fingerprint(two)
    assert snap.format(snap.canonicalize(one)) == snap.format(snap.canonicalize(two))
