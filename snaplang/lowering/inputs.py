"""The inputs of a block: what is written, what `--input` gives, and how the two agree.

An untyped input is `[N, c, *S]`; a typed one says its channels and sizes. Given shapes are unified
with written ones: letters of the program are solved for, or stay letters.

>>> parse_given("h0=N,64,H,W").sizes[0]
Dim(64)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.diagnostics.source import Span
from snaplang.dims import AXES, Dim, dim, letter, substitute
from snaplang.graph import Condition, Input
from snaplang.graph.checks import Checked
from snaplang.graph.specialize import with_widths
from snaplang.lowering.expressions import EvaluationError
from snaplang.ops.resolve import MAX_WIDTH
from snaplang.ops.spec import Attrs, Shape
from snaplang.syntax import nodes as s

_FORM = "write it as `N,64,H,W`: batch, channels and up to three sizes, letters or numbers"


@dataclass(frozen=True)
class Given:
    """An input's shape from outside: batch, then channels and spatial sizes."""

    name: str | None
    batch: Dim
    sizes: tuple[Dim, ...]

    @property
    def shape(self) -> Shape:
        """The shape without the batch."""
        return Shape(self.sizes[0], self.sizes[1:])


def parse_given(text: str) -> Given:
    """`N,64,H,W` or `h0=N,64,H,W`; raises `SnapError` for anything else."""
    name, equals, sizes = text.rpartition("=")
    parts = [part.strip() for part in sizes.split(",")]
    if not 2 <= len(parts) <= 5:
        message = f"`{text[:60]}` has {len(parts)} of a tensor's 2 to 5 sizes"
        raise SnapError(Diagnostic("E501", message, hint=_FORM))
    dims = [_size(part, text) for part in parts]
    return Given(name.strip() if equals else None, dims[0], tuple(dims[1:]))


def _size(part: str, text: str) -> Dim:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", part):
        return letter(part)
    if re.fullmatch(r"[0-9]{1,12}", part) and 1 <= int(part) <= MAX_WIDTH:
        return dim(int(part))
    message = f"`{part[:40]}` in `{text[:60]}` is neither a letter nor a size from 1"
    raise SnapError(Diagnostic("E501", message, hint=_FORM))


@dataclass
class Bound:
    """What lowering starts from."""

    inputs: tuple[Input, ...]
    shapes: tuple[Shape, ...]
    width: Dim
    batch: Dim
    letters: Mapping[str, Dim]  # the letters of typed inputs, as the body may compute with them
    conditions: list[Condition] = field(default_factory=list)


@dataclass
class WrittenInput:
    """An input as the program writes it: `sizes` is None where it is untyped."""

    name: str
    sizes: tuple[Dim, ...] | None
    span: Span


def written(
    inputs: s.Inputs | None, span: Span, count: int, evaluate: Callable[[s.Expression], Dim]
) -> list[WrittenInput]:
    """The inputs of a body; `evaluate` turns a port's expressions into sizes."""
    if inputs is None:
        return [WrittenInput("x", None, span)]
    if not inputs.ports:
        return [WrittenInput(f"x{i + 1}" if count > 1 else "x", None, span) for i in range(count)]
    ports = []
    for port in inputs.ports:
        if port.sizes is not None and len(port.sizes) > 4:
            message = (
                f"`{port.name}` has {len(port.sizes) - 1} spatial axes, at most 3 are possible"
            )
            raise EvaluationError("E304", message, port.at)
        sizes = None if port.sizes is None else tuple(map(evaluate, port.sizes))
        ports.append(WrittenInput(port.name, sizes, Span(span.source, *port.at)))
    return ports


