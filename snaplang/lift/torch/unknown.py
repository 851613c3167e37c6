"""Calls of PyTorch that nothing knows, as opaque terms: results' shapes are found by trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from snaplang.dims import dim, substitute
from snaplang.lift.terms import Term
from snaplang.lift.terms.fitting import fitted
from snaplang.lift.terms.source import digest, opaque_terms
from snaplang.lift.torch.sizes import SymSize
from snaplang.lift.torch.tensor import Traced, Tracing, UnknownCallError


def unknown(
    t: Tracing,
    name: str,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    function: Any,
    more: str = "",
) -> Any:
    """A call as an opaque term; raises `UnknownCallError` where its result cannot be foreseen.

    `more` is what else makes the op what it is.
    """
    flat = _tensors((args, kwargs))
    if not any(isinstance(x, Traced) for x in flat):
        if callable(function):
            return function(*args, **kwargs)
        raise UnknownCallError(f"`{name}` on sizes")
    values = [t.value(x) for x in flat]
    letters = sorted(
        {n for v in values if isinstance(v, Term) for s in v.shape for n in s.letters()}
    )

    kinds: list[torch.dtype] = []

    def trial(sizes: dict[str, int]) -> list[list[int]] | None:
        known = {n: dim(s) for n, s in sizes.items()}
        try:
            with torch.no_grad():
                found = _on_meta(name, args, kwargs, function, known)
        except Exception:  # whatever a foreign function may raise
            return None
        kinds[:] = [x.dtype for x in found]
        return [list(x.shape) for x in found] if found else None

    shapes = fitted(letters, trial)
    if shapes is None:
        raise UnknownCallError(f"`{name}` at `{t.terms.place.name}` is not known")
    said = [repr(_without(x)) for x in (args, sorted(kwargs.items()))]
    said += [more] if more else []
    results = opaque_terms(t.terms, name.strip("_"), digest("torch", name, *said), values, shapes)
    wrapped = tuple(t.wrap(v) for v in results)
    for made, kind in zip(wrapped, kinds, strict=False):
        made.dtype = kind  # of a comparison, or whole numbers
    return wrapped[0] if len(wrapped) == 1 else wrapped


def _tensors(value: Any) -> list[Any]:
    if isinstance(value, Traced | torch.Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [x for item in value for x in _tensors(item)]
    return [x for item in value.values() for x in _tensors(item)] if isinstance(value, dict) else []


def _without(value: Any) -> Any:
    """Arguments without tensors and sizes, which the op's inputs say."""
    if isinstance(value, Traced | torch.Tensor):
        return "tensor"
    if isinstance(value, list | tuple):
        return [_without(item) for item in value]
    return "size" if isinstance(value, SymSize) else value


def _on_meta(name: str, args: Any, kwargs: Any, function: Any, known: Any) -> list[torch.Tensor]:
    """The call on tensors without data, at some sizes."""

    def convert(value: Any) -> Any:
        if isinstance(value, Traced):
            sizes = [substitute(s, known).whole() or 0 for s in value.term.shape]
            return torch.empty(sizes, dtype=value.dtype, device="meta")
        if isinstance(value, torch.Tensor):
            return torch.empty(value.shape, dtype=value.dtype, device="meta")
        if isinstance(value, SymSize):
            return substitute(value.dim, known).whole()
        if isinstance(value, list | tuple):
            return type(value)(map(convert, value))
        return value

    given, named = convert(list(args)), {k: convert(v) for k, v in kwargs.items()}
    ways = [function, getattr(torch.Tensor, name, None), getattr(torch.ops.aten, name, None)]
    for way in filter(callable, ways):
        try:
            result = way(*given, **named)
        except (TypeError, RuntimeError):  # a method where a function was called, or aten's order
            continue
        return [x for x in _tensors(result) if isinstance(x, torch.Tensor)]
    raise UnknownCallError(name)
