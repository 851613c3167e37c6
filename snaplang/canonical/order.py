"""The canonical order: what every instance is, told apart exactly.

Colours tell most instances apart; where some tie, `ties.py` ranks them, and one upward pass more
gives each a colour of its own. Two graphs have the same colours if and only if they are the same
architecture, colliding hashes aside: a colour says its instance's own and those of its inputs.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush

from snaplang.canonical.colours import Colours, Sweeper, powers
from snaplang.canonical.kinds import Form, digest
from snaplang.canonical.normal import Normal
from snaplang.canonical.ties import Edge, Tied, ranks


def final_colours(form: Normal) -> Colours:
    """A colour for each live value, all different, from one upward pass."""
    sweeper = Sweeper(form)
    colours, upward = sweeper.stable()
    if len(set(colours.values())) < len(colours):
        colours, upward = ranked(form, sweeper, colours), False
    return colours if upward else sweeper.up(colours)


def ranked(form: Normal, sweeper: Sweeper, colours: Colours) -> Colours:
    """The colours with ranks for those that tie."""
    classes: dict[bytes, list[int]] = defaultdict(list)
    for v, colour in colours.items():
        classes[colour].append(v)
    cells = [classes[colour] for colour in sorted(classes) if len(classes[colour]) > 1]
    number = {v: i for i, v in enumerate(v for members in cells for v in members)}
    edges = frozenset(
        (number[v], number[a], how)
        for v in number
        for a, how in read(form, sweeper, v)
        if a in number
    )
    tied = Tied(tuple(tuple(number[v] for v in members) for members in cells), edges)
    places = ranks(tied)
    found = dict(colours)
    for v, i in number.items():
        found[v] = digest(colours[v] + b"rank %d" % places[i])
    return found


def read(form: Normal, sweeper: Sweeper, value: int) -> list[tuple[int, int]]:
    """What a value reads, nested sums opened, and how: port, multiplicity, digest of places."""
    terms, kind = form.terms, form.terms.kinds[value]
    if kind.form is Form.PLAIN:
        return [(a, port) for port, a in enumerate(terms.args[value])]
    if kind.form is Form.BAG:
        return list(zip(terms.args[value], terms.times[value], strict=True))
    atoms: dict[int, int] = defaultdict(int)
    weights = {value: 1}
    pending = [-value]  # the latest first: by then all its readers have been seen
    while pending:
        v = -heappop(pending)
        for a, weight in powers(sweeper, v):
            if terms.kinds[a] is not kind:
                atoms[a] += weights[v] * weight
                continue
            if a not in weights:
                weights[a] = 0
                heappush(pending, -a)
            weights[a] += weights[v] * weight
    if kind.form is Form.SEQUENCE:
        return [(a, weight % sweeper.modulus) for a, weight in atoms.items()]
    return list(atoms.items())


__all__ = ["Edge", "final_colours", "ranked", "read"]
