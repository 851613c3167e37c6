"""Names that a printed program may use, and how the language would read a symbol.

>>> reads_as("conv1x7"), reads_as("dup"), reads_as("a")
(('conv', '1x7'), ('dup', ''), None)
>>> from itertools import islice
>>> list(islice(free_names(), 4))
['a', 'b', 'd', 'e']
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from string import ascii_lowercase

from snaplang.lowering.words import prelude, splits
from snaplang.ops import TABLE
from snaplang.ops.reserved import LANGUAGE


def reads_as(text: str) -> tuple[str, str] | None:
    """The op that a symbol without arguments means, and its suffix; None where it is no op."""
    words = prelude().own
    for name, suffix in ((text, ""), *splits(text)):
        if name in words:
            return None
        if name in TABLE:
            return name, suffix
    return None


def _known(name: str) -> bool:
    known = {*TABLE, *prelude().own, *LANGUAGE}
    return name in known or any(prefix in known for prefix, _ in splits(name))


def free_names() -> Iterator[str]:
    """Names that mean nothing yet, shortest first; `c`, the width, is left alone."""
    for size in count(1):
        for letters in product(ascii_lowercase, repeat=size):
            name = "".join(letters)
            if not _known(name):
                yield name


def input_names(number: int) -> list[str]:
    """`x`, or `x1 x2 …`, as unnamed inputs are called; others where an op has such a name."""
    own = ["x"] if number == 1 else [f"x{i + 1}" for i in range(number)]
    if not any(map(_known, own)):
        return own
    free = free_names()
    return [next(free) for _ in range(number)]
