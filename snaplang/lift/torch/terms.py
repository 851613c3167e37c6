"""What calls of PyTorch mean, as terms: functions, methods and aten ops by their common names.

`run` dispatches: a function of the tables here and in `layers.py` gets the arguments as the
Python function has them. A call that nothing here knows becomes an opaque term, its result's shape
found by running it on tensors without data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from snaplang.lift.terms import Const
from snaplang.lift.terms.extents import Extent
from snaplang.lift.torch.layers import LAYERS
from snaplang.lift.torch.moves import MOVES
from snaplang.lift.torch.sizes import SymSize, as_dim
from snaplang.lift.torch.tensor import Traced, Tracing
from snaplang.lift.torch.unknown import unknown

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
    target = _changed(name, args, kwargs)
    if target is not None:
        fresh = Traced(t, target.term)  # what the call sees, and leaves as it is
        kwargs = {key: value for key, value in kwargs.items() if key != "inplace"}
        given = [fresh if arg is target else arg for arg in args]
        result = run(t, _PLACES.get(name, name.rstrip("_")), given, kwargs, None)
        return target.becomes(result) if isinstance(result, Traced) else result
    plain = name.strip("_") if name.strip("_") in CALLS else name
    plain = plain.removesuffix("_") if plain not in CALLS else plain
    found = CALLS.get(plain)
    if found is None and len(plain) > 1 and plain[0] in "ir" and name.startswith("__"):
        found = CALLS.get(plain[1:])
    if found is not None:
        done = found(t, *args, **kwargs)
        if plain in MOVES:
            _related(done, args)
        if done is not NotImplemented:
            aten = isinstance(function, torch._ops.OpOverload)
            return (done, None) if aten and name.startswith("adaptive_max_pool") else done
    return unknown(t, name, args, kwargs, function)


# In-place operators, and where functions take `inplace` by position.
_PLACES = {f"__i{name}__": name for name in ("add", "sub", "mul", "truediv", "matmul", "pow")}
_PLACES |= {f"i{name}": name for name in ("add", "sub", "mul", "truediv", "matmul", "pow")}
_INPLACE = {"relu": 1, "relu6": 1, "silu": 1, "hardswish": 1, "hardsigmoid": 1} | {
    "leaky_relu": 2, "elu": 2, "hardtanh": 3, "dropout": 3,
    "dropout1d": 3, "dropout2d": 3, "dropout3d": 3,
}  # fmt: skip


def _changed(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Traced | None:
    """The tensor that a call changes in place; None where it makes a new one."""
    if not args or not isinstance(args[0], Traced):
        return None
    place = _INPLACE.get(name, len(args))
    told = kwargs.get("inplace") or (place < len(args) and args[place] is True)
    named = name in _PLACES or (name.endswith("_") and not name.endswith("__"))
    return args[0] if told or (named and name != "requires_grad_") else None


def _related(done: Any, args: Sequence[Any]) -> None:
    """Note that results are views of the first argument."""
    results = done if isinstance(done, list | tuple) else [done]
    first = args[0] if args else None
    for result in results:
        if isinstance(result, Traced) and isinstance(first, Traced) and result is not first:
            result.joins(first)


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


def _whole_dropout(t: Tracing, x: Any, p: float = 0.5, training: bool = True, *_: Any) -> Any:
    """Of whole channels, or with other moments: nothing in eval mode, else not in the table."""
    return NotImplemented if training else x


def _glu(t: Tracing, x: Any, dim: int = -1) -> Any:
    value, gate = run(t, "chunk", (x, 2, dim), {})
    return run(t, "mul", (value, run(t, "sigmoid", (gate,), {})), {})


def _gelu(t: Tracing, x: Any, approximate: str = "none") -> Any:
    return t.wrap(t.terms.make("gelu", t.value(x), approximate=approximate))


def _negated(t: Tracing, x: Any) -> Any:
    return t.wrap(t.terms.combine("mul", t.value(x), Const(np.asarray(-1.0))))


def _same(t: Tracing, x: Any, *args: Any, **kwargs: Any) -> Any:
    """What a tensor of floats is already; a mask becomes numbers."""
    return x if x.dtype.is_floating_point else NotImplemented


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


_NOTHING = (
    "contiguous clone detach float to type_as alias lift_fresh lift_fresh_copy requires_grad type "
    "_to_copy half bfloat16 double"
)
_WHOLE_DROPOUTS = (
    "dropout1d dropout2d dropout3d feature_dropout alpha_dropout feature_alpha_dropout"
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
    **dict.fromkeys(_WHOLE_DROPOUTS.split(), _whole_dropout),
    "glu": _glu,
    **dict.fromkeys(_NOTHING.split(), _same),
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
    "new_ones": _new(1.0),
    "new_zeros": _new(0.0),
    "ones": _new(1.0),
    "randn_like": _random,
    **MOVES,
    **LAYERS,
}
