"""What calls of PyTorch mean, as terms: functions, methods and aten ops by their common names.

`run` dispatches: a function of the tables here and in `torch_layers.py` gets the arguments as the
Python function has them. A call that nothing here knows becomes an opaque term, its result's shape
found by running it on tensors without data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from snaplang.dims import Dim, dim, substitute
from snaplang.lift.extents import Extent
from snaplang.lift.fitting import fitted
from snaplang.lift.shapes import UnfitError
from snaplang.lift.source import digest, opaque_terms
from snaplang.lift.terms import Const, Term
from snaplang.lift.torch_layers import LAYERS
from snaplang.lift.torch_sizes import SymSize, as_dim
from snaplang.lift.torch_tensor import Traced, Tracing, UnknownCallError

Call = Callable[..., Any]


def run(
    t: Tracing,
    name: str,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    function: Any = None,
) -> Any:
    """The result of a call on traced tensors."""
    if function in _ATEN_NORMS or isinstance(function, torch._ops.OpOverload):
        args = _as_python(name, args)
    plain = name.strip("_") if name.strip("_") in CALLS else name
    plain = plain.removesuffix("_") if plain not in CALLS else plain
    found = CALLS.get(plain)
    if found is None and len(plain) > 1 and plain[0] in "ir" and name.startswith("__"):
        found = CALLS.get(plain[1:])
    if found is not None:
        done = found(t, *args, **kwargs)
        if done is not NotImplemented:
            aten = isinstance(function, torch._ops.OpOverload)
            return (done, None) if aten and name.startswith("adaptive_max_pool") else done
    return _unknown(t, name, args, kwargs, function)


_ATEN_NORMS = (torch.batch_norm, torch.instance_norm)


def _as_python(name: str, args: Sequence[Any]) -> Sequence[Any]:
    """Arguments of aten's norms in the order of torch.nn.functional."""
    if name not in ("batch_norm", "instance_norm"):
        return args
    x, weight, bias, mean, variance, *rest = args
    return (x, mean, variance, weight, bias, *rest[:3])


# -- elementwise -----------------------------------------------------------------------------------


