"""Colours of values, by value: what each is made of, hashed from the inputs up.

The colour of a value without inputs is its kind's. That of another is a hash of its kind's colour
and those of its inputs: in order, or as a multiset, or as a sequence. Sums are seen flat through
their nesting, in time linear in what is written: a multiset is the sum of its colours as numbers,
each times its multiplicity (no modulus could hide any), with the exact number of terms; a sequence
is a polynomial of its colours, modulo 2^255-19, at a fixed base, with its length.

>>> from snaplang.api import lower
>>> from snaplang.canonical.normal import normal
>>> form = normal(lower("dup conv3 swap conv3 add"), "algebra")
>>> len(form.live), len(set(up(form, start(form)).values()))
(4, 3)
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from snaplang.canonical.normal import Normal
from snaplang.canonical.normal.kind import Form
from snaplang.canonical.normal.layout import digest, of_outputs

PRIME = 2**255 - 19
BASE = int.from_bytes(digest(b"base")) % PRIME
_POWERS = [1]
_UP = blake2b(digest_size=32, person=b"snap2 up")

Colours = dict[int, bytes]


def place(index: int) -> int:
    """What stands for a place in order: a power of the base."""
    while len(_POWERS) <= index:
        _POWERS.append(_POWERS[-1] * BASE % PRIME)
    return _POWERS[index]


def start(form: Normal) -> Colours:
    """The colours of kinds, with the places among the outputs."""
    kinds, outputs = form.terms.kinds, form.outputs
    own = {v: kinds[v].colour for v in form.live}
    if len(outputs) == 1:
        own[outputs[0]] = _as_output(own[outputs[0]], (0,))
        return own
    places: dict[int, list[int]] = {}
    for index, v in enumerate(outputs):
        places.setdefault(v, []).append(index)
    for v, found in places.items():
        own[v] = _as_output(own[v], tuple(found))
    return own


@lru_cache(maxsize=10_000)
def _as_output(colour: bytes, places: tuple[int, ...]) -> bytes:
    return digest(of_outputs(colour, places))


def up(form: Normal, own: Colours) -> Colours:
    """The colours of all live values, given those of what they are themselves."""
    kinds, args, times = form.terms.kinds, form.terms.args, form.terms.times
    copy, whole, plain, sequence = _UP.copy, int.from_bytes, Form.PLAIN, Form.SEQUENCE
    new: Colours = {}
    sums: dict[int, tuple[int, int]] = {}  # of nesting values: the total, and terms or a power
    for v in form.held:
        kind, inputs = kinds[v], args[v]
        if kind.form is plain:
            if not inputs:
                new[v] = own[v]
                continue
            data = own[v] + new[inputs[0]]
            for a in inputs[1:]:
                data += new[a]
        else:
            total = count = 0
            if kind.form is sequence:
                sums[v] = total, _ = _polynomial(form, v, new, sums)
                count = form.terms.size(v)
            else:
                nests = kind.nests
                for a, m in zip(inputs, times[v], strict=True):
                    if nests and kinds[a] is kind:
                        part, size = sums[a]
                        total += m * part
                        count += m * size
                    else:
                        total += m * whole(new[a])
                        count += m
                if nests:
                    sums[v] = total, count
            if v not in own:
                continue
            terms, digits = b"%x" % count, b"%x" % total
            data = b"%b%d:%b,%d:%b," % (own[v], len(terms), terms, len(digits), digits)
        state = copy()
        state.update(data)
        new[v] = state.digest()
    return new


def _polynomial(
    form: Normal, v: int, new: Colours, sums: dict[int, tuple[int, int]]
) -> tuple[int, int]:
    """A sequence as a polynomial of its items, and the power that comes next."""
    kinds = form.terms.kinds
    total, power = 0, 1
    for a in form.terms.args[v]:
        nested = kinds[a] is kinds[v]
        part, factor = sums[a] if nested else (int.from_bytes(new[a]), BASE)
        total = (total + power * part) % PRIME
        power = power * factor % PRIME
    return total, power
