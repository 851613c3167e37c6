"""A symbol with arguments, in one of the many ways to write it.

>>> from snaplang.ops import TABLE
>>> ways = {spelling(random.Random(i), TABLE["relu"], {"max": dim(6)})[0] for i in range(20)}
>>> {"relu6", "relu(6)"} <= ways
True
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from snaplang.dims import dim
from snaplang.ops.resolve import Argument
from snaplang.ops.spec import OpSpec, ParamKind

__all__ = ["dim", "spelled_argument", "spelling"]


def spelling(rng: random.Random, op: OpSpec, given: Mapping[str, Argument]) -> tuple[str, str]:
    """A symbol with arguments by place or by name; and the first, if it may be a parameter."""
    first = op.params[0] if op.params else None
    parts: list[str] = []
    named = False
    for param in op.params:
        if param.name not in given:
            named = True
            continue
        value = spelled_argument(rng, given[param.name])
        plain = not named and (param is first or rng.random() < 0.3)
        named = named or not plain
        parts.append(value if plain else f"{param.name}={value}")
    if not parts:
        return op.name, ""
    number = parts[0]
    suffix = first is not None and first.name in given and number.replace("x", "").isdigit()
    suffix = (
        suffix
        and first is not None
        and first.kind in (ParamKind.KERNEL, ParamKind.COUNT, ParamKind.REAL)
    )
    if suffix and rng.random() < 0.5:
        rest = f"({', '.join(parts[1:])})" if parts[1:] else ""
        return f"{op.name}{number}{rest}", ""
    plain_number = number if suffix and number.isdigit() else ""
    return f"{op.name}({', '.join(parts)})", plain_number


def spelled_argument(rng: random.Random, value: Argument) -> str:
    """An argument in one of its spellings."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, str):
        return value
    number = value.whole()
    if number is not None and 0 < number < 100 and rng.random() < 0.15:
        return rng.choice((f"({number}+1)-1", f"2*{number}/2", f"-(1-{number + 1})"))
    return str(value)
