"""Decided programs by cut and paste: a space's text, each choice in it replaced by its decision.

Not every space can be had as text in which each choice stands once (`unfolding.py`); for those
`pasted` is None.

>>> from snaplang.diagnostics.source import Source
>>> text = "def act { <relu | gelu> } act conv3 <p: bn | <ln | bn>> act"
>>> program = parse(Source("-", text))
>>> found = pasted(program, lower(program).choices)
>>> found.text({0: 1, 1: 1, 2: 0, 3: 0})
'gelu conv3 ln relu\\n'
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from snaplang.decisions.unfolding import unfolded
from snaplang.diagnostics import SnapError
from snaplang.diagnostics.source import Source
from snaplang.graph import Choice
from snaplang.lowering.lower import lower
from snaplang.syntax import Alternatives, At, Decision, Program, Series
from snaplang.syntax.parser import parse
from snaplang.syntax.walk import Tree, children

Names = ChainMap[str, "Hole"]
Holes = Iterator[tuple[At, "Hole"]]


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
        """The text with its choices decided, by their numbers.

        A choice that is not asked, in a word that only an alternative not taken uses, takes its
        first alternative: nothing runs it.
        """
        found = [
            part
            if isinstance(part, str)
            else part.texts[decisions.get(part.choice, 0)].text(decisions)
            for part in self.parts
        ]
        return "".join(found)


class UncutError(Exception):
    """A choice that is not among those of the space, such as one in a default that nobody takes."""


def pasted(
    program: Program,
    choices: Sequence[Choice],
    inputs: Sequence[str] | None = None,
    block: str | None = None,
) -> Pasted | None:
    """The text of a space, whose `choices` are as lowering gives them.

    None where choices do not stand in the unfolded text once each, and where the space uses files:
    a member is whole wherever it is read.
    """
    if program.tree.uses:
        return None
    try:
        again = parse(Source("<text>", unfolded(program, block), Path()))
        found = lower(again, inputs).choices
    except SnapError:
        return None
    if [_place(c) for c in found] != [_place(c) for c in choices]:
        return None
    numbers = {(c.span.start, c.span.end): c.number for c in found if c.span}
    if len(numbers) < len(found):
        return None
    try:
        return _Cutting(again.source.text, numbers).whole(again)
    except UncutError:
        return None


def _place(choice: Choice) -> tuple[int, str | None, int, tuple[int, int] | None]:
    return choice.number, choice.name, len(choice.alternatives), choice.within


class _Cutting:
    """A text being cut at its choices."""

    def __init__(self, text: str, numbers: Mapping[At, int]) -> None:
        self.text, self.numbers = text, numbers

    def whole(self, program: Program) -> Pasted:
        """The text of a program; a word's named choices are its own."""
        tree = program.tree
        holes: list[tuple[At, Hole]] = []
        for body in (*(d.body for d in tree.definitions), tree.body):
            holes += self._holes(body.items, ChainMap())
        return self._cut((0, len(self.text)), holes)

    def _cut(self, at: At, holes: Iterable[tuple[At, Hole]]) -> Pasted:
        parts: list[str | Hole] = []
        end = at[0]
        for (start, stop), hole in holes:
            parts += [self.text[end:start], hole]
            end = stop
        return Pasted((*parts, self.text[end : at[1]]))

    def _holes(self, nodes: Sequence[Tree], names: Names) -> Holes:
        for node in nodes:
            if isinstance(node, Alternatives):
                yield node.at, self._hole(node, names)
            elif isinstance(node, Decision):
                if node.name not in names:
                    raise UncutError
                yield node.at, names[node.name]
            else:
                yield from self._holes(children(node), names)

    def _hole(self, node: Alternatives, names: Names) -> Hole:
        if node.at not in self.numbers:
            raise UncutError
        texts = tuple(self._series(series, names.new_child()) for series in node.series)
        hole = Hole(self.numbers[node.at], texts)
        if node.name is not None:
            names[node.name] = hole
        return hole

    def _series(self, series: Series, names: Names) -> Pasted:
        if not series.items:
            return Pasted(("",))
        at = (series.items[0].at[0], series.items[-1].at[1])
        return self._cut(at, self._holes(series.items, names))
