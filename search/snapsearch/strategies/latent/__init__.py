"""The latent search of AutoSNAP: `Latent`, its options and presets. torch waits until it runs.

>>> from snapsearch.space import template
>>> search = Latent(template("dup <conv3|conv1|identity> <relu|gelu> add"), seed=0, top=5)
>>> search.options.top, search.options.model
(5, 'gaussian')
"""

from __future__ import annotations

from snapsearch.strategies.latent.options import CoderOptions, LatentOptions, preset
from snapsearch.strategies.latent.strategy import Latent

__all__ = ["CoderOptions", "Latent", "LatentOptions", "preset"]
