"""Instances of one op in a row as one, and back into what symbols can spell.

A law of sameness (`canonical/normal/laws.py`) folds; the writer of canonical graphs unfolds. Folded
attributes have no upper limit, and pads of each side of their own; every op here is closed under
folding, so that the order of folding does not matter.

>>> windows(Attrs({"k": 3, "stride": 2, "pad": ((1, 1),)}), Attrs({"k": 2, "stride": 1,
...         "pad": ((0, 1),)}))
Attrs({'k': 4, 'stride': 2, 'pad': ((1, 2),)})
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from snaplang.ops.rules import LARGEST_KERNEL, same_pad
from snaplang.ops.spec import Attrs, AttrValue

FAR = 1_000_000  # the farthest that one `shift` or `crop` goes

Window = tuple[int, int, int, int]  # kernel, stride, padding before and after


def _rank(*values: AttrValue) -> int:
    """For how many axes values stand; 1 where one value is for all."""
    return max(len(v) if isinstance(v, tuple) else 1 for v in values)


def _one(sizes: tuple[int, ...]) -> AttrValue:
    """A size per axis, or the one that all have."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _per_axis(
    name: str, outer: Attrs, inner: Attrs, together: Callable[[int, int], int]
) -> AttrValue:
    rank = _rank(outer[name], inner[name])
    pairs = zip(outer.axes(name, rank), inner.axes(name, rank), strict=True)
    return _one(tuple(together(a, b) for a, b in pairs))


# -- moving --------------------------------------------------------------------------------------


def shifts(outer: Attrs, inner: Attrs) -> Attrs:
    """Cyclic shifts add up."""
    return Attrs({"n": outer.count("n") + inner.count("n")})


def shift_symbols(attrs: Attrs) -> list[Attrs]:
    """A far shift in steps."""
    n = attrs.count("n")
    sign = -1 if n < 0 else 1
    return [Attrs({"n": sign * step}) for step in _steps(abs(n), FAR)]


def crops(outer: Attrs, inner: Attrs) -> Attrs:
    """Cropped entries add up, axis by axis."""
    return Attrs({"o": _per_axis("o", outer, inner, lambda a, b: a + b)})


def crop_symbols(attrs: Attrs) -> list[Attrs]:
    """A large crop in steps."""
    return _split_axes(attrs, "o", lambda size: list(_steps(size, FAR)), 0)


def upsamplings(outer: Attrs, inner: Attrs) -> Attrs | None:
    """Factors of repeated entries multiply; interpolation does not fold."""
    if outer["mode"] != "nearest" or inner["mode"] != "nearest":
        return None
    return Attrs({"s": _per_axis("s", outer, inner, lambda a, b: a * b), "mode": "nearest"})


def upsampling_symbols(attrs: Attrs) -> list[Attrs]:
    """A large factor as several, by its prime factors."""
    if attrs["mode"] != "nearest":
        return [attrs]
    return _split_axes(attrs, "s", lambda size: list(_factors(size)), 1)


def _steps(size: int, most: int) -> Iterator[int]:
    while size > most:
        yield most
        size -= most
    yield size


def _factors(size: int) -> Iterator[int]:
    """Factors of at most the largest kernel, each made of primes, the smallest first."""
    factor, prime = 1, 2
    while size > 1 and (factor * size > LARGEST_KERNEL or factor > 1):
        while size % prime:
            prime += 1
        if factor * prime > LARGEST_KERNEL:
            yield factor
            factor = 1
        factor, size = factor * prime, size // prime
    yield factor * size


def _split_axes(
    attrs: Attrs, name: str, parts: Callable[[int], list[int]], neutral: int
) -> list[Attrs]:
    """Instances that make up one whose sizes are too large for a symbol; axes go together."""
    rank = _rank(attrs[name])
    columns = [parts(size) for size in attrs.axes(name, rank)]
    steps = max(map(len, columns))
    rows = zip(*(column + [neutral] * (steps - len(column)) for column in columns), strict=True)
    return [Attrs({**attrs, name: _one(row)}) for row in rows]


# -- maximum windows -----------------------------------------------------------------------------


