"""Activations: elementwise functions, and `softmax` over the channels. All keep the shape."""

from __future__ import annotations

from collections.abc import Callable

from snaplang.dims import dim
from snaplang.ops.spec import (
    Attrs,
    Case,
    Fact,
    Init,
    Kind,
    OpSpec,
    Param,
    Shape,
    Weight,
)

_E, _UP, _ZERO = Fact.ELEMENTWISE, Fact.NON_DECREASING, Fact.ZERO_PRESERVING


def _rising_if(name: str) -> Callable[[Attrs], frozenset[Fact]]:
    """Non-decreasing where the attribute `name` is not negative."""
    return lambda attrs: frozenset((_UP,)) if attrs.real(name) >= 0 else frozenset()


def _one_weight(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    return (Weight("weight", (dim(1),), Init("constant", 0.25)),)


def _plain(name: str, doc: str, *facts: Fact) -> OpSpec:
    cases = (Case(name),)
    return OpSpec(name, name, "activation", doc, facts=frozenset((_E, *facts)), cases=cases)


ACTIVATION = (
    OpSpec(
        "relu",
        "relu",
        "activation",
        "max(x, 0), at most `max` where given: `relu6`.",
        (Param("max", Kind.REAL, None, "The cap, `none` for no cap.", low=0, optional=True),),
        facts=frozenset((_E, _UP, _ZERO, Fact.IDEMPOTENT, Fact.CAPPED)),
        cases=(Case("relu"), Case("relu6"), Case("relu(0.5)")),
    ),
    OpSpec(
        "leaky",
        "leaky",
        "activation",
        "x where positive, slope*x elsewhere.",
        (Param("slope", Kind.REAL, 0.01, "Factor of negative values."),),
        facts=frozenset((_E, _ZERO)),
        facts_if=_rising_if("slope"),
        cases=(Case("leaky"), Case("leaky(0.2)"), Case("leaky(-0.5)")),
    ),
    OpSpec(
        "elu",
        "elu",
        "activation",
        "x where positive, alpha*(exp(x)-1) elsewhere (Clevert et al., 2016).",
        (Param("alpha", Kind.REAL, 1.0, "Size of the negative limit."),),
        facts=frozenset((_E, _ZERO)),
        facts_if=_rising_if("alpha"),
        cases=(Case("elu"), Case("elu(alpha=0.5)"), Case("elu(alpha=-0.5)")),
    ),
    OpSpec(
        "gelu",
        "gelu",
        "activation",
        "x*Phi(x), exactly or by a tanh (Hendrycks and Gimpel, 2016).",
        (Param("approximate", Kind.WORD, "none", "`none` or `tanh`.", words=("none", "tanh")),),
        facts=frozenset((_E, _ZERO)),
        cases=(Case("gelu"), Case("gelu(approximate=tanh)")),
    ),
    _plain("silu", "x*sigmoid(x), also known as swish.", _ZERO),
    _plain("hswish", "x*hsigmoid(x) (MobileNetV3, 2019).", _ZERO),
    _plain("hsigmoid", "min(max(x/6 + 1/2, 0), 1).", _UP),
    _plain("sigmoid", "1/(1 + exp(-x)).", _UP),
    _plain("tanh", "The hyperbolic tangent.", _UP, _ZERO),
    OpSpec(
        "softmax",
        "softmax",
        "activation",
        "exp(x) over its sum along the channels, at each position.",
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
