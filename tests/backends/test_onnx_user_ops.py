"""Ops of users in ONNX models: emitters that work, that are missing, that fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import pytest

import snaplang as snap
from snaplang import SnapError
from snaplang.backends.onnx import model
from snaplang.ops import remove
from snaplang.ops.spec import OpSpec
from tests.backends.models import graph, nodes
from tests.conformance.runtime import run


@pytest.fixture
def user_op() -> Iterator[Any]:
    """Declares ops and takes them back."""
    declared: list[OpSpec] = []

    def declare(**keywords: Any) -> OpSpec:
        declared.append(
            snap.op(
                "me/wave/1",
                torch="def wave(x, beta): return x",
                **{"params": {"beta": 1.5}} | keywords,
            )
        )
        return declared[-1]

    yield declare
    for spec in declared:
        remove(spec)


def test_a_users_emitter_is_called_like_our_own(user_op: Any) -> None:
    def emit(site: Any) -> str:
        (x,) = site.inputs
        inner = site.op("Mul", x, site.number(site.attrs.real("beta")))
        offset = site.array(np.full((1, 4, 1, 1), 0.5, np.float32))
        return str(site.op("Add", site.op("Sin", inner), offset))

    user_op(onnx=emit)
    proto = model(graph("wave wave(2)"))
    onnx.checker.check_model(proto, full_check=True)
    assert nodes(proto)[2] == ("wave1", "Add")
    data = np.random.default_rng(0).standard_normal((1, 4, 2, 2), dtype=np.float32)
    wanted = np.sin(2 * (np.sin(1.5 * data) + 0.5)) + 0.5
    np.testing.assert_allclose(run(proto, data)[0], wanted, atol=1e-5)


def test_a_users_emitter_may_use_a_domain_of_its_own(user_op: Any) -> None:
    user_op(onnx=lambda site: site.op("Wave", *site.inputs, domain="com.me", beta=1.5))
    proto = model(graph("wave"))
    assert [(e.domain, e.version) for e in proto.opset_import][1:] == [("com.me", 1)]
    assert proto.graph.node[0].domain == "com.me"


def test_a_users_emitter_may_return_its_input(user_op: Any) -> None:
    user_op(onnx=lambda site: site.inputs)
    assert nodes(model(graph("relu wave relu"))) == [
        ("relu1", "Relu"),
        ("wave1", "Identity"),
        ("relu2", "Relu"),
    ]


def test_ops_without_emitter_are_named_with_their_places(user_op: Any) -> None:
    user_op()
    with pytest.raises(SnapError) as caught:
        model(graph("relu wave wave(3)"))
    (found,) = caught.value.diagnostics
    assert (found.code, found.span and found.span.text) == ("E712", "wave")
    assert found.message == "`wave` (me/wave/1) has no ONNX emitter"


@pytest.mark.parametrize(
    ("emit", "message"),
    [
        (lambda site: site.missing, "failed: AttributeError"),
        (lambda site: site.op("Add", site.inputs[0], site.weight("bias")), "no weight 'bias'"),
        (lambda site: [], "returned [], not the names of 1 results"),
        (lambda site: "elsewhere", "returned 'elsewhere', not the names"),
        (lambda site: site.op("Elu", *site.inputs, alpha=object()), "failed: "),
    ],
)
def test_a_users_emitter_that_fails_is_an_error_of_its_op(
    user_op: Any, emit: Any, message: str
) -> None:
    user_op(onnx=emit)
    with pytest.raises(SnapError) as caught:
        model(graph("wave"))
    (found,) = caught.value.diagnostics
    assert (found.code, found.span and found.span.text) == ("E714", "wave")
    assert message in found.message