def bind(
    ports: Sequence[WrittenInput], given: Sequence[Given], width: Dim | None, rank: int | None
) -> Bound:
    """Unify what is written with what is given; raises `SnapError` where they disagree.

    `width` is `c` where a parameter or default binds it; `rank` is that of untyped inputs where
    something in the program fixes it.
    """
    placed = _place(ports, given)
    solved: dict[str, Dim] = {} if width is None else {"c": width}
    shared = next((g for w, g in zip(ports, placed, strict=True) if w.sizes is None and g), None)
    if width is None and ports[0].sizes is None and shared is not None:
        solved["c"] = shared.sizes[0]
    _solve(ports, placed, solved)
    apart = _apart(ports, placed, solved)
    solved = {**apart, **solved}
    if "c" not in solved and ports[0].sizes and "c" not in _letters(ports):
        solved["c"] = substitute(ports[0].sizes[0], solved)
    width = solved.get("c", letter("c"))
    axes = _axes(ports, rank, solved)
    shapes = []
    conditions: list[Condition] = []
    for port, outside in zip(ports, placed, strict=True):
        shapes.append(
            _shape(port, outside or (shared if port.sizes is None else None), solved, axes)
        )
        conditions += _agree(port, outside, shapes[-1], solved)
    # what is said of one input fixes the width and the rank of the untyped ones
    said = any(placed) or any(w.sizes is not None for w in ports)
    widths = {n for w in ports if w.sizes for n in w.sizes[0].letters()} & solved.keys()
    known = {**apart, **{name: solved[name] for name in widths}}
    infos = tuple(
        Input(w.name, said and _is_number(shape), w.sizes and with_widths(w.sizes[1:], known))
        for w, shape in zip(ports, shapes, strict=True)
    )
    letters = {n: solved.get(n, letter(n)) for n in _letters(ports)}
    return Bound(infos, tuple(shapes), width, _batch(placed), letters, conditions)


def _apart(
    ports: Sequence[WrittenInput], placed: Sequence[Given | None], solved: Mapping[str, Dim]
) -> dict[str, Dim]:
    """New names for letters of the program by which what is given calls something else: the `D` of
    `in x(c, D);` is not that of `--input N,D,4`, nor is `k` in `in x(c, H) y(k, H);` that of
    `--input x=N,k,3`. Names that are given say nothing of those that the program has.
    """
    given = [[size.letters() for size in shape.sizes] for shape in placed if shape]
    channels = {name for wide, *_ in given for name in wide}
    called = {name for sizes in given for names in sizes for name in names}
    wide = {name for port in ports if port.sizes for name in port.sizes[0].letters()} | {"c"}
    names = _letters(ports)
    if "c" not in names and ports[0].sizes is None:
        names.append("c")
    taken, found = {*names, *called}, dict[str, Dim]()
    for name in (n for n in names if n in called):
        same = solved.get(name) == letter(name) and name not in channels
        if same or (name in wide and name in solved):
            continue
        new = next(n for i in count(2) if (n := f"{name}{i}") not in taken)
        taken.add(new)
        found[name] = letter(new)
    return found


def _is_number(shape: Shape) -> bool:
    """Whether channels and rank are known."""
    return shape.channels.whole() is not None and not shape.open


def _place(ports: Sequence[WrittenInput], given: Sequence[Given]) -> list[Given | None]:
    """Given shapes in the order of the inputs, by name or by place."""
    names = [p.name for p in ports]
    placed: list[Given | None] = [None] * len(ports)
    free = 0
    for shape in given:
        if shape.name is not None and shape.name not in names:
            hint = "the inputs are " + ", ".join(names)
            raise SnapError(Diagnostic("E502", f"there is no input `{shape.name}`", hint=hint))
        index = names.index(shape.name) if shape.name is not None else free
        if index >= len(ports):
            message = f"{len(given)} shapes for {len(ports)} input" + "s" * (len(ports) > 1)
            raise SnapError(Diagnostic("E502", message, hint="the inputs are " + ", ".join(names)))
        if placed[index] is not None:
            message = f"the shape of `{names[index]}` is given twice"
            raise SnapError(Diagnostic("E502", message, hint="give each input's shape once"))
        placed[index] = shape
        free = index + 1
    return placed


