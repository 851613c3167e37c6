"""A search space prepared to be decided: decisions in, the program of that member out.

The program is the space's own text with the decisions pasted in, hundreds of times as fast as
printing a graph, and it reads as its author wrote it. Where that cannot be (the choices of a body
that another word runs twice, files that are used, parameters from outside) it is the graph printed.

>>> from snaplang.diagnostics.source import Source
>>> space = Decider(parse(Source("-", "dup <p: conv3 | conv1 <bn | ln>> <relu | gelu> add")))
>>> space.text("1,0,1")
'dup conv1 bn gelu add\\n'
>>> space.decisions("p=0,1")
{0: 0, 2: 1}
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from snaplang.canonical.fingerprint import fingerprint_of
from snaplang.decisions.pasting import Pasted, pasted
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Source
from snaplang.graph import Graph
from snaplang.lowering.choices import Choose, Chooser, OpenChoiceError, chooser
from snaplang.lowering.lower import Parameters, lower
from snaplang.syntax import Program
from snaplang.syntax.parser import parse

TRIED = 4  # members, drawn at random, that the text is compared with


class Decider:
    """A space, prepared once and decided many times.

    `choices` are those of the space, in order of expansion. The other arguments are those of
    `snaplang.lower`. Raises `SnapError` for a program that is rejected.
    """

    def __init__(
        self,
        program: Program,
        inputs: Sequence[str] | None = None,
        block: str | None = None,
        params: Parameters | None = None,
    ) -> None:
        self.program, self.block, self.params = program, block, params
        self.inputs = [inputs] if isinstance(inputs, str) else inputs
        self.choices = self._lowered(None).choices

    def _lowered(self, choose: Choose) -> Graph:
        program, shapes = self.program, self.inputs
        return lower(program, shapes, self.block, choose, self.params, strict=False)

    def decided(self, choose: Choose) -> Program:
        """The program of a decision; raises `SnapError` as `text` does."""
        return parse(Source("<text>", self.text(choose), Path()))

    def text(self, choose: Choose) -> str:
        """The text of that program, which has one block and leaves no choice open.

        `choose` decides as in `snaplang.lower`: in order of expansion, by name, at random. Raises
        `SnapError`: E506 for a decision that fits no choice, E507 where one is missing. Text that
        is pasted is not checked: that of an ill-typed member is ill-typed.
        """
        decisions = self.decisions(choose)
        if self.pasted is not None:
            return self.pasted.text(decisions)
        from snaplang.printing.printer import printed

        return printed(self._lowered(list(decisions.values())))

    def decisions(self, choose: Choose) -> dict[int, int]:
        """The alternative of each choice that is asked, by the choice's number."""
        maker = chooser(choose)
        found: dict[int, int] = {}
        for choice in self.choices:
            within = choice.within
            if within is not None and found.get(within[0]) != within[1]:
                continue
            number, name = choice.number, choice.name
            taken = maker.decide(len(found), name, len(choice.alternatives))
            if taken is None:
                what = f"{number} (`{name}`)" if name else f"{number}"
                message = f"choice {what} is not decided"
                raise OpenChoiceError(Diagnostic("E507", message, choice.span, "decide it"))
            found[number] = taken
        maker.finish()
        return found

    @cached_property
    def pasted(self) -> Pasted | None:
        """The text with holes, tried on some members; None where members are printed."""
        if self.params:
            return None
        found = pasted(self.program, self.choices, self.inputs, self.block)
        rng = random.Random(0)
        for _ in range(TRIED if found else 0):
            decisions = self.decisions(Chooser(rng=rng))
            if found is None or not self._agrees(found.text(decisions), decisions):
                return None
        return found

    def _agrees(self, text: str, decisions: dict[int, int]) -> bool:
        """Whether a text is the member of some decisions, or neither is well-typed."""
        member = list(decisions.values())
        return _fingerprint(
            lambda: lower(parse(Source("<text>", text)), self.inputs)
        ) == _fingerprint(lambda: self._lowered(member))


def _fingerprint(lowered: Callable[[], Graph]) -> str | None:
    """The fingerprint of a graph that may be none, as its program is ill-typed."""
    try:
        return fingerprint_of(lowered())
    except SnapError:
        return None
