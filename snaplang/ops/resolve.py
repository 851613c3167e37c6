"""From written arguments to resolved attributes: kinds, ranges, defaults, padding per side.

>>> from snaplang.ops import TABLE
>>> resolve(TABLE["conv"], {"k": (3, 3), "stride": dim(2)}, dim(64))
Attrs({'k': 3, 'out': Dim(64), 'stride': 2, 'dilation': 1, 'groups': Dim(1), 'bias': True, \
'pad': ((1, 1),)})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snaplang.dims import Dim, Number, dim
from snaplang.ops.rules import same_pad, transposed_pad
from snaplang.ops.spec import REQUIRED, Attrs, AttrValue, OpSpec, Param, ParamKind

# What an argument evaluates to. A str is a bare word: `same`, or one of a parameter's words.
Argument = Dim | bool | None | str | tuple[int, ...]

MAX_WIDTH = 10**9


@dataclass
class ArgumentError(Exception):
    """An argument that its parameter cannot take; `param` is empty where none is to blame."""

    message: str
    param: str = ""
    hint: str | None = None


def resolve(spec: OpSpec, given: Mapping[str, Argument], width: Dim) -> Attrs:
    """The attributes of an instance; `width` is `c`. Raises `ArgumentError`."""
    values: dict[str, AttrValue] = {}
    for param in spec.params:
        if param.name in given:
            values[param.name] = _convert(param, given[param.name])
        elif param.default is REQUIRED:
            need = f"`{spec.name}` needs `{param.name}`: {param.kind.value}"
            raise ArgumentError(need, param.name, _example(spec))
        else:
            values[param.name] = _default(param, width)
    if "pad" in values:
        values["pad"] = _pads(spec, values)
    return Attrs(values)


def _example(spec: OpSpec) -> str | None:
    case = next((c.text for c in spec.cases if " " not in c.text), None)
    return f"for example `{case}`" if case else None


def _default(param: Param, width: Dim) -> AttrValue:
    if param.kind is ParamKind.WIDTH:
        return width if param.default == "c" else dim(_as_int(param.default))
    default = param.default
    assert default is None or isinstance(default, bool | int | float | str)
    return default


def _as_int(value: object) -> int:
    assert isinstance(value, int)
    return value


def shown(value: Argument) -> str:
    """An argument as a program would spell it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return "none" if value is None else str(value)


def _convert(param: Param, value: Argument) -> AttrValue:
    if value is None and param.optional:
        return None
    convert = {
        ParamKind.KERNEL: _kernel,
        ParamKind.PAD: _pad_argument,
        ParamKind.COUNT: _count,
        ParamKind.WIDTH: _width,
        ParamKind.REAL: _real,
        ParamKind.FLAG: _flag,
        ParamKind.WORD: _word,
    }[param.kind]
    return convert(param, value)


def _wrong(param: Param, value: Argument, need: str | None = None) -> ArgumentError:
    need = need or param.kind.value
    return ArgumentError(f"`{param.name}` is {need}, not {shown(value)}", param.name)


def _range(param: Param, value: Number | float, given: Argument) -> None:
    low, high = param.low, param.high
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"at least {low:g}" if high is None else f"between {low or 0:g} and {high:g}"
        raise ArgumentError(
            f"`{param.name}` must be {bounds}, not {shown(given)}", param.name, param.doc or None
        )


def _count(param: Param, value: Argument) -> int:
    number = value.whole() if isinstance(value, Dim) else None
    if number is None:
        raise _wrong(param, value, "a whole number")
    _range(param, number, value)
    return number


def _kernel(param: Param, value: Argument) -> AttrValue:
    if not isinstance(value, tuple):
        return _count(param, value) if isinstance(value, Dim) else _fail_kernel(param, value)
    if len(value) > 3:
        raise _wrong(param, value, "a size for each of at most three axes")
    for size in value:
        _range(param, size, value)
    return value[0] if len(set(value)) == 1 else value


def _fail_kernel(param: Param, value: Argument) -> int:
    raise _wrong(param, value)


def _pad_argument(param: Param, value: Argument) -> AttrValue:
    return "same" if value == "same" else _kernel(param, value)


def _width(param: Param, value: Argument) -> AttrValue:
    if not isinstance(value, Dim):
        raise _wrong(param, value)
    number = value.number
    if number is not None or all(v < 0 for _, v in value.terms):  # letters are positive
        _range(param, -1 if number is None else number, value)
    if value.beyond(MAX_WIDTH):
        raise ArgumentError(f"`{param.name}` is larger than {MAX_WIDTH:,}", param.name)
    return value


def _real(param: Param, value: Argument) -> float:
    number = value.number if isinstance(value, Dim) else None
    if number is None:
        raise _wrong(param, value)
    try:
        real = float(number) + 0.0  # -0.0 becomes 0.0
    except OverflowError:
        raise _wrong(param, value, "a number that a float can hold") from None
    _range(param, real, value)
    return real


def _flag(param: Param, value: Argument) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong(param, value)


def _word(param: Param, value: Argument) -> str:
    word = "none" if value is None else value
    if isinstance(word, str) and word in param.words:
        return word
    raise _wrong(param, value, "one of " + ", ".join(param.words))


def kernel_ranks(attrs: Mapping[str, AttrValue]) -> set[int]:
    """The ranks that tuples among the attributes ask for."""
    found = {len(v) for n, v in attrs.items() if isinstance(v, tuple) and n != "pad"}
    pad = attrs.get("pad")
    if isinstance(pad, tuple) and len(pad) > 1:
        found.add(len(pad))
    return found


def asked_ranks(spec: OpSpec, attrs: Mapping[str, AttrValue]) -> set[int]:
    """The ranks that an instance asks for: by tuples, or as that of an op with one rank alone."""
    return kernel_ranks(attrs) or (set(spec.ranks) if len(spec.ranks) == 1 else set())


def _per_axis(value: AttrValue, rank: int, name: str) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * rank
    assert isinstance(value, tuple)
    sizes = tuple(v for v in value if isinstance(v, int))
    if len(sizes) != rank:
        raise ArgumentError(f"`{name}` has {len(sizes)} axes, another argument has {rank}", name)
    return sizes


def _pads(spec: OpSpec, values: Mapping[str, AttrValue]) -> AttrValue:
    """(before, after) per axis, one pair where all axes agree."""
    rank = max((len(v) for v in values.values() if isinstance(v, tuple)), default=1)
    kernel = _per_axis(values["k"], rank, "k")
    stride = _per_axis(values["stride"], rank, "stride")
    dilation = _per_axis(values.get("dilation", 1), rank, "dilation")
    if values["pad"] == "same":
        rule = transposed_pad if spec.pad_rule == "tconv" else same_pad
        pads = tuple(map(rule, kernel, stride, dilation))
    else:
        pads = tuple((p, p) for p in _per_axis(values["pad"], rank, "pad"))
    return pads[:1] if len(set(pads)) == 1 else pads
