"""Decisions for the choices of a search space: by order, by name, at random, or none.

>>> chooser("2,0").decide(0, None, 3)
2
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from snaplang.diagnostics import Diagnostic, SnapError


class OpenChoiceError(SnapError):
    """A choice that nobody has made, where one architecture is wanted."""


@dataclass
class Chooser:
    """`order` decides in order of expansion, `named` by name, `rng` whatever is left."""

    order: list[int] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)
    rng: random.Random | None = None
    used: int = 0
    seen: set[str] = field(default_factory=set)

    def decide(self, number: int, name: str | None, alternatives: int) -> int | None:
        """The alternative for choice `number`, or None to leave it open; 0 begins a run."""
        if number == 0:
            self.used, self.seen = 0, set()
        if name is not None and name in self.named:
            self.seen.add(name)
            return self._checked(self.named[name], alternatives, f"`{name}`")
        if self.used < len(self.order):
            self.used += 1
            what = f"{number}" + (f" (`{name}`)" if name else "")
            return self._checked(self.order[self.used - 1], alternatives, what)
        return self.rng.randrange(alternatives) if self.rng else None

    def _checked(self, index: int, alternatives: int, what: str) -> int:
        if 0 <= index < alternatives:
            return index
        message = f"choice {what} has alternatives 0 to {alternatives - 1}, not {index}"
        raise SnapError(Diagnostic("E506", message))

    def finish(self) -> None:
        """Complain about decisions that nothing asked for."""
        if self.used < len(self.order):
            given = f"{len(self.order)} decision" + "s" * (len(self.order) != 1)
            message = f"{given} for {self.used} choice" + "s" * (self.used != 1)
            raise SnapError(Diagnostic("E506", message, hint="nested choices count where taken"))
        missing = sorted(set(self.named) - self.seen)
        if missing:
            message = "there is no choice " + ", ".join(f"`{n}`" for n in missing)
            raise SnapError(Diagnostic("E506", message))


Choose = str | Sequence[int] | Mapping[str, int] | random.Random | Chooser | None


def chooser(choose: Choose) -> Chooser:
    """A chooser from `"0,2,1"`, `"p=2"`, `"random"`, numbers, a mapping, or a generator."""
    if isinstance(choose, Chooser):
        return choose
    if choose is None:
        return Chooser()
    if isinstance(choose, random.Random):
        return Chooser(rng=choose)
    if isinstance(choose, Mapping):
        return Chooser(named={str(k): int(v) for k, v in choose.items()})
    if not isinstance(choose, str):
        return Chooser(order=[int(v) for v in choose])
    if choose.strip() == "random":
        return Chooser(rng=random.Random(0))
    return _from_text(choose)


def _from_text(text: str) -> Chooser:
    result = Chooser()
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, index = part.rpartition("=")
        if not (index.strip().isdecimal() and len(index) < 10):
            hint = "write `0,2,1`, `p=2` or `random`"
            raise SnapError(Diagnostic("E506", f"`{part[:40]}` is no decision", hint=hint))
        if equals and name.strip() in result.named:
            raise SnapError(Diagnostic("E506", f"`{name.strip()[:40]}` is decided twice"))
        if equals:
            result.named[name.strip()] = int(index)
        else:
            result.order.append(int(index))
    return result
