"""Cells of NAS-Bench-101 (Ying et al., 2019): a matrix and operations, and the network around them.

Channels are divided as the benchmark does: those of the result among the vertices that are
concatenated to it, the first ones taking what is left over; others have the most that their readers
have. The cell's input reaches a vertex through a 1x1 convolution; what has a channel too many loses
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from snaplang.genotypes.literals import rejected

OPERATIONS = {"conv3x3-bn-relu": "cbr3", "conv1x1-bn-relu": "cbr1", "maxpool3x3": "maxpool3"}
MOST = 7  # vertices; the benchmark has no more
Matrix = list[list[int]]


def spec(data: Any) -> tuple[Matrix, list[str]]:
    """Matrix and operations, pruned to what lies between input and output. Raises `SnapError`."""
    if isinstance(data, Mapping):
        matrix = next(
            (data[k] for k in ("matrix", "module_adjacency", "adjacency") if k in data), None
        )
        ops = next((data[k] for k in ("ops", "module_operations", "operations") if k in data), None)
    elif isinstance(data, Sequence) and not isinstance(data, str) and len(data) == 2:
        matrix, ops = data
    else:
        matrix = ops = None
    if not (isinstance(matrix, Sequence) and isinstance(ops, Sequence)) or isinstance(ops, str):
        raise rejected(
            "a cell of NAS-Bench-101 has a `matrix` and `ops`",
            'give {"matrix": [[0, 1], …], "ops": ["input", …]}',
        )
    rows = [list(row) if isinstance(row, Sequence) else [] for row in matrix]
    size = len(ops)
    if not 2 <= size <= MOST or len(rows) != size or any(len(row) != size for row in rows):
        raise rejected(f"{size} operations need a matrix of {size} by {size}, at most {MOST}")
    for a, row in enumerate(rows):
        for b, edge in enumerate(row):
            if edge not in (0, 1) or (edge and b <= a):
                raise rejected(
                    f"the matrix has {str(edge)[:20]} at ({a}, {b})",
                    "it is 0 or 1, and 1 only above the diagonal",
                )
    for place, op in enumerate(ops):
        known = {0: ["input"], size - 1: ["output"]}.get(place, list(OPERATIONS))
        if op not in known:
            hint = "there are " + ", ".join(known)
            hint = f"here stands `{known[0]}`" if len(known) == 1 else hint
            raise rejected(f"`{str(op)[:40]}` at {place} is no operation", hint)
    return _pruned(rows, [str(op) for op in ops])


def _pruned(matrix: Matrix, ops: list[str]) -> tuple[Matrix, list[str]]:
    size = len(ops)
    ahead, behind = {0}, {size - 1}
    for v in range(size):
        if any(matrix[u][v] and u in ahead for u in range(v)):
            ahead.add(v)
    for v in reversed(range(size)):
        if any(matrix[v][w] and w in behind for w in range(v + 1, size)):
            behind.add(v)
    kept = [v for v in range(size) if v in ahead & behind]
    if 0 not in kept or size - 1 not in kept:
        raise rejected("nothing leads from the input to the output")
    return [[matrix[a][b] for b in kept] for a in kept], [ops[v] for v in kept]


def vertex_channels(matrix: Matrix, channels: int) -> list[int]:
    """How many channels each vertex has in a cell of so many."""
    size = len(matrix)
    found = [0] * size
    last = [v for v in range(1, size - 1) if matrix[v][-1]]
    for place, v in enumerate(last):
        found[v] = channels // len(last) + (place < channels % len(last))
    for v in range(size - 2, 0, -1):
        if not matrix[v][-1]:
            found[v] = max(found[w] for w in range(v + 1, size - 1) if matrix[v][w])
    return found


def cell(matrix: Matrix, ops: list[str], name: str, channels: int, kind: str = "def") -> str:
    """A cell of a number of channels."""
    size, wide = len(ops), vertex_channels(matrix, channels)
    lines = []
    for v in range(1, size - 1):
        parts = [_cut(f"v{u}", wide[u], wide[v]) for u in range(1, v) if matrix[u][v]]
        parts += [f"x cbr(1, out={wide[v]})"] if matrix[0][v] else []
        total = {1: "", 2: " add"}.get(len(parts), f" add{len(parts)}")
        op = OPERATIONS[ops[v]]
        made = op if op == "maxpool3" else f"cbr({op[-1]}, out={wide[v]})"
        lines.append(f"{' '.join(parts)}{total} {made} -> v{v}")
    last = [f"v{v}" for v in range(1, size - 1) if matrix[v][-1]]
    result = " ".join(last) + ({0: "", 1: "", 2: " cat"}.get(len(last), f" cat{len(last)}"))
    if matrix[0][-1]:
        result = f"{result} x cbr(1, out={channels})" + (" add" if last else "")
    body = "\n".join(f"    {line.strip()}" for line in [*lines, result])
    return f"{kind} {name} {{\n    in x;\n{body}\n}}\n"


def _cut(name: str, have: int, want: int) -> str:
    """A vertex, less the channels that are too many: at most one, by how they are divided."""
    return name if have == want else f"{name} split{have} {'drop ' * (have - want)}cat{want}"


def program(data: Any, network: str | None, channels: int | None, cells: int | None) -> str:
    """The cell, or its network for CIFAR: three stacks of `cells` cells."""
    matrix, ops = spec(data)
    if network not in (None, "cifar"):
        raise rejected(f"NAS-Bench-101 has no network for {network}", "it has one for `cifar`")
    width, count = 128 if channels is None else channels, 3 if cells is None else cells
    if not (len(ops) <= width <= 10_000 and 1 <= count <= 100):
        raise rejected(f"stacks of {count} cells of {width} channels make no network")
    if network is None:
        return "# A cell of NAS-Bench-101.\n\n" + cell(matrix, ops, "cell", width, "block")
    widths = [width, 2 * width, 4 * width]
    words = [cell(matrix, ops, f"cell_{name}", c) for name, c in zip("abc", widths, strict=True)]
    stacks = " maxpool(2, stride=2)\n".join(f"{{ cell_{name} }}*{count}" for name in "abc")
    return (
        f"# A network of NAS-Bench-101 for CIFAR: three stacks of {count} cells.\n\n"
        + "\n".join(words)
        + f"\nin x(3, H, W);\nx cbr(3, out={width})\n{stacks}\ngap flatten linear(10)\n"
    )
