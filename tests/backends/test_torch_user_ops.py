"""Ops of users in emitted source: functions and their text, weights, names, and what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import snaplang as snap
from snaplang import SnapError
from snaplang.backends.torch import source
from snaplang.dims import dim
from snaplang.ops import remove
from snaplang.ops.spec import Attrs, Init, OpSpec, Shape, Weight
from snaplang.torch import Block
from tests.backends.emitted import module, names_used

OFFSET = 2.0


@pytest.fixture
def declare() -> Iterator[Any]:
    """Declares ops and takes them back."""
    declared: list[OpSpec] = []

    def make(name: str, torch: Any, **keywords: Any) -> OpSpec:
        declared.append(snap.op(f"me/{name}/1", torch=torch, replaces=True, **keywords))
        return declared[-1]

    yield make
    for spec in declared:
        remove(spec)


def emitted(text: str, *inputs: str) -> str:
    return source(snap.lower(text, inputs=inputs or ["N,4,H,W"]), "Net")


SWISH = "def swish(x, beta):\n    return x * torch.sigmoid(beta * x)"


def test_the_text_of_a_function_is_put_in_and_called(declare: Any) -> None:
    declare("swish", SWISH, params={"beta": 1.0})
    text = emitted("swish swish(2)")
    assert SWISH in text and text.count("def swish") == 1
    assert "x = swish(x, beta=1.0)" in text and "x = swish(x, beta=2.0)" in text
    x = torch.randn(1, 4, 2, 2)
    wanted = F.silu(x)
    assert torch.allclose(module(text, "Net")(x), wanted * torch.sigmoid(2 * wanted))


def gate(x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor, power: int = 1) -> Any:
    """A function of a module, with weights, helpers imported inside, and two results."""
    from operator import mul

    scaled = mul(x, weight.view(-1, *[1] * (x.ndim - 2)) ** power)
    return scaled, F.relu(y) * math.pi


def channel_weight(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    return (Weight("weight", (inputs[0].channels,), Init("normal", 0.5)),)


def test_a_function_brings_its_source_and_its_weights(declare: Any) -> None:
    declare("gate", gate, inputs=2, outputs=2, params={"power": 1}, weights=channel_weight)
    text = emitted("dup gate(3) add")
    assert "import math\n" in text and "from __future__ import annotations" in text
    net: Any = module(text, "Net")
    assert [(k, v.shape) for k, v in net.state_dict().items()] == [("gate1.weight", (4,))]
    x = torch.randn(1, 4, 2, 2)
    wanted = x * net.gate1.weight.view(4, 1, 1) ** 3 + x.relu() * math.pi
    assert torch.allclose(net(x), wanted)
    net(x).sum().backward()
    assert net.gate1.weight.grad is not None


def many_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    c = inputs[0].channels
    return (
        Weight("spread", (c, dim(3)), Init("uniform", c, root=True)),
        Weight("normal", (dim(1000),), Init("normal", 2.0)),
        Weight("mean", (c,), Init("constant", 0.5), trained=False),
        Weight("steps", (), Init("constant", 3.0), trained=False, whole=True),
    )


def test_weights_start_as_declared_and_buffers_are_no_parameters(declare: Any) -> None:
    declare("many", "def many(x, spread, normal, mean, steps):\n    return x", weights=many_weights)
    torch.manual_seed(0)
    net: Any = module(emitted("def w { many } w conv(1, out=16) w"), "Net")
    own = net.w2.many1
    assert list(net.state_dict())[-4:] == [f"w2.many1.{n}" for n in own.state_dict()]
    assert [n for n, _ in own.named_parameters()] == ["spread", "normal"]
    assert own.spread.shape == (16, 3) and 0.15 < own.spread.abs().max() <= 0.25
    assert 1.8 < own.normal.std() < 2.2
    assert own.mean.tolist() == [0.5] * 16
    assert (own.steps.item(), own.steps.dtype) == (3, torch.int64)


def test_a_function_may_ask_whether_it_trains(declare: Any) -> None:
    declare("flip", "def flip(x, training):\n    return -x if training else x")
    text = emitted("flip")
    assert "x = flip(x, training=self.training)" in text
    net, x = module(text, "Net"), torch.randn(1, 4, 2, 2)
    assert torch.equal(net.train()(x), -x) and torch.equal(net.eval()(x), x)


def test_attributes_that_differ_become_parameters_of_the_class(declare: Any) -> None:
    declare("swish", SWISH, params={"beta": 1.0})
    text = emitted("def w(b) { conv1 swish(b) } w(1) w(3)")
    assert "def __init__(self, swish_beta: float) -> None:" in text
    assert "swish(x, beta=self.swish_beta)" in text
    module(text, "Net")(torch.zeros(1, 4, 2, 2))


def test_the_function_named_like_the_op_is_called_or_the_only_one(declare: Any) -> None:
    half = "def half(x):\n    return x / 2\n"
    quarter = "def quarter(x):\n    return half(half(x))\n"
    declare("quarter", f"{half}{quarter}def no(x):\n    return 0")
    two = half.replace("half", "two")
    with pytest.raises(SnapError, match="may be any of `two`, `last`"):
        declare("eighth", f"FOUR = 4\n{two}def last(x):\n    return two(x) / FOUR")
    declare("eighth", "FOUR = 4\ndef last(x):\n    return x / 2 / FOUR")
    x = torch.ones(1, 4, 1, 1)
    assert torch.equal(module(emitted("quarter eighth"), "Net")(x), x / 32)


def test_helpers_and_classes_make_way_for_a_users_names(declare: Any) -> None:
    declare("mine", "def drop_path(x):\n    return x + 1")
    declare("other", "def Net(x):\n    return x + 2")
    text = emitted("def drop_path { conv1 } mine droppath(0.5) other drop_path")
    assert names_used(text).defined == ["drop_path", "Net", "drop_path2", "DropPath", "Net2"]
    net: Any = module(text, "Net2").eval()
    x = torch.randn(1, 4, 2, 2)
    assert torch.equal(net(x), net.drop_path1.conv1(x + 1 + 2))


def uses_a_global(x: torch.Tensor) -> torch.Tensor:
    return x + OFFSET


def closing(offset: float) -> Any:
    def around(x: torch.Tensor) -> torch.Tensor:
        return x + offset

    return around


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (uses_a_global, "uses `OFFSET` from around it"),
        (closing(1.0), "uses `offset` from around it"),
        (lambda x: x, "is no plain function"),
        (torch.relu, "is no plain function"),
        ("lambda x: x", "has no `def`"),
        ("def f(x:\n", "does not parse (line 1: "),
        ("", "has no `def`"),
        (None, "is missing"),
    ],
)
def test_a_function_that_cannot_stand_alone_is_an_error(
    declare: Any, function: Any, message: str
) -> None:
    with pytest.raises(SnapError) as caught:
        declare("odd", function)
    (found,) = caught.value.diagnostics
    assert found.code == "E904" and found.hint
    assert found.message.startswith(f"the torch function of `me/odd/1` {message}")


def test_a_function_without_readable_source_is_an_error(declare: Any) -> None:
    space: dict[str, Any] = {}
    exec("def typed(x):\n    return x", space)
    with pytest.raises(SnapError, match="has no source that can be read"):
        declare("typed", space["typed"])


def test_two_functions_of_a_name_are_an_error_unless_they_are_the_same(declare: Any) -> None:
    declare("one", "def f(x):\n    return x + 1")
    declare("two", "def f(x):\n    return x + 1")
    assert emitted("one two").count("def f(") == 1
    declare("two", "def f(x):\n    return x + 2")
    with pytest.raises(SnapError, match="functions of two user ops define `f`"):
        emitted("one two")


@pytest.mark.parametrize("line", ["HALF = 1", "HALF: int = 1", "def HALF(): 1", "class HALF: 1"])
def test_two_values_of_a_name_are_an_error(declare: Any, line: str) -> None:
    declare("one", "HALF = 2\ndef one(x):\n    return x / HALF")
    declare("two", f"{line}\ndef two(x):\n    return x")
    emitted("one")
    with pytest.raises(SnapError, match="functions of two user ops define `HALF`"):
        emitted("one two")


def test_source_that_cannot_be_executed_is_an_error(declare: Any) -> None:
    with pytest.raises(SnapError, match=r"uses `nothing` from around it"):
        declare("one", "@nothing\ndef one(x):\n    return x")
    declare("one", "@torch.nothing\ndef one(x):\n    return x")
    with pytest.raises(SnapError, match=r"has no attribute .nothing.") as caught:
        Block("one", channels=1)
    assert caught.value.diagnostics[0].code == "E904"


def test_a_weight_without_a_plain_name_is_an_error(declare: Any) -> None:
    def weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        return (Weight("a.b", (dim(1),), Init("constant", 0.0)),)

    declare("one", "def one(x, w):\n    return x", weights=weights)
    with pytest.raises(SnapError, match=r"'a\.b' is no plain name"):
        emitted("one")


def test_numbers_of_every_kind_reach_the_function(declare: Any) -> None:
    kinds = [
        snap.Param("k", snap.ParamKind.KERNEL),
        snap.Param("out", snap.ParamKind.WIDTH, "c"),
        snap.Param("way", snap.ParamKind.WORD, "left", words=("left", "right")),
        snap.Param("on", snap.ParamKind.FLAG, True),
        snap.Param("n", snap.ParamKind.COUNT, 3),
    ]
    declare("every", "def every(x, k, out, way, on, n):\n    return x", params=kinds)
    text = emitted("every(3x5, out=2*c, way=right) every(2, on=false)")
    assert 'every(x, k=(3, 5), out=8, way="right", on=True, n=3)' in text
    assert 'every(x, k=2, out=4, way="left", on=False, n=3)' in text
