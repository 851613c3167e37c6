"""Ops of users: the same declaration as the core's, with emitters aboard.

>>> swish = op("me/swish/1", torch="def swish(x, beta):\\n    return x * torch.sigmoid(beta * x)",
...            params={"beta": 1.0}, facts=["ELEMENTWISE", "ZERO_PRESERVING"])
>>> swish.name
'swish'
>>> from snaplang.ops import remove
>>> remove(swish)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from snaplang.diagnostics import fail
from snaplang.ops import declare
from snaplang.ops.spec import (
    REQUIRED,
    Attrs,
    Case,
    Fact,
    Kind,
    Macs,
    OpSpec,
    Param,
    Shape,
    ShapeRule,
    Weight,
    never,
    no_macs,
    no_weights,
)

_ID = re.compile(r"[A-Za-z0-9_.-]+/([A-Za-z_][A-Za-z0-9_]*)/[0-9]+\Z")


def op(
    id: str,
    *,
    torch: str | Callable[..., Any],
    onnx: Callable[..., Any] | None = None,
    inputs: int = 1,
    outputs: int = 1,
    params: Mapping[str, object] | Sequence[Param] = (),
    shape: ShapeRule | None = None,
    weights: Callable[[Attrs, tuple[Shape, ...]], tuple[Weight, ...]] | None = None,
    facts: Iterable[Fact | str] = (),
    identity_if: Callable[[Attrs], bool] | None = None,
    eval_identity: bool = False,
    macs: Macs | None = None,
    ranks: Sequence[int] = (0, 1, 2, 3),
    doc: str = "",
    cases: Sequence[Case | str] = (),
) -> OpSpec:
    """Declare an op; afterwards its name is a symbol like any other.

    `id` is `owner/name/version`, stable for ever: it is what fingerprints see. `torch` is a
    function of the inputs, then its weights, then its attributes by name, or that function's
    source text; it goes into emitted source and may use `torch` and `F`. `onnx` is an emitter as
    in `backends/onnx_ops.py`. `params` maps names to defaults (`REQUIRED`, or a type, for none),
    or lists `Param`s. Without `shape`, all outputs have the first input's shape. Raises
    `SnapError` for a malformed id, a core name, an unknown fact.
    """
    match = _ID.match(id)
    if match is None:
        raise fail(
            "E903", f"`{id}` is no id for an op", hint="write `owner/name/version`: me/swish/1"
        )
    name = match[1]
    if re.search(r"[0-9]\Z", name):
        raise fail("E903", f"`{name}` ends in a digit", hint="a suffix could not be told from it")
    return declare(
        OpSpec(
            id=id,
            name=name,
            family="user",
            doc=doc or f"User op `{id}`.",
            params=_params(params),
            inputs=inputs,
            outputs=outputs,
            shape=shape or (lambda rules: rules.inputs[:1] * outputs),
            weights=weights or no_weights,
            ranks=tuple(ranks),
            facts=frozenset(map(_fact, facts)),
            identity_if=identity_if or never,
            eval_identity=eval_identity,
            macs=macs or no_macs,
            cases=tuple(Case(c) if isinstance(c, str) else c for c in cases),
            torch=torch,
            onnx=onnx,
        )
    )


def _fact(fact: Fact | str) -> Fact:
    if isinstance(fact, Fact):
        return fact
    if fact not in Fact.__members__:
        hint = "the facts are " + ", ".join(Fact.__members__)
        raise fail("E903", f"`{fact}` is no fact about ops", hint=hint)
    return Fact[fact]


_KINDS: dict[type, Kind] = {
    bool: Kind.FLAG,
    int: Kind.COUNT,
    float: Kind.REAL,
    str: Kind.WORD,
}


def _params(params: Mapping[str, object] | Sequence[Param]) -> tuple[Param, ...]:
    """Parameters from a mapping of defaults, their kinds told by the defaults' types."""
    if not isinstance(params, Mapping):
        return tuple(params)
    found = []
    for name, default in params.items():
        kind = default if isinstance(default, type) else type(default)
        if kind not in _KINDS or kind is str:
            hint = "give a number, a truth value or a type, or list `Param`s"
            raise fail("E903", f"parameter `{name}` has no kind: {default!r}", hint=hint)
        start = REQUIRED if isinstance(default, type) else default
        found.append(Param(name, _KINDS[kind], start))
    return tuple(found)
