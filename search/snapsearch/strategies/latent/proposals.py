"""Where candidates come from: climbs in latent space, neighbours, mutations, crossings of the best.

Each source is a function of the space, the best trials, and a generator; the strategy ranks what
they give. Nothing here knows which candidates were evaluated already.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from snapsearch.errors import SearchError
from snapsearch.space.base import Space
from snapsearch.strategies.latent.coder import Coder, Vectors
from snapsearch.trial import Candidate

CLIMBS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # steps of an ascent, in lengths of a vector
FEW = 64  # neighbours up to which all are looked at
SOME = 40  # drawn instead, where there may be more


def ascent(coder: Coder, starts: Vectors, slopes: Vectors) -> list[Candidate]:
    """What is decoded along the slope at each start, with growing steps; both [n, d]."""
    norms = np.maximum(np.linalg.norm(slopes, axis=1, keepdims=True), 1e-12)
    radius = float(np.sqrt(starts.shape[1]))
    points = np.concatenate([starts + step * radius * slopes / norms for step in CLIMBS])
    points *= radius / np.linalg.norm(points, axis=1, keepdims=True)
    decoded = dict.fromkeys(coder.decode(points))
    return [c for c in map(coder.space.candidate, decoded) if c is not None]


def around(space: Space, centre: Candidate, rng: np.random.Generator) -> list[Candidate]:
    """All neighbours of a candidate where they are few, else some by chance."""
    if len(centre.tokens) * len(space.symbols) <= FEW:
        return list(space.neighbours(centre))
    return [space.mutate(centre, rng) for _ in range(SOME)]


def mutations(
    space: Space, best: Sequence[Candidate], n: int, rng: np.random.Generator
) -> list[Candidate]:
    """Two changes, one after the other, of some of the best."""
    picks = rng.integers(len(best), size=n).tolist()
    return [space.mutate(space.mutate(best[i], rng), rng) for i in picks]


def crossings(
    space: Space, best: Sequence[Candidate], n: int, rng: np.random.Generator
) -> list[Candidate]:
    """Parts of two of the best, put together; pairs that differ in one place have none to offer."""
    if len(best) < 2:
        return []
    pairs = [rng.choice(len(best), size=2, replace=False).tolist() for _ in range(n)]
    apart = [(best[i], best[j]) for i, j in pairs if _apart(best[i], best[j]) > 1]
    return [space.cross(one, other, rng) for one, other in apart]


def _apart(one: Candidate, other: Candidate) -> int:
    """In how many places two candidates differ."""
    return sum(a != b for a, b in zip_longest(one.tokens, other.tokens))


def initial(
    space: Space, coder: Coder | None, n: int, draws: int, rng: np.random.Generator
) -> list[Candidate]:
    """The first candidates: by chance, or where there is a coder as far apart as `draws` allow."""
    drawn: dict[str, Candidate] = {}
    for _ in range(draws if coder else n):
        try:
            found = space.sample_distinct(rng)
        except SearchError:
            break  # nothing is within the limits; asking says so again
        drawn.setdefault(found.fingerprint, found)
    pool = list(drawn.values())
    if coder is None or not pool:
        return pool
    vectors = coder.encode([c.tokens for c in pool])
    order = [0]
    apart = ((vectors - vectors[0]) ** 2).sum(axis=1)
    while len(order) < min(n, len(pool)):
        apart[order] = -1.0
        order.append(int(apart.argmax()))
        apart = np.minimum(apart, ((vectors - vectors[order[-1]]) ** 2).sum(axis=1))
    return [pool[i] for i in order]
