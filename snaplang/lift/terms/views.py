"""How a foreign tensor lies in a SNAP value: which axes, or parts of axes, its own axes are.

A SNAP value is `[N, C, S1, …]`, its axes 0, 1, 2, …. A foreign tensor of the same elements may have
them in another order, split or joined: tokens are `[N, S1*S2, C]`, heads split C in two. Movements
of data change the `View` alone, and cost nothing in the program. Axes of size 1 leave no atom.

>>> view = View.plain(0, (letter("N"), dim(6), letter("L")))
>>> split = view.reshaped((letter("N"), dim(2), dim(3), letter("L")))
>>> [str(AxisPart.text(axis)) for axis in split.transposed((0, 3, 2, 1)).axes]
['0', '2', '1.1', '1.0']
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from snaplang.dims import ONE, Dim, dim, letter
from snaplang.lift.terms.shapes import Sizes, quotient, volume

__all__ = ["AxisPart", "View", "dim", "letter", "order", "size_of"]


@dataclass(frozen=True)
class AxisPart:
    """An axis of a SNAP value, or a factor of one: `place` orders the factors, outer ones first."""

    axis: int
    place: tuple[int, ...]
    size: Dim

    def parts(self, outer: Dim, inner: Dim) -> tuple[AxisPart, AxisPart]:
        """The atom as two factors."""
        return AxisPart(self.axis, (*self.place, 0), outer), AxisPart(
            self.axis, (*self.place, 1), inner
        )

    @staticmethod
    def text(axis: Axis) -> str:
        """An axis, for messages."""
        return " ".join(".".join(map(str, (a.axis, *a.place))) for a in axis)


Axis = tuple[AxisPart, ...]


def size_of(axis: Axis) -> Dim:
    """The size of an axis."""
    return volume(tuple(a.size for a in axis))


def order(axis: Axis) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """What an axis holds, whatever the sizes."""
    return tuple((a.axis, a.place) for a in axis)


@dataclass(frozen=True)
class View:
    """The SNAP value `base`, seen through axes of atoms."""

    base: int
    axes: tuple[Axis, ...]

    @staticmethod
    def plain(base: int, sizes: Sizes) -> View:
        """A value as it is."""
        return View(base, tuple(_axis(i, size) for i, size in enumerate(sizes)))

    @property
    def sizes(self) -> Sizes:
        """The sizes of the axes."""
        return tuple(map(size_of, self.axes))

    def on(self, base: int) -> View:
        """The same axes of another value."""
        return replace(self, base=base)

    def transposed(self, perm: tuple[int, ...]) -> View:
        """The axes in another order."""
        return replace(self, axes=tuple(self.axes[p] for p in perm))

    def with_axis(self, place: int, axis: Axis) -> View:
        """Another axis at one place."""
        return replace(self, axes=(*self.axes[:place], axis, *self.axes[place + 1 :]))

    def reshaped(self, sizes: Sizes) -> View | None:
        """The same elements in axes of these sizes; None where they cut across atoms."""
        left = [atom for axis in self.axes for atom in axis][::-1]
        axes = []
        for size in sizes:
            taken, left = _product(left, size)
            missing = ONE if taken else size
            while missing != 1:
                if not left:
                    return None
                atom = left.pop()
                rest = quotient(missing, atom.size)
                if rest is not None and _whole(rest):
                    taken.append(atom)
                    missing = rest
                    continue
                inner = quotient(atom.size, missing)
                if inner is None or not _whole(inner):
                    return None
                outer, inside = atom.parts(missing, inner)
                taken.append(outer)
                left.append(inside)
                missing = ONE
            axes.append(tuple(taken))
        return None if left else View(self.base, tuple(axes))

    def atoms(self, axis: int) -> list[AxisPart]:
        """The factors of an axis of the base, outer ones first."""
        found = [a for each in self.axes for a in each if a.axis == axis]
        return sorted(found, key=lambda atom: atom.place)

    def holds(self, place: int, axis: int) -> bool:
        """Whether the axis at `place` is this axis of the base, whole and in order."""
        return list(self.axes[place]) == self.atoms(axis)

    def spatial(self) -> list[AxisPart]:
        """The factors of all spatial axes, in order."""
        found = [a for each in self.axes for a in each if a.axis > 1]
        return sorted(found, key=lambda atom: (atom.axis, atom.place))


def _product(left: list[AxisPart], size: Dim) -> tuple[list[AxisPart], list[AxisPart]]:
    """The next atoms (the last of `left`), whose product is a size, and the rest; or none."""
    total = ONE
    for count, atom in enumerate(reversed(left), 1):
        total = total * atom.size
        if total == size:
            return left[: -count - 1 : -1], left[:-count]
    return [], left


def _axis(axis: int, size: Dim) -> Axis:
    return () if size == 1 else (AxisPart(axis, (), size),)


def _whole(size: Dim) -> bool:
    return all(isinstance(v, int) for _, v in size.terms)
