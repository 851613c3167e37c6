"""Activations: elementwise functions, and `softmax` over the channels. All keep the shape."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from snaplang.dims import dim
from snaplang.ops.spec import (
    Attrs,
    Case,
    Fact,
    Init,
    Interval,
    OpSpec,
    Param,
    ParamKind,
    Shape,
    Weight,
    any_value,
)

_E, _UP, _ZERO = Fact.ELEMENTWISE, Fact.NON_DECREASING, Fact.ZERO_PRESERVING


def _rising_if(name: str) -> Callable[[Attrs], frozenset[Fact]]:
    """Non-decreasing where the attribute `name` is not negative."""
    return lambda attrs: frozenset((_UP,)) if attrs.real(name) >= 0 else frozenset()


def _relu_facts(attrs: Attrs) -> frozenset[Fact]:
    """Without a cap it is a maximum, with a cap of 0 nothing is left."""
    if attrs["max"] is None:
        return frozenset((Fact.MAX_WITH_ZERO,))
    return frozenset((Fact.MAKES_ZERO,)) if attrs.real("max") == 0 else frozenset()


def _up_to_cap(attrs: Attrs) -> Interval:
    return (0.0, inf if attrs["max"] is None else attrs.real("max"))


def _not_negative(attrs: Attrs) -> Interval:
    return (0.0, inf)


def _share(attrs: Attrs) -> Interval:
    return (0.0, 1.0)


def _relu_if_zero(name: str) -> Callable[[Attrs], tuple[str, Attrs] | None]:
    """`relu` where the attribute `name`, the weight of what is negative, is 0."""
    return lambda attrs: ("relu", Attrs({"max": None})) if attrs.real(name) == 0 else None


def _one_weight(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    return (Weight("weight", (dim(1),), Init("constant", 0.25)),)


def _plain(
    name: str, doc: str, *facts: Fact, values: Callable[[Attrs], Interval] = any_value
) -> OpSpec:
    return OpSpec(
        name,
        name,
        "activation",
        doc,
        facts=frozenset((_E, *facts)),
        values=values,
        cases=(Case(name),),
    )


ACTIVATION = (
    OpSpec(
        "relu",
        "relu",
        "activation",
        "max(x, 0), at most `max` where given: `relu6`.",
        (Param("max", ParamKind.REAL, None, "The cap, `none` for no cap.", low=0, optional=True),),
        facts=frozenset((_E, _UP, _ZERO, Fact.IDEMPOTENT, Fact.CAPPED)),
        facts_if=_relu_facts,
        values=_up_to_cap,
        fixes=_up_to_cap,
        cases=(Case("relu"), Case("relu6"), Case("relu(0.5)")),
    ),
    OpSpec(
        "leaky",
        "leaky",
        "activation",
        "x where positive, slope*x elsewhere.",
        (Param("slope", ParamKind.REAL, 0.01, "Factor of negative values."),),
        facts=frozenset((_E, _ZERO)),
        facts_if=_rising_if("slope"),
        identity_if=lambda attrs: attrs.real("slope") == 1,
        alias=_relu_if_zero("slope"),
        fixes=_not_negative,
        cases=(Case("leaky"), Case("leaky(0.2)"), Case("leaky(-0.5)")),
    ),
    OpSpec(
        "elu",
        "elu",
        "activation",
        "x where positive, alpha*(exp(x)-1) elsewhere (Clevert et al., 2016).",
        (Param("alpha", ParamKind.REAL, 1.0, "Size of the negative limit."),),
        facts=frozenset((_E, _ZERO)),
        facts_if=_rising_if("alpha"),
        alias=_relu_if_zero("alpha"),
        fixes=_not_negative,
        cases=(Case("elu"), Case("elu(alpha=0.5)"), Case("elu(alpha=-0.5)")),
    ),
    OpSpec(
        "gelu",
        "gelu",
        "activation",
        "x*Phi(x), exactly or by a tanh (Hendrycks and Gimpel, 2016).",
        (
            Param(
                "approximate", ParamKind.WORD, "none", "`none` or `tanh`.", words=("none", "tanh")
            ),
        ),
        facts=frozenset((_E, _ZERO)),
        cases=(Case("gelu"), Case("gelu(approximate=tanh)")),
    ),
    _plain("silu", "x*sigmoid(x), also known as swish.", _ZERO),
    _plain("hswish", "x*hsigmoid(x) (MobileNetV3, 2019).", _ZERO),
    _plain("hsigmoid", "min(max(x/6 + 1/2, 0), 1).", _UP, values=_share),
    _plain("sigmoid", "1/(1 + exp(-x)).", _UP, values=_share),
    _plain("tanh", "The hyperbolic tangent.", _UP, _ZERO),
    OpSpec(
        "softmax",
        "softmax",
        "activation",
        "exp(x) over its sum along the channels, at each position.",
        values=_share,
        cases=(Case("softmax"),),
    ),
    OpSpec(
        "prelu",
        "prelu",
        "activation",
        "x where positive, w*x elsewhere, one learned weight w (He et al., 2015).",
        weights=_one_weight,
        facts=frozenset((_E, _ZERO)),
        cases=(Case("prelu"),),
    ),
)