def _unary(kind: str) -> Call:
    def call(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
        return t.wrap(t.terms.make(kind, t.value(x)))

    return call


def _binary(kind: str) -> Call:
    def call(t: Tracing, a: Any, b: Any, *, alpha: float = 1, **kwargs: Any) -> Any:
        if {type(a), type(b)} <= {SymSize, int, float}:
            return _on_sizes(kind, a, b)
        left, right = t.value(a), t.value(b)
        if kwargs.get("rounding_mode"):
            return NotImplemented
        if alpha != 1:
            right = t.terms.combine("mul", right, Const(np.asarray(float(alpha))))
        return t.wrap(t.terms.combine(kind, left, right))

    return call


def _on_sizes(kind: str, a: Any, b: Any) -> Any:
    functions: dict[str, Call] = {
        "add": lambda: a + b,
        "sub": lambda: a - b,
        "mul": lambda: a * b,
        "div": lambda: a / b,
    }
    return functions[kind]() if kind in functions else NotImplemented


def _clamp(t: Tracing, x: Any, min: Any = None, max: Any = None, **kwargs: Any) -> Any:
    limits = [kwargs.get("min_val", min), kwargs.get("max_val", max)]
    if any(not isinstance(v, int | float | None) for v in limits):
        return NotImplemented
    low, high = (None if v is None else float(v) for v in limits)
    return t.wrap(t.terms.make("clip", t.value(x), low=low, high=high))


def _hardtanh(t: Tracing, x: Any, min_val: float = -1.0, max_val: float = 1.0, *_: Any) -> Any:
    return _clamp(t, x, min_val, max_val)


def _softmax(t: Tracing, x: Any, dim: Any = None, *args: Any, **kwargs: Any) -> Any:
    rank = x.ndim
    axis = dim if isinstance(dim, int) else (0 if rank in (1, 3) else 1)  # torch's implicit choice
    return t.wrap(t.terms.make("softmax", t.value(x), axis=axis % rank))


def _dropout(t: Tracing, x: Any, p: float = 0.5, *args: Any, **kwargs: Any) -> Any:
    """Kept in eval mode too: it is part of the architecture."""
    if isinstance(x, torch.Tensor):
        return x
    return t.wrap(t.terms.make("dropout", t.value(x), p=float(p)))


def _gelu(t: Tracing, x: Any, approximate: str = "none") -> Any:
    return t.wrap(t.terms.make("gelu", t.value(x), approximate=approximate))


def _negated(t: Tracing, x: Any) -> Any:
    return t.wrap(t.terms.combine("mul", t.value(x), Const(np.asarray(-1.0))))


def _same(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
    return x


def _filled(value: float) -> Call:
    """A tensor of one number, shaped as another."""

    def call(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
        sizes = tuple(Extent(s, x.term, i) for i, s in enumerate(x.term.shape))
        return t.wrap(t.terms.make("fill", sizes=sizes, value=value))

    return call


def _new(value: float) -> Call:
    """A tensor of one number, of given sizes."""

    def call(t: Tracing, *args: Any, **kwargs: Any) -> Any:
        given = args[1:] if args and isinstance(args[0], Traced) else args
        sizes = given[0] if given and isinstance(given[0], list | tuple) else given
        return t.wrap(t.terms.make("fill", sizes=tuple(map(as_dim, sizes)), value=value))

    return call


def _random(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
    return t.wrap(t.terms.make("random", sizes=x.term.shape, how="normal"))


# -- data movement ---------------------------------------------------------------------------------


def _sizes(args: Sequence[Any]) -> tuple[Dim, ...]:
    given = args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else args
    return tuple(map(as_dim, given))


def _reshape(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
    given = args or (kwargs.get("shape") or kwargs.get("size"),)
    return t.wrap(t.terms.reshape(t.value(x), _sizes(given)))


def _flatten(t: Tracing, x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape, rank = t.value(x).shape, x.ndim  # type: ignore[union-attr]
    first, last = start_dim % rank, end_dim % rank
    sizes = (*shape[:first], dim(-1), *shape[last + 1 :])
    return t.wrap(t.terms.reshape(t.value(x), sizes))


def _unflatten(t: Tracing, x: Any, dim: int, sizes: Sequence[Any]) -> Any:
    value = t.value(x)
    assert value is not None
    axis = dim % len(value.shape)
    inner = list(map(as_dim, sizes))
    if -1 in inner:
        row = t.terms.make("fill", sizes=(value.shape[axis],), value=0.0)
        found = t.terms.reshape(row, tuple(inner))
        assert found is not None
        inner = list(found.shape)
    shape = (*value.shape[:axis], *inner, *value.shape[axis + 1 :])
    return t.wrap(t.terms.reshape(value, shape))


def _permute(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
    single = len(args) == 1 and isinstance(args[0], list | tuple)
    given: Sequence[int] = (args[0] if single else args) or kwargs["dims"]
    return t.wrap(t.terms.transpose(t.value(x), [int(p) % x.ndim for p in given]))


def _transpose(t: Tracing, x: Any, dim0: int, dim1: int) -> Any:
    return t.wrap(t.terms.swapped(t.value(x), dim0 % x.ndim, dim1 % x.ndim))


def _turned(t: Tracing, x: Any) -> Any:
    return _transpose(t, x, -1, -2)


def _movedim(t: Tracing, x: Any, source: Any, destination: Any) -> Any:
    froms, tos = ([v] if isinstance(v, int) else list(v) for v in (source, destination))
    froms, tos = [f % x.ndim for f in froms], [d % x.ndim for d in tos]
    perm: list[int | None] = [None] * x.ndim
    for old, new in zip(froms, tos, strict=True):
        perm[new] = old
    rest = iter(i for i in range(x.ndim) if i not in froms)
    return _permute(t, x, [next(rest) if p is None else p for p in perm])


def _unsqueeze(t: Tracing, x: Any, dim: int) -> Any:
    return t.wrap(t.terms.unsqueeze(t.value(x), [dim]))


def _squeeze(t: Tracing, x: Any, dim: Any = None) -> Any:
    axes = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    return t.wrap(t.terms.squeeze(t.value(x), axes))


def _expand(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
    sizes = _sizes(args)
    made = t.terms.make("expand", t.value(x), sizes=sizes)
    return x if made.shape == x.term.shape else t.wrap(made)


def _expand_as(t: Tracing, x: Any, other: Any) -> Any:
    return _expand(t, x, *other.shape)


def _concat(t: Tracing, tensors: Sequence[Any], dim: int = 0, **kwargs: Any) -> Any:
    axis = kwargs.get("axis", dim)
    if len(tensors) == 1:
        return tensors[0]
    values = [t.value(x) for x in tensors]
    rank = max(len(v.shape) for v in values if v is not None)
    return t.wrap(t.terms.make("concat", *values, axis=axis % rank))


def _chunk(t: Tracing, x: Any, chunks: int, dim: int = 0) -> Any:
    value = t.value(x)
    assert value is not None
    size = value.shape[dim % len(value.shape)].whole()
    if size is None:
        raise UnfitError("an axis of unknown size is cut in chunks")
    each = -(-size // chunks)
    parts = [min(each, size - i) for i in range(0, size, each)]
    return tuple(t.wrap(v) for v in t.terms.split(value, dim, parts))


def _split(t: Tracing, x: Any, split_size: Any = None, dim: int = 0, **kwargs: Any) -> Any:
    given = kwargs.get("split_size_or_sections", kwargs.get("split_sizes", split_size))
    value = t.value(x)
    assert value is not None
    if isinstance(given, list | tuple):
        parts = [as_dim(v) for v in given]
    else:
        size = value.shape[dim % len(value.shape)].whole()
        if size is None:
            raise UnfitError("an axis of unknown size is cut in parts")
        each = int(given)
        parts = [min(each, size - i) for i in range(0, size, each)]  # type: ignore[misc]
    return tuple(t.wrap(v) for v in t.terms.split(value, dim, parts))


def _select(t: Tracing, x: Any, dim: int, index: int) -> Any:
    return t.wrap(t.terms.select(t.value(x), dim, int(index)))


def _narrow(t: Tracing, x: Any, dim: int, start: Any, length: Any) -> Any:
    low = as_dim(start)
    return t.wrap(t.terms.cut(t.value(x), dim, low, low + as_dim(length)))


def _slice(
    t: Tracing, x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    low, high = (None if v is None else as_dim(v) for v in (start, end))
    return t.wrap(t.terms.cut(t.value(x), dim, low, high, step))


def _unbind(t: Tracing, x: Any, dim: int = 0) -> Any:
    value = t.value(x)
    assert value is not None
    count = value.shape[dim % len(value.shape)].whole()
    if count is None:
        raise UnfitError("an axis of unknown size is taken apart")
    return tuple(t.wrap(t.terms.select(value, dim, i)) for i in range(count))


def _item(t: Tracing, x: Any, index: Any) -> Any:
    """`x[…]`: of a tuple as ever; of a tensor slices, numbers, `None` and `...`."""
    if not isinstance(x, Traced):
        return x[index]
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(not isinstance(p, int | slice | None | type(...)) for p in parts):
        return NotImplemented
    taken = sum(p is not None and p is not ... for p in parts)
    if ... in parts:
        i = parts.index(...)
        parts[i : i + 1] = [slice(None)] * (x.ndim - taken)
    axis, value = 0, t.value(x)
    for part in parts:
        if part is None:
            value = t.terms.unsqueeze(value, [axis])
        elif isinstance(part, int):
            value = t.terms.select(value, axis, part)
            continue
        else:
            low, high = (None if v is None else as_dim(v) for v in (part.start, part.stop))
            value = t.terms.cut(value, axis, low, high, part.step or 1)
        axis += 1
    return t.wrap(value)


def _roll(t: Tracing, x: Any, shifts: Any, dims: Any = None) -> Any:
    given = [v[0] if isinstance(v, list | tuple) and len(v) == 1 else v for v in (shifts, dims)]
    if not all(isinstance(v, int) for v in given):
        return NotImplemented
    n, axis = given
    return t.wrap(t.terms.opaque("rolled", [x.term], x.term.shape, n=n, axis=axis % x.ndim))


def _size(t: Tracing, x: Any, dim: Any = None) -> Any:
    return x.shape if dim is None else x.shape[dim]


def _getattr(t: Tracing, x: Any, name: str, *default: Any) -> Any:
    return getattr(x, name, *default)


_NOTHING = (
    "contiguous clone detach float to type_as alias lift_fresh lift_fresh_copy requires_grad type "
    "_to_copy"
)
CALLS: dict[str, Call] = {
    **{name: _unary(name) for name in ("relu", "sigmoid", "tanh", "erf", "exp", "sqrt", "silu")},
    "hardswish": _unary("hswish"),
    "rsqrt": lambda t, x: t.wrap(
        t.terms.combine("div", Const(np.asarray(1.0)), t.terms.make("sqrt", t.value(x)))
    ),
    "square": lambda t, x: run(t, "mul", (x, x), {}),
    "relu6": lambda t, x, *a, **k: _clamp(t, x, 0.0, 6.0),
    "hardtanh": _hardtanh,
    "hardsigmoid": lambda t, x, *a: t.wrap(
        t.terms.make("hsigmoid", t.value(x), alpha=1 / 6, beta=0.5)
    ),
    "leaky_relu": lambda t, x, negative_slope=0.01, *a, **k: t.wrap(
        t.terms.make("leaky", t.value(x), slope=float(negative_slope))
    ),
    "elu": lambda t, x, alpha=1.0, *a, **k: t.wrap(
        t.terms.make("elu", t.value(x), alpha=float(alpha))
    ),
    "gelu": _gelu,
    "prelu": lambda t, x, weight: t.wrap(t.terms.make("prelu", t.value(x), t.value(weight))),
    "softmax": _softmax,
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": lambda t, x, min: _clamp(t, x, min),
    "add": _binary("add"),
    "sub": _binary("sub"),
    "subtract": _binary("sub"),
    "rsub": lambda t, a, b, **k: run(t, "sub", (b, a), k),
    "mul": _binary("mul"),
    "multiply": _binary("mul"),
    "div": _binary("div"),
    "divide": _binary("div"),
    "truediv": _binary("div"),
    "true_divide": _binary("div"),
    "pow": _binary("pow"),
    "maximum": _binary("max"),
    "minimum": _binary("min"),
    "neg": _negated,
    "dropout": _dropout,
    **dict.fromkeys(_NOTHING.split(), _same),
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
    "new_ones": _new(1.0),
    "new_zeros": _new(0.0),
    "ones": _new(1.0),
    "randn_like": _random,
    "reshape": _reshape,
    "view": _reshape,
    "_unsafe_view": _reshape,
    "view_as": lambda t, x, other: _reshape(t, x, other.shape),
    "reshape_as": lambda t, x, other: _reshape(t, x, other.shape),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "permute": _permute,
    "transpose": _transpose,
    "swapaxes": _transpose,
    "swapdims": _transpose,
    "numpy_T": _turned,
    "t": _turned,
    "adjoint": _turned,
    "movedim": _movedim,
    "moveaxis": _movedim,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "expand": _expand,
    "expand_as": _expand_as,
    "cat": _concat,
    "concat": _concat,
    "concatenate": _concat,
    "chunk": _chunk,
    "split": _split,
    "split_with_sizes": _split,
    "tensor_split": lambda t, x, n, dim=0: (
        _chunk(t, x, n, dim) if isinstance(n, int) else NotImplemented
    ),
    "select": _select,
    "narrow": _narrow,
    "slice": _slice,
    "unbind": _unbind,
    "getitem": _item,
    "roll": _roll,
    "size": _size,
    "sym_size": _size,
    "dim": lambda t, x: x.ndim,
    "ndimension": lambda t, x: x.ndim,
    "numel": lambda t, x: run(t, "prod_of", (x.shape,), {}),
    "getattr": _getattr,
    "is_floating_point": lambda t, x: True,
    **LAYERS,
}


# -- what nothing knows ----------------------------------------------------------------------------


def _unknown(
    t: Tracing, name: str, args: Sequence[Any], kwargs: dict[str, Any], function: Any
) -> Any:
    """A call as an opaque term; raises `UnknownCallError` where its result cannot be foreseen."""
    flat = _tensors((args, kwargs))
    if not any(isinstance(x, Traced) for x in flat):
        if callable(function):
            return function(*args, **kwargs)
        raise UnknownCallError(f"`{name}` on sizes")
    values = [t.value(x) for x in flat]
    letters = sorted(
        {n for v in values if isinstance(v, Term) for s in v.shape for n in s.letters()}
    )

    def trial(sizes: dict[str, int]) -> list[list[int]] | None:
        known = {n: dim(s) for n, s in sizes.items()}
        try:
            with torch.no_grad():
                found = _on_meta(name, args, kwargs, function, known)
        except Exception:  # whatever a foreign function may raise
            return None
        return [list(x.shape) for x in found] if found else None

    shapes = fitted(letters, trial)
    if shapes is None:
        raise UnknownCallError(f"`{name}` at `{t.terms.place.name}` is not known")
    said = [repr(_without(x)) for x in (args, sorted(kwargs.items()))]
    results = opaque_terms(t.terms, name.strip("_"), digest("torch", name, *said), values, shapes)
    wrapped = tuple(t.wrap(v) for v in results)
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
            return torch.empty(sizes, device="meta")
        if isinstance(value, torch.Tensor):
            return torch.empty(value.shape, dtype=value.dtype, device="meta")
        if isinstance(value, SymSize):
            return substitute(value.dim, known).whole()
        if isinstance(value, list | tuple):
            return type(value)(map(convert, value))
        return value

    given, named = convert(list(args)), {k: convert(v) for k, v in kwargs.items()}
    target = function if callable(function) and not hasattr(torch.Tensor, name) else None
    target = target or getattr(torch.Tensor, name, None) or getattr(torch.ops.aten, name)
    result = target(*given, **named)
    return [x for x in _tensors(result) if isinstance(x, torch.Tensor)]
