"""Convolutions and pools, from terms to instances. Part of `rules.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from snaplang.dims import dim
from snaplang.lift.emission.emission import Emission, LackingError, claim
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import Const, Term
from snaplang.lift.terms.views import View
from snaplang.ops.resolve import Argument

Pads = tuple[tuple[int, int], ...]
Linear = Callable[[Emission, View, Const, "Const | None", int], View]


def per_axis(sizes: Sequence[int]) -> Argument:
    """A kernel, a stride or such, as an argument."""
    return tuple(sizes) if len(set(sizes)) > 1 else (sizes[0],) * len(sizes)


def resolved(pads: Pads) -> Pads:
    """Pads as attributes hold them: one pair where all axes agree."""
    return pads[:1] if len(set(pads)) == 1 else pads


def _of_conv(term: Term) -> tuple[Const, dict[str, Any]]:
    weight = term.const(1)
    if weight is None:
        raise LackingError("its weights are computed")
    return weight, term.params


def conv(e: Emission, tile: Tile, linear: Linear) -> View:
    """A convolution; one with a matrix as its weight is `linear`."""
    term: Term = tile.given["term"]
    weight, params = _of_conv(term)
    bias, pads = term.const(2), tile.given.get("pads", params["pads"])
    root = e.foreign.weights.get(weight.root or "")
    out, fan, *kernel = weight.array.shape
    flat = set(kernel) == {1} == set(params["strides"]) and not any(map(any, pads))
    if root is not None and root.ndim == 2 and flat and params["groups"] == 1:
        view = e.view(tile.leaves[0])
        view = view if view.holds(1, 1) else e.plain(e.plainly(view))
        return linear(e, view, Const(weight.array.reshape(out, fan), weight.root), bias, 1)
    return _windowed(e, "conv", tile, weight, bias, pads, weight.array.shape[0])


def tconv(e: Emission, tile: Tile) -> View:
    """A transposed convolution: output padding is a pad below zero, behind."""
    term: Term = tile.given["term"]
    weight, params = _of_conv(term)
    extra = zip(tile.given.get("pads", params["pads"]), params["output_padding"], strict=True)
    pads = tuple((low, high - more) for (low, high), more in extra)
    out = weight.array.shape[1] * params["groups"]
    if any(low < high or low < 0 for low, high in pads):
        raise LackingError(f"a transposed convolution with the pads {list(pads)}")
    return _windowed(e, "tconv", tile, weight, term.const(2), pads, out)


def _windowed(
    e: Emission, op: str, tile: Tile, weight: Const, bias: Const | None, pads: Pads, out: int
) -> View:
    params = tile.given["term"].params
    if op == "conv" and any(side < 0 for pair in pads for side in pair):
        raise LackingError(f"the pads {list(pads)}")
    given: dict[str, Argument] = {
        "k": per_axis(weight.array.shape[2:]),
        "out": dim(out),
        "stride": per_axis(params["strides"]),
        "dilation": per_axis(params["dilations"]),
        "groups": dim(params["groups"]),
        "bias": bias is not None,
    }
    claims = {"weight": claim(weight)}
    if bias is not None:
        claims["bias"] = claim(bias, (-1,))
    value = e.value(tile.leaves[0])
    return e.plain(e.run(op, [value], given, claims, resolved(pads))[0])


def pool(e: Emission, tile: Tile) -> View:
    """A pool; padding never counts."""
    term = tile.given.get("term")
    params = dict(term.params if term is not None else tile.given)
    pads: Pads = tile.given["pads"] if "pads" in tile.given else params["pads"]
    value = e.value(tile.leaves[0])
    if params["how"] == "avg" and params.get("counted") and any(map(any, pads)):
        raise LackingError("a mean that counts its padding")
    if any(d != 1 for d in params.get("dilations", ())):
        raise LackingError("a pool with gaps")
    if params.get("ceil"):
        pads = _rounded_up(e, value, params, pads)
    given: dict[str, Argument] = {
        "k": per_axis(params["kernel"]),
        "stride": per_axis(params["strides"]),
    }
    name = "maxpool" if params["how"] == "max" else "avgpool"
    return e.plain(e.run(name, [value], given, None, resolved(pads))[0])


def _rounded_up(e: Emission, value: int, params: dict[str, Any], pads: Pads) -> Pads:
    """`ceil_mode` as padding behind, which takes sizes that are known."""
    sizes = [s.whole() for s in e.shape(value).spatial]
    found = []
    for n, k, s, (low, high) in zip(sizes, params["kernel"], params["strides"], pads, strict=True):
        if n is None:
            raise LackingError("a size rounded up (ceil_mode) on an axis that is not known")
        count = -(-(n + low + high - k) // s) + 1
        if (count - 1) * s >= n + low:
            count -= 1
        found.append((low, max(high, (count - 1) * s + k - n - low)))
    return tuple(found)
