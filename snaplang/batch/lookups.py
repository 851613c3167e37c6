"""What the kernel asks about kinds: the scalar laws' own answers, one question at a time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from snaplang.canonical.normal.family import Sizes
from snaplang.canonical.normal.kind import Cut, Kind, named, slice_kind
from snaplang.canonical.normal.kinds import KINDS, kind_of
from snaplang.canonical.normal.parts import WHOLE, slice_of
from snaplang.canonical.normal.terms import Terms
from snaplang.ops.spec import Shape


def cut_of(place: int, parts: int) -> Cut:
    """The channels of one of so many equal parts.

    >>> cut_of(1, 2)
    (Fraction(1, 2), Fraction(1, 1))
    """
    return Fraction(place, parts), Fraction(place + 1, parts)


def shapes_behind(kind: Kind, shapes: tuple[Shape, ...], sizes: Sizes) -> tuple[Shape, ...]:
    """The shapes that an instance of a kind leaves."""
    if kind.cut is not None:
        (shape,) = shapes
        low, high = kind.cut
        return (shape.with_channels(shape.channels * (high - low)),)
    assert kind.op is not None
    return sizes.behind(kind.op, kind.instance(len(shapes)), shapes)


def folded(kind: Kind, inner: Kind, level: str) -> Kind | None:
    """A kind that does what one does after another of the same op; of slices always a slice."""
    if kind.cut is not None:
        assert inner.cut is not None
        (low, high), (first, last) = kind.cut, inner.cut
        size = last - first
        return slice_kind((first + low * size, first + high * size))
    assert kind.op is not None and kind.op.fold is not None
    attrs = kind.op.fold(kind.attrs, inner.attrs)
    return None if attrs is None else kind_of(kind.op, attrs, level)


def behind(kind: Kind, before: Kind, level: str) -> Kind | None:
    """What a slice is together with one that stands before it."""
    assert kind.cut is not None and before.cut is not None
    (first, end), (start, last) = before.cut, kind.cut
    return slice_kind((first, last)) if end == start else None


def within(
    joined: Kind, shapes: Sequence[Shape], empty: Sequence[bool], cut: Kind, sizes: Sizes
) -> list[tuple[int, Kind | Shape]] | None:
    """The items of a sequence within a cut: the place of each, and the slice of it that is there.
    Of zeros (which `empty` says) the shape is there, at place -1. None where it is a slice of the
    sequence; `LookupError` where it is one of some items, which rows cannot say.
    """
    terms = Terms(KINDS, "algebra", sizes)
    items = [
        terms.zero(shape, (None, (), 0)) if zero else terms.source(named(f"item {i}"), shape)
        for i, (shape, zero) in enumerate(zip(shapes, empty, strict=True))
    ]
    (whole,) = terms.apply(joined, tuple(items))
    assert cut.cut is not None
    value = slice_of(terms, whole, cut.cut)
    if terms.kinds[value].cut is not None and terms.args[value] == (whole,):
        return None
    found: list[tuple[int, Kind | Shape]] = []
    for v in terms.args[value] if terms.kinds[value] is joined else (value,):
        part = terms.kinds[v].cut is not None
        if terms.is_zero(v):
            found.append((-1, terms.shape(v)))
        elif (item := terms.args[v][0] if part else v) not in items:
            raise LookupError(v)
        else:
            found.append((items.index(item), terms.kinds[v] if part else slice_kind(WHOLE)))
    return found
