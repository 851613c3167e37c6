"""Foreign models as terms: what readers of ONNX and PyTorch make, and what is turned into ops.

A `Term` is one tensor of the model, the op that makes it named as in ONNX, with a shape of `Dim`s,
the batch included. A `Const` is known data: weights, or numbers that shapes are computed with,
which may be `Dim`s. `ModelTerms` makes terms, folding what is constant.

>>> terms = ModelTerms()
>>> x = terms.input("x", (letter("N"), dim(8)))
>>> terms.make("relu", x).shape
(Dim(N), Dim(8))
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.dims import Dim, dim, letter
from snaplang.lift.terms import folding
from snaplang.lift.terms.shapes import SHAPES, Sizes, UnfitError, quotient, volume

__all__ = ["Const", "ModelPlace", "ModelTerms", "Term", "UnfitError", "Value", "dim", "letter"]


@dataclass(frozen=True)
class ModelPlace:
    """Where an op stands: its name for messages, its module's path, the instance it belongs to.

    `group` is None where patterns may join ops of any origin.
    """

    name: str = ""
    scope: str = ""
    group: str | None = None


@dataclass(frozen=True, eq=False)
class Const:
    """Known data; `root` is the weight whose elements these are, moved at most."""

    array: NDArray[Any]
    root: str | None = None

    @property
    def shape(self) -> Sizes:
        """The sizes."""
        return tuple(map(dim, self.array.shape))

    def scalar(self) -> float | None:
        """The value where all elements are one number, else None."""
        if self.array.dtype == object or not self.array.size or self.array.size > 1 << 20:
            return None
        first = self.array.flat[0]
        return float(first) if (self.array == first).all() else None

    def number(self) -> float | None:
        """The value of a single element that is a number, else None."""
        if self.array.size != 1:
            return None
        value = self.array.flat[0]
        value = value.number if isinstance(value, Dim) else value
        return None if value is None else float(value)


@dataclass(frozen=True, eq=False, repr=False)
class Term:
    """A tensor that an op makes of others."""

    kind: str
    args: tuple[Value, ...]
    params: dict[str, Any]
    shape: Sizes
    place: ModelPlace
    number: float  # in order of making: arguments stand before their users

    def __repr__(self) -> str:
        return f"<{self.kind} {self.number:g} [{', '.join(map(str, self.shape))}]>"

    @property
    def rank(self) -> int:
        """The number of axes, the batch among them."""
        return len(self.shape)

    @property
    def x(self) -> Term:
        """The first argument, which is a term."""
        first = self.args[0]
        assert isinstance(first, Term)
        return first

    def const(self, index: int) -> Const | None:
        """An argument that is known data; None where it is left out or a term."""
        value = self.args[index] if index < len(self.args) else None
        return value if isinstance(value, Const) else None


Value = Term | Const | None


@dataclass
class ModelTerms:
    """Makes terms. `place` is what the terms that are made now come from."""

    place: ModelPlace = field(default_factory=ModelPlace)
    made: list[Term] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def input(self, name: str, shape: Sizes) -> Term:
        """An input of the model."""
        return self._add("input", (), {"name": name}, shape)

    def make(self, kind: str, *args: Value, **params: Any) -> Term:
        """The result of an op; raises `UnfitError` where its arguments do not fit."""
        shape = SHAPES[kind](tuple(_sizes(a) for a in args), params)
        return self._add(kind, args, params, shape)

    def opaque(self, kind: str, args: Iterable[Value], shape: Sizes, **params: Any) -> Term:
        """The result of an op that nothing here knows."""
        return self._add(kind, tuple(args), params, shape)

    def remade(self, term: Term, *args: Value) -> Term:
        """A term on other arguments of the same shapes."""
        made = replace(term, args=args, number=len(self.made))
        self.made.append(made)
        return made

    def _add(self, kind: str, args: tuple[Value, ...], params: dict[str, Any], s: Sizes) -> Term:
        term = Term(kind, args, params, s, self.place, len(self.made))
        self.made.append(term)
        return term

    # -- what readers share ------------------------------------------------------------------------

    def combine(self, kind: str, a: Value, b: Value) -> Value:
        """`add`, `mul`, `sub`, `div`, `max`, `min` or `pow` of two; what is constant is folded.

        Differences and quotients by constants become sums and products.
        """
        if isinstance(a, Const) and isinstance(b, Const):
            return Const(folding.combine(kind, a.array, b.array))
        if isinstance(b, Const) and kind in ("sub", "div"):
            return self.combine({"sub": "add", "div": "mul"}[kind], a, _inverse(kind, b))
        if kind in ("add", "mul", "max", "min") and isinstance(a, Const):
            a, b = b, a
        if isinstance(b, Const) and b.scalar() == {"add": 0.0, "mul": 1.0}.get(kind, np.nan):
            assert isinstance(a, Term)
            if not b.root and len(b.shape) <= a.rank and all(s == 1 for s in b.shape):
                return a
        if kind == "pow" and isinstance(b, Const) and b.scalar() in (2.0, 3.0):
            square = self.combine("mul", a, a)
            return square if b.scalar() == 2 else self.combine("mul", square, a)
        return self.make(kind, a, b)

    def reshape(self, x: Value, sizes: Sizes) -> Value:
        """`x` with other sizes, one of which may be -1."""
        if isinstance(x, Const):
            whole = [s.whole() for s in sizes]
            if None in whole:
                raise UnfitError("a constant is given sizes that are not known")
            return Const(x.array.reshape([w or 0 for w in whole]), x.root)
        assert x is not None
        total = volume(x.shape)
        if -1 not in sizes and total != volume(sizes):
            sizes = self._freed(x.shape, sizes)
        return self.make("reshape", x, sizes=sizes)

    def _freed(self, shape: Sizes, sizes: Sizes) -> Sizes:
        """Sizes one of which a tracer has fixed, as it was in the example, freed again."""
        for i, size in enumerate(sizes):
            rest = quotient(volume(shape), volume((*sizes[:i], *sizes[i + 1 :])))
            if size.whole() is not None and rest is not None and rest.letters():
                self.notes.append(f"`{self.place.name}` has {size} for {rest}, as it was traced")
                return (*sizes[:i], rest, *sizes[i + 1 :])
        old, new = (", ".join(map(str, s)) for s in (shape, sizes))
        raise UnfitError(f"[{old}] cannot be reshaped to [{new}]")

    def transpose(self, x: Value, perm: Iterable[int]) -> Value:
        """`x` with its axes in another order."""
        order = tuple(perm)
        if isinstance(x, Const):
            return Const(x.array.transpose(order), x.root)
        return self.make("transpose", x, perm=order)

    def swapped(self, x: Value, first: int, second: int) -> Value:
        """`x` with two axes exchanged."""
        rank = len(_sizes(x))
        perm = list(range(rank))
        perm[first], perm[second] = perm[second], perm[first]
        return self.transpose(x, perm)

    def unsqueeze(self, x: Value, axes: Iterable[int]) -> Value:
        """`x` with axes of size 1 put in, at these places of the result."""
        old = list(_sizes(x))
        places = list(axes)
        rank = len(old) + len(places)
        for axis in sorted(a % rank for a in places):
            old.insert(axis, dim(1))
        return self.reshape(x, tuple(old))

    def squeeze(self, x: Value, axes: Iterable[int] | None = None) -> Value:
        """`x` without some axes of size 1, or without all."""
        sizes = _sizes(x)
        gone = {a % len(sizes) for a in axes} if axes is not None else set(range(len(sizes)))
        kept = tuple(s for i, s in enumerate(sizes) if i not in gone or s != 1)
        return self.reshape(x, kept)

    def cut(self, x: Value, axis: int, start: Any, stop: Any, step: int = 1) -> Value:
        """A slice of `x`; indices below zero count from the end, what is too large is the end."""
        sizes = _sizes(x)
        axis %= len(sizes)
        if isinstance(x, Const):
            index: list[slice] = [slice(None)] * len(sizes)
            index[axis] = slice(start, stop, step)
            return Const(x.array[tuple(index)])
        low, high = _bounds(sizes[axis], start, stop)
        if low == 0 and high == sizes[axis] and step == 1:
            return x
        cuts = {axis: (low, high, step)}
        if isinstance(x, Term) and x.kind == "slice" and x.place.group == self.place.group:
            before = x.params["cuts"]
            if axis != 1 and not before.keys() & {axis, 1}:  # positions are cut all at once
                cuts, x = cuts | before, x.x
        return self.make("slice", x, cuts=cuts)

    def select(self, x: Value, axis: int, index: int) -> Value:
        """`x` at one place of an axis, which is dropped."""
        sizes = _sizes(x)
        axis %= len(sizes)
        if isinstance(x, Const):
            return Const(np.asarray(x.array.take(index, axis)))
        size = sizes[axis].whole()
        index = index % size if size is not None else index
        return self.squeeze(self.cut(x, axis, index, index + 1), [axis])

    def split(self, x: Value, axis: int, parts: Iterable[int | Dim]) -> list[Value]:
        """`x` cut along an axis."""
        found: list[Value] = []
        place = dim(0)
        for size in parts:
            found.append(self.cut(x, axis, place, place + size))
            place = place + size
        return found


def _sizes(value: Value) -> Sizes:
    return () if value is None else value.shape


def _inverse(kind: str, value: Const) -> Const:
    if kind == "sub":
        return Const(-value.array)
    if value.array.dtype == object:
        return Const(folding.combine("div", np.asarray(1.0), value.array))
    with np.errstate(divide="ignore"):
        return Const(1.0 / value.array.astype(np.float64))


def _bounds(size: Dim, start: Any, stop: Any) -> tuple[Dim, Dim]:
    """First and last place of a slice, counted from the front."""

    def place(value: Any, missing: Dim) -> Dim:
        if value is None:
            return missing
        given = dim(value)
        number, whole = given.whole(), size.whole()
        if number is None:
            return given
        if number < 0:
            given = size + number
            return dim(max(given.whole() or 0, 0)) if whole is not None else given
        if number >= 1 << 30 or (whole is not None and number > whole):
            return size
        return given

    return place(start, dim(0)), place(stop, size)
