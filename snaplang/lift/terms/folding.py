"""Arithmetic on known arrays whose elements may be sizes that are not known yet.

Arrays of `Dim`s have numpy's dtype `object`. Whole division is ONNX's and PyTorch's on sizes, which
are never below zero.

>>> combine("div", np.array([letter("H")], object), np.array([2])).tolist()
[Dim(floor(H/2))]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.dims import Dim, dim, floor_div, letter
from snaplang.lift.terms.shapes import UnfitError, quotient

Array = NDArray[Any]


class UnknownSizeError(UnfitError):
    """What follows for sizes cannot be said while they may be any."""


def sizes_array(sizes: tuple[Dim, ...]) -> Array:
    """Sizes as an array: of int64 where all are numbers."""
    whole = [s.whole() for s in sizes]
    if None not in whole:
        return np.array(whole, np.int64)
    array = np.empty(len(sizes), object)
    array[:] = sizes
    return array


def as_sizes(array: Array) -> tuple[Dim, ...]:
    """An array of one axis as sizes."""
    if array.dtype.kind not in "iuO" or array.ndim > 1 or array.size > 64:
        raise UnfitError("sizes are not given by whole numbers")
    return tuple(dim(v if isinstance(v, Dim) else int(v)) for v in array.reshape(-1).tolist())


def numeric(array: Array) -> Array:
    """An array of sizes as plain numbers, where all are known."""
    if array.dtype != object:
        return array
    return tidy(array.reshape(-1).tolist(), array.shape)


def _divided(a: Any, b: Any) -> Any:
    """A quotient of numbers, whole where both are; or of sizes, rounded down."""
    if not isinstance(a, Dim) and not isinstance(b, Dim):
        return a // b if isinstance(a, int) and isinstance(b, int) else a / b
    if float in (type(a), type(b)):
        raise UnknownSizeError(f"{a} divided by {b} is not known")
    found = quotient(dim(a), dim(b))
    if found is not None and all(isinstance(v, int) for _, v in found.terms):
        return found
    by = dim(b).whole()
    if by is None or by < 1:
        raise UnknownSizeError(f"{a} divided by {b} is not known")
    return floor_div(dim(a), by)


def _remainder(a: Any, b: Any) -> Any:
    """Of a number by a size: sizes that are not known are taken to be larger."""
    if not isinstance(a, Dim) and not isinstance(b, Dim):
        return a % b
    whole = dim(a).whole()
    if whole is not None:
        return whole if whole >= 0 else dim(b) + whole
    return dim(a) - _divided(a, b) * dim(b)


def _chosen(pick: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def choose(a: Any, b: Any) -> Any:
        if a == b:
            return a
        one, two = (v.whole() if isinstance(v, Dim) else v for v in (a, b))
        if one is None or two is None:
            raise UnknownSizeError(f"which of {a} and {b} is larger is not known")
        return pick(one, two)

    return choose


_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _divided,
    "mod": _remainder,
    "max": _chosen(max),
    "min": _chosen(min),
    "pow": lambda a, b: a**b,
    "equal": lambda a, b: a == b,
}
_NUMPY: dict[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "mod": np.mod,
    "max": np.maximum,
    "min": np.minimum,
    "pow": np.power,
    "equal": np.equal,
}


def combine(kind: str, a: Array, b: Array) -> Array:
    """An operation on two arrays, element by element, stretched as numpy does."""
    if object not in (a.dtype, b.dtype):
        if kind == "div":
            whole = a.dtype.kind in "iu" and b.dtype.kind in "iu"
            if whole and not b.all():
                raise UnfitError("a size is divided by zero")
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(a // b if whole else a / b)
        with np.errstate(all="ignore"):
            return np.asarray(_NUMPY[kind](a, b))
    try:
        left, right = np.broadcast_arrays(numeric(a), numeric(b))
        if object not in (left.dtype, right.dtype):
            return combine(kind, left, right)
        pairs = zip(left.reshape(-1).tolist(), right.reshape(-1).tolist(), strict=True)
        found = [_PYTHON[kind](x, y) for x, y in pairs]
    except (AttributeError, TypeError, ZeroDivisionError, ValueError) as error:
        raise UnfitError(f"sizes cannot be combined: {error}") from None
    return tidy(found, left.shape)


def tidy(values: list[Any], shape: tuple[int, ...]) -> Array:
    """An array of Python numbers and sizes; plain numbers where it can be."""
    plain = [v.whole() if isinstance(v, Dim) else v for v in values]
    if None not in plain:
        return np.array(plain, None if plain else np.int64).reshape(shape)
    array = np.empty(len(values), object)
    array[:] = values
    return array.reshape(shape)


def symbol(name: str) -> Array:
    """A size by its letter, as an array without axes."""
    array = np.empty((), object)
    array[()] = letter(name)
    return array
