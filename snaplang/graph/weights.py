"""Weights by name: drawn from a seed, read from a safetensors file, held against a graph.

Names are the keys of the torch module's state_dict: a node's path and the weight's own name. Arrays
are float32; counters (`num_batches_tracked`) are int64 and may be absent. torch is never imported.

>>> from snaplang.api import lower
>>> graph = lower("conv3 bn", inputs=["N,8,H,W"])
>>> {name: array.shape for name, array in initial(graph, seed=0).items()}["conv1.weight"]
(8, 8, 3, 3)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.diagnostics import Diagnostic, Note, SnapError, files
from snaplang.graph.graph import Graph
from snaplang.ops.spec import Weight

Array = NDArray[Any]

_FLOATS = ("F64", "F32", "F16", "BF16")  # safetensors' names of what converts to float32
_HINT = "names and shapes are those of the state_dict of snaplang.torch.Block"


def expected(graph: Graph) -> dict[str, Weight]:
    """All weights of a graph by state_dict key, in the order of its nodes."""
    return {f"{node.key}.{w.name}": w for node in graph.nodes for w in graph.weights(node)}


def sizes(weight: Weight) -> tuple[int, ...]:
    """A weight's shape in numbers; the graph must be prepared."""
    found = tuple(size.whole() for size in weight.shape)
    assert None not in found
    return tuple(size for size in found if size is not None)


def draw(key: str, weight: Weight, seed: int) -> Array:
    """One weight as PyTorch would start it.

    The generator is seeded by `seed` and `key` together: what a weight gets does not depend on the
    weights beside it.
    """
    shape, init = sizes(weight), weight.init
    if init.kind == "constant":
        return np.full(shape, init.value(), np.int64 if weight.whole else np.float32)
    digest = hashlib.sha256(f"{seed} {key}".encode()).digest()
    random = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))
    bound = np.float32(init.value())
    if init.kind == "normal":
        array = random.standard_normal(shape, dtype=np.float32)
        array *= bound
    else:
        array = random.random(shape, dtype=np.float32)
        array *= 2 * bound
        array -= bound
    return array


def initial(graph: Graph, seed: int = 0) -> dict[str, Array]:
    """Every weight of a prepared graph, drawn from its `Init`; same seed, same arrays."""
    return {key: draw(key, weight, seed) for key, weight in expected(graph).items()}


def aboard(graph: Graph) -> dict[str, Array] | None:
    """The weights that a lifted graph has with it, those that it needs; None where it has none."""
    if graph.state is None:
        return None
    return {key: graph.state[key] for key in expected(graph) if key in graph.state}


def safetensors_of(graph: Graph, seed: int = 0, path: Path | None = None) -> bytes:
    """A safetensors file of a prepared graph's weights: given, its own, or initial values."""
    from safetensors.numpy import save

    given = load(path, graph) if path is not None else aboard(graph)
    arrays = initial(graph, seed) if given is None else check(graph, given)
    return save({key: np.asarray(array, order="C") for key, array in arrays.items()})


def load(path: Path, graph: Graph) -> dict[str, Array]:
    """The weights in a safetensors file, as float32; half and bfloat16 are widened.

    Raises `SnapError`: E601 and E608 where the file cannot be read, E722 where it is no safetensors
    file, E721 with every name that is missing, unexpected or of another shape.
    """
    from safetensors import SafetensorError, safe_open

    files.regular(path)
    try:
        with safe_open(path, "numpy") as file:
            return _read(file, graph, f"`{path}`")
    except OSError as error:
        raise files.unreadable(str(path), error) from None
    except SafetensorError as error:
        message = f"`{path}` is not a safetensors file: {error}"
        raise SnapError(Diagnostic("E722", message)) from None


def _read(file: Any, graph: Graph, name: str) -> dict[str, Array]:
    slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118 - no mapping
    found = {key: tuple(part.get_shape()) for key, part in slices.items()}
    kinds = {key: str(part.get_dtype()) for key, part in slices.items()}
    strange = {key: kind for key, kind in kinds.items() if kind not in _FLOATS}
    known = expected(graph)
    _hold(known, found, strange, name)
    if "BF16" in kinds.values():
        import ml_dtypes  # noqa: F401 - teaches numpy the name `bfloat16`; onnx brings it along
    return {key: _as_array(file.get_tensor(key), known[key]) for key in known if key in found}


def check(graph: Graph, weights: Mapping[str, Any], name: str = "the weights") -> dict[str, Array]:
    """A mapping from state_dict keys to arrays or tensors, held against a prepared graph.

    Values may be whatever numpy takes, torch tensors included. Raises `SnapError` (E721) with
    every name that is missing, unexpected, of another shape or not of floats.
    """
    arrays = {str(key): _plain(value) for key, value in weights.items()}
    shapes = {key: array.shape for key, array in arrays.items()}
    strange = {key: str(a.dtype) for key, a in arrays.items() if not _is_float(a)}
    known = expected(graph)
    _hold(known, shapes, strange, name)
    return {key: _as_array(arrays[key], known[key]) for key in known if key in arrays}


def _plain(value: Any) -> Array:
    if hasattr(value, "detach"):  # a tensor: numpy takes neither gradients, devices nor bfloat16
        value = value.detach().cpu()
        value = value.float() if value.is_floating_point() else value
    try:
        return np.asarray(value)
    except (TypeError, ValueError):  # ragged lists and the like: reported as a misfit
        return np.empty((), object)


def _is_float(array: Array) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def _as_array(array: Array, weight: Weight) -> Array:
    return np.asarray(array, np.int64 if weight.whole else np.float32)


def _hold(
    known: Mapping[str, Weight],
    found: Mapping[str, tuple[int, ...]],
    strange: Mapping[str, str],
    name: str,
) -> None:
    """Raise E721 unless names, shapes and kinds fit; each kind of misfit lists all its names."""
    missing = [
        f"{key} {list(sizes(weight))}"
        for key, weight in known.items()
        if key not in found and not weight.whole
    ]
    extra = [f"{key} {list(shape)}" for key, shape in found.items() if key not in known]
    wrong = list(_misfits(known, found, strange))
    kinds = (("missing", missing), ("unexpected", extra), ("of another shape or type", wrong))
    problems = [
        Diagnostic("E721", f"{name}: {_count(names)} {what}", None, _HINT, None, _notes(names))
        for what, names in kinds
        if names
    ]
    if problems:
        raise SnapError(problems)


def _misfits(
    known: Mapping[str, Weight],
    found: Mapping[str, tuple[int, ...]],
    strange: Mapping[str, str],
) -> Iterator[str]:
    for key, weight in known.items():
        if key in found and found[key] != sizes(weight):
            yield f"{key} {list(found[key])}, needed {list(sizes(weight))}"
        elif key in strange and not weight.whole:
            yield f"{key} holds {strange[key]}, needed floats"


def _count(names: list[str]) -> str:
    return "1 name is" if len(names) == 1 else f"{len(names)} names are"


def _notes(names: list[str]) -> tuple[Note, ...]:
    return tuple(Note(name) for name in names)
