"""Cells of pairs: each step adds two operations on earlier states; some states are concatenated.

States 0 and 1 are the outputs of the cell before last and of the last cell; steps follow. This is
how NASNet (Zoph et al., 2018), AmoebaNet (Real et al., 2019), PNAS (Liu et al., 2018) and DARTS
(Liu et al., 2019) write what they found; they differ in names and in how they list the pairs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snaplang.genotypes.literals import rejected

Pair = tuple[str, int]
_CROSSED = re.compile(r"(?:conv_)?(?:(\d)x1_1x\1|1x(\d)_\2x1)\Z")
_KERNEL = re.compile(r"\D*([1357])x\1\D*\Z")


@dataclass(frozen=True)
class Cell:
    """Steps of two operations each, and the states that are concatenated."""

    steps: tuple[tuple[Pair, Pair], ...]
    concat: tuple[int, ...]


@dataclass(frozen=True)
class Genotype:
    """A normal and a reduction cell."""

    normal: Cell
    reduction: Cell


def genotype(data: Any, single: bool = False, none_is_zero: bool = True) -> Genotype:
    """A genotype from plain data: `normal` and `reduce` (or `reduction`) lists of pairs.

    `single` takes one cell for both. `none_is_zero` says what `none` means: nothing, as in DARTS,
    or the identity, as in NASNet's own lists. Raises `SnapError` for what is no genotype.
    """
    if single and not isinstance(data, Mapping):
        data = {"normal": data}
    if not isinstance(data, Mapping):
        raise rejected("a genotype has a `normal` and a `reduce` cell", "give a mapping of both")
    if "operations" in data:
        data = {"normal": data} if single else data
    normal = _cell(data, ("normal", "normal_cell"), none_is_zero)
    reduction = (
        normal if single else _cell(data, ("reduce", "reduction", "reduction_cell"), none_is_zero)
    )
    return Genotype(normal, reduction)


def _cell(data: Mapping[str, Any], names: Sequence[str], none_is_zero: bool) -> Cell:
    name = next((n for n in names if n in data), None)
    if name is None:
        raise rejected(f"there is no `{names[0]}` cell", "it has " + ", ".join(map(str, data))[:80])
    found = data[name]
    if isinstance(found, Mapping) and "operations" in found:
        pairs = _listed(found, name)
    else:
        pairs = _pairs(found, name)
    if len(pairs) % 2:
        raise rejected(f"`{name}` has {len(pairs)} pairs, each step takes two")
    steps = tuple((a, b) for a, b in zip(pairs[::2], pairs[1::2], strict=True))
    for place, step in enumerate(steps):
        for op, index in step:
            if not 0 <= index < place + 2:
                have = f"states 0 to {place + 1}"
                raise rejected(
                    f"step {place + 2} of `{name}` reads state {index}, there are {have}"
                )
            operation(op, 1, none_is_zero)
    return Cell(steps, _concat(data, names, steps))


def _pairs(found: Any, name: str, depth: int = 0) -> list[Pair]:
    """Pairs of an operation and a state, in lists within lists too."""
    if depth > 3 or not isinstance(found, Sequence) or isinstance(found, str) or not found:
        raise rejected(f"`{name}` is no list of pairs")
    pairs: list[Pair] = []
    for item in found:
        if not isinstance(item, Sequence) or isinstance(item, str):
            raise rejected(f"`{str(item)[:40]}` in `{name}` is no pair of operation and state")
        if len(item) == 2 and isinstance(item[0], str) and _is_index(item[1]):
            pairs.append((item[0], item[1]))
        elif len(item) == 2 and _is_index(item[0]) and isinstance(item[1], str):
            pairs.append((item[1], item[0]))
        elif len(item) == 4 and _is_index(item[0]) and isinstance(item[1], str):
            pairs += _pairs([item[:2], item[2:]], name, depth + 1)
        elif item and all(
            isinstance(part, Sequence) and not isinstance(part, str) for part in item
        ):
            pairs += _pairs(item, name, depth + 1)
        else:
            raise rejected(f"`{str(item)[:40]}` in `{name}` is no pair of operation and state")
    return pairs


def _listed(found: Mapping[str, Any], name: str) -> list[Pair]:
    """NASNet's own lists, where state 0 is the last cell and 1 the one before."""
    ops, indices = found["operations"], found.get("hiddenstate_indices")
    if (
        not isinstance(ops, Sequence)
        or not isinstance(indices, Sequence)
        or len(ops) != len(indices)
    ):
        raise rejected(f"`{name}` needs as many `hiddenstate_indices` as `operations`")
    turned = [1 - i if _is_index(i) and i < 2 else i for i in indices]
    return _pairs([list(pair) for pair in zip(ops, turned, strict=True)], name)


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _concat(data: Mapping[str, Any], names: Sequence[str], steps: Sequence[Any]) -> tuple[int, ...]:
    """The states that are concatenated: those listed, or the steps that no step reads."""
    for name in names:
        listed = data.get(f"{name}_concat")
        if listed is not None:
            last = len(steps) + 1
            if not isinstance(listed, Sequence | range) or not listed:
                raise rejected(f"`{name}_concat` is no list of states")
            if not all(_is_index(i) and 0 <= i <= last for i in listed):
                raise rejected(f"`{name}_concat` is {list(listed)}, states are 0 to {last}")
            return tuple(listed)
    read = {index for step in steps for _, index in step}
    return tuple(i for i in range(2, len(steps) + 2) if i not in read)


