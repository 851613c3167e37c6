"""ONNX files, read with care: nothing is believed that the bytes do not bear out.

`model_of` takes a path, bytes or a `ModelProto`; `weights_of` gives a model's initializers as
arrays, looking at external data only inside the model's own folder. Nothing is executed or written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, Union

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import TensorProto, helper, inliner, numpy_helper

from snaplang.diagnostics import SnapError, fail, files

Model = Union[str, "os.PathLike[str]", bytes, onnx.ModelProto]
MAX_BYTES = 2**31 - 1  # what protobuf can read
_TEXT = ("int32_data", "int64_data", "float_data", "double_data", "uint64_data", "string_data")


def model_of(model: Model) -> tuple[onnx.ModelProto, Path | None]:
    """The model and its file; raises `SnapError` (E601, E608, E811)."""
    if isinstance(model, onnx.ModelProto):
        return _checked(model, "the model"), None
    if isinstance(model, bytes):
        return _checked(_parsed(model, "the model"), "the model"), None
    path = Path(model)
    try:
        with files.opened(path) as file:
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise fail("E811", f"`{path}` is larger than the 2 GB that an ONNX file can have")
            data = file.read(1)
            if data != b"\0":  # no message begins so: a hole in a file may be long
                data += file.read()
    except OSError as error:
        raise files.unreadable(str(path), error) from None
    return _checked(_parsed(data, f"`{path}`"), f"`{path}`"), path


def _parsed(data: bytes, name: str) -> onnx.ModelProto:
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(data)
    except DecodeError:
        hint = "the file is damaged or cut short, or is of another format"
        raise fail("E811", f"{name} is not an ONNX model", hint=hint) from None
    return proto


def _checked(proto: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The model, its own functions put in place."""
    if not proto.graph.output or not proto.opset_import:
        hint = "the file is damaged, or of another format"
        raise fail("E811", f"{name} holds no graph with outputs and an opset", hint=hint)
    if not all(isinstance(text, str) for text in _texts(proto)):
        raise fail("E811", f"{name} has names that are no UTF-8 text", hint="the file is damaged")
    if not proto.functions:
        return proto
    _no_circle(proto)
    try:
        inlined: onnx.ModelProto = inliner.inline_local_functions(proto)
    except Exception as error:  # the inliner is C++, with errors of many types
        text = str(error).strip().splitlines()[0][:200] if str(error).strip() else "it is malformed"
        raise fail("E813", f"the functions of {name} cannot be put in place: {text}") from None
    return inlined


def _texts(proto: onnx.ModelProto) -> Iterator[object]:
    """All names in a model: protobuf gives bytes where they are no text."""
    yield proto.producer_name
    yield proto.graph.name
    yield from (e for p in proto.metadata_props for e in (p.key, p.value))
    yield from (o.domain for o in proto.opset_import)
    graph = proto.graph
    for node in (*graph.node, *(n for f in proto.functions for n in f.node)):
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)
        yield from (e for p in node.metadata_props for e in (p.key, p.value))
    for tensor in graph.initializer:
        yield tensor.name
        yield from (e for entry in tensor.external_data for e in (entry.key, entry.value))
    for info in (*graph.input, *graph.output, *graph.value_info):
        yield info.name
        yield from (axis.dim_param for axis in info.type.tensor_type.shape.dim)


def _no_circle(proto: onnx.ModelProto) -> None:
    """Functions that call themselves would be put in place for ever."""
    calls = {(f.domain, f.name): [(n.domain, n.op_type) for n in f.node] for f in proto.functions}
    done: set[tuple[str, str]] = set()
    while left := [key for key in calls if key not in done]:
        ready = [k for k in left if all(c in done or c not in calls for c in calls[k])]
        if not ready:
            raise fail("E813", f"the function `{left[0][1]}` of the model calls itself")
        done.update(ready)


def weights_of(proto: onnx.ModelProto, folder: Path | None) -> dict[str, NDArray[Any]]:
    """The initializers by name; raises `SnapError` (E811, E812)."""
    found = {}
    for tensor in proto.graph.initializer:
        found[tensor.name] = array_of(tensor, folder)
    if proto.graph.sparse_initializer:
        name = proto.graph.sparse_initializer[0].values.name
        raise fail("E811", f"the weight `{name}` is sparse, which nothing here reads")
    return found


