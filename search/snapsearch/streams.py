"""Everything random comes from one seed, through named streams; nothing uses a global generator.

A stream is a function of the seed and its name alone, so that what is drawn for trial 17 does not
depend on whether trials 0 to 16 were drawn in this process, in another, or yesterday.

>>> int(stream(0, "ask", 17).integers(1000)) == int(stream(0, "ask", 17).integers(1000))
True
>>> int(stream(0, "ask", 17).integers(2**60)) == int(stream(0, "ask", 18).integers(2**60))
False
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def entropy(seed: int, *name: str | int) -> int:
    """128 bits that a seed and a name stand for."""
    text = "\0".join(map(str, (seed, *name)))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """The generator of a name."""
    return np.random.default_rng(entropy(seed, *name))


def number(seed: int, *name: str | int) -> int:
    """A seed below 2**31 for libraries that want one, torch among them."""
    return entropy(seed, *name) % 2**31
