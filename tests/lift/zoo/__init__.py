"""Hand-written PyTorch modules in the style of torchvision and timm, each beside its SNAP program.

`SAMPLES: tuple[Sample, ...] = (
    *RESIDUAL, *CLASSIC, *MOBILE, *DENSE, *CELLS, *ATTENTION, *OTHER
)  # fmt: skip
wrong place shows in the outputs.
"""

from __future__ import annotations

from tests.lift.zoo.attention import ATTENTION
from tests.lift.zoo.cells import CELLS
from tests.lift.zoo.classic import CLASSIC
from tests.lift.zoo.dense import DENSE
from tests.lift.zoo.mobile import MOBILE
from tests.lift.zoo.other import OTHER
from tests.lift.zoo.residual import RESIDUAL
from tests.lift.zoo.sample import Sample

SAMPLES: tuple[Sample, ...] = (
    *RESIDUAL, *CLASSIC, *MOBILE, *DENSE, *CELLS, *ATTENTION, *OTHER
)  # fmt: skip