# -- operations --------------------------------------------------------------------------------


def operation(name: str, stride: int, none_is_zero: bool = True) -> str:
    """An operation in SNAP, at a stride. Raises `SnapError` for an unknown one."""
    key = name.lower()
    if key == "none":
        return (
            ("zero" if stride == 1 else "maxpool(1, stride=2) zero")
            if none_is_zero
            else _skip(stride)
        )
    if key in ("skip_connect", "identity", "skip"):
        return _skip(stride)
    crossed = _CROSSED.match(key)
    if crossed:
        return _crossed(crossed[1] or crossed[2], stride)
    kernel = _KERNEL.match(re.sub(r"_[12]\Z", "", key))
    if kernel:
        word = _word(key)
        if word is not None:
            k = kernel[1]
            return f"{word}{k}" if stride == 1 else f"{word}({k}, stride={stride})"
        if key.startswith("conv"):
            step = "" if stride == 1 else f", stride={stride}"
            return f"relu conv({kernel[1]}{step}, bias=false) bn"
    known = (
        "none, skip_connect, max_pool_3x3, avg_pool_3x3, sep_conv_5x5, dil_conv_3x3, conv_7x1_1x7"
    )
    raise rejected(f"`{name[:40]}` is no operation", f"known are {known} and their like")


def _word(key: str) -> str | None:
    """The word of the prelude, or the op, that a family of names stands for."""
    for starts, word in (
        (("sep",), "sepconv"),
        (("dil",), "dilconv"),
        (("max",), "maxpool"),
        (("avg", "average"), "avgpool"),
    ):
        if key.startswith(starts):
            return word
    return None


def _skip(stride: int) -> str:
    return "" if stride == 1 else "facred"


def _crossed(k: str, stride: int) -> str:
    first, second = (
        f"conv({size}, {step}bias=false)"
        for size, step in (
            (f"1x{k}", "" if stride == 1 else f"stride=1x{stride}, "),
            (f"{k}x1", "" if stride == 1 else f"stride={stride}x1, "),
        )
    )
    return f"relu {first} {second} bn"


def steps_text(name: str, cell: Cell, stride: int, none_is_zero: bool) -> str:
    """A `def` of a cell's steps on its two prepared inputs."""
    lines = []
    for place, step in enumerate(cell.steps, 2):
        parts = [
            f"s{index} {operation(op, stride if index < 2 else 1, none_is_zero)}".rstrip()
            for op, index in step
        ]
        lines.append(f"    {' '.join(parts)} add -> s{place}")
    states = " ".join(f"s{i}" for i in cell.concat)
    merged = f" cat{len(cell.concat)}" if len(cell.concat) > 1 else ""
    body = "\n".join(lines)
    return f"def {name} {{\n    in s0 s1;\n{body}\n    {states}{merged}\n}}\n"
