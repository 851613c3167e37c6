"""What calls of PyTorch mean that move data or ask for sizes, as terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from snaplang.dims import Dim, dim
from snaplang.lift.terms.shapes import UnfitError, volume
from snaplang.lift.torch.sizes import as_dim, plain
from snaplang.lift.torch.tensor import Traced, Tracing

Call = Callable[..., Any]


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
    if not isinstance(x, Traced):  # a parameter, for each sample: a token, a position
        given = args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else args
        old = (*(1,) * (len(given) - x.ndim), *x.shape)
        sizes = tuple(as_dim(o if g == -1 else g) for o, g in zip(old, given, strict=True))
        return t.wrap(t.terms.opaque("parameter", [t.value(x)], sizes))
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
    size = x.term.shape[axis].whole()
    if axis % x.ndim == 1 and size:  # channels, in parts
        cut = size - n % size
        parts = [t.terms.cut(x.term, 1, *ends) for ends in ((cut, size), (0, cut))]
        return x if cut == size else t.wrap(t.terms.make("concat", *parts, axis=1))
    return t.wrap(t.terms.opaque("rolled", [x.term], x.term.shape, n=n, axis=axis % x.ndim))


def _shuffle(t: Tracing, x: Any, groups: int) -> Any:
    """Channels in rows of a group each, read column by column."""
    batch, channels, *rest = x.term.shape
    rows = t.terms.reshape(x.term, (batch, as_dim(groups), as_dim(-1), *rest))
    return t.wrap(t.terms.reshape(t.terms.swapped(rows, 1, 2), (batch, channels, *rest)))


def _size(t: Tracing, x: Any, dim: Any = None) -> Any:
    return x.shape if dim is None else x.shape[dim]


def _getattr(t: Tracing, x: Any, name: str, *default: Any) -> Any:
    return getattr(x, name, *default)


MOVES: dict[str, Call] = {
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
    "channel_shuffle": _shuffle,
    "native_channel_shuffle": _shuffle,
    "size": _size,
    "sym_size": _size,
    "dim": lambda t, x: x.ndim,
    "ndimension": lambda t, x: x.ndim,
    "numel": lambda t, x: plain(volume(x.term.shape)),
    "getattr": _getattr,
    "is_floating_point": lambda t, x: True,
}
"""Common name to meaning."""
