"""The canonical order: what every instance is, told apart exactly.

Colours tell most instances apart. Where some tie, they are refined by what reads them
(`partition.py`), and what is tied still is ranked component by component (`ties.py`); one upward
pass more gives each value a colour of its own. Two graphs have the same colours if and only
if they are the same architecture, colliding hashes aside: a colour says its instance's own and
those of its inputs.
"""

from __future__ import annotations

from snaplang.canonical.normal import Normal
from snaplang.canonical.normal.layout import digest, net, number
from snaplang.canonical.order.colours import Colours, start, up
from snaplang.canonical.order.partition import Partition
from snaplang.canonical.order.readers import users_heard, wires_among
from snaplang.canonical.order.ties import Search


def final_colours(form: Normal) -> Colours:
    """A colour for each live value, all different."""
    own = start(form)
    colours = up(form, own)
    if len(set(colours.values())) < len(colours):
        own.update(_ranked(form, own, colours))
        colours = up(form, own)
    return colours


def _ranked(form: Normal, own: Colours, colours: Colours) -> Colours:
    """For what ties: the colours of kinds, with ranks."""
    classes: dict[bytes, list[int]] = {}
    for v, colour in colours.items():
        if colour in classes:
            classes[colour].append(v)
        else:
            classes[colour] = [v]
    cells = [classes[colour] for colour in sorted(classes) if len(classes[colour]) > 1]
    tied = [v for cell in cells for v in cell]
    place = _places(form, cells, users_heard(form, colours, tied), tied)
    found: Colours = {}
    for cell in cells:
        for rank, v in enumerate(sorted(cell, key=place.__getitem__)):
            found[v] = digest(net(b"tied", own[v], number(rank)))
    return found


def _places(
    form: Normal, cells: list[list[int]], heard: dict[int, int], tied: list[int]
) -> dict[int, tuple[int, int]]:
    """Where tied values stand: by class, and where a class has several, by component."""
    index = {v: i for i, v in enumerate(tied)}
    names = [name for name, cell in enumerate(cells) for _ in cell]
    partition = Partition(wires_among(form, index), names)
    members = partition.cells(range(len(tied)))
    by_node = {index[v]: what for v, what in heard.items()}
    renamed, count = partition.split(members, by_node, len(cells), [], [])
    _, count = partition.refine(members, renamed, count, [])
    loose = [i for i, one in enumerate(partition.loose) if one]
    order = [0] * len(tied)
    at = 0
    for found in Search(partition).components(loose, count) if loose else ():
        for node in found.order:
            order[node] = at
            at += 1
    return {v: (partition.names[i], order[i]) for v, i in index.items()}
