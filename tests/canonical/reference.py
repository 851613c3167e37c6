"""The fingerprint by the plainest means: sums written out, rounds over all, every member tried.

It starts from a normal form and the colours of kinds, and shares nothing else with
`snaplang/canonical`: what is cleverly avoided there (sums left nested, names that did not
change, members in one orbit, components met before) is simply done here. Slow, and exponential on
ties: for small graphs.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from snaplang.canonical.normal import Normal, normal
from snaplang.canonical.normal.kind import Form
from snaplang.canonical.order import readers
from snaplang.graph import Graph

P = 2**255 - 19
Wire = tuple[int, int]  # the weight in a sum or for a place, and that in a sequence


def h(person: str, data: bytes) -> bytes:
    """BLAKE2b of 32 bytes."""
    return blake2b(data, digest_size=32, person=person.encode()).digest()


def nets(*fields: bytes) -> bytes:
    """Netstrings."""
    return b"".join(str(len(f)).encode() + b":" + f + b"," for f in fields)


def digits(value: int) -> bytes:
    """A whole number in hexadecimal."""
    return format(value, "x").encode()


BASE = int.from_bytes(h("snap2 kind", b"base"), "big") % P


class Reference:
    """A normal form with all its sums written out, and its final colours."""

    def __init__(self, form: Normal) -> None:
        self.form = form
        self.inputs = {v: self.written_out(v) for v in form.live}
        self.own = {v: self.kind(v).colour for v in form.live}
        for v in form.live:
            places = [i for i, w in enumerate(form.outputs) if w == v]
            if places:
                fields = [b"outputs", self.own[v], *map(digits, places)]
                self.own[v] = h("snap2 kind", nets(*fields))
        self.colours = self.upward(self.own)
        ranks = self.ranks()
        for v, rank in ranks.items():
            self.own[v] = h("snap2 kind", nets(b"tied", self.own[v], digits(rank)))
        self.final = self.upward(self.own)

    def kind(self, v: int):  # type: ignore[no-untyped-def]
        """The kind of a value."""
        return self.form.terms.kinds[v]

    def written_out(self, v: int) -> list[int]:
        """All inputs of a value, as often as they count; nested sums opened."""
        terms, kind = self.form.terms, self.kind(v)
        found: list[int] = []
        counts = terms.times[v] or (1,) * len(terms.args[v])
        for a, times in zip(terms.args[v], counts, strict=True):
            nested = kind.nests and terms.kinds[a] is kind
            found += (self.written_out(a) if nested else [a]) * times
        return list(dict.fromkeys(found)) if kind.form is Form.SET else found

    def upward(self, own: dict[int, bytes]) -> dict[int, bytes]:
        """Step 2."""
        new: dict[int, bytes] = {}
        for v in self.form.live:
            parts = [new[a] for a in self.inputs[v]]
            numbers = [int.from_bytes(part, "big") for part in parts]
            if not parts:
                new[v] = own[v]
                continue
            if self.kind(v).form is Form.PLAIN:
                data = b"".join(parts)
            elif self.kind(v).form is Form.SEQUENCE:
                total = sum(x * pow(BASE, i, P) for i, x in enumerate(numbers)) % P
                data = nets(digits(len(parts)), digits(total))
            else:
                data = nets(digits(len(parts)), digits(sum(numbers)))
            new[v] = h("snap2 up", own[v] + data)
        return new

    def weights(self, v: int) -> dict[int, Wire]:
        """What a value reads, and the weights."""
        found: dict[int, Wire] = {}
        for i, a in enumerate(self.inputs[v]):
            plain, sequence = found.get(a, (0, 0))
            if self.kind(v).form is Form.PLAIN:
                plain += pow(BASE, i, P)
            elif self.kind(v).form is Form.SEQUENCE:
                sequence = (sequence + pow(BASE, i, P)) % P
            else:
                plain += 1
            found[a] = plain, sequence
        return found

    # -- step 3 ------------------------------------------------------------------------------

    def ranks(self) -> dict[int, int]:
        """Steps 3 and 4: the rank of each value that shares its colour."""
        counts = Counter(self.colours.values())
        tied = [v for v in self.form.live if counts[self.colours[v]] > 1]
        order = sorted({self.colours[v] for v in tied})
        self.wires: dict[int, dict[int, Wire]] = {v: {} for v in tied}
        self.reads: dict[int, dict[int, Wire]] = {v: {} for v in tied}
        heard: dict[int, int] = {}
        users: dict[int, list[tuple[int, Wire]]] = {v: [] for v in tied}
        for s in self.form.live:
            for a, weight in self.weights(s).items():
                if a in users:
                    users[a].append((int.from_bytes(self.colours[s], "big"), weight))
                    if s in users:
                        self.wires[a][s] = self.wires[s][a] = self.reads[s][a] = weight
        for v in tied:
            heard[v] = together(users[v])
        names = {v: order.index(self.colours[v]) for v in tied}
        names, new, count, _ = split(names, heard, len(order))
        names, count, _ = self.refined(names, new, count)
        loose = self.loose(names)
        parts = self.components(loose, self.joined(loose, names), names)
        found = sorted(self.certificate(part, names, count) for part in parts)
        place = {v: i for i, v in enumerate(v for _, order in found for v in order)}
        ranked = sorted(tied, key=lambda v: (self.colours[v], names[v], place.get(v, 0)))
        return {
            v: i - ranked.index(first)
            for i, v in enumerate(ranked)
            for first in [next(w for w in ranked if self.colours[w] == self.colours[v])]
        }

    def refined(
        self, names: dict[int, int], new: set[int], count: int
    ) -> tuple[dict[int, int], int, list[bytes]]:
        """Rounds until nothing is named anew, with their records."""
        records: list[bytes] = []
        while True:
            heard = {}
            for v in self.loose(names):
                told = [
                    (int.from_bytes(h("snap2 tag", digits(names[u])), "big"), weight)
                    for u, weight in self.wires[v].items()
                    if u in new and u in names
                ]
                if told:
                    heard[v] = together(told)
            if not heard:
                return names, count, records
            names, new, count, record = split(names, heard, count)
            records.append(h("snap2 round", record))

    @staticmethod
    def loose(names: dict[int, int]) -> list[int]:
        """The nodes that share their names."""
        counts = Counter(names.values())
        return [v for v in names if counts[names[v]] > 1]

    def joined(self, nodes: list[int], names: dict[int, int]) -> dict[tuple[int, int], int]:
        """Pairs of classes of which each member of the first reads each of the second alike."""
        found = {}
        for reader, read in {(names[s], names[a]) for s in nodes for a in nodes}:
            weights = {
                self.reads[s].get(a)
                for s in nodes
                if names[s] == reader
                for a in nodes
                if names[a] == read
            }
            sizes = {len(self.inputs[s]) for s in nodes if names[s] == reader}
            if len(weights) == 1 and weights != {None} and max(sizes) <= readers.SHORT:
                (weight,) = weights
                assert weight is not None
                found[reader, read] = sum(weight)
        return found

    def components(
        self, nodes: list[int], joined: dict[tuple[int, int], int], names: dict[int, int]
    ) -> list[list[int]]:
        """Nodes that wires join, but for those between joined classes."""

        def near(v: int) -> list[int]:
            pairs = [(u, names[u], names[v]) for u in self.wires[v] if u in names]
            return [u for u, a, b in pairs if (a, b) not in joined and (b, a) not in joined]

        found: list[list[int]] = []
        left = set(nodes)
        while left:
            part = {left.pop()}
            while more := {u for v in part for u in near(v) if u in left}:
                part |= more
                left -= more
            found.append(list(part))
        return found

    # -- step 4 ------------------------------------------------------------------------------

    def certificate(
        self, part: list[int], names: dict[int, int], count: int
    ) -> tuple[bytes, list[int]]:
        """A component's certificate, and its nodes in order: every member is tried."""
        own = {v: names[v] for v in part}
        order = sorted(part, key=own.__getitem__)
        classes = sorted(Counter(own.values()).items())
        if len(classes) == len(part):
            return nets(*[digits(own[v]) for v in order]), order
        _, target = min((size, name) for name, size in classes if size > 1)
        outcomes = []
        for node in part:
            if own[node] == target:
                after, total, records = self.refined({**own, node: count}, {node}, count + 1)
                loose = self.loose(after)
                joined = self.joined(loose, after)
                parts = self.components(loose, joined, after)
                below = [self.certificate(part, after, total) for part in parts]
                below.sort(key=lambda pair: pair[0])
                pairs = nets(
                    *[digits(x) for (a, b), w in sorted(joined.items()) for x in (a, b, w)]
                )
                single = sorted(set(part).difference(loose), key=after.__getitem__)
                order = single + [v for _, nodes in below for v in nodes]
                outcomes.append((records, [pairs, *[one for one, _ in below]], order))
        records, below_, order = min(outcomes, key=lambda found: found[:2])
        shape = nets(*[digits(x) for pair in classes for x in pair])
        return h("snap2 tie", nets(shape, b"".join(records), *below_)), order


