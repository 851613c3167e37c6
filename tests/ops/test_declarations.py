"""Declarations that cannot be true are refused, each with all that there is to say."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

import snaplang as snap
from snaplang import Fact, Param, SnapError
from snaplang.lowering.words import prelude
from snaplang.ops import CORE, TABLE, by_id, declare, remove
from snaplang.ops.facts import FACTS, closed, unmet
from snaplang.ops.reserved import MODULE, WORDS, prelude_names
from snaplang.ops.spec import OpSpec, ParamKind, Rules, Shape, Weight
from tests.support.examples import ROOT

ONE = "def one(x):\n    return x"
PAIR = "def one(x, y):\n    return x + y"


def same(rules: Rules) -> tuple[Shape, ...]:
    return rules.inputs[:1]


def nothing(*given: object) -> tuple[Weight, ...]:
    return ()


def message(op_id: str, **given: Any) -> str:
    """What a declaration is told; "" if it is accepted."""
    try:
        snap.op(op_id, **({"torch": ONE} | given))
    except SnapError as error:
        return "\n".join(f"{d.code} {d.message} [{d.hint}]" for d in error.diagnostics)
    return ""


TAKEN = "choose another name in the id"
NAMES = {
    "me/relu/1": f"E901 `relu` is a core op [{TAKEN}]",
    "me/se/1": f"E901 `se` is a word of the prelude [{TAKEN}]",
    "me/same/1": f"E901 `same` is a word of the language [{TAKEN}]",
    "me/c/1": f"E901 `c` is a word of the language [{TAKEN}]",
    "me/lambda/1": f"E901 `lambda` is a word of Python [{TAKEN}]",
    "me/F/1": f"E901 `F` is needed by emitted source [{TAKEN}]",
    "me/torch/1": f"E901 `torch` is needed by emitted source [{TAKEN}]",
    "me/one1/1": "E903 `one1` ends in a digit [a suffix could not be told from it]",
    "opaque/one/1": "E903 `opaque/one/1` is an id of lifted models [`opaque` is no owner]",
    "one": "E903 `one` is no id for an op [write `owner/name/version`: me/swish/1]",
    "me/\u00e9t\u00e9/1": (
        "E903 `me/\u00e9t\u00e9/1` is no id for an op [write `owner/name/version`: me/swish/1]"
    ),
}


@pytest.mark.parametrize("op_id", NAMES)
def test_names_that_are_taken(op_id: str) -> None:
    assert message(op_id) == NAMES[op_id]
    assert "one" not in TABLE


CALLED = "it is called with the inputs, the weights, and the attributes by name"
FIRST = "inputs come first, then weights, then attributes by name"
NEEDED = "Python or the emitted source needs that name; take another one"
ALONE = "emitted source has torch, nn, F, Tensor and math; import others in the function"
FUNCTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "too few places": ({"inputs": 2}, f"takes 1 tensors, `one` gives it 2 [{FIRST}]"),
    "too many places": ({"torch": PAIR}, f"needs `y`, which nothing gives it [{CALLED}]"),
    "no such parameter": (
        {"params": {"beta": 1.0}},
        "has no parameter `beta` [attributes are given by name]",
    ),
    "a tensor of a parameter's name": (
        {"params": {"x": 1.0}},
        f"has a tensor called `x`, which is an attribute [{FIRST}]",
    ),
    "which one": (
        {"torch": "def f(x):\n    return x\ndef g(x):\n    return x"},
        "may be any of `f`, `g` [call the one that is meant `one`]",
    ),
    "a name of tensors": (
        {"torch": "def x(y):\n    return y"},
        "is called `x` [emitted source has tensors of that name; call it something else]",
    ),
    "a built-in": ({"torch": f"{ONE}\nabs = 3"}, f"defines `abs` [{NEEDED}]"),
    "hiding torch": ({"torch": f"import numpy as torch\n{ONE}"}, f"defines `torch` [{NEEDED}]"),
    "hiding F from within": (
        {"torch": "def one(x):\n    global F\n    F = 1\n    return x"},
        f"defines `F` [{NEEDED}]",
    ),
    "a name from nowhere": (
        {"torch": "def one(x, y=FOUR):\n    return helper(x)"},
        f"uses `FOUR`, `helper` from around it [{ALONE}]",
    ),
    "a star": (
        {"torch": f"from torch import *\n{ONE}"},
        "says `from torch import *` "
        "[import what it needs by name; the emitted source begins with `annotations`]",
    ),
    "no text": (
        {"torch": "def one(x):\0"},
        "does not parse (source code string cannot contain null bytes) [give the text of a `def`]",
    ),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions_that_cannot_be_called(case: str) -> None:
    given, why = FUNCTIONS[case]
    assert message("me/one/1", **given) == f"E904 the torch function of `me/one/1` {why}"


@pytest.mark.parametrize(
    "text",
    [
        "import torch\nimport torch.nn.functional as F\ndef one(x):\n    return F.relu(x)",
        "from torch import nn, Tensor\nimport math\ndef one(x: Tensor) -> Missing:\n    return x",
        "import operator as o\ndef one(x):\n    return o.neg(x)",
        "def half(x):\n    return x / 2\ndef one(x):\n    return half(x)",
        "def one(x, /, *rest, **more):\n    y: Missing = x\n    return y",
        "def one(x):\n    f = getattr\n    return f(torch, 'relu')(x)",
    ],
)
def test_functions_that_stand_alone(text: str) -> None:
    snap.op("me/one/1", torch=text)
    scope: dict[str, Any] = {}
    exec(snap.to_torch_source("one", inputs=["N,4,H,W"]), scope)
    made = next(v for k, v in reversed(scope.items()) if isinstance(v, type))
    assert made()(torch.ones(1, 4, 2, 2)).shape == (1, 4, 2, 2)


def test_two_functions_may_import_the_same() -> None:
    snap.op("me/one/1", torch="import operator as o\ndef one(x):\n    return o.neg(x)")
    snap.op("me/two/1", torch="import operator as o\ndef two(x):\n    return o.abs(x)")
    assert "def two" in snap.to_torch_source("one two", inputs=["N,4,H,W"])
    snap.op("me/two/1", torch="import math as o\ndef two(x):\n    return o.pi * x", replaces=True)
    with pytest.raises(SnapError, match="functions of two user ops define `o`"):
        snap.to_torch_source("one two", inputs=["N,4,H,W"])


LISTED = "`params` maps names, or lists `Param`s"
PLAIN = "the language needs a plain name"
BOTH = "the identity has one of each"
COUNTED = "not a whole number from 1 to 1000"
PARTS: list[tuple[dict[str, Any], str]] = [
    ({"inputs": 0}, f"`inputs` is 0, {COUNTED} [None]"),
    ({"outputs": True}, f"`outputs` is True, {COUNTED} [None]"),
    ({"outputs": 2.0}, f"`outputs` is 2.0, {COUNTED} [None]"),
    ({"inputs": "n"}, "`inputs` is `n`, which is no count, at least 1, among `params` [None]"),
    ({"ranks": (1, 4)}, "`ranks` is (1, 4) [spatial axes of inputs, some of 0, 1, 2, 3]"),
    ({"ranks": ()}, "`ranks` is () [spatial axes of inputs, some of 0, 1, 2, 3]"),
    ({"ranks": 2}, "`ranks` is 2, not a list [None]"),
    ({"shape": 3}, "`shape` is 3, not a function [None]"),
    ({"onnx": "Relu"}, "`onnx` is 'Relu', not a function [None]"),
    ({"cases": [3]}, "a case is 3 [cases are sample programs, texts or `Case`s]"),
    ({"facts": "SUMS"}, "`facts` is 'SUMS', not a list [None]"),
    (
        {"identity_if": bool, "inputs": 2, "torch": PAIR},
        f"`identity_if` of an op with 2 inputs and 1 outputs [{BOTH}]",
    ),
    (
        {"eval_identity": True, "outputs": 2},
        f"`eval_identity` of an op with 1 inputs and 2 outputs [{BOTH}]",
    ),
    ({"params": [3]}, f"a parameter is 3 [{LISTED}]"),
    ({"params": {"a b": 1}}, f"a parameter cannot be called `a b` [{PLAIN}]"),
    ({"params": {"none": 1}}, f"a parameter cannot be called `none` [{PLAIN}]"),
    ({"params": {"c": 1}}, f"a parameter cannot be called `c` [{PLAIN}]"),
    (
        {"params": {"class": 1}},
        "a parameter cannot be called `class`, a word of Python "
        "[the torch function gets attributes by name]",
    ),
    ({"params": [Param("a", ParamKind.FLAG, True)] * 2}, "two parameters `a` [None]"),
    ({"params": {"a": float("nan")}}, "parameter `a`: its default is nan [it is a number]"),
    (
        {"params": [Param("a", ParamKind.COUNT, 0, low=1)]},
        "parameter `a`: its default 0 is out of bounds [it is a whole number]",
    ),
    (
        {"params": [Param("a", ParamKind.REAL, None)]},
        "parameter `a`: its default is None [it is a number]",
    ),
    (
        {"params": [Param("a", ParamKind.WORD, "up", words=("left",))]},
        "parameter `a`: its default is 'up', which is not among its words "
        "[it is one of a few words]",
    ),
    (
        {"params": [Param("a", ParamKind.WORD, words=("true",))]},
        "parameter `a`: 'true' is no word that a program could say [it is one of a few words]",
    ),
    (
        {"params": {"pad": 1}},
        "`pad` is the one parameter of the kind PAD [call another one differently]",
    ),
    (
        {"params": [Param("pad", ParamKind.PAD, "same")]},
        "`pad` goes with `k` and `stride` (and `dilation`) of the kind KERNEL "
        "[`pad=same` is worked out from them]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "why"), PARTS, ids=[why[:40] for _, why in PARTS])
def test_malformed_parts(given: dict[str, Any], why: str) -> None:
    assert message("me/one/1", **given) == f"E903 {why}"


def needs(*facts: str, **given: Any) -> list[str]:
    """What facts lack, of a declaration that is right but for them."""
    inputs, weighty = given.get("inputs", 1), "weights" in given
    names = [f"i{n}" for n in range(inputs)] + ["w"] * weighty + ["m"] * ("params" in given)
    text = f"def one({', '.join(names)}):\n    return i0"
    found = []
    for line in message("me/one/1", torch=text, facts=facts, **given).splitlines():
        told = re.fullmatch(r"E906 (\w+) of `me/one/1` (needs .*) \[(\w+) means: (.*)\]", line)
        assert told is not None and told[1] == told[3] and Fact[told[1]].value == told[4]
        found.append(f"{told[1]} {told[2]}")
    return found


CAP = [Param("m", ParamKind.REAL, None, optional=True)]
OF_THE_CORE = (
    *("MAX_WITH_ZERO", "LARGEST", "TAKES_SIZES", "SPLITS_CHANNELS", "JOINS_CHANNELS"),
    "LEAVES_POINT",
)
LACKING: list[tuple[tuple[str, ...], dict[str, Any], list[str]]] = [
    (("ELEMENTWISE",), {"inputs": 2}, ["ELEMENTWISE needs one input"]),
    (("ELEMENTWISE",), {"outputs": 2}, ["ELEMENTWISE needs one output"]),
    (("ELEMENTWISE",), {"shape": same}, ["ELEMENTWISE needs no shape rule of its own"]),
    (("NON_DECREASING",), {}, ["NON_DECREASING needs ELEMENTWISE"]),
    (("COMMUTATIVE",), {}, ["COMMUTATIVE needs two inputs or more"]),
    (("ASSOCIATIVE",), {"inputs": 3}, ["ASSOCIATIVE needs two inputs"]),
    (("ASSOCIATIVE",), {"inputs": 2, "outputs": 2}, ["ASSOCIATIVE needs one output"]),
    (
        ("ASSOCIATIVE",),
        {"inputs": 2, "shape": same},
        ["ASSOCIATIVE needs no shape rule of its own"],
    ),
    (("ASSOCIATIVE",), {"inputs": 2, "weights": nothing}, ["ASSOCIATIVE needs no weights"]),
    (("ASSOCIATIVE", "RANDOM"), {"inputs": 2}, ["ASSOCIATIVE needs no RANDOM"]),
    (
        ("ASSOCIATIVE", "COMMUTATIVE", "ZERO_PRESERVING"),
        {"inputs": 2},
        [
            "ASSOCIATIVE needs one of SUMS, ANNIHILATES and MERGES_EQUAL "
            "beside COMMUTATIVE and ZERO_PRESERVING"
        ],
    ),
    (
        ("ASSOCIATIVE", "MERGES_EQUAL"),
        {"inputs": 2},
        ["ASSOCIATIVE needs COMMUTATIVE beside MERGES_EQUAL"],
    ),
    (("IDEMPOTENT",), {"inputs": 2}, ["IDEMPOTENT needs one input"]),
    (("IDEMPOTENT",), {"outputs": 2}, ["IDEMPOTENT needs one output"]),
    (("IDEMPOTENT",), {"weights": nothing}, ["IDEMPOTENT needs no weights"]),
    (("IDEMPOTENT", "RANDOM"), {}, ["IDEMPOTENT needs no RANDOM"]),
    (("MERGES_EQUAL",), {}, ["MERGES_EQUAL needs two inputs or more"]),
    (("MERGES_EQUAL",), {"inputs": 2, "outputs": 2}, ["MERGES_EQUAL needs one output"]),
    (("SUMS",), {}, ["SUMS needs two inputs"]),
    (("SUMS",), {"inputs": 3}, ["SUMS needs two inputs"]),
    (("SUMS",), {"inputs": 2, "outputs": 2}, ["SUMS needs one output"]),
    (("SUMS",), {"inputs": 2, "shape": same}, ["SUMS needs no shape rule of its own"]),
    (
        ("SUMS", "ANNIHILATES"),
        {"inputs": 2},
        ["SUMS needs no ANNIHILATES, which says the opposite"],
    ),
    (("JOINS_ZEROS",), {"inputs": 2}, ["JOINS_ZEROS needs ASSOCIATIVE"]),
    (
        ("JOINS_ZEROS", "ASSOCIATIVE", "COMMUTATIVE", "SUMS"),
        {"inputs": 2},
        ["JOINS_ZEROS needs no COMMUTATIVE"],
    ),
    (("MAKES_ZERO",), {"inputs": 2}, ["MAKES_ZERO needs one input"]),
    (("MAKES_ZERO",), {"outputs": 2}, ["MAKES_ZERO needs one output"]),
    (("MAKES_ZERO",), {"shape": same}, ["MAKES_ZERO needs no shape rule of its own"]),
    (("MAKES_ZERO",), {"weights": nothing}, ["MAKES_ZERO needs no weights"]),
    (("MAKES_ZERO", "RANDOM"), {}, ["MAKES_ZERO needs no RANDOM"]),
    (
        ("MAKES_ZERO",),
        {"identity_if": bool},
        ["MAKES_ZERO needs no `identity_if` and no `eval_identity`"],
    ),
    (("MAKES_ZERO", "SELECTS_MAX"), {}, ["MAKES_ZERO needs no SELECTS_MAX"]),
    (("MAKES_ZERO", "DATA_MOVEMENT"), {}, ["MAKES_ZERO needs no DATA_MOVEMENT"]),
    *(((fact,), {}, [f"{fact} needs an op of the core"]) for fact in OF_THE_CORE),
    *(
        ((fact, *more), given, [f"{fact} needs {need}"])
        for fact in ("KEEPS_POINTS", "KEEPS_FLAT")
        for more, given, need in (
            ((), {"inputs": 2}, "one input"),
            ((), {"outputs": 2}, "one output"),
            ((), {"weights": nothing}, "no weights"),
            (("RANDOM",), {}, "no RANDOM"),
        )
    ),
    (("SELECTS_MAX",), {"inputs": 2}, ["SELECTS_MAX needs one input"]),
    (("SELECTS_MAX",), {"outputs": 2}, ["SELECTS_MAX needs one output"]),
    (("SELECTS_MAX",), {"weights": nothing}, ["SELECTS_MAX needs no weights"]),
    (("CAPPED",), {}, ["CAPPED needs one parameter, an optional number"]),
    (("CAPPED",), {"params": {"m": 1.0}}, ["CAPPED needs one parameter, an optional number"]),
    (
        ("CAPPED",),
        {"params": CAP, "inputs": 2},
        ["IDEMPOTENT needs one input"],
    ),
    (("DATA_MOVEMENT",), {"weights": nothing}, ["DATA_MOVEMENT needs no weights"]),
]


@pytest.mark.parametrize(("facts", "given", "lacking"), LACKING)
def test_facts_that_cannot_hold(
    facts: tuple[str, ...], given: dict[str, Any], lacking: list[str]
) -> None:
    assert needs(*facts, **given) == lacking


def test_every_need_has_a_case_here() -> None:
    said = {line for _, _, lacking in LACKING for line in lacking}
    wanted = {f"{fact.name} needs {need.text}" for fact, row in FACTS.items() for need in row.needs}
    assert wanted <= said


def test_every_fact_has_a_row_and_the_core_meets_it() -> None:
    assert set(FACTS) == set(Fact)
    for spec in CORE:
        assert list(unmet(spec, spec.facts)) == []
        assert closed(spec.facts) == spec.facts


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = message("me/relu2/1", inputs=0, ranks=(7,), params={"class": 1}, facts=["SUMS"])
    assert [line[:4] for line in found.splitlines()] == ["E903"] * 4


def test_the_lists_of_names_are_those_of_grammar_prelude_and_torch() -> None:
    grammar = (ROOT / "grammar" / "snap.lark").read_text("utf-8")
    rules = "\n".join(line for line in grammar.splitlines() if not line.startswith("//"))
    assert set(re.findall(r'"([a-z]+)"', rules)) == WORDS
    assert prelude_names() == set(prelude().own)
    module = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert module <= MODULE


def test_what_facts_imply_is_added() -> None:
    spec = snap.op("me/one/1", torch=PAIR, inputs=2, facts=["ASSOCIATIVE", "ZERO_PRESERVING"])
    assert Fact.JOINS_ZEROS in spec.facts
    spec = snap.op("me/one/1", torch=PAIR, inputs=2, facts=["SUMS"], replaces=True)
    assert Fact.ZERO_PRESERVING in spec.facts


def test_a_declaration_by_hand_is_checked_too() -> None:
    with pytest.raises(SnapError, match="SELECTS_MAX of `me/one/1` needs one input"):
        facts = frozenset((Fact.SELECTS_MAX,))
        declare(OpSpec("me/one/1", "one", "user", "", inputs=2, facts=facts, torch=PAIR))
    spec = declare(OpSpec("me/one/1", "one", "user", "", inputs=2, torch=PAIR))
    assert len(snap.lower("dup one").shapes) == 2
    assert declare(spec).weights is spec.weights


def test_a_new_version_takes_the_name_and_old_graphs_stay() -> None:
    old = snap.op("me/one/1", torch=ONE)
    graph = snap.lower("conv1 one", inputs=["N,4,H,W"])
    before = snap.fingerprint(graph)
    new = snap.op("me/one/2", torch="def one(x):\n    return -x")
    assert snap.fingerprint(graph) == before != snap.fingerprint("conv1 one", inputs=["N,4,H,W"])
    assert (by_id("me/one/1"), by_id("me/one/2"), TABLE["one"]) == (old, new, new)
    assert "return x" in snap.to_torch_source(graph)
    with pytest.raises(SnapError, match="no symbol gives `one`") as caught:
        snap.format(snap.canonicalize(graph))
    assert caught.value.diagnostics[0].hint == "`one` means `me/one/2` now, this is `me/one/1`"
    remove(old)
    assert TABLE["one"] is new
    with pytest.raises(SnapError, match="no op has the id `me/one/1`"):
        by_id("me/one/1")


def test_a_name_of_pythons_own_is_taken() -> None:
    with pytest.raises(SnapError, match="`print` is a name of Python's own") as error:
        snap.op("me/print/1", torch="def print(x):\n    return x")
    assert error.value.diagnostics[0].code == "E901"
