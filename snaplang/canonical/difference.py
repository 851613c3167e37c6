"""Where two architectures part first, and which law would have been needed if one is near.

Both normal forms are walked from the outputs down, past everything that computes the same, to the
first pair of instances that differ. Where all outputs compute the same terms, what differs is
sharing: one instance used twice, or two.

>>> from snaplang.api import lower
>>> print(difference(lower("conv3 relu"), lower("conv5 relu"), "algebra"))
they part at `conv3` and `conv5`
  = left: `conv3`
 --> <text>:1:1
  |
1 | conv3 relu
  | ^^^^^
  = right: `conv5`
 --> <text>:1:1
  |
1 | conv5 relu
  | ^^^^^
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from snaplang.canonical.fingerprint import fingerprint_of
from snaplang.canonical.normal import Normal, normal
from snaplang.canonical.normal.kind import Form
from snaplang.canonical.normal.terms import Terms
from snaplang.canonical.order import final_colours
from snaplang.canonical.order.colours import Colours, start, up
from snaplang.diagnostics import Note, SnapError
from snaplang.diagnostics.render import note_lines, place_record
from snaplang.diagnostics.source import Span
from snaplang.graph import Graph, Node
from snaplang.graph.inference import inference
from snaplang.printing.spelling import Speller

_NEAR = (
    ("A1", "A1 (instances without weights whose inputs are equal are one)"),
    ("A2", "A2 (`relu`, `max` and `mean` of equal inputs)"),
    ("A3", "A3 (zeros)"),
    ("A4", "A4 (a maximum pool and a rising function change places)"),
    ("A5", "A5 (a function where it is the identity)"),
    ("A6", "A6 (`leaky(0)` and `elu(0)` are `relu`)"),
    ("A7", "A7 (`relu` flattens into `max`)"),
    ("A8", "A8 (data movement and elementwise functions change places)"),
    ("A9", "A9 (two of an op fold into one)"),
    ("A10", "A10 (pools of one position)"),
    ("A11", "A11 (`like` takes sizes)"),
    ("A12", "A12 (`split` and `cat` of the same parts)"),
)
_SHARES = "that instances with weights and equal inputs are one: one side shares weights"


@dataclass(frozen=True)
class Place:
    """A side of a difference: what stands there, and where (None for what no text says)."""

    text: str
    span: Span | None = None


@dataclass(frozen=True)
class Difference:
    """The first difference. `needed` says what would make the two the same, if that is near."""

    message: str
    left: Place
    right: Place
    needed: str | None = None

    def record(self) -> dict[str, object]:
        """The difference as JSON has it."""
        left, right = (
            {"text": p.text, "place": place_record(p.span)} for p in (self.left, self.right)
        )
        found = {"same": False, "message": self.message, "left": left, "right": right}
        return {**found, "needed": self.needed}

    def __str__(self) -> str:
        lines = [self.message]
        for side, place in (("left", self.left), ("right", self.right)):
            lines += note_lines(Note(f"{side}: {place.text}", place.span), label="")
        if self.needed:
            lines.append(f"  = needed: {self.needed}")
        return "\n".join(lines)


def difference(left: Graph, right: Graph, level: str) -> Difference | None:
    """The first difference of two graphs at a level; None where there is none."""
    if fingerprint_of(left, level) == fingerprint_of(right, level):
        return None
    forms = normal(left, level), normal(right, level)
    message, here, there = _Walk(*forms, (left, right)).first()
    return Difference(message, here, there, _needed(left, right, level))


def _needed(left: Graph, right: Graph, level: str) -> str | None:
    """The nearest thing that would make two graphs the same."""

    def same(a: Graph, b: Graph, level: str) -> bool:
        return _print(a, level) == _print(b, level)

    if level == "structure":
        for law, text in _NEAR:
            if same(left, right, f"structure+{law}"):
                return f"law {text}, which level `algebra` has"
        if same(left, right, "algebra"):
            return "several laws of level `algebra` together"
    if same(inference(left), inference(right), level):
        return "eval mode: they differ in what does nothing there (`--inference`)"
    return _SHARES if same(left, right, f"{level}+sharing") else None


def _print(graph: Graph, level: str) -> tuple[bytes, ...]:
    return tuple(sorted(final_colours(normal(graph, level)).values()))


class _Walk:
    """Two normal forms side by side."""

    def __init__(self, left: Normal, right: Normal, graphs: tuple[Graph, Graph]) -> None:
        self.sides = (left, right)
        self.graphs = graphs
        self.colours = tuple(_terms(side) for side in self.sides)

    def first(self) -> tuple[str, Place, Place]:
        """The first difference: a message, and what stands on both sides."""
        left, right = self.sides
        for name, a, b in (
            ("input", left.inputs, right.inputs),
            ("output", left.outputs, right.outputs),
        ):
            if len(a) != len(b):
                here, there = (f"{len(v)} {name}" + "s" * (len(v) != 1) for v in (a, b))
                return f"they have {here} and {there}", Place(here), Place(there)
        for place, (v, w) in enumerate(zip(left.inputs, right.inputs, strict=True)):
            if left.terms.kinds[v].colour != right.terms.kinds[w].colour:
                text = f"input {place + 1}"
                here, there = (f"{text} is {g.shapes[place].text(g.batch)}" for g in self.graphs)
                return f"they part at {text}: channels or rank", Place(here), Place(there)
        for v, w in zip(left.outputs, right.outputs, strict=True):
            if self._colour(0, v) != self._colour(1, w):
                return self._below(v, w)
        return self._shared()

    def _colour(self, side: int, value: int) -> bytes:
        return self.colours[side][value]

    def _below(self, a: int, b: int) -> tuple[str, Place, Place]:
        """The first difference below two values that differ."""
        while True:
            here, there = self._place(0, a), self._place(1, b)
            if self._kind(0, a) != self._kind(1, b):
                return f"they part at {here.text} and {there.text}", here, there
            left, right = self._open(0, a, b), self._open(1, a, b)
            if not left or not right:
                more, rest = ("left", left) if left else ("right", right)
                side = 0 if left else 1
                what = self._place(side, rest[0]).text if rest else "an input"
                return f"{here.text} has {what} as an input on the {more} only", here, there
            ordered = self.sides[0].terms.kinds[a].form in (Form.PLAIN, Form.SEQUENCE)
            a, b = (left[0], right[0]) if ordered else self._pair(left, right)

    def _kind(self, side: int, value: int) -> bytes:
        return self.sides[side].terms.kinds[value].colour

    def _open(self, side: int, a: int, b: int) -> list[int]:
        """The inputs of a value on one side that the other's has no equal for."""
        one, other = ((0, a), (1, b)) if side == 0 else ((1, b), (0, a))
        mine, its = self._inputs(*one), self._inputs(*other)
        kind = self.sides[side].terms.kinds[one[1]]
        if kind.form in (Form.PLAIN, Form.SEQUENCE) and len(mine) == len(its):
            pairs = zip(mine, its, strict=True)
            return [v for v, w in pairs if self._colour(one[0], v) != self._colour(other[0], w)]
        known = Counter(self._colour(other[0], w) for w in its)
        found = []
        for v in mine:
            colour = self._colour(one[0], v)
            known[colour] -= 1
            if known[colour] < 0:
                found.append(v)
        return found

    def _inputs(self, side: int, value: int) -> list[int]:
        """The inputs of a value, nested sums opened as far as that stays short."""
        terms = self.sides[side].terms
        kind, found, pending = terms.kinds[value], list[int](), [value]
        while pending and len(found) < 10_000:
            v = pending.pop()
            if v != value and not (terms.nests(v) and terms.kinds[v] is kind):
                found.append(v)
                continue
            counts = terms.times[v] or (1,) * len(terms.args[v])
            for a, m in reversed(list(zip(terms.args[v], counts, strict=True))):
                pending += [a] * min(m, 1000)
        return found

    def _pair(self, left: list[int], right: list[int]) -> tuple[int, int]:
        """The first two of one kind, or else the first two."""
        kinds = {self._kind(1, w): w for w in reversed(right)}
        for v in left:
            if self._kind(0, v) in kinds:
                return v, kinds[self._kind(0, v)]
        return left[0], right[0]

    def _shared(self) -> tuple[str, Place, Place]:
        """The first term that is made by more instances on one side."""
        made: tuple[dict[bytes, list[int]], ...] = (defaultdict(list), defaultdict(list))
        for side, form in enumerate(self.sides):
            for v in form.live:
                made[side][self.colours[side][v]].append(v)
        for colour, values in made[0].items():
            its = made[1].get(colour, [])
            if len(its) != len(values):
                here, there = self._place(0, values[-1]), self._place(1, (its or values)[-1])
                counts = f"{len(values)} on the left, {len(its)} on the right"
                return f"instances of {here.text} differ in number: {counts}", here, there
        here, there = (self._place(i, form.outputs[0]) for i, form in enumerate(self.sides))
        return "they differ in which instances share inputs", here, there

    def _place(self, side: int, value: int) -> Place:
        terms = self.sides[side].terms
        if value in self.sides[side].inputs:
            return Place(f"input {self.sides[side].inputs.index(value) + 1}")
        while terms.kinds[value].op is None and terms.args[value] and not terms.is_slice(value):
            (value,) = terms.args[value]
        origin, kind, graph = terms.origins[value], terms.kinds[value], self.graphs[side]
        if kind.op is None:
            return Place(_nameless(terms, value))
        node = origin or Node(kind.op, kind.instance(len(terms.args[value])), (), ())
        try:
            text = Speller(graph.width)(node, graph.shapes_of(node.inputs))
        except SnapError:  # an attribute that no argument gives
            text = kind.op.name
        return Place(f"`{text}`", node.span)


def _nameless(terms: Terms, value: int) -> str:
    """What no node stands for."""
    if terms.is_zero(value):
        return f"a zero {terms.shape(value).text()}"
    cut = terms.kinds[value].cut
    if cut is not None:
        return f"a part of `split` (channels from {cut[0]} to {cut[1]} of all)"
    return "sizes that `like` takes" if terms.is_shape(value) else "a sum"


def _terms(form: Normal) -> Colours:
    """What each live value computes, sharing aside; nested sums have a colour too."""
    every = Normal(form.terms, form.inputs, (), form.held, form.held)
    return up(every, start(every))