def together(told: list[tuple[int, Wire]]) -> int:
    """Numbers times weights, those of sequences modulo P."""
    return sum(x * w for x, (w, _) in told) + sum(x * s for x, (_, s) in told) % P


def split(
    names: dict[int, int], heard: dict[int, int], count: int
) -> tuple[dict[int, int], set[int], int, bytes]:
    """One round: names, what is named anew, how many names there are, the record."""
    after, new, record = dict(names), set[int](), b""
    for name in sorted({names[v] for v in heard}):
        members = [v for v in names if names[v] == name]
        said = {
            what: [v for v in members if heard.get(v) == what]
            for what in {heard[v] for v in members if v in heard}
        }
        parts = sorted(said.items())
        pairs = [digits(x) for what, part in parts for x in (what, len(part))]
        record += nets(digits(name), digits(len(parts)), *pairs)
        silent = [v for v in members if v not in heard]
        if silent:
            parts.insert(0, (-1, silent))
        kept = max(range(len(parts)), key=lambda i: (len(parts[i][1]), -i))
        for i, (_, part) in enumerate(parts):
            if i != kept:
                after.update(dict.fromkeys(part, count))
                new.update(part)
                count += 1
    return after, new, count, record


def fingerprint(graph: Graph, level: str = "algebra") -> str:
    """The fingerprint of a small graph."""
    final = Reference(normal(graph, level)).final
    assert len(set(final.values())) == len(final)
    prefix = {"algebra": "snap2", "structure": "snap2s"}[level]
    data = b"".join(sorted(final.values()))
    return f"{prefix}:{blake2b(data, digest_size=16, person=prefix.encode()).hexdigest()}"
