"""Mixing: 128-bit colours as two lanes that never meet.

A lane takes in a word by one multiplication and addition, then the finalizer of splitmix64 (Steele,
Lea and Flood, 2014); the lanes have different odd constants. For equal words the result is the same
on every machine; it is no cryptographic hash.

>>> with np.errstate(over="ignore"):
...     absorb_low(np.uint64(1), np.uint64(2)) == absorb_low(np.uint64(2), np.uint64(1))
np.False_
"""

from __future__ import annotations

import numpy as np

_K0, _A0, _B0 = map(np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_K1, _A1, _B1 = map(np.uint64, (0xD1342543DE82EF95, 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53))
_S32, _S30, _S27 = map(np.uint64, (32, 30, 27))


def absorb_low(x: np.uint64, y: np.uint64) -> np.uint64:
    """The lower lane of a colour with one more word."""
    x = x * _K0 + y
    x = (x ^ (x >> _S30)) * _A0
    x = (x ^ (x >> _S27)) * _B0
    return x ^ (x >> _S32)


def absorb_high(x: np.uint64, y: np.uint64) -> np.uint64:
    """The upper lane of a colour with one more word."""
    x = x * _K1 + y
    x = (x ^ (x >> _S32)) * _A1
    x = (x ^ (x >> _S30)) * _B1
    return x ^ (x >> _S27)


FUNCTIONS = (absorb_low, absorb_high)
INLINED = frozenset(("absorb_low", "absorb_high"))
