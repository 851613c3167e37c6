"""The shape that each kind of term has: sizes of arguments in, sizes of the result out.

Sizes are `Dim`s, the batch included; windows are reckoned as the ops of the table reckon them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from snaplang.dims import ONE, Dim, ceil_div, dim, floor_div, letter, ratio

Sizes = tuple[Dim, ...]
Params = Mapping[str, Any]


class UnfitError(Exception):
    """The arguments of a foreign op do not fit each other."""


def volume(sizes: Sizes) -> Dim:
    """The number of elements."""
    total = dim(1)
    for size in sizes:
        total = total * size
    return total


def quotient(value: Dim, by: Dim) -> Dim | None:
    """value / by, for products of letters too; None where it does not come out."""
    found = ratio(value, by)
    if found is not None:
        return found
    if not by.terms:
        return None
    if len(by.terms) != 1:
        return _polynomial(value, by)
    ((divisor, scale),) = by.terms
    terms = {}
    for monomial, number in value.terms:
        left = list(monomial)
        for atom in divisor:
            if atom not in left:
                return None
            left.remove(atom)
        terms[tuple(left)] = number
    return Dim(terms) / scale


def _polynomial(value: Dim, by: Dim) -> Dim | None:
    """Division by a polynomial: the leading terms decide, the rest is checked."""
    result, rest = dim(0), value
    for _ in range(len(value.terms)):
        if not rest.terms:
            return result
        head = quotient(Dim(dict(rest.terms[:1])), Dim(dict(by.terms[:1])))
        if head is None:
            return None
        result = result + head
        rest = rest - head * by
    return result if not rest.terms else None


def _same(args: tuple[Sizes, ...], params: Params) -> Sizes:
    return args[0]


def broadcast(args: tuple[Sizes, ...], params: Params) -> Sizes:
    """The common shape: sizes of 1 stretch, missing axes stand in front."""
    rank = max(map(len, args))
    result = []
    for axis in range(-rank, 0):
        sizes = [a[axis] for a in args if len(a) >= -axis and a[axis] != 1]
        numbers = {s.whole() for s in sizes if s.whole() is not None}
        if len(numbers) > 1:
            raise UnfitError(f"sizes {', '.join(map(str, sizes))} do not fit each other")
        result.append(min(sizes, key=lambda s: len(str(s))) if sizes else ONE)
    return tuple(result)


def _window(n: Dim, k: int, s: int, d: int, pads: tuple[int, int], ceil: bool = False) -> Dim:
    size = d * (k - 1) + 1
    over = n + (sum(pads) - size)
    found = (ceil_div if ceil else floor_div)(over, s) + 1
    whole = n.whole()
    if ceil and whole is not None and (found.whole() or 1) * s - s >= whole + pads[0]:
        found = found - 1  # a window that would start in the padding behind is left out
    number = found.whole()
    if number is not None and number < 1:
        raise UnfitError(f"a window of {size} on an axis of {n} leaves nothing")
    return found


def _conv(args: tuple[Sizes, ...], params: Params) -> Sizes:
    x, weight = args[:2]
    if len(x) != len(weight):
        raise UnfitError(f"a kernel of {len(weight) - 2} axes on a tensor of {len(x) - 2}")
    channels = weight[1] * params["groups"]
    if x[1].whole() is not None and x[1] != channels:
        raise UnfitError(f"the weight takes {channels} channels, the input has {x[1]}")
    kernel = [k.whole() or 1 for k in weight[2:]]
    rows = zip(x[2:], kernel, params["strides"], params["dilations"], params["pads"], strict=True)
    return (x[0], weight[0], *(_window(*row) for row in rows))


def _tconv(args: tuple[Sizes, ...], params: Params) -> Sizes:
    x, weight = args[:2]
    if len(x) != len(weight):
        raise UnfitError(f"a kernel of {len(weight) - 2} axes on a tensor of {len(x) - 2}")
    sizes = []
    extra = params["output_padding"]
    rows = zip(
        x[2:], weight[2:], params["strides"], params["dilations"], params["pads"], extra,
        strict=True,
    )  # fmt: skip
    for n, k, stride, dilation, pads, more in rows:
        sizes.append((n - 1) * stride + (dilation * ((k.whole() or 1) - 1) + 1 + more - sum(pads)))
    return (x[0], weight[1] * params["groups"], *sizes)


def _pool(args: tuple[Sizes, ...], params: Params) -> Sizes:
    (x,) = args
    kernel = params["kernel"]
    if len(x) - 2 != len(kernel):
        raise UnfitError(f"a window of {len(kernel)} axes on a tensor of {len(x) - 2}")
    ceil = params.get("ceil", False)
    dilations = params.get("dilations", (1,) * len(kernel))
    rows = zip(x[2:], kernel, params["strides"], dilations, params["pads"], strict=True)
    return (*x[:2], *(_window(*row, ceil) for row in rows))


def _linear(args: tuple[Sizes, ...], params: Params) -> Sizes:
    x, weight = args[:2]
    if len(weight) != 2 or not x or (x[-1].whole() is not None and x[-1] != weight[1]):
        last = x[-1] if x else "nothing"
        raise UnfitError(f"a matrix of {weight[-1]} columns on an axis of {last}")
    return (*x[:-1], weight[0])


def _matmul(args: tuple[Sizes, ...], params: Params) -> Sizes:
    a, b = args
    if min(len(a), len(b)) < 2:
        raise UnfitError("a product of matrices needs two axes on both sides")
    return (*broadcast((a[:-2], b[:-2]), {}), a[-2], b[-1])


def _reduce(args: tuple[Sizes, ...], params: Params) -> Sizes:
    (x,) = args
    axes = {a % len(x) for a in params["axes"]}
    if params["keepdims"]:
        return tuple(ONE if i in axes else s for i, s in enumerate(x))
    return tuple(s for i, s in enumerate(x) if i not in axes)


def _reshape(args: tuple[Sizes, ...], params: Params) -> Sizes:
    (x,) = args
    sizes: Sizes = params["sizes"]
    missing = [i for i, s in enumerate(sizes) if s == -1]
    if not missing:
        return sizes
    known = volume(tuple(s for s in sizes if s != -1))
    rest = quotient(volume(x), known)
    if rest is None or len(missing) > 1:
        shape = ", ".join(map(str, x))
        raise UnfitError(f"[{shape}] cannot be reshaped to [{', '.join(map(str, sizes))}]")
    return tuple(rest if s == -1 else s for s in sizes)


def _transpose(args: tuple[Sizes, ...], params: Params) -> Sizes:
    (x,) = args
    if sorted(p % len(x) for p in params["perm"]) != list(range(len(x))):
        raise UnfitError(f"{list(params['perm'])} is no order of {len(x)} axes")
    return tuple(x[p] for p in params["perm"])


def _slice(args: tuple[Sizes, ...], params: Params) -> Sizes:
    sizes = list(args[0])
    for axis, (start, stop, step) in params["cuts"].items():
        sizes[axis] = ceil_div(stop - start, abs(step))
    return tuple(sizes)


def _concat(args: tuple[Sizes, ...], params: Params) -> Sizes:
    axis = params["axis"] % len(args[0])
    if any(len(a) != len(args[0]) for a in args):
        raise UnfitError("tensors of different ranks are joined")
    total = dim(0)
    for sizes in args:
        total = total + sizes[axis]
    return (*args[0][:axis], total, *args[0][axis + 1 :])


def _pad(args: tuple[Sizes, ...], params: Params) -> Sizes:
    (x,) = args
    return tuple(s + sum(p) for s, p in zip(x, params["pads"], strict=True))


def _given(args: tuple[Sizes, ...], params: Params) -> Sizes:
    sizes: Sizes = params["sizes"]
    return sizes


def _expand(args: tuple[Sizes, ...], params: Params) -> Sizes:
    """-1 keeps a size."""
    (x,) = args
    sizes = list(params["sizes"])
    for i in range(1, len(sizes) + 1):
        if sizes[-i] == -1:
            sizes[-i] = x[-i]
    return broadcast((x, tuple(sizes)), {})


def _gather(args: tuple[Sizes, ...], params: Params) -> Sizes:
    x, index = args
    axis = params["axis"] % len(x)
    return (*x[:axis], *index, *x[axis + 1 :])


Rule = Callable[[tuple[Sizes, ...], Params], Sizes]

_ALIKE = (
    "relu sigmoid tanh erf exp sqrt silu hswish hsigmoid leaky elu gelu clip softmax dropout prelu "
    "bn inorm gn ln shift noise droppath flatten"
)
SHAPES: dict[str, Rule] = {
    **dict.fromkeys(_ALIKE.split(), _same),
    **dict.fromkeys(("add", "mul", "sub", "div", "max", "min", "pow", "mean"), broadcast),
    "conv": _conv,
    "tconv": _tconv,
    "pool": _pool,
    "linear": _linear,
    "matmul": _matmul,
    "reduce": _reduce,
    "reshape": _reshape,
    "transpose": _transpose,
    "slice": _slice,
    "concat": _concat,
    "pad": _pad,
    "expand": _expand,
    "resize": _given,
    "fill": _given,
    "random": _given,
    "gather": _gather,
    "range": lambda args, params: (letter("i"),),
}
