"""Colours: what each instance is to the whole, by value.

A sweep goes up (own colour with the inputs' new colours) and then down (own colour with the digest
of pairs of a user's colour and port). Sums are seen flat through their nesting, in time linear in
what is written: a multiset's digest is the sum of multiplicity times BLAKE2b-256(colour), modulo
2^255-19, hashed with the exact number of terms; a nested sum passes its users' digests on to its
own inputs. Places in a sequence are powers of a fixed number. Where a sum has that many terms that
the modulus could hide some, a larger prime takes its place.

Sweeps end when the colours are all different, or no more of them than after the sweep before.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from snaplang.canonical.kinds import Form, digest
from snaplang.canonical.normal import Normal

PRIME = 2**255 - 19
_MERSENNE = (521, 2203, 4423, 9941, 21701, 44497, 86243, 110503, 216091)
_BASE = int.from_bytes(digest(b"base")) >> 2

Colours = dict[int, bytes]


class Sweeper:
    """Sweeps over one normal form."""

    def __init__(self, form: Normal) -> None:
        self.form, self.terms = form, form.terms
        kinds = form.terms.kinds
        self.live = set(form.live) if len(form.live) < len(form.held) else None
        self.sizes: dict[int, int] = {}  # terms of sums, powers of sequences
        self.nesting = [v for v in form.held if kinds[v].nests]
        self.modulus = PRIME
        if self.nesting:
            self._measure()

    def _measure(self) -> None:
        """How many terms sums have, a modulus that is beyond that, and the powers of sequences."""
        terms, kinds = self.terms, self.terms.kinds
        ordered = [v for v in self.nesting if kinds[v].form is Form.SEQUENCE]
        for v in self.nesting:
            if kinds[v].form is not Form.SEQUENCE:
                pairs = zip(terms.args[v], terms.times[v], strict=True)
                self.sizes[v] = sum(
                    m * self.sizes[a] if kinds[a] is kinds[v] else m for a, m in pairs
                )
        largest = max(self.sizes.values(), default=0)
        if largest >= PRIME:
            self.modulus = next(2**e - 1 for e in _MERSENNE if 2**e - 1 > largest)
        for v in ordered:
            power = 1
            for a in terms.args[v]:
                factor = self.sizes[a] if kinds[a] is kinds[v] else _BASE
                power = power * factor % self.modulus
            self.sizes[v] = power

    def is_live(self, value: int) -> bool:
        """Whether a value is an instance, not only shorthand for a sum."""
        return self.live is None or value in self.live

    # -- up ----------------------------------------------------------------------------------

    def up(self, own: Colours) -> Colours:
        """Each colour with those of its inputs, from the inputs on."""
        kinds, args, live = self.terms.kinds, self.terms.args, self.live
        new: Colours = {}
        sums: dict[int, int] = {}
        for v in self.form.held:
            kind = kinds[v]
            if kind.form is Form.PLAIN:
                data = own[v]
                for a in args[v]:
                    data += new[a]
                new[v] = blake2b(data, digest_size=32, person=b"snap1").digest()
                continue
            size, total = self._total(v, new, sums)
            if kind.nests:
                sums[v] = total
            if live is None or v in live:
                new[v] = digest(own[v] + _number(size) + _number(total))
        return new

    def _total(self, v: int, new: Colours, sums: dict[int, int]) -> tuple[int, int]:
        """The digest of a value's inputs as a multiset or sequence, and how many there are."""
        terms, kind = self.terms, self.terms.kinds[v]
        total, size, factor = 0, self.sizes.get(v, 0), 1
        if kind.form is Form.SEQUENCE:
            for a in terms.args[v]:
                nested = terms.kinds[a] is kind
                total += factor * (sums[a] if nested else _hashed(new[a]))
                factor = factor * (self.sizes[a] if nested else _BASE) % self.modulus
            return size, total % self.modulus
        for a, m in zip(terms.args[v], terms.times[v], strict=True):
            nested = kind.nests and terms.kinds[a] is kind
            total += m * (sums[a] if nested else _hashed(new[a]))
        return size or sum(terms.times[v]), total % self.modulus

    # -- down --------------------------------------------------------------------------------

    def down(self, own: Colours) -> Colours:
        """Each colour with those of its users and the ports they read it at, from the users on."""
        kinds, args, times = self.terms.kinds, self.terms.args, self.terms.times
        new: Colours = {}
        used = dict.fromkeys(self.form.held, 0)  # by instances
        flow = dict.fromkeys(self.nesting, 0)  # by sums that a nested sum is part of
        for v in reversed(self.form.held):
            kind = kinds[v]
            live = self.is_live(v)
            if live:
                new[v] = digest(own[v] + _number(used[v] % self.modulus))
            if kind.form is Form.PLAIN:
                for port, a in enumerate(args[v]):
                    used[a] += _hashed(new[v] + b"%d" % port)
                continue
            mine = (_hashed(new[v]) if live else 0) + flow.get(v, 0)
            factor = 1
            for place, a in enumerate(args[v]):
                nested = kinds[a] is kind and kind.form is not Form.BAG
                weight = factor if kind.form is Form.SEQUENCE else times[v][place]
                into = flow if nested else used
                into[a] = (into[a] + weight * mine) % self.modulus
                if kind.form is Form.SEQUENCE:
                    factor = factor * (self.sizes[a] if nested else _BASE) % self.modulus
        return new

    # -- both --------------------------------------------------------------------------------

    def start(self) -> Colours:
        """The colours of kinds, with the places among the outputs."""
        kinds = self.terms.kinds
        own = {v: kinds[v].colour for v in self.form.live}
        places: dict[int, list[int]] = {}
        for place, v in enumerate(self.form.outputs):
            places.setdefault(v, []).append(place)
        for v, found in places.items():
            own[v] = _as_output(own[v], tuple(found))
        return own

    def stable(self) -> tuple[Colours, bool]:
        """The colours when sweeping no longer tells more apart; whether they are an upward pass."""
        colours, count = self.start(), 0
        while True:
            colours = self.up(colours)
            if len(set(colours.values())) == len(colours):
                return colours, True
            colours = self.down(colours)
            found = len(set(colours.values()))
            if found in (count, len(colours)):
                return colours, False
            count = found


def powers(sweeper: Sweeper, value: int) -> Iterator[tuple[int, int]]:
    """The inputs of a nesting value, each with its multiplicity or the power of its place."""
    terms, kind, factor = sweeper.terms, sweeper.terms.kinds[value], 1
    for place, a in enumerate(terms.args[value]):
        if kind.form is not Form.SEQUENCE:
            yield a, terms.times[value][place]
            continue
        yield a, factor
        factor = factor * (sweeper.sizes[a] if terms.kinds[a] is kind else _BASE) % sweeper.modulus


@lru_cache(maxsize=10_000)
def _as_output(colour: bytes, places: tuple[int, ...]) -> bytes:
    """The colour of what the outputs at these places are."""
    return digest(colour + b"output %s" % str([*places]).encode())


def _hashed(colour: bytes) -> int:
    return int.from_bytes(blake2b(colour, digest_size=32, person=b"snap1 set").digest())


def _number(value: int) -> bytes:
    """A number of any size, told from others where it stands among them."""
    data = value.to_bytes((value.bit_length() + 7) // 8)
    return b"%d:" % len(data) + data
