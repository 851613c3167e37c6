"""Words as classes: keys, shared classes, parameters, names, and words that are mixed up."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import snaplang as snap
from snaplang.backends.torch import source
from snaplang.backends.torch.code import literal, wrapped
from snaplang.graph import Graph, Node, rebuild, validate
from snaplang.graph.specialize import prepare
from snaplang.graph.weights import expected
from tests.backends.emitted import checked, module

# -- programs made of words ------------------------------------------------------------------------

STEPS = [
    "conv3",
    "conv(3, bias=false)",
    "bn",
    "relu",
    "dwconv3",
    "dup tanh add",
    "[ | conv1 ] add",
    "dup gap sigmoid mul",
    "conv(3, out=2*c) conv(3, out=c)",
    "dup maxpool(2, stride=2) upsample2 add",
    "split swap cat",
    "scale",
    "identity",
    "dropout(0.5)",
    "ln",
]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Words upon words, some with a width or a kernel as parameter, used in any order."""
    text, words = "", list(STEPS)
    for number in range(draw(st.integers(1, 4))):
        name = "abde"[number]
        body = " ".join(draw(st.lists(st.sampled_from(words), min_size=1, max_size=4)))
        kind = draw(st.sampled_from(["plain", "wide", "kernel"]))
        if kind == "wide":
            text += f"def {name}_(w) {{ conv(1, out=w) bn scale conv(1, out=c) {body} }}\n"
            words += [f"{name}_({w})" for w in ("c", "2*c", "12")]
        elif kind == "kernel":
            text += f"def {name}_(k) {{ {body} conv(k, stride=1) }}\n"
            words += [f"{name}_(1)", f"{name}_(3)"]
        else:
            text += f"def {name}_ {{ {body} }}\n"
            words += [f"{name}_", f"{{ {name}_ }}*3"]
    return text + " ".join(draw(st.lists(st.sampled_from(words[len(STEPS) :]), max_size=5)))


def flat(graph: Graph) -> Graph:
    """The graph without words: every node has a name of its own at the top."""
    nodes = [replace(n, path=("_".join(n.path) + "_",)) for n in graph.nodes]
    return replace(graph, nodes=tuple(nodes))


def shuffled(graph: Graph, rng: random.Random) -> Graph:
    """The same graph in another order of its nodes."""
    known = set(range(len(graph.inputs)))
    left = list(graph.nodes)
    order: list[Node] = []
    while left:
        node = rng.choice([n for n in left if known.issuperset(n.inputs)])
        left.remove(node)
        order.append(node)
        known.update(node.outputs)
    return validate(rebuild(graph, order))


State = dict[str, torch.Tensor]


def run(graph: Graph, state: State, x: torch.Tensor) -> torch.Tensor:
    """The result of emitted source with these weights, its comments checked on the way."""
    text, comments = checked(source(graph, "Net"))
    net = module(text, "Net", comments=comments)
    assert set(net.state_dict()) == set(expected(graph))
    net.load_state_dict(state)
    result: torch.Tensor = net.eval()(x)
    return result


