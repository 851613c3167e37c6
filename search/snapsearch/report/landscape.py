"""The map of a run: its architectures in the plane, near each other if the strategy sees them so.

The two directions of greatest spread (principal components) of the vectors the strategy works on;
where it has none, of what stands where in the tokens.

>>> import numpy as np
>>> plane(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [4.0, 0.0, 0.0]]))[0].round(1).tolist()
[[0.0, 0.5], [0.5, 0.5], [1.0, 0.5]]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snapsearch.report.record import Record


def one_hot(tokens: Sequence[Sequence[int]], symbols: int | None = None) -> NDArray[np.float64]:
    """A row for each sequence: which symbol stands at which place; [n, length x symbols]."""
    length = max((len(t) for t in tokens), default=0)
    known = symbols or 1 + max((x for t in tokens for x in t), default=0)
    table = np.zeros((len(tokens), length, known))
    for row, sequence in zip(table, tokens, strict=True):
        row[np.arange(len(sequence)), list(sequence)] = 1
    return table.reshape(len(tokens), length * known)


def vectors_of(record: Record) -> tuple[NDArray[np.floating[Any]], str]:
    """The vectors of the complete trials, and what they are."""
    if record.vectors is not None and len(record.vectors) == len(record.complete):
        return np.asarray(record.vectors, float), "the latent space"
    tokens = [t.candidate.tokens for t in record.complete]
    return one_hot(tokens, record.symbols), "what stands where in the encoding"


def plane(vectors: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Places in the unit square, [n, 2], and the shares of variance that the two axes show.

    Signs are fixed by the greatest entry of a direction, so that a map does not flip from one
    report to the next.
    """
    if len(vectors) == 0:
        return np.zeros((0, 2)), (0.0, 0.0)
    centred = np.asarray(vectors, float) - np.mean(vectors, axis=0)
    _, scale, directions = np.linalg.svd(centred, full_matrices=False)
    places, shares = np.zeros((len(vectors), 2)), [0.0, 0.0]
    total = float((scale**2).sum())
    for axis in range(min(2, len(scale))):
        if scale[axis] <= 1e-12 * max(1.0, scale[0]):
            continue
        direction = directions[axis] * np.sign(directions[axis][np.abs(directions[axis]).argmax()])
        places[:, axis] = centred @ direction
        shares[axis] = float(scale[axis] ** 2) / total
    low, high = places.min(axis=0), places.max(axis=0)
    wide = np.where(high > low, high - low, 1.0)
    return np.where(high > low, (places - low) / wide, 0.5), (shares[0], shares[1])
