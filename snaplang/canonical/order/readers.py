"""Who reads whom among tied values, and with which weight.

The weight of a wire is the multiplicity in a sum (1 in a set), or the powers that stand for the
places in which an op in order, or a sequence, has a value. Sums are meant flat. Written flat they
could be quadratic; so what several sums hold in common stays a hub where it is large. What comes
out is the same, whether much or little is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from snaplang.canonical.normal import Normal
from snaplang.canonical.normal.kind import Form
from snaplang.canonical.order.colours import BASE, PRIME, Colours, place
from snaplang.canonical.order.wires import Pairs, Wires

SHORT = 64  # terms of a sum that is looked at whole
INLINE = SHORT  # ends that are written out rather than reached through a hub; no less than SHORT


def users_heard(form: Normal, colours: Colours, tied: Iterable[int]) -> dict[int, int]:
    """What tied values hear of all that reads them, whose colours are the numbers."""
    kinds, args, times = form.terms.kinds, form.terms.args, form.terms.times
    found = dict.fromkeys(tied, 0)
    residues = dict[int, int]()
    flow: dict[int, int] = {}  # through nested sums, which pass it on
    for v in reversed(form.held):
        kind, inputs = kinds[v], args[v]
        mine = int.from_bytes(colours[v]) if v in colours else 0
        if kind.form is Form.PLAIN:
            for index, a in enumerate(inputs):
                if a in found:
                    found[a] += mine * place(index)
        elif kind.form is Form.SEQUENCE:
            mine = (mine + flow.get(v, 0)) % PRIME
            for a, weight in powers(form, v):
                if kinds[a] is kind:
                    flow[a] = flow.get(a, 0) + weight * mine
                else:
                    residues[a] = residues.get(a, 0) + weight * mine
        else:
            mine += flow.get(v, 0)
            for a, m in zip(inputs, times[v], strict=True):
                if kind.nests and kinds[a] is kind:
                    flow[a] = flow.get(a, 0) + m * mine
                elif a in found:
                    found[a] += m * mine
    for a in found.keys() & residues.keys():
        found[a] += residues[a] % PRIME
    return found


def powers(form: Normal, v: int) -> Pairs:
    """The items of a sequence, nested ones too, each with the power of its place."""
    kinds, factor, found = form.terms.kinds, 1, []
    for a in form.terms.args[v]:
        found.append((a, factor))
        size = form.terms.size(a) if kinds[a] is kinds[v] else 1
        factor = factor * (BASE if size == 1 else pow(BASE, size, PRIME)) % PRIME
    return found


def wires_among(form: Normal, number: Mapping[int, int]) -> Wires:
    """The wires among tied values; `number` says which node each is."""
    kinds, args, times = form.terms.kinds, form.terms.args, form.terms.times
    wires = Wires(len(number))
    for v, node in number.items():
        kind = kinds[v]
        if kind.form is Form.PLAIN:
            for index, a in enumerate(args[v]):
                if a in number:
                    wires.join(node, number[a], place(index))
                    if len(args[v]) <= SHORT:
                        _add(wires.reads.setdefault(node, {}), number[a], place(index), False)
        elif kind.form is Form.BAG:
            for a, m in zip(args[v], times[v], strict=True):
                if a in number:
                    wires.join(node, number[a], m)
                    if sum(times[v]) <= SHORT:
                        wires.reads.setdefault(node, {})[number[a]] = m
    _Nests(form, number, wires).add()
    return wires


class _Nests:
    """Adds what sums and sequences hold, nested ones opened as far as that stays short."""

    def __init__(self, form: Normal, number: Mapping[int, int], wires: Wires) -> None:
        self.form, self.number, self.wires = form, number, wires
        self.terms, self.kinds = form.terms, form.terms.kinds
        self.content: dict[int, tuple[dict[int, int], dict[int, int]]] = {}  # nodes, hubs
        self.uses: dict[int, int] = {}  # of what is nested in sums that count
        for v in reversed(form.held):
            if self.kinds[v].nests and (v in number or v in self.uses):
                for a in self.terms.args[v]:
                    if self.kinds[a] is self.kinds[v]:
                        self.uses[a] = self.uses.get(a, 0) + 1

    def add(self) -> None:
        """Go through all, the inner ones first."""
        for v in self.form.held:
            if not self.kinds[v].nests or not (v in self.number or v in self.uses):
                continue
            nodes, hubs = self._opened(v)
            if v in self.number:
                ordered = self.kinds[v].form is Form.SEQUENCE
                node = self.number[v]
                for other, weight in nodes.items():
                    self.wires.join(node, other, weight, ordered)
                if nodes and self.terms.size(v) <= SHORT:
                    self.wires.reads[node] = dict(nodes)
                if hubs:
                    self.wires.hubs.of[node] = list(hubs.items())
                for hub, weight in hubs.items():
                    self.wires.hubs.users[hub].append((node, weight))
            if v in self.uses and (nodes or hubs):
                self.content[v] = nodes, hubs

    def _opened(self, v: int) -> tuple[dict[int, int], dict[int, int]]:
        """The nodes and hubs in a value, with weights."""
        ordered = self.kinds[v].form is Form.SEQUENCE
        pairs = powers(self.form, v) if ordered else self._counted(v)
        nodes: dict[int, int] = {}
        hubs: dict[int, int] = {}
        for a, weight in pairs:
            if self.kinds[a] is not self.kinds[v]:
                if a in self.number:
                    _add(nodes, self.number[a], weight, ordered)
            elif a in self.content:
                inner, outer = self.content[a]
                alone = self.uses[a] == 1 and a not in self.number
                if alone and weight == 1 and len(inner) > len(nodes):
                    del self.content[a]
                    (nodes, inner), (hubs, outer) = (inner, nodes), (outer, hubs)
                elif len(inner) + len(outer) > INLINE:
                    self._hub(a)
                    inner, outer = {}, {a: 1}
                for into, part in ((nodes, inner), (hubs, outer)):
                    for end, times in part.items():
                        _add(into, end, weight * times, ordered)
        return nodes, hubs

    def _counted(self, v: int) -> Pairs:
        return list(zip(self.terms.args[v], self.terms.times[v], strict=True))

    def _hub(self, a: int) -> None:
        """Make a hub of a value, once."""
        hubs = self.wires.hubs
        if a in hubs.held:
            return
        nodes, inner = self.content[a]
        hubs.held[a], hubs.inner[a] = list(nodes.items()), list(inner.items())
        for node, weight in nodes.items():
            hubs.around[node].append((a, weight))
        for hub, weight in inner.items():
            hubs.outer[hub].append((a, weight))
        if self.kinds[a].form is Form.SEQUENCE:
            hubs.ordered.add(a)


def _add(into: dict[int, int], end: int, weight: int, ordered: bool) -> None:
    total = into.get(end, 0) + weight
    into[end] = total % PRIME if ordered else total