def windows(outer: Attrs, inner: Attrs) -> Attrs | None:
    """A maximum window over the maxima of one of stride 1 sees what one larger window sees.

    At the borders too: the inner window gives a value wherever it meets an entry, those values
    together meet the same entries, and padding never wins.
    """
    rank = _rank(*(a[name] for a in (outer, inner) for name in ("k", "stride", "pad")))
    if any(step != 1 for step in inner.axes("stride", rank)):
        return None
    pads = zip(outer.pads("pad", rank), inner.pads("pad", rank), strict=True)
    pairs = tuple((a + c, b + d) for (a, b), (c, d) in pads)
    kernel = _per_axis("k", outer, inner, lambda a, b: a + b - 1)
    return Attrs(
        {
            "k": kernel,
            "stride": outer["stride"],
            "pad": pairs[:1] if len(set(pairs)) == 1 else pairs,
        }
    )


def window_symbols(attrs: Attrs) -> list[Attrs]:
    """Windows that symbols can spell and that make up one: all but the last have stride 1."""
    rank = _rank(attrs["k"], attrs["stride"], attrs["pad"])
    kernel, stride = attrs.axes("k", rank), attrs.axes("stride", rank)
    pads = attrs.pads("pad", rank)
    axes = [(k, s, lo, hi) for k, s, (lo, hi) in zip(kernel, stride, pads, strict=True)]
    if _spelled(axes) or any(hi < lo or k <= hi - lo for k, _, lo, hi in axes):
        return [attrs]
    columns = [_window_parts(window) for window in axes]
    lasts = [column.pop() for column in columns]
    if all(column == columns[0] for column in columns):
        rows = [[part] * rank for part in columns[0]]
    else:
        rows = [
            [part if axis == place else IDLE for place in range(rank)]
            for axis, column in enumerate(columns)
            for part in column
        ]
    return [_window(attrs, row) for row in (*rows, lasts) if row != [IDLE] * rank]


IDLE: Window = (1, 1, 0, 0)


def _spelled(axes: list[Window]) -> bool:
    """Whether one symbol can say these windows, one per axis."""
    if any(k > LARGEST_KERNEL for k, *_ in axes):
        return False
    if all((lo, hi) == same_pad(k, s, 1) for k, s, lo, hi in axes):
        return True
    return all(lo == hi and 2 * lo <= k for k, _, lo, hi in axes)


def _window_parts(window: Window) -> list[Window]:
    """One axis: what is padded more behind first, by windows of 2; then what has more padding than
    half a window; then the rest, which has the stride and the same padding on both sides.
    """
    k, s, lo, hi = window
    parts: list[Window] = [(2, 1, 0, 1)] * (hi - lo)
    k -= hi - lo
    while k > LARGEST_KERNEL:
        piece = LARGEST_KERNEL - 1
        pad = min(lo, piece // 2)
        parts.append((piece, 1, pad, pad))
        k, lo = k - piece + 1, lo - pad
    surplus = max(0, 2 * lo - k)
    parts += [(2, 1, 1, 1)] * surplus
    return [*parts, (k - surplus, s, lo - surplus, lo - surplus)]


def _window(attrs: Attrs, axes: list[Window]) -> Attrs:
    pads = tuple((lo, hi) for *_, lo, hi in axes)
    return Attrs(
        {
            **attrs,
            "k": _one(tuple(k for k, *_ in axes)),
            "stride": _one(tuple(s for _, s, *_ in axes)),
            "pad": pads[:1] if len(set(pads)) == 1 else pads,
        }
    )


# -- attributes that say the same ----------------------------------------------------------------


def without_idle_dilation(attrs: Attrs) -> Attrs:
    """A kernel of one point has no distances: there the dilation is 1."""
    kernel, dilation = attrs["k"], attrs["dilation"]
    if dilation == 1 or (isinstance(kernel, int) and kernel != 1):
        return attrs
    rank = _rank(kernel, dilation)
    pairs = zip(attrs.axes("k", rank), attrs.axes("dilation", rank), strict=True)
    return Attrs({**attrs, "dilation": _one(tuple(1 if k == 1 else d for k, d in pairs))})
