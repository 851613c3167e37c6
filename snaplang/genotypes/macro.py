"""Networks of cells of pairs, as DARTS trains them (Liu et al., 2019, section 3 and its code).

CIFAR: a 3x3 convolution to three times the width, reductions at a third and two thirds. ImageNet:
three convolutions of stride 2 first. Each cell takes the outputs of the two before it, brought to
its width by a 1x1 convolution, or by a factorised reduction where the older one is twice as large.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from snaplang.genotypes.cells import Genotype, steps_text
from snaplang.genotypes.literals import rejected


@dataclass(frozen=True)
class Network:
    """A kind of network: its width, its number of cells, its classes."""

    channels: int
    cells: int
    classes: int


NETWORKS = {"cifar": Network(36, 20, 10), "imagenet": Network(48, 14, 1000)}
MOST_CELLS = 1000


def program(
    title: str,
    genotype: Genotype,
    network: str | None,
    channels: int | None,
    cells: int | None,
    none_is_zero: bool,
) -> str:
    """The text of the cells, or of a whole network."""
    chosen = NETWORKS[network or "cifar"]
    width = chosen.channels if channels is None else channels
    count = chosen.cells if cells is None else cells
    if not 1 <= width <= 100_000 or not 1 <= count <= MOST_CELLS:
        raise rejected(f"{count} cells of {width} channels make no network")
    if network == "imagenet" and width % 2:
        raise rejected(f"the stem halves the channels: {width} is odd")
    parts = ["def squeeze { relu conv(1, bias=false) bn }\n"]
    parts.append(steps_text("normal_steps", genotype.normal, 1, none_is_zero))
    parts.append(steps_text("reduction_steps", genotype.reduction, 2, none_is_zero))
    if network is None:
        parts += [_block("normal", genotype, width), _block("reduction", genotype, width)]
        return f"# {title}\n\n" + "\n".join(parts)
    head = f"# {title}: the network for {network}, {count} cells from {width} channels.\n\n"
    return head + "\n".join([*parts, _network(genotype, network, width, count)])


def _block(name: str, genotype: Genotype, width: int) -> str:
    """A cell alone, behind two normal cells (a reduction behind those of half its width)."""
    wide = len(genotype.normal.concat) * width
    own = width if name == "normal" else 2 * width
    return (
        f"block {name}(c={own}) {{\n"
        f"    in before({wide}, H, W) last({wide}, H, W);\n"
        f"    before squeeze last squeeze {name}_steps\n}}\n"
    )


def _network(genotype: Genotype, network: str, width: int, count: int) -> str:
    """The definitions of cells with their places, and the body."""
    reductions = {count // 3, 2 * count // 3}
    c, halved = width, network == "imagenet"
    calls: list[str] = []
    used: dict[str, tuple[str, str]] = {}
    for place in range(count):
        kind = "reduction" if place in reductions else "normal"
        c *= 2 if kind == "reduction" else 1
        name = f"{kind}_after" if halved else kind
        used[name] = ("facred" if halved else "squeeze", f"{kind}_steps")
        calls.append(f"{name}{c}" if name[-1].isalpha() else f"{name}({c})")
        halved = kind == "reduction"
    lines = ["# The outputs of the last two cells lie on the stack; the older one makes room."]
    lines.append(
        "def cell(c, prepare, steps) {\n    in before last;\n"
        "    last before prepare last squeeze steps\n}"
    )
    lines += [f"def {n}(c) {{ cell(c, {p}, {s}) }}" for n, (p, s) in sorted(used.items())]
    classes = NETWORKS[network].classes
    body = [_stem(network, width), *_runs(calls), f"swap drop gap flatten linear({classes})"]
    return "\n".join(lines) + "\n\nin x(3, H, W);\nx " + "\n".join(body) + "\n"


def _stem(network: str, width: int) -> str:
    if network == "cifar":
        return f"cb(3, out={3 * width}) dup"
    return f"cbr(3, 2, {width // 2}) cb(3, 2, {width}) dup relu cb(3, 2, {width})"


def _runs(calls: list[str]) -> list[str]:
    """Calls, repeated ones as `{ … }*n`."""
    runs = [(call, len(list(group))) for call, group in groupby(calls)]
    return [" ".join(call if n == 1 else f"{{ {call} }}*{n}" for call, n in runs)]