def _batch(placed: Sequence[Given | None]) -> Dim:
    sizes = [g.batch for g in placed if g]
    for size in sizes[1:]:
        if size != sizes[0]:
            message = f"the inputs' batches differ: {sizes[0]} and {size}"
            raise SnapError(Diagnostic("E503", message))
    return sizes[0] if sizes else letter("N")


def _letters(ports: Sequence[WrittenInput]) -> list[str]:
    seen: dict[str, None] = {}
    for port in ports:
        for size in port.sizes or ():
            seen |= dict.fromkeys(sorted(size.letters()))
    return list(seen)


def _solve(
    ports: Sequence[WrittenInput], placed: Sequence[Given | None], solved: dict[str, Dim]
) -> None:
    """Find the letters: bare ones first, then those of linear expressions."""
    pairs = [
        (size, value)
        for port, given in zip(ports, placed, strict=True)
        if port.sizes is not None and given is not None
        for size, value in zip(port.sizes, given.sizes, strict=False)
    ]
    pairs.sort(key=lambda pair: len(str(pair[0])))
    for size, value in pairs:
        unknown = size.letters() - set(solved)
        if len(unknown) == 1:
            name = unknown.pop()
            rest = substitute(size, {k: v for k, v in solved.items() if k != name})
            factor = dict(rest.terms).get(letter(name).terms[0][0])
            if factor and name not in (rest - letter(name) * factor).letters():
                found = (value - (rest - letter(name) * factor)) / factor
                if found.number is None or (found.whole() or 0) >= 1:
                    solved[name] = found


def _axes(ports: Sequence[WrittenInput], rank: int | None, solved: Mapping[str, Dim]) -> Shape:
    """The spatial axes of an untyped input that nobody gave, as a shape of width c."""
    typed = [len(p.sizes) - 1 for p in ports if p.sizes is not None and len(p.sizes) > 1]
    if rank is None and typed:
        rank = typed[0]
    channels = solved.get("c", letter("c"))
    if rank is None:
        return Shape(channels, (letter("S"),), True)
    taken = set(_letters(ports))
    names = [n if n not in taken else n + "1" for n in AXES[rank]]
    return Shape(channels, tuple(letter(n) for n in names))


def _shape(
    port: WrittenInput, given: Given | None, solved: Mapping[str, Dim], axes: Shape
) -> Shape:
    if port.sizes is None:
        return given.shape if given else axes
    sizes = [substitute(size, solved) for size in port.sizes]
    if len(sizes) > 1:
        return Shape(sizes[0], tuple(sizes[1:]))
    return Shape(sizes[0], given.sizes[1:]) if given else axes.with_channels(sizes[0])


def _agree(
    port: WrittenInput, given: Given | None, shape: Shape, solved: Mapping[str, Dim]
) -> list[Condition]:
    """Check sizes against what was given, and that they are whole and positive."""
    rules = Checked(Attrs(), (), port.span)
    if given is not None and port.sizes is not None:
        if len(given.sizes) != 1 + len(shape.spatial):
            have, got = len(shape.spatial), len(given.sizes) - 1
            _disagree(port, f"`{port.name}`: {have} spatial axes are written, {got} given")
        for index, (left, right) in enumerate(
            zip((shape.channels, *shape.spatial), given.sizes, strict=True)
        ):
            rules.equal(left, right, "channels" if index == 0 else f"spatial axis {index}")
    for size in (shape.channels, *shape.spatial):
        rules.whole(size, f"a size of `{port.name}`")
        number = size.number
        if number is not None and number < 1:
            _disagree(port, f"a size of `{port.name}` is {number}")
        if number is None:
            rules.at_least(size, 1, f"a size of `{port.name}`")
    if rules.complaint:
        _disagree(port, f"`{port.name}`: {rules.complaint[1]}")
    return rules.conditions


def _disagree(port: WrittenInput, message: str) -> None:
    hint = "the program writes these sizes here; give a shape that agrees with them"
    raise SnapError(Diagnostic("E503", message, port.span, hint))
