"""Hand-written PyTorch modules in the style of torchvision and timm, each beside its SNAP program.

`SAMPLES` has them all; a sample's module has random statistics and scales, so that a weight in the
wrong place shows in the outputs.
"""

from __future__ import annotations

from tests.lift.zoo.attention import ATTENTION
from tests.lift.zoo.classic import CLASSIC
from tests.lift.zoo.dense import DENSE
from tests.lift.zoo.mobile import MOBILE
from tests.lift.zoo.other import OTHER
from tests.lift.zoo.residual import RESIDUAL
from tests.lift.zoo.sample import Sample

__all__ = ["SAMPLES", "Sample"]

SAMPLES: tuple[Sample, ...] = (*RESIDUAL, *CLASSIC, *MOBILE, *DENSE, *ATTENTION, *OTHER)
