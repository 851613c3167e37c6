"""Attention, regularisation, and what fits no family."""

from __future__ import annotations

from snaplang.dims import Dim, dim
from snaplang.ops import folding
from snaplang.ops.rules import SPATIAL, require_rank, volume
from snaplang.ops.spec import (
    Attrs,
    Case,
    Fact,
    Init,
    OpSpec,
    Param,
    ParamKind,
    Role,
    Rules,
    Shape,
    Weight,
)


def _mhsa(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "`mhsa`")
    rules.multiple(rules.inputs[0].channels, dim(rules.attrs.count("heads")), "channels")
    return rules.inputs


def _mhsa_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    c = inputs[0].channels
    zero = Init("constant", 0.0)
    return (
        Weight("in_proj_weight", (3 * c, c), Init("uniform", 4 * c, glorot=True)),
        Weight("in_proj_bias", (3 * c,), zero),
        Weight("out_proj.weight", (c, c), Init("uniform", c, root=True)),
        Weight("out_proj.bias", (c,), zero),
    )


def _mhsa_macs(attrs: Attrs, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Dim:
    """Four projections, scores and weighted sums, over L positions: 4*L*c*c + 2*L*L*c."""
    c, positions = inputs[0].channels, volume(inputs[0])
    return 4 * positions * c * c + 2 * positions * positions * c


def _scale_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    init = Init("constant", attrs.real("init"))
    return (Weight("weight", (inputs[0].channels,), init),)


def _shift(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "`shift`")
    return rules.inputs


def _random(name: str, doc: str, param: Param, *facts: Fact, ranks: tuple[int, ...]) -> OpSpec:
    first = "0.3" if param.name == "p" else "0.1"
    return OpSpec(
        name,
        name,
        "regularisation",
        doc,
        (param,),
        ranks=ranks,
        facts=frozenset((Fact.RANDOM, *facts)),
        identity_if=lambda attrs: attrs.real(param.name) == 0,
        eval_identity=True,
        cases=(Case(f"{name}({first})"), Case(f"{name}0")),
    )


_P = Param("p", ParamKind.REAL, doc="Probability of dropping.", low=0, high=1)
_SIGMA = Param("sigma", ParamKind.REAL, doc="Standard deviation.", low=0)
_ALL = (0, 1, 2, 3)

OTHER = (
    OpSpec(
        "mhsa",
        "mhsa",
        "attention",
        "Multi-head self-attention over the spatial positions (Vaswani et al., 2017).",
        (
            Param(
                "heads", ParamKind.COUNT, doc="Heads; they divide the channels.", low=1, high=65536
            ),
        ),
        shape=_mhsa,
        weights=_mhsa_weights,
        ranks=SPATIAL,
        macs=_mhsa_macs,
        cases=(Case("mhsa2", sizes=(4,)), Case("mhsa1", sizes=(3,)), Case("mhsa4", (8,), (3,))),
    ),
    _random(
        "dropout",
        "Zeroes elements with probability p in training and scales the rest (Srivastava, 2014).",
        _P,
        Fact.ZERO_PRESERVING,
        ranks=_ALL,
    ),
    _random(
        "droppath",
        "Zeroes whole samples with probability p in training (stochastic depth, Huang, 2016).",
        _P,
        Fact.ZERO_PRESERVING,
        ranks=_ALL,
    ),
    _random("noise", "Adds Gaussian noise in training.", _SIGMA, ranks=_ALL),
    OpSpec(
        "identity",
        "identity",
        "other",
        "The tensor itself.",
        facts=frozenset((Fact.ELEMENTWISE, Fact.NON_DECREASING, Fact.ZERO_PRESERVING)),
        identity_if=lambda attrs: True,
        cases=(Case("identity"),),
    ),
    OpSpec(
        "zero",
        "zero",
        "other",
        "Zeros of its input's shape: the op that search spaces call *none*.",
        facts=frozenset((Fact.ZERO_PRESERVING, Fact.MAKES_ZERO)),
        cases=(Case("zero"), Case("dup zero add")),
    ),
    OpSpec(
        "scale",
        "scale",
        "other",
        "Multiplies each channel by a learned factor that starts at `init`.",
        (Param("init", ParamKind.REAL, 1.0, "The factor at the start.", role=Role.START),),
        weights=_scale_weights,
        facts=frozenset((Fact.ZERO_PRESERVING,)),
        cases=(Case("scale"), Case("scale(init=1e-6)")),
    ),
    OpSpec(
        "shift",
        "shift",
        "other",
        "Rolls the last axis by `n`, cyclically.",
        (
            Param(
                "n",
                ParamKind.COUNT,
                doc="Places; negative to the left.",
                low=-folding.FAR,
                high=folding.FAR,
            ),
        ),
        shape=_shift,
        ranks=SPATIAL,
        facts=frozenset((Fact.ZERO_PRESERVING, Fact.DATA_MOVEMENT, Fact.KEEPS_POINTS)),
        identity_if=lambda attrs: attrs["n"] == 0,
        fold=folding.shifts,
        unfold=folding.shift_symbols,
        cases=(Case("shift2"), Case("shift(-3)"), Case("shift0"), Case("shift9", sizes=(4,))),
    ),
)
