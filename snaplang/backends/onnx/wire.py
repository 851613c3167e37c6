"""ONNX files as bytes: the little of protobuf's wire format that writing weights in place takes.

A message is its fields one after the other, in the order of their numbers; a field that holds bytes
or a message is a key, a length and the content. Knows no ops and no graphs.

>>> frame(RAW_DATA, 300).hex()
'4aac02'
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import onnx

GRAPH, INITIALIZER, RAW_DATA = 7, 5, 9  # ModelProto.graph, GraphProto.initializer, TensorProto's
MAX_BYTES = 2**31 - 1  # of one message
_LENGTH_DELIMITED = 2


def frame(number: int, length: int) -> bytes:
    """What stands before `length` bytes of content of field `number`."""
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(length)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes((*parts, value))


def size_in_bytes(shape: Sequence[int]) -> int:
    """The size of a float32 tensor."""
    return 4 * prod(shape)


def header(name: str, shape: Sequence[int]) -> onnx.TensorProto:
    """A float32 initializer without its data."""
    return onnx.TensorProto(name=name, data_type=onnx.TensorProto.FLOAT, dims=shape)


def lead(name: str, shape: Sequence[int]) -> bytes:
    """All of a float32 initializer of a graph that stands before its data, which ends it."""
    size = size_in_bytes(shape)
    inner: bytes = header(name, shape).SerializeToString() + frame(RAW_DATA, size)
    return frame(INITIALIZER, len(inner) + size) + inner


def parted(message: onnx.ModelProto | onnx.GraphProto, number: int) -> tuple[bytes, bytes]:
    """A message's bytes, cut behind field `number`."""
    front, back = type(message)(), type(message)()
    front.CopyFrom(message)
    back.CopyFrom(message)
    for descriptor, _ in message.ListFields():
        (front if descriptor.number > number else back).ClearField(descriptor.name)
    return bytes(front.SerializeToString()), bytes(back.SerializeToString())
