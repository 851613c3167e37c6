"""Graph to program: the text lowers to the graph it came from, and is short."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from snaplang.api import format, lower
from snaplang.diagnostics import SnapError
from snaplang.graph import Node
from snaplang.lowering.expressions import number
from snaplang.ops import CORE, remove
from snaplang.ops.spec import Case, OpSpec
from snaplang.ops.user import op
from snaplang.printing.layout import COLUMNS
from snaplang.printing.numbers import real
from snaplang.printing.printer import input_texts, printed, printout
from snaplang.syntax import Number
from tests.printing.same import gives_back, round_trip
from tests.printing.small import small_program
from tests.support.portrait import portrait

CASES = [
    pytest.param(spec, case, rank, id=f"{case.text}-{rank}")
    for spec in CORE
    for case in spec.cases
    for rank in (case.ranks or spec.ranks)
]


@pytest.mark.parametrize(("spec", "case", "rank"), CASES)
def test_every_case_of_the_op_table_comes_back(spec: OpSpec, case: Case, rank: int) -> None:
    shapes = ["N," + ",".join(map(str, shape)) for shape in case.shapes(rank)]
    round_trip(lower(case.text, inputs=shapes), alone=rank > 0)


PRINTED = [
    ("", ""),
    ("-> x x conv3 x add", "dup conv3 add"),
    ("[ | conv3 bn relu conv3 bn ] add relu", "dup conv3 bn relu conv3 bn add relu"),
    ("pick0 roll0 conv(3) over roll2 drop add", "dup conv3 add"),
    ("conv(3, out=c, stride=2, pad=1)", "conv3(stride=2)"),
    ("conv(3, out=c, groups=c)", "dwconv3"),
    (
        "conv(3, out=2*c) conv(3, out=2*c, groups=2*c, bias=false) conv1",
        "conv3(out=2*c) dwconv3(bias=false) conv1",
    ),
    ("conv(1x7, out=c/4) conv(7x1)", "conv1x7(out=c/4) conv7x1"),
    ("conv(5, out=c+c-3)", "conv5(out=2*c - 3)"),
    ("maxpool(2, stride=2, pad=0)", "maxpool2(stride=2)"),
    ("relu(6.0) relu(0.50) relu(100000)", "relu6 relu(0.5) relu(1e5)"),
    ("relu dup tanh drop", "relu"),
    ("in 2 drop", "in 2 drop"),
    ("in 3 swap drop out 2", "in 3 swap drop out 2"),
    ("in a b; out b a b", "in 2 swap over out 3"),
    ("in h0 h1; h0 relu h1 tanh cat -> a   a a mul", "in 2 tanh swap relu swap cat dup mul"),
    ("in 2 swap out 2", "in 2 swap out 2"),
    ("split4 drop swap drop cat", "split4 drop swap drop cat"),
    ("split5 -> last cat4 last cat", "split5 -> a cat4 a cat"),
    ("dup relu over tanh rot sigmoid add3", "dup relu over tanh rot sigmoid add3"),
]


@pytest.mark.parametrize(("text", "expected"), PRINTED)
def test_printed(text: str, expected: str) -> None:
    assert round_trip(lower(text)).text.strip() == expected


HEADS = [
    ("dup conv3 add", ["N,64,H,W"], "in x(64, H, W); x conv3 x add"),
    ("dup conv3 add", ["N,c,H,W"], "in x(c, H, W); x conv3 x add"),
    ("conv(3, out=2*c)", ["B,K,H,8"], "in x(K, H, 8); x conv3(out=2*K)"),
    ("conv(3, out=20)", ["N,8,c,W"], "in x(8, c, W); x conv3(out=20)"),
    ("conv3", ["N,8,c,W"], "in x(8, c, W); x conv3(out=8)"),
    ("dup conv1x7 add", None, "dup conv1x7 add"),
    ("dup conv1x7 drop relu", None, "in x(c, H, W); x relu"),
    ("block b(c=32) { conv(3, out=2*c) }", None, "in x(32); x conv3(out=64)"),
    ("block b(c=32) { in 2 cat conv1x7 }", None, "block program(c=32) { in 2 cat conv1x7 }"),
    ("block b(c=32) { in x(3, H, W); x conv3 }", None, "in x(3, H, W); x conv3(out=32)"),
    ("in x(32); x relu", None, "in x(32); x relu"),
    ("in a(32) b; a b cat", None, "in x1(32) x2(32); x1 x2 cat"),
    (
        "in low(2*c, H, W) high(c, 2*H, 2*W); low upsample2 high cat",
        None,
        "in x1(2*c, H, W) x2(c, 2*H, 2*W); x1 upsample2 x2 cat",
    ),
    ("in 2 relu swap drop", ["N,4,H,W", "N,6,H"], "in x1(4, H, W) x2(6, H); x2 relu"),
]


@pytest.mark.parametrize(("text", "inputs", "expected"), HEADS)
def test_what_is_said_of_inputs(text: str, inputs: list[str] | None, expected: str | None) -> None:
    found = round_trip(lower(text, inputs=inputs)).text.strip()
    assert expected is None or found == expected


@pytest.mark.parametrize("shape", ["N,10", "8,10", "N,out,H,W", "N,3,H,in"])
def test_what_no_text_says_of_inputs_comes_from_outside(shape: str) -> None:
    gives_back(lower("dup relu cat", inputs=[shape]), [shape])


def test_shapes_from_outside() -> None:
    assert input_texts(lower("conv3", inputs=["B,64,H,8"])) == ["B,64,H,8"]
    assert input_texts(lower("conv3")) == []
    assert input_texts(lower("in a(c, H, W) b(2*c, H, W); a b cat")) == ["x1=N,c,H,W"]


def test_symbols_count_what_stands_there() -> None:
    for text in ("in 2 cat", "block b(c=32) { in 2 cat conv1x7 }", "split5 -> last cat4 last cat"):
        found = printout(lower(text))
        assert found.symbols == len(found.text.split())


@pytest.mark.parametrize("seed", range(3))
def test_random_programs_come_back_in_the_same_words(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        graph = lower(small_program(rng, rng.randint(1, 60)))
        found = round_trip(graph)
        assert format(found.text) == found.text
        assert printed(graph) == found.text


def test_long_programs_are_wrapped_and_well_set() -> None:
    for text in ("{ conv3 bn relu }*50", "block b(c=8) { { dup conv(3, bias=false) add }*50 }"):
        found = round_trip(lower(text)).text
        assert max(map(len, found.splitlines())) <= COLUMNS
        assert format(found) == found


REPEATED = [
    ("{ conv3 bn relu }*3", "{ conv3 bn relu }*3"),
    ("relu tanh relu tanh", "relu tanh relu tanh"),  # as many symbols either way
    ("relu relu relu relu", "{ relu }*4"),
    ("tanh { dup { conv3 relu }*4 add }*5 out 1", "tanh { dup { conv3 relu }*4 add }*5"),
    ("in x(4, H); x x x x x add5", "in x(4, H); { x }*5 add5"),
]


@pytest.mark.parametrize(("text", "expected"), REPEATED)
def test_repeats_are_written_once_where_that_is_shorter(text: str, expected: str) -> None:
    graph = lower(text)
    found = printout(graph, repeats=True)
    assert found.text.strip() == expected
    assert found.symbols <= printout(graph).symbols
    assert portrait(lower(found.text)) == portrait(graph)


def test_long_repeats_have_lines_of_their_own() -> None:
    body = "dup conv(3, bias=false) bn relu conv(3, bias=false) bn add relu"
    text = f"conv7 {{ {body} {body.replace('3', '5')} }}*9 tanh gap"
    found = printed(lower(f"block b(c=8) {{ {text} conv1x7 }}"), repeats=True)
    assert found.count("\n") == 8
    assert format(found) == found
    assert portrait(lower(found)) == portrait(lower(f"block b(c=8) {{ {text} conv1x7 }}"))


def test_open_choices_are_refused() -> None:
    with pytest.raises(SnapError) as error:
        printed(lower("<conv3 | relu>"))
    assert error.value.diagnostics[0].code == "E507"


def test_uneven_pads_are_refused() -> None:
    graph = lower("conv(3, pad=1)", inputs=["N,4,H,W"])
    node = graph.nodes[0]
    pads = type(node.attrs)(dict(node.attrs) | {"pad": ((0, 2),)})
    odd = Node(node.op, pads, node.inputs, node.outputs, node.path)
    with pytest.raises(SnapError, match="pad=") as error:
        printed(
            type(graph)(graph.name, graph.inputs, (odd,), graph.outputs, graph.shapes, graph.width)
        )
    assert error.value.diagnostics[0].code == "E790"


@pytest.mark.parametrize("name", ["a", "x", "swish", "mix1x"])
def test_user_ops_print_like_any_other_and_names_keep_away_from_them(name: str) -> None:
    source = "def mixed(x, y, beta):\n    return x * y * beta"
    spec = op(f"me/{name}/1", torch=source, inputs=2, params={"beta": 1.5})
    text = f"split5 -> last cat4 last {name}(0.25) conv(3) dup {name} last cat"
    try:
        for inputs in (None, ["N,10,H,W"]):
            gives_back(
                lower(text.replace("last cat4 last", "last cat4 -> rest rest rest"), inputs),
                inputs,
            )
    finally:
        remove(spec)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
@example(0.034210526907784436)  # zeros in front count as no digits
def test_floats_are_exact_and_no_longer_than_repr(value: float) -> None:
    text = real(value)
    if 0 < abs(value) < 1e-290:  # beyond what a program can say in 18 digits
        return
    assert float(number(Number(text.removeprefix("-")))) == abs(value)
    assert text.startswith("-") == (value < 0)
    assert len(text) <= len(repr(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (1e-5, "1e-5"), (1e6, "1e6"), (6.0, "6"), (123.5, "123.5"), (0.0, "0"),
     (-0.5, "-0.5"), (9.99e302, "999e300"), (1e-7 / 3, None), (0.00025, "25e-5")],
)  # fmt: skip
def test_floats(value: float, text: str | None) -> None:
    assert float(real(value)) == value
    assert text is None or real(value) == text


def test_a_large_network_is_read_as_many_times_its_block() -> None:
    found = printout(lower("{ dup conv3 bn relu conv3 bn add relu }*2000"))
    assert found.symbols == 8 * 2000
