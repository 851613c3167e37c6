"""Normalisations. All keep their input's shape; defaults and initial values are PyTorch's."""

from __future__ import annotations

from snaplang.dims import dim
from snaplang.ops.rules import EPS, SPATIAL, affine, require_rank
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


def _affine(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    return affine(inputs[0].channels)


def _batch_norm(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    channels = inputs[0].channels
    zero, one = Init("constant", 0.0), Init("constant", 1.0)
    return (
        *affine(channels),
        Weight("running_mean", (channels,), zero, trained=False),
        Weight("running_var", (channels,), one, trained=False),
        Weight("num_batches_tracked", (), zero, trained=False, whole=True),
    )


def _group_norm(rules: Rules) -> tuple[Shape, ...]:
    rules.multiple(rules.inputs[0].channels, dim(rules.attrs.count("groups")), "channels")
    return rules.inputs


def _instance_norm(rules: Rules) -> tuple[Shape, ...]:
    require_rank(rules, SPATIAL, "`inorm`")
    return rules.inputs


def _keeps_zero(attrs: Attrs) -> frozenset[Fact]:
    """0/sqrt(eps) is 0, and nothing at all without eps."""
    return frozenset((Fact.ZERO_PRESERVING,)) if attrs.real("eps") > 0 else frozenset()


NORM = (
    OpSpec(
        "bn",
        "bn",
        "norm",
        "Batch normalisation (Ioffe and Szegedy, 2015).",
        (
            EPS,
            Param(
                "momentum",
                ParamKind.REAL,
                0.1,
                "Weight of a new batch in the running statistics.",
                low=0,
                high=1,
                role=Role.TRAINING,
            ),
        ),
        weights=_batch_norm,
        cases=(Case("bn"), Case("bn(eps=0.001, momentum=0.01)")),
    ),
    OpSpec(
        "gn",
        "gn",
        "norm",
        "Group normalisation (Wu and He, 2018) over `groups` groups of channels.",
        (Param("groups", ParamKind.COUNT, doc="Groups of channels.", low=1, high=1_000_000), EPS),
        shape=_group_norm,
        weights=_affine,
        cases=(Case("gn2"), Case("gn(1, eps=0.001)"), Case("gn4", (8,))),
    ),
    OpSpec(
        "ln",
        "ln",
        "norm",
        "Layer normalisation (Ba et al., 2016) over the channels, at each position alone.",
        (EPS,),
        weights=_affine,
        cases=(Case("ln"), Case("ln(eps=1e-6)")),
    ),
    OpSpec(
        "inorm",
        "inorm",
        "norm",
        "Instance normalisation over the positions of each channel, without scale and offset.",
        (EPS,),
        shape=_instance_norm,
        ranks=SPATIAL,
        facts_if=_keeps_zero,
        cases=(Case("inorm"), Case("inorm(eps=0.001)")),
    ),
)
