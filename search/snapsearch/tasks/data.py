"""Data that networks are trained on: examples and targets, split for training and choosing.

Targets are classes (whole numbers from 0). Nothing here trains; nothing here draws by chance that
is not given a seed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snapsearch.errors import SearchError

Array = NDArray[Any]


@dataclass(frozen=True)
class Split:
    """Examples `[N, C, *S]` (float32, or uint8 from 0 to 255) and their classes `[N]`."""

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Data:
    """What is trained on, what is chosen by, and what (if anything) is reported only."""

    train: Split
    valid: Split
    test: Split | None = None
    classes: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an example, channels first."""
        return tuple(self.train.x.shape[1:])

    @cached_property
    def digest(self) -> str:
        """Of the number of classes and all examples with theirs, shapes too (BLAKE2b, 128 bits)."""
        found = hashlib.blake2b(str(self.classes).encode(), digest_size=16)
        for split in (self.train, self.valid, self.test):
            for array in () if split is None else (split.x, split.y):
                found.update(f";{array.dtype.str}{array.shape}".encode())
                found.update(array.data)
        return found.hexdigest()


def checked(train: Any, valid: Any, test: Any = None, *, place: str | None = None) -> Data:
    """Pairs of arrays as `Data`. Raises `SearchError` S205 for what does not fit together."""
    splits = [_split(p, n, place) for p, n in ((train, "train"), (valid, "valid"))]
    last = None if test is None else _split(test, "test", place)
    everything = [*splits, *([] if last is None else [last])]
    shapes = {s.x.shape[1:] for s in everything}
    if len(shapes) > 1:
        raise SearchError("S205", f"examples have several shapes: {sorted(shapes)}", place)
    classes = int(max(s.y.max() for s in everything)) + 1
    if classes < 2:
        raise SearchError("S205", "all examples are of one class", place)
    return Data(splits[0], splits[1], last, classes)


def _split(pair: Any, name: str, place: str | None) -> Split:
    try:
        x, y = (np.asarray(part) for part in pair)
    except (TypeError, ValueError) as error:
        message = f"`{name}` is no pair of arrays (examples, classes): {error}"
        raise SearchError("S205", message, place) from error
    problem = _problem(x, y)
    if problem:
        raise SearchError("S205", f"`{name}`: {problem}", place)
    x = x if x.dtype == np.uint8 else x.astype(np.float32)
    return Split(np.ascontiguousarray(x), y.astype(np.int64))


def _problem(x: Array, y: Array) -> str | None:
    """What is wrong with examples and classes; None if nothing is."""
    if x.ndim not in (3, 4, 5) or not len(x):
        return f"examples are [N, C, *sizes] with 1 to 3 sizes, not {list(x.shape)}"
    if x.dtype.kind not in "fiub":
        return f"examples are numbers, not {x.dtype}"
    if y.shape != (len(x),):
        return f"there are {len(x)} examples, but classes of shape {list(y.shape)}"
    if y.dtype.kind not in "iub":
        return f"classes are whole numbers from 0, not {y.dtype}"
    if y.min() < 0:
        return f"a class is {y.min()}; classes count from 0"
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        return "an example is not finite (NaN or infinity)"
    return None
