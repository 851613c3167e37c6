"""Collecting errors: the log of a run, and shape rules that report to it.

The log keeps one diagnostic per place and code, so that a word expanded a thousand times complains
once. It knows nothing of stacks or words; lowering gives it places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from snaplang.diagnostics import Diagnostic, Note, SnapError
from snaplang.diagnostics.source import Span
from snaplang.dims import (
    Dim,
    at_least,
    ceil_div,
    dim,
    equal_modulus,
    floor_div,
    lowest,
    ratio,
    whole_modulus,
)
from snaplang.graph.graph import Condition
from snaplang.ops.spec import Attrs, OpSpec, Rules, Shape

MAX_ERRORS = 50


class Log:
    """Diagnostics in the order they were found, each (code, place) once."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self._seen: set[tuple[str, int, int, int, str]] = set()

    def add(self, diagnostic: Diagnostic) -> None:
        """Note an error; after `MAX_ERRORS` the run ends at once."""
        span = diagnostic.span
        place = (id(span.source), span.start, span.end) if span else (0, 0, 0)
        key = (diagnostic.code, *place, "" if span else diagnostic.message)
        if key not in self._seen:
            self._seen.add(key)
            self.found.append(diagnostic)
        if len(self.found) >= MAX_ERRORS:
            raise SnapError(self.sorted())

    def sorted(self) -> list[Diagnostic]:
        """All of them, by place; those of other files keep together."""

        def place(diagnostic: Diagnostic) -> tuple[str, int, str]:
            span = diagnostic.span
            return (span.source.name, span.start, diagnostic.code) if span else ("", -1, "")

        return sorted(self.found, key=place)

    def raise_if_any(self) -> None:
        """Raise everything found so far."""
        if self.found:
            raise SnapError(self.sorted())


class Checked(Rules):
    """A shape rule's inputs, and what it found: conditions, and the first complaint."""

    def __init__(self, attrs: Attrs, inputs: tuple[Shape, ...], span: Span | None) -> None:
        super().__init__(attrs, inputs)
        self.span = span
        self.conditions: list[Condition] = []

    def again(self, inputs: tuple[Shape, ...]) -> Checked:
        return Checked(self.attrs, inputs, self.span)

    def also(self, other: Rules) -> None:
        assert isinstance(other, Checked)
        for found in other.conditions:
            turned = found
            if found.right is not None:
                turned = replace(found, left=found.right, right=found.left)
            if found not in self.conditions and turned not in self.conditions:
                self.conditions.append(found)

    def agree(self, left: Dim, right: Dim) -> bool:
        pairs = [{c.left, c.right} for c in self.conditions]
        return left == right or {left, right} in pairs

    def complain(self, code: str, message: str, hint: str | None = None) -> None:
        self.complaint = self.complaint or (code, message, hint)

    def reject(self, message: str, hint: str | None = None) -> None:
        self.complain("E403", message, hint)

    def equal(self, left: Dim, right: Dim, what: str) -> None:
        if left is right or left == right:
            return
        left, right = _size(left), _size(right)
        modulus = equal_modulus(left, right)
        if modulus is None:
            self.complain(
                "E401", f"{what}: {left} and {right} differ", _equal_hint(left, right, what)
            )
        else:
            self.conditions.append(Condition(left, right, 0, modulus, what, self.span))

    def multiple(self, value: Dim, of: Dim, what: str) -> None:
        if of == 1:
            return
        value, of = _size(value), _size(of)
        parts = ratio(value, of)
        if parts is None:
            self.complain("E402", f"{what}: {value} cannot be divided by {of}", None)
            return
        modulus = whole_modulus(parts)
        if modulus is None or (value.whole() is not None and parts.whole() is None):
            self.complain("E402", f"{what}: {value} is not a multiple of {of}", None)
        elif modulus > 1:
            number = of.whole() or 1
            self.conditions.append(Condition(value, None, number, modulus, what, self.span))

    def whole(self, value: Dim, what: str) -> None:
        modulus = whole_modulus(value)
        if modulus is None or (value.number is not None and value.whole() is None):
            self.complain("E404", f"{what} is {value}, not a whole number", None)
        elif modulus > 1 and not any(
            c.right is None and value * c.of == c.left for c in self.conditions
        ):
            self.conditions.append(Condition(value, None, 1, modulus, what, self.span))

    def at_least(self, value: Dim, least: int, what: str) -> None:
        value = _size(value)
        known = lowest(value)
        if known is not None and known >= least:
            return
        left, number = at_least(value, least)
        highest = lowest(-value)
        if value.number is not None or (highest is not None and -highest < least):
            self.complain("E403", f"{what}: {value} is less than {least}", None)
        else:
            known_of = {(c.left, c.least) for c in self.conditions}
            if (left, number) not in known_of:
                self.conditions.append(Condition(left, None, 0, 0, what, self.span, number))

    def widths(self, spec: OpSpec) -> None:
        """The attributes that are sizes are whole numbers in their range."""
        for name, value in self.attrs.items_:
            if isinstance(value, Dim):
                self.whole(value, f"`{name}`")
                param = spec.param(name)
                if param is not None and param.low is not None:
                    self.at_least(value, int(param.low), f"`{name}`")

    def filled(self, spec: OpSpec, results: tuple[Shape, ...]) -> None:
        """No size of a user op's result may be below 1, whatever its own rule has said of it."""
        if spec.torch is None:  # the core's rules name what made the size
            return
        given = {size for shape in self.inputs for size in (shape.channels, *shape.spatial)}
        for shape in results:
            for size in (shape.channels, *shape.spatial):
                if size not in given:
                    self.at_least(size, 1, "a size of the result")


def _size(value: object) -> Dim:
    """A size that a user's shape rule gives: whole numbers are sizes too."""
    if isinstance(value, Dim):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return dim(value)
    raise TypeError(f"{value!r} is no size")


def _equal_hint(left: Dim, right: Dim, what: str) -> str | None:
    """What might bring two sizes together."""
    for small, large in ((left, right), (right, left)):
        for step in (2, 4, 8) if what != "channels" else ():
            if small in (floor_div(large, step), ceil_div(large, step)):
                return f"one was reduced by a stride of {step}, the other was not"
    small, large = sorted((left, right), key=lambda d: (len(str(d)), str(d)))
    factor = ratio(large, small)
    if factor is not None and factor.whole() is not None:
        return f"one is {factor} times the other"
    return None


def shapes_text(shapes: Sequence[Shape | None], batch: Dim) -> tuple[str, ...]:
    """The stack as messages show it, bottom first."""
    return tuple(s.text(batch) if s else "[?]" for s in shapes)


def frames_notes(frames: Sequence[tuple[str, Span]]) -> tuple[Note, ...]:
    """Where the words were used that led here, innermost first, at most four."""
    notes = [Note(f"in the expansion of `{word}`, used here", span) for word, span in frames]
    return tuple(reversed(notes[-4:]))
