"""Tensors under trace: they have symbolic sizes, and what is done to them becomes terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from snaplang.lift.terms import Const, ModelTerms, Term, UnfitError, Value
from snaplang.lift.terms.extents import Extent
from snaplang.lift.torch.sizes import KnownSize, SymSize


class UnknownCallError(Exception):
    """A call that tracing cannot follow."""


@dataclass
class Tracing:
    """A trace under way: its terms, and the names of the module's tensors by identity."""

    names: dict[int, str]
    call: Callable[..., Any]  # what runs a function on traced tensors
    terms: ModelTerms = field(default_factory=ModelTerms)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    bare: bool = False  # weights have shapes, no data
    whole: bool = False  # layers whose `forward` cannot be followed are one op each

    def wrap(self, value: Value) -> Any:
        """A term as code sees it."""
        return Traced(self, value) if isinstance(value, Term) else value

    def value(self, x: Any) -> Value:
        """What code holds, as a value of terms."""
        if x is None or isinstance(x, Term | Const):
            return x
        if isinstance(x, Traced):
            if x.stale:
                raise UnfitError("a tensor is used that was changed through a view of it")
            return x.term
        if isinstance(x, torch.Tensor):
            return self._const(x)
        if isinstance(x, SymSize):
            raise UnfitError(f"data is computed with the size {x}")
        if isinstance(x, bool | int | float):
            return Const(np.asarray(float(x)))
        raise UnknownCallError(f"a {type(x).__name__} among tensors")

    def _const(self, tensor: torch.Tensor) -> Const:
        plain = tensor.detach()
        if plain.is_meta:
            self.bare = True
            array: NDArray[Any] = np.broadcast_to(np.float32(0), tuple(plain.shape))
        else:
            plain = plain.cpu()
            array = (plain.float() if plain.is_floating_point() else plain).numpy()
        name = self.names.get(id(tensor)) or self._owner(tensor)
        if name is not None:
            self.arrays.setdefault(name, array)
        return Const(array, name)

    def _owner(self, tensor: torch.Tensor) -> str | None:
        """The parameter that a tensor is a view of, whole."""
        base = tensor._base
        if base is None or base.numel() != tensor.numel():
            return None
        return self.names.get(id(base))


class Traced:
    """A tensor under trace. Its methods are the functions of `torch_terms`."""

    requires_grad = is_nested = is_cuda = is_sparse = is_quantized = is_mkldnn = False
    is_meta = False
    dtype: torch.dtype = torch.float32
    device = torch.device("cpu")
    layout = torch.strided
    grad_fn = None

    def __init__(self, tracing: Tracing, term: Term) -> None:
        self.tracing, self.term = tracing, term
        self.stale = False  # its memory was changed, and not through this tensor
        self.family: list[Traced] = [self]  # the tensors that share its memory

    def joins(self, other: Traced) -> None:
        """Note that this tensor is a view of another."""
        self.family = other.family
        self.family.append(self)

    def becomes(self, other: Traced) -> Traced:
        """This tensor, changed in place: other views of its memory are stale from now on."""
        self.term = other.term
        for relative in self.family:
            relative.stale = relative.stale or relative is not self
        return self

    @property
    def shape(self) -> tuple[Any, ...]:
        """The sizes, each of which knows whose it is."""
        found: list[Any] = []
        for axis, size in enumerate(self.term.shape):
            extent = Extent(size, self.term, axis)
            found.append(SymSize(extent) if size.whole() is None else KnownSize.of(extent))
        return tuple(found)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.term.rank

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        tracing = _found(args) or _found(list((kwargs or {}).values()))
        if tracing is None:
            raise UnknownCallError(str(func))
        return tracing.call(tracing, func.__name__, args, kwargs or {}, func)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        tracing = self.tracing
        return lambda *args, **kwargs: tracing.call(tracing, name, (self, *args), kwargs)

    def __getitem__(self, index: Any) -> Any:
        return self.getitem(index)

    def __neg__(self) -> Any:
        return self.tracing.call(self.tracing, "neg", (self,), {})

    def __iter__(self) -> Any:
        return iter(self.unbind(0))

    def __len__(self) -> Any:
        return self.shape[0]


def _found(args: Any) -> Tracing | None:
    for arg in args:
        if isinstance(arg, Traced):
            return arg.tracing
        if isinstance(arg, list | tuple) and (inner := _found(arg)) is not None:
            return inner
    return None


def _operator(name: str, swapped: bool = False) -> Any:
    def method(self: Traced, other: Any) -> Any:
        pair = (other, self) if swapped else (self, other)
        return self.tracing.call(self.tracing, name, pair, {})

    return method


for _name in ("add", "sub", "mul", "truediv", "matmul", "pow"):
    setattr(Traced, f"__{_name}__", _operator(_name))
    setattr(Traced, f"__i{_name}__", _operator(f"__i{_name}__"))
    setattr(Traced, f"__r{_name}__", _operator(_name, swapped=True))