def array_of(tensor: TensorProto, folder: Path | None = None) -> NDArray[Any]:
    """A tensor's data, held against what its header claims."""
    name = tensor.name or "a constant"
    try:
        kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except (KeyError, TypeError, ValueError):
        raise fail("E811", f"`{name}` has the unknown type {tensor.data_type}") from None
    count = prod(tensor.dims)
    if count < 0 or any(size < 0 for size in tensor.dims):
        raise fail("E811", f"`{name}` has the sizes {list(tensor.dims)}")
    if tensor.data_location == TensorProto.EXTERNAL:
        data = _external(tensor, folder, count * kind.itemsize)
        return np.frombuffer(data, kind.newbyteorder("<"), count).reshape(tensor.dims)
    if kind.kind in "fiub" and tensor.HasField("raw_data") and kind.name[0] in "fiub":
        if len(tensor.raw_data) != count * kind.itemsize:
            have = len(tensor.raw_data)
            raise _claims(name, tensor, f"{count * kind.itemsize:,} bytes", f"{have:,}")
        return np.frombuffer(tensor.raw_data, kind.newbyteorder("<")).reshape(tensor.dims)
    have = max(len(getattr(tensor, field)) for field in _TEXT)
    if not tensor.HasField("raw_data") and have < count / 2:  # packed kinds hold several in one
        raise _claims(name, tensor, f"{count:,} numbers", f"{have:,}")
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except Exception as error:  # whatever reads odd types may raise
        raise fail("E811", f"`{name}` cannot be read: {error}") from None


def _claims(name: str, tensor: TensorProto, need: str, have: str) -> SnapError:
    message = f"`{name}` has the sizes {list(tensor.dims)[:8]}, that is {need}, but holds {have}"
    return fail("E811", message, hint="the file is damaged or cut short")


def _external(tensor: TensorProto, folder: Path | None, size: int) -> bytes:
    """Data beside the model; raises E812 unless it lies whole in a file of the model's folder."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    name, location = tensor.name, entries.get("location", "")
    if folder is None:
        hint = "give the path of the file, not its bytes"
        raise fail("E812", f"the data of `{name}` is in `{location}`, beside the model", hint=hint)
    path = _inside(folder, location, name)
    try:
        offset, length = int(entries.get("offset", "0")), int(entries.get("length", str(size)))
    except ValueError:
        raise fail("E812", f"`{name}` names no place in `{location}`") from None
    there = path.stat().st_size
    if length != size or offset < 0 or offset + size > there:
        message = (
            f"`{name}` takes {size:,} bytes at {offset:,} of `{location}`, which has {there:,}"
        )
        raise fail("E812", message, hint="the file is cut short, or belongs to another model")
    try:
        with files.opened(path, location) as file:
            file.seek(offset)
            return file.read(size)
    except OSError as error:
        raise fail("E812", f"cannot read `{location}`: {error.strerror or error}") from None


def _inside(folder: Path, location: str, name: str) -> Path:
    """A file in the folder or below; links that lead out of it are refused."""
    outside = fail(
        "E812",
        f"the data of `{name}` is said to be in `{location[:200]}`, outside the model's folder",
        hint="external data is read from the model's folder alone",
    )
    parts = Path(location)
    if not location or "\0" in location or parts.is_absolute() or ".." in parts.parts:
        raise outside
    try:
        path = (folder / parts).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise outside
        if not path.is_file():
            raise fail("E812", f"`{location}`, which holds the data of `{name}`, is missing")
    except OSError as error:
        message = f"cannot read `{location[:200]}`: {error.strerror or error}"
        raise fail("E812", message) from None
    return path


def outer_names(graph: onnx.GraphProto) -> Iterator[str]:
    """What a graph inside a node reads from the graph around it."""
    own = {value.name for value in (*graph.input, *graph.initializer)}
    for node in graph.node:
        yield from (name for name in node.input if name and name not in own)
        for inner in inner_graphs(node):
            yield from (name for name in outer_names(inner) if name not in own)
        own.update(node.output)
    yield from (value.name for value in graph.output if value.name not in own)


def inner_graphs(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    """The graphs among a node's attributes: branches and bodies."""
    found = [a.g for a in node.attribute if a.type == onnx.AttributeProto.GRAPH]
    return found + [g for a in node.attribute for g in a.graphs]
