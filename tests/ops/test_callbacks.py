"""Callbacks that raise or return nonsense are errors of their op, wherever they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import snaplang as snap
from snaplang import Fact, SnapError
from snaplang.dims import dim, letter
from snaplang.ops.spec import Init, Rules, Shape, Weight
from snaplang.torch import Block

HERE = ["N,8,6,6"]
PLACES: dict[str, Callable[[str], object]] = {
    "lower": lambda text: snap.lower(text, inputs=HERE),
    "fingerprint": lambda text: snap.fingerprint(text, inputs=HERE),
    "canonicalize": lambda text: snap.canonicalize(text, inputs=HERE),
    "stats": lambda text: snap.stats(text, inputs=HERE),
    "torch": lambda text: snap.to_torch_source(text, inputs=HERE),
    "Block": lambda text: Block(text, inputs=HERE),
    "dot": lambda text: snap.to_dot(text, inputs=HERE),
    "mermaid": lambda text: snap.to_mermaid(text, inputs=HERE),
    "json": lambda text: snap.to_json(text, inputs=HERE),
    "onnx": lambda text: snap.to_onnx(text, inputs=HERE),
}


def declare(inputs: int = 1, takes: int = 0, **given: Any) -> None:
    name, tensors = "odd", ", ".join(f"i{n}" for n in range(inputs + takes))
    torch = f"def {name}({tensors}):\n    return i0"
    onnx = given.pop("onnx", lambda site: site.inputs[0])
    snap.op(f"me/{name}/1", torch=torch, inputs=inputs, onnx=onnx, replaces=True, **given)


def told(text: str) -> dict[str, str]:
    """What each place says of a program; anything but a `SnapError` comes out."""
    found = {}
    for place, call in PLACES.items():
        try:
            call(text)
        except SnapError as error:
            (one,) = error.diagnostics
            assert one.span is not None and one.span.text in ("odd", "odd(2)")
            found[place] = f"{one.code} {one.message}"
    return found


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError


def broken(*given: object) -> Any:
    raise ZeroDivisionError("no\nway")


def gives(value: object) -> Callable[..., Any]:
    return lambda *given: value


SHAPES: list[tuple[Callable[..., Any], str]] = [
    (broken, "raised ZeroDivisionError: no way"),
    (lambda: (), "raised TypeError: <lambda>() takes 0 positional arguments but 1 was given"),
    (gives(None), "returned None: not 1 shape in a tuple"),
    (gives(()), "returned (): not 1 shape in a tuple"),
    (gives((3,)), "returned (3,): 3 is no `Shape`"),
    (gives((Silent(),)), "returned a tuple: a Silent is no `Shape`"),
    (
        gives((Shape(dim(8) / 3),)),
        "returned (Shape('[N, 8/3]'),): 8/3 is no whole number",
    ),
    (gives((Shape(2.5),)), "returned (Shape('[N, 2.5]'),): 2.5 is no size"),  # type: ignore[arg-type]
    (gives((Shape(dim(1), 3),)), "returned a tuple: its axes are 3, not a tuple"),  # type: ignore[arg-type]
    (
        gives((Shape(letter("Q")),)),
        "returned (Shape('[N, Q]'),): the inputs have no size `Q`",
    ),
    (
        gives((Shape(dim(1), (dim(1),) * 4),)),
        "returned (Shape('[N, 1, 1, 1, 1, 1]'),): "
        "a tensor has at most three spatial axes, known if the inputs' are",
    ),
]


@pytest.mark.parametrize(("rule", "how"), SHAPES, ids=[how[:40] for _, how in SHAPES])
def test_shape_rules(rule: Callable[..., Any], how: str) -> None:
    declare(shape=rule)
    wanted = f"E905 `odd`: the shape rule of `me/odd/1` {how}"
    assert told("conv1 odd relu") == dict.fromkeys(PLACES, wanted)


def test_whole_numbers_are_sizes_and_lists_are_tuples() -> None:
    def rule(rules: Rules) -> Any:
        rules.equal(rules.inputs[0].channels, 8, "channels")  # type: ignore[arg-type]
        rules.multiple(rules.inputs[0].channels, 4, "channels")  # type: ignore[arg-type]
        return [Shape(16, (3, 3))]  # type: ignore[arg-type]

    declare(shape=rule)
    assert told("conv1 odd relu") == {}
    assert snap.lower("odd", inputs=HERE).shapes[-1] == Shape(dim(16), (dim(3), dim(3)))


def test_fractions_are_conditions() -> None:
    declare(shape=lambda rules: (rules.inputs[0].with_channels(rules.inputs[0].channels / 2),))
    assert [str(c) for c in snap.lower("odd odd").conditions] == ["c/2 is whole", "c/4 is whole"]
    with pytest.raises(SnapError, match="7/2 is no whole number"):
        snap.lower("odd", inputs=["N,7,H,W"])


def test_ranks_are_kept_to_and_close_an_open_input() -> None:
    def turned(rules: Rules) -> tuple[Shape, ...]:
        height, width = rules.inputs[0].spatial
        return (rules.inputs[0].with_spatial((width, height)),)

    declare(ranks=(2,), shape=turned)
    assert snap.lower("odd").shapes[-1].text() == "[N, c, W, H]"
    assert snap.fingerprint(snap.format(snap.canonicalize("odd odd conv3"))) == snap.fingerprint(
        "odd odd conv3"
    )
    with pytest.raises(SnapError, match="takes tensors with 2 spatial axes, this one has 1"):
        snap.lower("odd", inputs=["N,8,L"])


NUMBER, NAN = Init("constant", 0.0), Init("normal", float("nan"))
WEIGHTS: list[tuple[Callable[..., Any], str]] = [
    (broken, "raised ZeroDivisionError: no way"),
    (gives(None), "returned None: not a tuple"),
    (gives((1,)), "returned (1,): 1 is no `Weight`"),
    (gives((Weight("a b", (), NUMBER),)), "'a b' is no plain name"),
    (
        gives((Weight("class", (), NUMBER),)),
        "`class` means something in PyTorch's modules, or in Python",
    ),
    (
        gives((Weight("forward", (), NUMBER),)),
        "`forward` means something in PyTorch's modules, or in Python",
    ),
    (gives((Weight("w", (), NUMBER),) * 2), "two weights are called `w`"),
    (gives((Weight("w", 3, NUMBER),)), "the shape of `w` is 3, not a tuple"),  # type: ignore[arg-type]
    (gives((Weight("w", (dim(-1),), NUMBER),)), "-1 is no whole number, at least 0"),
    (gives((Weight("w", (letter("Q"),), NUMBER),)), "the inputs have no size `Q`"),
    (gives((Weight("w", (), None),)), "`w` starts by None"),  # type: ignore[arg-type]
    (gives((Weight("w", (), NAN),)), "`w` starts by nan, no number"),
    (gives((Weight("w", (), Init("normal", -1.0)),)), "`w` starts by -1.0, which is no spread"),
    (
        gives((Weight("w", (), Init("uniform", 0, root=True)),)),
        "`w` starts by 0, which is no spread",
    ),
    (
        gives((Weight("w", (), NUMBER, whole=True),)),
        "`w` is whole: then it is not trained, and starts constant",
    ),
]


@pytest.mark.parametrize(("weights", "how"), WEIGHTS, ids=[how for _, how in WEIGHTS])
def test_weights(weights: Callable[..., Any], how: str) -> None:
    declare(weights=weights)
    found = told("conv1 odd relu")
    assert set(PLACES) - set(found) == {"lower", "fingerprint", "canonicalize"}
    (message,) = set(found.values())
    assert message.startswith("E905 the `weights` of `me/odd/1` r") and message.endswith(how)


def test_weights_that_the_function_does_not_take() -> None:
    declare(weights=gives([Weight("w", (2,), NUMBER)]))  # type: ignore[arg-type]
    with pytest.raises(SnapError, match="takes 1 tensors, `odd` gives it 2"):
        snap.to_torch_source("odd", inputs=HERE)
    declare(weights=gives([Weight("w", (2,), NUMBER)]), takes=1)  # type: ignore[arg-type]
    assert snap.stats("odd", inputs=HERE).params == 2


@pytest.mark.parametrize(
    ("macs", "how"),
    [
        (broken, "raised ZeroDivisionError: no way"),
        (gives(2.5), "returned 2.5: 2.5 is no size"),
        (gives(-1), "returned -1: -1 is no whole number, at least 0"),
        (gives(letter("Q")), "returned Dim(Q): the inputs have no size `Q`"),
    ],
)
def test_macs(macs: Callable[..., Any], how: str) -> None:
    declare(macs=macs)
    assert told("conv1 odd") == {"stats": f"E905 the `macs` of `me/odd/1` {how}"}
    declare(macs=gives(7))
    assert snap.stats("odd", inputs=HERE).macs == 7


@pytest.mark.parametrize(
    ("answer", "how"),
    [(broken, "raised ZeroDivisionError: no way"), (gives(1), "returned 1")],
)
def test_identity_if(answer: Callable[..., Any], how: str) -> None:
    declare(identity_if=answer)
    found = told("conv1 odd")
    assert set(found) == {"fingerprint", "canonicalize", "stats", "torch", "Block"}
    assert set(found.values()) == {f"E905 the `identity_if` of `me/odd/1` {how}"}


@pytest.mark.parametrize(
    ("emit", "how"),
    [
        (gives(None), "returned None, not the names of 1 results"),
        (gives([["x"]]), "returned [['x']], not the names of 1 results"),
        (gives([Silent()]), "returned a list, not the names of 1 results"),
    ],
)
def test_onnx_emitters(emit: Callable[..., Any], how: str) -> None:
    declare(onnx=emit)
    wanted = {"onnx": f"E714 the ONNX emitter of `odd` (me/odd/1) {how}"}
    assert told("conv1 odd") == wanted


def total(rules: Rules) -> tuple[Shape, ...]:
    one, two = rules.inputs
    return (one.with_channels(one.channels + two.channels),)


def doubled(rules: Rules) -> tuple[Shape, ...]:
    return (rules.inputs[0].with_channels(rules.inputs[0].channels * 2),)


CONTRADICTED: list[tuple[str, dict[str, Any], str]] = [
    (
        "dup conv(1, out=16) odd",
        {"facts": [Fact.COMMUTATIVE], "inputs": 2, "shape": lambda rules: rules.inputs[:1]},
        "it is declared COMMUTATIVE, but its shape rule gives [N, 8, 6, 6] for [N, 8, 6, 6] "
        "[N, 16, 6, 6] and [N, 16, 6, 6] for [N, 16, 6, 6] [N, 8, 6, 6]",
    ),
    (
        "dup odd",
        {"facts": [Fact.MERGES_EQUAL], "inputs": 2, "shape": total},
        "it is declared MERGES_EQUAL, which keeps the shape of equal inputs, but its shape rule "
        "gives [N, 16, 6, 6] for [N, 8, 6, 6] [N, 8, 6, 6]",
    ),
    (
        "odd",
        {"facts": [Fact.IDEMPOTENT], "shape": doubled},
        "it is declared IDEMPOTENT, which keeps the shape that it gives, but its shape rule "
        "gives [N, 16, 6, 6] for [N, 8, 6, 6]",
    ),
    (
        "odd",
        {"identity_if": gives(True), "shape": doubled},
        "it is declared `identity_if`, which keeps its input's shape, but its shape rule "
        "gives [N, 16, 6, 6] for [N, 8, 6, 6]",
    ),
    (
        "odd",
        {"eval_identity": True, "shape": doubled},
        "it is declared `eval_identity`, which keeps its input's shape, but its shape rule "
        "gives [N, 16, 6, 6] for [N, 8, 6, 6]",
    ),
]


@pytest.mark.parametrize(("text", "given", "how"), CONTRADICTED)
def test_shape_rules_that_contradict_facts(text: str, given: dict[str, Any], how: str) -> None:
    declare(**given)
    assert told(text) == dict.fromkeys(PLACES, f"E906 `odd`: {how}")


def test_a_rule_that_does_not_depend_on_the_order_is_taken() -> None:
    declare(inputs=2, facts=[Fact.COMMUTATIVE], shape=total)
    for text in ("dup odd", "dup conv(1, out=16) odd", "dup conv(1, out=16) swap odd"):
        assert told(text) == {}


def test_commuting_inputs_have_one_set_of_weights() -> None:
    first = lambda attrs, inputs: (Weight("w", (inputs[0].channels,), NUMBER),)  # noqa: E731
    declare(inputs=2, weights=first, facts=[Fact.COMMUTATIVE], shape=total, onnx=None)
    with pytest.raises(SnapError, match="is declared COMMUTATIVE, but has other weights for"):
        snap.stats("dup conv(1, out=16) odd", inputs=HERE)
