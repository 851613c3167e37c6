"""The kernel, compiled: the one source, for the CPU and for numba's CUDA target.

The functions of `kernel/` are plain Python that call each other by name. Each is compiled with its
callees' names bound to what these were compiled to, callees first. What is compiled for the CPU
is cached on disk, under names that hold a digest of the whole source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any

from snaplang.batch.kernel import colours, entry, hashes, laws, nodes, parts, rows, ties
from snaplang.diagnostics import Diagnostic, SnapError

Compiled = Any
_MODULES = (hashes, nodes, parts, laws, rows, colours, ties, entry)


def require_numba() -> None:
    """Raise a `SnapError` that says how to install numba, where it is missing."""
    if find_spec("numba") is None:
        hint = '`pip install "snaplang[batch]"`'
        raise SnapError(Diagnostic("E515", "batches need numba, which is not installed", hint=hint))


def cuda_found() -> bool:
    """Whether there is a GPU, or numba's simulator of one."""
    import numba.cuda

    cuda: Any = numba.cuda
    return bool(cuda.is_available())


@lru_cache(maxsize=1)
def _stamp() -> str:
    """A digest of the kernel's source."""
    folder = Path(entry.__file__).parent
    texts = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    return blake2b(b"".join(texts), digest_size=6).hexdigest()


def _linked(function: Callable[..., Any], known: dict[str, Any]) -> Callable[..., Any]:
    """A copy of a function that sees `known` by name."""
    assert isinstance(function, FunctionType)
    copy = FunctionType(function.__code__, {**function.__globals__, **known}, function.__name__)
    copy.__qualname__ = f"{function.__name__}_{_stamp()}"
    copy.__module__ = function.__module__
    return copy


def _compiled(compile_one: Callable[..., Any], known: dict[str, Any]) -> dict[str, Any]:
    """Everything below the entries, compiled; `compile_one` also hears whether to inline."""
    known = dict(known)
    for module in _MODULES:
        for function in module.FUNCTIONS:
            inlined = function.__name__ in module.INLINED
            known[function.__name__] = compile_one(_linked(function, known), inlined)
    return known


@lru_cache(maxsize=1)
def _cpu() -> dict[str, Any]:
    from numba import njit

    def compile_one(function: Callable[..., Any], inlined: bool) -> Any:
        # no wrappers and no counting of references: only the entries are called from Python
        spare: dict[str, Any] = {"no_cpython_wrapper": True, "_nrt": False}
        return njit(nogil=True, error_model="numpy", forceinline=inlined, **spare)(function)

    return _compiled(compile_one, {})


@lru_cache(maxsize=1)
def cpu_rows() -> Compiled:
    """`entry.rows` for the CPU. It lets go of the interpreter's lock, so that threads can share."""
    return _cached(entry.rows)


@lru_cache(maxsize=1)
def cpu_lists() -> Compiled:
    """`entry.lists` for the CPU."""
    return _cached(entry.lists)


def _cached(function: Callable[..., Any]) -> Compiled:
    from numba import njit

    linked = _linked(function, _cpu())
    try:
        return njit(nogil=True, cache=True)(linked)
    except RuntimeError:  # nowhere to keep it
        return njit(nogil=True)(linked)


@lru_cache(maxsize=1)
def cuda_grid() -> Compiled:
    """`entry.grid` for a GPU, or for numba's simulator of one."""
    import numba.cuda

    cuda: Any = numba.cuda

    def compile_one(function: Callable[..., Any], inlined: bool) -> Any:
        return cuda.jit(device=True)(function)

    return cuda.jit(_linked(entry.grid, _compiled(compile_one, {"cuda": cuda})))
