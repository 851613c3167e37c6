"""Spaces drawn at random, of a few members each, many of which do not fit."""

from __future__ import annotations

import random

WORDS = """
def typed { in x(2*k, H, W); x conv(3, out=k) relu }
block wide { conv3 <relu | conv(3, out=2*c)> }
block long(m=c/8) { { <relu | conv1> }*m }
"""
OPS = (
    *("relu", "gelu", "conv3", "dwconv3", "linear", "gap", "flatten", "upsample2", "crop1"),
    *("conv(3, stride=2)", "conv(3, stride=2)", "conv(1, out=2*c)", "conv(1, out=16)"),
    *("maxpool(2, stride=2)", "conv(5, pad=0)", "wide", "wide", "typed", "long"),
)
INPUTS = (("N,8,H,W",), ("N,8,12,12",), ("N,8,5,5",), ())


def drawn(rng: random.Random) -> tuple[str, tuple[str, ...]]:
    """A program whose block `main` is a space, and its inputs' shapes."""

    def series(depth: int, most: int) -> str:
        return " ".join(item(depth) for _ in range(rng.randint(0, most)))

    def choice(depth: int) -> str:
        return "<" + " | ".join(series(depth - 1, 2) for _ in range(rng.randint(2, 3))) + ">"

    def item(depth: int) -> str:
        kind = rng.random()
        if kind < 0.5 or depth == 0:
            return rng.choice(OPS)
        if kind < 0.75:
            return choice(depth)
        if kind < 0.9:
            return f"[ | {series(depth - 1, 2)} ] {rng.choice(['add', 'cat', 'mul'])}"
        return f"{{ {series(depth - 1, 2)} }}*2"

    body = f"{choice(1)} {series(2, 2)}"
    if rng.random() < 0.6:
        body = f"dup {body} swap <conv3 | conv(3,stride=2)> {rng.choice(['add', 'cat'])}"
    elif rng.random() < 0.5:
        body = f"<p: relu | conv(3, stride=2) | conv(1, out=2*c)> {body} <p>"
    return f"{WORDS}block main {{ {body} }}", rng.choice(INPUTS)
