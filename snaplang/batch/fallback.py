"""Architectures that the kernel does not decide from tokens: the scalar canonicalizer's.

Whether an architecture has a key from the kernel's colours or from its fingerprint depends on its
normal form alone: on how large it is, on whether the kernel knows all its kinds, and on how much
work its ties are. So two programs of one architecture get equal keys, whichever way each came: one
may take the kernel no time, while the other was too long for it.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from snaplang.batch.compiled import cpu_lists
from snaplang.batch.kernel import layout as k
from snaplang.batch.store import Store
from snaplang.canonical.fingerprint import fingerprint_of
from snaplang.canonical.normal import Normal, normal
from snaplang.canonical.normal.kind import Form
from snaplang.graph import Graph

Key = NDArray[np.uint64]


def key_of(store: Store, graph: Graph) -> Key:
    """The key of a graph, [2]."""
    packed = _packed(store, normal(graph, store.level))
    if packed is not None:
        table, paints = store.tables()
        status, keys = np.zeros(1, np.int32), np.zeros((1, 2), np.uint64)
        cpu_lists()(packed, np.zeros(1, np.int64), table, paints, status, keys)
        if status[0] == k.OK:
            found: Key = keys[0]
            return found
    return by_fingerprint(store, graph)


def by_fingerprint(store: Store, graph: Graph) -> Key:
    """The fingerprint as a key, [2]."""
    digits = fingerprint_of(graph, store.level).partition(":")[2]
    return np.array([int(digits[:16], 16), int(digits[16:], 16)], np.uint64)


def _packed(store: Store, form: Normal) -> NDArray[np.int64] | None:
    """A normal form as a list for the kernel; None where it is beyond the kernel."""
    terms, kinds = form.terms, store.kinds
    numbers = {v: kinds.number(terms.kinds[v]) for v in form.live}
    large = len(form.live) > k.NODES or len(form.outputs) > k.STACK
    if large or not all(kinds.exact[n] for n in numbers.values()):
        return None
    flat = _flat(form)
    if flat is None or sum(len(flat[v]) for v in form.live) > k.POOL:
        return None
    place = {v: i for i, v in enumerate(form.live)}
    words = [len(place), len(form.outputs), *(place[v] for v in form.outputs)]
    for v in form.live:
        words += [numbers[v], len(flat[v])]
        words += [word for a, times in flat[v] for word in (place[a], times)]
    return np.array(words, np.int64)


def _flat(form: Normal) -> dict[int, list[tuple[int, int]]] | None:
    """The inputs of each value, nested ones opened, and how often each counts."""
    terms = form.terms
    found: dict[int, list[tuple[int, int]]] = {}
    for v in form.held:
        kind, args = terms.kinds[v], terms.args[v]
        if kind.form is Form.SEQUENCE:
            if terms.size(v) > k.WORK:
                return None
            pairs = [((a, 1),) if terms.kinds[a] is not kind else found[a] for a in args]
            found[v] = [pair for part in pairs for pair in part]
            continue
        counts: Counter[int] = Counter()
        for a, m in zip(args, terms.times[v] or (1,) * len(args), strict=True):
            if kind.nests and terms.kinds[a] is kind:
                for inner, times in found[a]:
                    counts[inner] += m * times
            elif kind.form is Form.PLAIN:
                found.setdefault(v, []).append((a, 1))
            else:
                counts[a] += m
        if kind.form is Form.SET:
            counts = Counter(dict.fromkeys(counts, 1))
        if max(counts.values(), default=0) >= k.MOST:
            return None
        found[v] = found.get(v) or sorted(counts.items())
    return found
