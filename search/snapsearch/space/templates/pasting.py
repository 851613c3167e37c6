"""Decided programs by cut and paste: a template's text, each choice in it replaced by its decision.

Hundreds of times as fast as printing a graph, and what comes out reads as its author wrote it. Not
every template can be had as text in which each choice stands once (`unfolding.py`); for those
`pasted` is None.

>>> import snaplang as snap
>>> program = snap.parse("def act { <relu | gelu> } act conv3 <p: bn | <ln | bn>> act")
>>> found = pasted(program, snap.choices(program), {})
>>> found.text({0: 1, 1: 1, 2: 0, 3: 0})
'gelu conv3 ln relu\\n'
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import snaplang as snap
from snapsearch.space.templates.unfolding import inner, kind, unfolded

Names = ChainMap[str, "Hole"]


@dataclass(frozen=True)
class Hole:
    """Where the decision of a choice stands: its number, and a text for each alternative."""

    choice: int
    texts: tuple[Pasted, ...]


@dataclass(frozen=True)
class Pasted:
    """Text with holes."""

    parts: tuple[str | Hole, ...]

    def text(self, decisions: Mapping[int, int]) -> str:
        """The text with its choices decided, by their numbers."""
        found = [
            part if isinstance(part, str) else part.texts[decisions[part.choice]].text(decisions)
            for part in self.parts
        ]
        return "".join(found)


def pasted(
    program: snap.Program, choices: Sequence[Any], options: Mapping[str, Any]
) -> Pasted | None:
    """The text of a template, whose choices are as `snap.choices` gives them with `options`.

    None where choices do not stand in the unfolded text once each, and where the template uses
    files: a candidate is whole wherever it is read.
    """
    if program.tree.uses:
        return None
    text = unfolded(program, options.get("block"))
    try:
        again = snap.parse(text)
        found = snap.choices(again, inputs=options.get("inputs"))
    except snap.SnapError:
        return None
    if [_hangs(c) for c in found] != [_hangs(c) for c in choices]:
        return None
    numbers = {(c.span.start, c.span.end): c.number for c in found if c.span}
    return _Cutting(text, numbers).whole(again) if len(numbers) == len(found) else None


def _hangs(choice: Any) -> tuple[Any, ...]:
    return choice.number, choice.name, len(choice.alternatives), choice.within


class _Cutting:
    """A text being cut at its choices."""

    def __init__(self, text: str, numbers: Mapping[tuple[int, int], int]) -> None:
        self.text, self.numbers = text, numbers

    def whole(self, program: snap.Program) -> Pasted:
        """The text of a program; a word's named choices are its own."""
        tree, holes = program.tree, []
        for body in (*(d.body for d in tree.definitions), tree.body):
            holes += list(self._holes(body.items, ChainMap()))
        return self._cut((0, len(self.text)), holes)

    def _cut(self, at: tuple[int, int], holes: Sequence[tuple[tuple[int, int], Hole]]) -> Pasted:
        parts: list[str | Hole] = []
        end = at[0]
        for (start, stop), hole in holes:
            parts += [self.text[end:start], hole]
            end = stop
        return Pasted((*parts, self.text[end : at[1]]))

    def _holes(self, nodes: Sequence[Any], names: Names) -> Iterator[tuple[tuple[int, int], Hole]]:
        for node in nodes:
            if kind(node) == "Alternatives":
                texts = tuple(self._series(series, names.new_child()) for series in node.series)
                hole = Hole(self.numbers[node.at], texts)
                if node.name is not None:
                    names[node.name] = hole
                yield node.at, hole
            elif kind(node) == "Decision":
                yield node.at, names[node.name]
            else:
                yield from self._holes(inner(node), names)

    def _series(self, series: Any, names: Names) -> Pasted:
        if not series.items:
            return Pasted(("",))
        at = (series.items[0].at[0], series.items[-1].at[1])
        return self._cut(at, list(self._holes(series.items, names)))
