"""Ops of users: the same declaration as the core's, with emitters of its own.

>>> swish = op("me/swish/1", torch="def swish(x, beta):\\n    return x * torch.sigmoid(beta * x)",
...            params={"beta": 1.0}, facts=["ELEMENTWISE", "ZERO_PRESERVING"])
>>> swish.name
'swish'
>>> from snaplang.ops import remove
>>> remove(swish)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from snaplang.diagnostics import fail
from snaplang.ops import declare
from snaplang.ops.declaration import name_in
from snaplang.ops.guard import quoted, shown
from snaplang.ops.spec import (
    REQUIRED,
    Attrs,
    Case,
    Fact,
    Macs,
    OpSpec,
    Param,
    ParamKind,
    Shape,
    ShapeRule,
    Weight,
    never,
    no_macs,
    no_weights,
    same_shapes,
)


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
    replaces: bool = False,
) -> OpSpec:
    """Declare an op; afterwards its name is a symbol like any other.

    `id` is `owner/name/version`, stable for ever: it is what fingerprints see. `torch` is a
    function of the inputs, then its weights, then its attributes by name, or that function's
    source text; it goes into emitted source and may use `torch` and `F`. `onnx` is an emitter as
    in `backends/onnx/ops.py`. `params` maps names to defaults (`REQUIRED`, or a type, for none),
    or lists `Param`s. Without `shape`, all outputs have the first input's shape; facts about
    several inputs then want them of one shape. What each fact needs is in `ops/facts.py`. The same
    declaration may be made again; another one of the same id is E901 unless it says `replaces`.

    Raises `SnapError` with all that cannot be: a name or id that is taken (E901), a malformed part
    (E903), a torch function that cannot be emitted (E904), facts that the op cannot have (E906).
    A callback that fails later, at an instance, is E905 there.
    """
    return declare(
        OpSpec(
            id=id,
            name=name_in(id),
            family="user",
            doc=doc or f"User op `{id}`.",
            params=_params(params),
            inputs=inputs,
            outputs=outputs,
            shape=shape or same_shapes,
            weights=weights or no_weights,
            ranks=_listed("ranks", ranks),
            facts=frozenset(map(_fact, _listed("facts", facts))),
            identity_if=identity_if or never,
            eval_identity=eval_identity,
            macs=macs or no_macs,
            cases=tuple(Case(c) if isinstance(c, str) else c for c in _listed("cases", cases)),
            torch=torch,
            onnx=onnx,
        ),
        replaces,
    )


def _listed(what: str, values: Any) -> tuple[Any, ...]:
    """The values of an argument that is a list; a text is none."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise fail("E903", f"`{what}` is {shown(values)}, not a list")
    return tuple(values)


def _fact(fact: Fact | str) -> Fact:
    if isinstance(fact, Fact):
        return fact
    if not isinstance(fact, str) or fact not in Fact.__members__:
        hint = "the facts are " + ", ".join(Fact.__members__)
        raise fail("E903", f"{quoted(fact)} is no fact about ops", hint=hint)
    return Fact[fact]


_KINDS: dict[type, ParamKind] = {bool: ParamKind.FLAG, int: ParamKind.COUNT, float: ParamKind.REAL}


def _params(params: Mapping[str, object] | Sequence[Param]) -> tuple[Param, ...]:
    """Parameters from a mapping of defaults, their kinds taken from the defaults' types."""
    if not isinstance(params, Mapping):
        return _listed("params", params)
    found = []
    for name, default in params.items():
        kind = default if isinstance(default, type) else type(default)
        if kind not in _KINDS:
            hint = "give a number, a truth value or a type, or list `Param`s"
            raise fail("E903", f"parameter {quoted(name)} has no kind: {shown(default)}", hint=hint)
        start = REQUIRED if isinstance(default, type) else default
        found.append(Param(name, _KINDS[kind], start))
    return tuple(found)
