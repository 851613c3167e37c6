"""What is hashed, byte by byte: the layout of `snap2`.

Every field is a netstring (its length, `:`, the bytes, `,`), so that no two lists of fields are one
string of bytes. An op says its id, the class of instances that it shares weights with (empty: none)
and its attributes by name, each with a letter for its type. New types take new letters, and an
attribute at its default is not said: what an op learns later changes no fingerprint of today.

This module knows bytes only; which attributes count is decided in `kinds.py`, and how colours make
a fingerprint in `colours.py`, `partition.py` and `ties.py`.

>>> of_op("relu", {"max": of_value(6.0)})
b'2:op,4:relu,0:,1:1,3:max,9:d@\\x18\\x00\\x00\\x00\\x00\\x00\\x00,'
>>> of_value(((1, 1), (0, 2)))
b'(11:(2:i1,2:i1,,11:(2:i0,2:i2,,'
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from hashlib import blake2b

from snaplang.dims import Dim
from snaplang.ops.spec import AttrValue


def net(*fields: bytes) -> bytes:
    """Fields, each told from the next by its length."""
    return b"".join([b"%d:%b," % (len(field), field) for field in fields])


def number(value: int) -> bytes:
    """A whole number of any size, 0 or more, in hexadecimal digits."""
    return b"%x" % value


def digest(data: bytes) -> bytes:
    """The colour of a kind: BLAKE2b of 32 bytes."""
    return blake2b(data, digest_size=32, person=b"snap2 kind").digest()


def of_name(text: str) -> bytes:
    """What no op stands for: an input, a port, a zero, each with a text of its own."""
    return net(b"name", text.encode())


def of_outputs(colour: bytes, places: Collection[int]) -> bytes:
    """A kind, and the places among the outputs that a value of it has."""
    return net(b"outputs", colour, *map(number, places))


def of_op(name: str, attrs: Mapping[str, bytes], sharing: bytes = b"") -> bytes:
    """An op with its attributes, whose values are laid out by `of_value`."""
    fields = [b"op", name.encode(), sharing, number(len(attrs))]
    for key in sorted(attrs):
        fields += [key.encode(), attrs[key]]
    return net(*fields)


def of_value(value: AttrValue) -> bytes:
    """A value with the letter of its type.

    `-` none, `y` true, `n` false, `i` a whole number, `d` an IEEE double (there is one zero), `w` a
    word, `p` a polynomial, `(` a tuple of values.
    """
    if isinstance(value, Dim):
        whole = value.whole()
        return b"p" + str(value).encode() if whole is None else b"i%d" % whole
    if value is None:
        return b"-"
    if isinstance(value, bool):
        return b"y" if value else b"n"
    if isinstance(value, int):
        return b"i%d" % value
    if isinstance(value, float):
        return b"d" + struct.pack(">d", value + 0.0)
    if isinstance(value, tuple):
        return b"(" + net(*map(of_value, value))
    return b"w" + value.encode()
