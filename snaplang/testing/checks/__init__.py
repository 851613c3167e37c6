"""What is tried at length: each check is one random case by its seed, and what it found.

>>> check("laws")(3).failures
[]
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from snaplang.testing.checks.outcome import Outcome

CHECKS = {  # name: module, and what is tried
    "laws": ("sameness", "pairs of graphs that laws make of each other: the same fingerprint"),
    "near": ("sameness", "near misses: fingerprints say what the oracle says"),
    "sizes": ("sameness", "one program at several spatial sizes: the same fingerprint"),
    "values": ("values", "canonical against original in torch: values and gradients"),
    "texts": ("texts", "canonical texts: programs with the fingerprint they came from"),
    "programs": ("texts", "texts of all the syntax: the graphs that their writer says"),
    "models": ("models", "through ONNX and back: the same fingerprint"),
    "keys": ("keys", "batch keys against fingerprints, 30,000 rows a case"),
    "arrays": ("keys", "strange arrays of tokens: no crash"),
}

__all__ = ["CHECKS", "Outcome", "check"]


def check(name: str) -> Callable[[int], Outcome]:
    """A check by its name; its libraries are imported now."""
    module, _ = CHECKS[name]
    found: Callable[[int], Outcome] = getattr(import_module(f"{__name__}.{module}"), name)
    return found