def random_state(graph: Graph) -> State:
    """Weights off their start, no two alike, of a size that deep chains bear."""
    start = module(source(graph, "Net"), "Net").state_dict()
    assert list(start) == list(expected(graph))
    state = {}
    for key, value in start.items():
        factor, offset = torch.rand(2, *value.shape)
        state[key] = value * (factor + 0.5) + offset / 20
    return state


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.integers(0, 2**32))
def test_words_change_neither_weights_nor_results(text: str, seed: int) -> None:
    """Words as classes, no words at all, and words mixed up: keys and results are the same."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    graph = prepare(snap.lower(text, inputs=["N,4,H,W"]))
    x = torch.randn(2, 4, 8, 4)
    state = random_state(graph)
    wanted = run(graph, state, x)
    assert wanted.isfinite().all()
    bare = flat(graph)
    renamed = dict(zip(expected(bare), state.values(), strict=True))
    torch.testing.assert_close(run(bare, renamed, x), wanted)
    for _ in range(2):
        torch.testing.assert_close(run(shuffled(graph, rng), state, x), wanted)


# -- which classes there are -----------------------------------------------------------------------


def emitted(text: str, *inputs: str) -> str:
    return source(snap.lower(text, inputs=inputs or ["N,8,H,W"]), "Net")


def signatures(text: str) -> list[str]:
    """Class names with the parameters of their constructors."""
    found = re.findall(r"class (\w+)\(.*\n(?:    def __init__\(\s*self,? ?([^)]*)\))?", text)
    return [f"{name}({' '.join(given.split())})" for name, given in found]


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        ("def w { conv3 } w w w", ["W()", "Net()"]),
        ("def w { relu } w w", ["Net()"]),  # no weights, no class
        ("def w(k) { conv(k) } w(3) w(1)", ["W(kernel_size: int, padding: int = 0)", "Net()"]),
        ("def w(k) { conv(k) } w(3) w(3x3)", ["W()", "Net()"]),
        (
            "def w(k) { conv(k) } w(3) w(1x3)",
            [
                "W(kernel_size: int | tuple[int, ...], padding: int | tuple[int, ...])",
                "Net()",
            ],
        ),
        (
            "def w(o) { conv(3, out=o) bn } w(6) w(9)",
            ["W(in_channels: int, out_channels: int)", "Net()"],
        ),
        ("def w(b) { conv(3, bias=b) } w(true) w(false)", ["W(bias: bool = True)", "Net()"]),
        ("def w { conv3 } def v { conv3 } w v", ["W()", "V()", "Net()"]),
        ("def w(f) { f conv3 } w({ relu }) w({ tanh })", ["W()", "W2()", "Net()"]),
        ("def w(p) { conv3 dropout(p) } w(0.1) w(1/4)", ["W(p: float)", "Net()"]),
        ("def w { conv1 } def v { w w } { v }*4", ["W()", "V()", "Net()"]),
        ("def w(s) { conv3 maxpool(s, stride=s) } w(2) w(4)", ["W(kernel_size: int)", "Net()"]),
        ("def w(s) { conv3 maxpool(3, stride=s) } w(3) w(2)", ["W(stride: int = 3)", "Net()"]),
        ("def w(g) { conv(3, groups=g) } w(1) w(2) w(8)", ["W(groups: int = 1)", "Net()"]),
        ("def w { dwconv3 } w conv(3, out=12) w", ["W(channels: int)", "Net()"]),
        (
            "def w(k) { conv(1, out=k) conv(1, out=2*k) } w(8) w(4)",
            ["W(in_channels: int, mid_channels: int)", "Net()"],
        ),
        (
            "def w(m) { conv3 upsample(2, mode=m) } w(nearest) w(linear)",
            ['W(mode: str = "nearest")', "Net()"],
        ),
        (
            "def net { conv3 } def tensor { conv1 } def nn_ { bn } net tensor nn_",
            ["Net2()", "Tensor_()", "Nn()", "Net()"],
        ),
        ("def a2 { conv3 } def a { conv1 } a a2 a a2", ["A()", "A2()", "Net()"]),
    ],
)
def test_classes(program: str, wanted: list[str]) -> None:
    text = emitted(program)
    assert signatures(text) == wanted
    module(text, "Net")(torch.zeros(1, 8, 8, 8))


def test_a_coincidence_of_other_numbers_is_not_taken_for_a_law() -> None:
    """A kernel of 3 and 5 beside 24 and 40 channels: eight times as many, by chance."""
    text = emitted("def w(k, o) { dwconv(k) conv(1, out=o) } w(3, 24) w(5, 40)")
    assert "self.w1 = W(8, 24, 3, padding=1)" in text
    assert "self.w2 = W(24, 40, 5, padding=2)" in text


def test_a_multiple_is_one_in_every_instance() -> None:
    text = emitted("def w(a, b) { conv(1, out=a) conv(1, out=b) } w(4, 9) w(5, 11)")
    assert signatures(text)[0] == "W(in_channels: int, mid_channels: int, out_channels: int)"
    module(text, "Net")(torch.zeros(1, 8, 1, 1))


def test_a_comment_may_add_to_a_parameter() -> None:
    text = emitted("def w { [ | conv(3, out=4) ] cat } w w w")
    assert "# [N, in_channels + 4, H, W]" in text


def test_arguments_of_different_names_do_not_share_a_parameter() -> None:
    text = emitted("def w(s) { conv(3, stride=s) shift(s) } w(1) w(2)")
    assert signatures(text)[0] == "W(shift: int, stride: int = 1)"


def test_a_true_and_a_one_differ() -> None:
    text = emitted("def w(b, g) { conv(3, bias=b, groups=g) } w(true, 1) w(false, 2)")
    assert signatures(text)[0] == "W(groups: int = 1, bias: bool = True)"


def test_what_forward_needs_is_kept_by_the_constructor() -> None:
    text = emitted("def w(s, p) { conv3 dropout(p) shift(s) } w(1, 0.1) w(2, 0.2)")
    assert "self.p = p" in text and "F.dropout(x, self.p, self.training)" in text
    assert "x.roll(self.shift, -1)" in text


def test_inputs_of_a_word_come_in_the_order_they_were_made() -> None:
    """The second instance gets its tensors the other way round, and is the same class."""
    text = emitted("def w { in a b; b conv3 a add } in x y; x y w y x w add", *["N,8,H,W"] * 2)
    assert signatures(text) == ["W()", "Net()"]
    assert "z = self.w1(x, y)" in text and "self.w2(y, x)" in text
    x, y = torch.randn(2, 1, 8, 4, 4)
    net: Any = module(text, "Net")
    first, second = net.w1.conv1, net.w2.conv1
    assert torch.equal(net(x, y), first(y) + x + (second(x) + y))


def test_a_word_may_leave_several_tensors() -> None:
    text = emitted("def w { conv(3, out=8) split } w w -> a -> b b a cat3")
    assert "x, y = self.w1(x)" in text
    assert "-> tuple[Tensor, Tensor]:  # [N, in_channels, H, W]" in text
    module(text, "Net")(torch.zeros(1, 8, 3, 3))


def test_keys_hold_where_words_are_mixed_up() -> None:
    graph = prepare(snap.lower("def w { conv1 bn } [ w relu | w tanh ] add", inputs=["N,8,H,W"]))
    order = [graph.nodes[i] for i in (0, 3, 1, 4, 2, 5, 6)]
    text = source(rebuild(graph, order), "Net")
    assert signatures(text) == ["Net()"]
    assert "self.w1 = nn.Module()\n        self.w1.conv1 = nn.Conv2d(8, 8, 1)" in text
    assert "self.w2.bn1(" in text
    state = random_state(graph)
    x = torch.randn(1, 8, 2, 2)
    assert torch.equal(run(rebuild(graph, order), state, x), run(graph, state, x))


# -- names and text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["lambda", "self", "torch", "nn", "F", "ValueError", "None", "W", "super", "input"]
)
def test_inputs_may_have_any_name(name: str) -> None:
    text = emitted(f"def w {{ conv3 droppath(0.1) }} in {name} y; {name} w y add", *["N,8,H,W"] * 2)
    net: Any = module(text, "Net").eval()
    x, y = torch.randn(2, 1, 8, 3, 3)
    assert torch.equal(net(x, y), net.w1(x) + y)


def test_names_that_python_would_mangle() -> None:
    graph = prepare(snap.lower("def __w { conv3 } def _v { __w bn } _v __w", inputs=["N,8,H,W"]))
    net = module(source(graph, "Net"), "Net")
    assert list(net.state_dict()) == list(expected(graph))
    assert next(iter(net.state_dict())) == "_v1.__w1.conv1.weight"
    net(torch.zeros(1, 8, 3, 3))


def test_variables_are_reused_as_people_do() -> None:
    text = emitted("conv3 -> skip skip conv3 skip conv3 mul skip add")
    lines = [line.split("  #")[0].strip() for line in text.split("forward(")[1].split("\n")[1:-2]]
    assert lines == [
        "x = self.conv1(x)",
        "y = self.conv2(x)",
        "z = self.conv3(x)",
        "y = y * z",
        "x = y + x",
    ]


def test_results_that_nobody_needs_have_no_name() -> None:
    assert "_, x, _ = x.chunk(3, dim=1)" in emitted("split3 drop swap drop", "N,9,H,W")


def test_identities_leave_no_line() -> None:
    text = emitted("identity add1 cat1 dropout0 droppath0 noise0 maxpool1 shift0 crop0 upsample1")
    assert text.endswith("x: Tensor) -> Tensor:  # [N, 8, H, W]\n        return x\n")


def test_outputs_may_be_inputs_and_repeat() -> None:
    text = emitted("in x y; out y x y", *["N,8,H,W"] * 2)
    assert "return y, x, y" in text and "tuple[Tensor, Tensor, Tensor]" in text
    assert "tuple[Tensor, ...]:" in emitted("in x; out x x x x")


def test_numbers_of_the_input_stay_numbers() -> None:
    text = emitted("def w { conv(3, stride=2) } w w", "2,8,16,24")
    assert "x = self.w1(x)  # [2, 8, 8, 12]" in text
    assert "def forward(self, x: Tensor) -> Tensor:  # [2, 8, H, W]" in text
    assert "# [2, 8, ceil(H/2), ceil(W/2)]" in text


def test_sizes_of_several_inputs_are_told_by_each_other() -> None:
    """The way up of a U-Net: the skip is twice as large."""
    text = emitted(
        "def up { in low skip; skip low upsample2 cat conv(3, out=c) }"
        "def down { maxpool(2, stride=2) conv3 }"
        "conv3 -> a a down -> b b down b up a up"
    )
    assert "# x: [N, 8, H, W]\n        # y: [N, 8, floor(H/2), floor(W/2)]" in text
    module(text, "Net")(torch.zeros(1, 8, 8, 12))
    with pytest.raises(ValueError, match="H must be a multiple of 4, not 6"):
        module(text, "Net")(torch.zeros(1, 8, 6, 12))


def test_shapes_without_a_rule_for_letters_get_letters_of_their_own() -> None:
    program = (
        "def fuse { in a b; a b upsample3 add conv3 }"
        " def low { maxpool(3, stride=3, pad=0) } conv3 -> a a a low fuse"
    )
    text, comments = checked(emitted(program))
    module(text, "Net", comments=comments)(torch.zeros(1, 8, 9, 12))
    assert comments.seen > 5
    assert "# x: [N, 8, H, W]\n" in text and "# y: [N, 8, H2, W2]\n" in text


def test_three_scales_are_told_by_the_finest() -> None:
    program = (
        "def fuse { in a b d; a upsample4 b upsample2 add d add conv3 }"
        "in low(8, L) mid(8, 2*L) high(8, 4*L); low mid high fuse"
    )
    text = source(snap.lower(program), "Net")
    found = re.findall(r"# (\w): \[N, 8, (.*)\]", text)
    assert found == [("x", "floor(L/4)"), ("y", "floor(L/2)"), ("z", "L")]


def test_sizes_that_are_one_in_some_places_only() -> None:
    text, comments = checked(emitted("def w { in a b; a b mul conv1 } dup gap w dup gap swap w"))
    assert signatures(text)[0] == "W()"
    module(text, "Net", comments=comments)(torch.zeros(1, 8, 5, 4))
    assert comments.seen > 8


def test_broken_lines_mean_the_same() -> None:
    calls = 'f(aa, g(bb, "), b, (", "\\"), (", cc), (dd,), [ee, ff], (gg + hh))'
    for width in range(4, len(calls) + 9):
        lines = wrapped(f"x = {calls}", 4, width)
        results: list[object] = []
        for code in ("\n".join(line[4:] for line in lines), f"x = {calls}"):
            space = {n: n for n in ("aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh")}
            exec(code, {"f": lambda *a: a, "g": lambda *a: a}, space)
            results.append(space["x"])
        assert results[0] == results[1]
    assert len(lines) == 1


@pytest.mark.parametrize(
    "value", [True, 1, 0.1, 1e-5, 1e22, -0.0, 'a"b\\', (1, (2.5,), "x"), (), None, 5e-324]
)
def test_literals_are_read_back(value: object) -> None:
    text = literal(value)  # type: ignore[arg-type]
    assert repr(eval(text)) == repr(value)
