"""Programs to measure: random valid strings of symbols, cells, large networks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import snaplang as snap

WIRING = {"dup": (1, 2), "swap": (2, 2), "over": (2, 3), "rot": (3, 3), "drop": (1, 0)}
MERGES = {"add": (2, 1), "mul": (2, 1), "max": (2, 1)}
SYMBOLS = ("conv3", "conv1", "dwconv3", "bn", "relu", "gelu", "sigmoid", "maxpool3", "avgpool3")
EFFECTS = WIRING | MERGES | dict.fromkeys(SYMBOLS, (1, 1))  # tensors taken and left
RESIDUAL = "dup conv(3, bias=false) bn relu conv(3, bias=false) bn add relu"


def valid(rng: random.Random, length: int = 20) -> Iterator[str]:
    """Programs of so many symbols that lower, one tensor in and one out, without end."""
    while True:
        height, found = 1, list[str]()
        while len(found) < length and height:
            symbol = rng.choice([s for s, (needs, _) in EFFECTS.items() if needs <= height])
            needs, leaves = EFFECTS[symbol]
            height += leaves - needs
            found.append(symbol)
        text = " ".join(found)
        if height == 1 and len(found) == length and _lowers(text):
            yield text


def _lowers(text: str) -> bool:
    try:
        return len(snap.lower(text).outputs) == 1
    except snap.SnapError:
        return False


def cell(rng: random.Random, ops: Sequence[str] = ("conv3", "conv1", "maxpool3")) -> str:
    """A cell as NAS-Bench-101 has them: up to 7 vertices and 9 edges, joined inputs added."""
    count = rng.randint(4, 7)
    names = ["x"]
    lines = []
    for vertex in range(1, count):
        sources = rng.sample(names, min(len(names), rng.randint(1, 2)))
        total = f" add{len(sources)}" if len(sources) > 1 else ""
        op = f" {rng.choice(ops)}" if vertex < count - 1 else ""
        lines.append(" ".join(sources) + total + op + f" -> v{vertex}")
        names.append(f"v{vertex}")
    return "in x; " + " ".join(lines) + f" v{count - 1}"


def residual(nodes: int) -> str:
    """A chain of residual blocks, about so many nodes."""
    return f"{{ dup conv3 bn relu conv3 bn add relu }}*{nodes // 7}"


def dense(nodes: int) -> str:
    """Blocks of DenseNet behind each other, eight layers each: every layer sees all before it."""
    block = "{ dup bn relu conv(3, out=8) swap cat }*8 conv(1, out=32)"
    return f"in x(32, H, W); x {{ {block} }}*{nodes // 33}"


def tangle(nodes: int, seed: int = 0) -> str:
    """A random graph of about so many nodes: a string of symbols on a stack of up to eight."""
    rng = random.Random(seed)
    symbols, height, count = list(EFFECTS), 1, 0
    found: list[str] = []
    while count < nodes - 8:
        symbol = rng.choice(symbols)
        needs, leaves = EFFECTS[symbol]
        if needs <= height and 1 <= height + leaves - needs <= 8:
            height += leaves - needs
            count += symbol not in WIRING
            found.append(symbol)
    return " ".join([*found, *["add"] * (height - 1)])
