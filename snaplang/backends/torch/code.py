"""Pieces of Python whose arguments stay values until it is known which of them differ.

An emitter says `Line("F.max_pool2d({0}, {size})", size=Arg("kernel_size", 3))`. Pieces of the same
`skeleton` that differ in arguments only can share one class, the arguments becoming parameters.
Nothing here knows ops or graphs.

>>> conv = Call("nn.Conv2d", Arg("in_channels", 3), Arg("stride", 1, key=True, default=1))
>>> render(conv, iter(["3", None]), [], {})
'nn.Conv2d(3)'
>>> render(Line("{m}(F.pad({0}, {p}))", p=Arg("pad", (0, 1))), iter(["pad"]), ["x"], {"m": "conv"})
'conv(F.pad(x, pad))'
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Value = bool | int | float | str | None | tuple["Value", ...]


class Missing:
    """No default."""

    def __repr__(self) -> str:
        return "(no default)"


MISSING = Missing()


@dataclass(frozen=True)
class Arg:
    """An argument. `name` is what a parameter for it would be called.

    With `key` it is written `name=value`, and left out where it equals `default`. `wide` marks
    numbers of channels: they may be expressed by one another.
    """

    name: str
    value: Value
    key: bool = False
    default: Value | Missing = MISSING
    wide: bool = False


class Call:
    """A call: `head(arguments)`."""

    def __init__(self, head: str, *arguments: Piece) -> None:
        self.head, self.arguments = head, arguments


class Line:
    """Text with `{0}`, `{1}`: inputs, `{all}` of them, `{slot}`s, and names such as `{m}`."""

    def __init__(self, text: str, **slots: Piece) -> None:
        self.text, self.slots = text, slots


Piece = Arg | Call | Line


@dataclass(frozen=True)
class Writing:
    """What a node is: its line of `forward`, the module behind it, lines that complete the module.

    `helpers` are keys of `torch_helpers.HELPERS`, `function` is the source of a user's function.
    """

    line: Line
    module: Call | None = None
    setup: tuple[Line, ...] = ()
    helpers: tuple[str, ...] = ()
    function: str = ""

    def pieces(self) -> tuple[Piece, ...]:
        """All pieces, those of the constructor first."""
        module = () if self.module is None else (self.module,)
        return (*module, *self.setup, self.line)


def arguments(piece: Piece | None) -> Iterator[Arg]:
    """All arguments in a piece, in the order of writing."""
    if isinstance(piece, Arg):
        yield piece
    elif isinstance(piece, Call):
        for part in piece.arguments:
            yield from arguments(part)
    elif isinstance(piece, Line):
        for part in piece.slots.values():
            yield from arguments(part)


def skeleton(piece: Piece | None) -> Hashable:
    """What is left of a piece without the values of its arguments."""
    if isinstance(piece, Arg):
        return (piece.name, piece.key)
    if isinstance(piece, Call):
        return (piece.head, *map(skeleton, piece.arguments))
    if isinstance(piece, Line):
        return (piece.text, *((slot, skeleton(part)) for slot, part in piece.slots.items()))
    return None


def render(
    piece: Piece, texts: Iterator[str | None], inputs: Sequence[str], names: Mapping[str, str]
) -> str:
    """The Python text; `texts` has one entry per argument, None for one that is left out."""
    if isinstance(piece, Arg):
        text = next(texts)
        assert text is not None
        return f"{piece.name}={text}" if piece.key else text
    if isinstance(piece, Call):
        parts = [_argument(part, texts, inputs, names) for part in piece.arguments]
        head = piece.head.format_map(names)
        return f"{head}({', '.join(part for part in parts if part)})"
    filled = {slot: render(part, texts, inputs, names) for slot, part in piece.slots.items()}
    return piece.text.format(*inputs, all=", ".join(inputs), **filled, **names)


def _argument(
    part: Piece, texts: Iterator[str | None], inputs: Sequence[str], names: Mapping[str, str]
) -> str:
    if not isinstance(part, Arg):
        return render(part, texts, inputs, names)
    text = next(texts)
    if text is None:
        return ""
    return f"{part.name}={text}" if part.key else text


def literal(value: Value) -> str:
    """A value as people write it.

    >>> literal(1e-05), literal((3, 3)), literal("linear"), literal((1,))
    ('1e-5', '(3, 3)', '"linear"', '(1,)')
    """
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, float):
        mantissa, e, exponent = repr(value).partition("e")
        return f"{mantissa}e{int(exponent)}" if e else mantissa
    return repr(value)


def wrapped(code: str, indent: int, width: int = 100) -> list[str]:
    """A statement as lines of at most `width`: its longest bracket is opened, its parts fill lines.

    >>> print("\\n".join(wrapped("x = f(aaaa, bbbb, g(c, d))", 0, 20)))
    x = f(
        aaaa, bbbb,
        g(c, d),
    )
    """
    place = " " * indent
    start, end = _longest_bracket(code) if indent + len(code) > width else (0, 0)
    if end - start < 3:
        return [place + code]
    lines = [place + code[: start + 1]]
    parts = _split(code[start + 1 : end])
    line = ""
    behind = "," if len(parts) > 1 or code[:end].endswith(",") else ""
    for part in parts:
        if line and indent + 4 + len(line) + 1 + len(part + behind) > width:
            lines += wrapped(line, indent + 4, width)
            line = part + behind
        else:
            line = f"{line} {part}{behind}".lstrip()
    return [*lines, *wrapped(line, indent + 4, width), place + code[end:]]


def _depths(code: str) -> Iterator[tuple[int, str, int]]:
    """Place, character and depth of brackets, strings skipped; a bracket has its inner depth."""
    depth, quoted = 0, False
    for place, char in enumerate(code):
        quoted ^= char == '"' and code[place - 1 : place] != "\\"
        if quoted:
            continue
        depth += char in "([{"
        yield place, char, depth
        depth -= char in ")]}"


def _longest_bracket(code: str) -> tuple[int, int]:
    """Where the longest outermost round bracket opens and closes; (0, 0) where there is none."""
    opened, longest = 0, (0, 0)
    for place, char, depth in _depths(code):
        if depth == 1 and char == "(":
            opened = place
        elif depth == 1 and char == ")" and place - opened > longest[1] - longest[0]:
            longest = (opened, place)
    return longest


def _split(code: str) -> list[str]:
    """The parts between outermost commas."""
    cuts = [p for p, char, depth in _depths(code) if char == "," and depth == 0]
    ends = [*cuts, len(code)]
    starts = [0, *(cut + 1 for cut in cuts)]
    return [code[a:b].strip() for a, b in zip(starts, ends, strict=True) if code[a:b].strip()]
