"""Cells of NAS-Bench-201 (Dong and Yang, 2020): strings, indices, and the network around them.

>>> arch(0)
'|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|'
"""

from __future__ import annotations

import random
import re
from functools import lru_cache
from itertools import product
from typing import Any

from snaplang.genotypes.literals import rejected

OPERATIONS = {
    "none": "zero",
    "skip_connect": "",
    "nor_conv_1x1": "norconv1",
    "nor_conv_3x3": "norconv3",
    "avg_pool_3x3": "avgpool3",
}
COUNT = 15_625
_NORCONV = "def norconv(k, stride=1) { relu conv(k, stride=stride, bias=false) bn }\n"
_DOWN = (
    "def down(c) { [ norconv(3, 2) norconv3 | avgpool(2, stride=2) conv(1, bias=false) ] add }\n"
)
_NODE = re.compile(r"\|(?:[a-z_0-9]+~[0-9]\|)+\Z")
_EDGE = re.compile(r"([a-z_0-9]+)~([0-9])")


@lru_cache(maxsize=1)
def _order() -> tuple[tuple[str, ...], ...]:
    """All cells in the benchmark's order: every choice of six, shuffled with the seed it uses."""
    cells = list(product(OPERATIONS, repeat=6))
    rng = random.Random(88)
    rng.shuffle(cells)
    return tuple(cells)


def arch(index: int) -> str:
    """The string of the cell with this index in the benchmark."""
    if not 0 <= index < COUNT:
        raise rejected(f"there is no cell {index}", f"NAS-Bench-201 has cells 0 to {COUNT - 1:,}")
    ops = iter(_order()[index])
    return "+".join("|" + "".join(f"{next(ops)}~{j}|" for j in range(n)) for n in (1, 2, 3))


def edges(data: Any) -> list[list[tuple[str, int]]]:
    """For each node what it reads: an operation and a node. Raises `SnapError`."""
    if isinstance(data, int) and not isinstance(data, bool):
        data = arch(data)
    if not isinstance(data, str):
        raise rejected("a cell of NAS-Bench-201 is a string or an index", f"such as {arch(0)}")
    nodes = []
    for place, text in enumerate(data.strip().split("+")):
        found = _EDGE.findall(text)
        if not _NODE.match(text) or place >= 8:
            raise rejected(f"`{text[:60]}` is no node of NAS-Bench-201", f"a cell is {arch(0)}")
        for op, source in found:
            if op not in OPERATIONS:
                raise rejected(f"`{op}` is no operation", "there are " + ", ".join(OPERATIONS))
            if int(source) > place:
                raise rejected(f"node {place + 1} reads node {source}, which comes later")
        nodes.append([(op, int(source)) for op, source in found])
    return nodes


def program(data: Any, network: str | None, channels: int | None, cells: int | None) -> str:
    """The cell, or its network for CIFAR: three stages of `cells` cells."""
    nodes = edges(data)
    if network not in (None, "cifar"):
        raise rejected(f"NAS-Bench-201 has no network for {network}", "it has one for `cifar`")
    width, count = 16 if channels is None else channels, 5 if cells is None else cells
    if not (1 <= width <= 10_000 and 1 <= count <= 100):
        raise rejected(f"stages of {count} cells of {width} channels make no network")
    body = "\n".join(f"    {line}" for line in _lines(nodes))
    if network is None:
        head = f"# A cell of NAS-Bench-201.\n\n{_NORCONV}\n"
        return f"{head}block cell(c={width}) {{\n    in n0;\n{body}\n}}\n"
    steps = [f"cb(3, out={width}) stage{width}"]
    steps += [f"down{c} stage{c}" for c in (2 * width, 4 * width)]
    return (
        f"# A network of NAS-Bench-201 for CIFAR: three stages of {count} cells.\n\n"
        f"{_NORCONV}{_DOWN}\n"
        f"def cell {{\n    in n0;\n{body}\n}}\n"
        f"def stage(c) {{ {{ cell }}*{count} }}\n\n"
        f"in x(3, H, W);\nx {' '.join(steps)}\nbn relu gap flatten linear(10)\n"
    )


def _lines(nodes: list[list[tuple[str, int]]]) -> list[str]:
    lines = []
    for place, reads in enumerate(nodes, 1):
        parts = " ".join(f"n{source} {OPERATIONS[op]}".rstrip() for op, source in reads)
        total = {1: "", 2: " add"}.get(len(reads), f" add{len(reads)}")
        name = "" if place == len(nodes) else f" -> n{place}"
        lines.append(parts + total + name)
    return lines
