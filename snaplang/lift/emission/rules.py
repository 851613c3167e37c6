"""How tiles become instances: one rule per way of emission.

A rule takes the emission and the tile, and gives the view in which the tile's term lies. What an op
does at each position alone works on views as they are; windows want plain tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from snaplang.dims import ONE, Dim, dim
from snaplang.lift.emission.attending import attend, attention_of
from snaplang.lift.emission.emission import Claim, Emission, LackingError, affine, claim
from snaplang.lift.emission.merging import concat, merge
from snaplang.lift.emission.moving import (
    expand,
    fill,
    like,
    reshape,
    resize,
    roll,
    slice_,
    transpose,
)
from snaplang.lift.emission.windows import conv, pool, tconv
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import Const, Term
from snaplang.lift.terms.views import View
from snaplang.ops.resolve import Argument

Rule = Callable[[Emission, Tile], View]


def _alike(e: Emission, tile: Tile) -> View:
    """An op that keeps places: activations, dropout, noise."""
    view = e.view(tile.leaves[0])
    given = {k: v if isinstance(v, str) else dim(_exact(v)) for k, v in tile.given.items()}
    return view.on(e.run(tile.op, [view.base], given)[0])


def _exact(value: float) -> Dim:
    """A float as a number of the language."""
    if not isfinite(value):
        raise LackingError(f"the number {value}")
    from fractions import Fraction

    return dim(Fraction(repr(float(value))))


def _instance(e: Emission, tile: Tile) -> View:
    """An instance that our own exporter has written, attributes and all."""
    term: Term = tile.given["term"]
    weights = [term.const(len(tile.leaves) + i) for i in range(len(term.params["weights"]))]
    claims = {
        name: claim(weight)
        for name, weight in zip(term.params["weights"], weights, strict=True)
        if weight is not None
    }
    values = [e.value(leaf) for leaf in tile.leaves]
    return e.plain(e.append(term.params["op"], term.params["attrs"], values, claims)[0])


def _result(e: Emission, tile: Tile) -> View:
    """Another result of such an instance."""
    return e.plain(e.view(tile.leaves[0]).base + tile.given["term"].params["index"])


def _input(e: Emission, tile: Tile) -> View:
    raise LackingError("an input that is not one")


def _prelu(e: Emission, tile: Tile) -> View:
    slope = tile.given["term"].const(1)
    if slope is None or slope.array.size != 1:
        raise LackingError("a slope for each channel")
    view = e.view(tile.leaves[0])
    return view.on(e.run("prelu", [view.base], {}, {"weight": claim(slope, (1,))})[0])


def _softmax(e: Emission, tile: Tile) -> View:
    view, axis = e.view(tile.leaves[0]), tile.given["term"].params["axis"]
    if not view.holds(axis, 1):
        raise LackingError("a softmax that is not over the channels")
    return view.on(e.run("softmax", [view.base])[0])


def _linear(e: Emission, tile: Tile) -> View:
    """A linear map of the last axis, which must be the channels."""
    term = tile.given.get("term")
    weight, bias = (
        (tile.given["weight"], tile.given["bias"])
        if term is None
        else (term.const(1), term.const(2))
    )
    return linear(e, e.view(tile.leaves[0]), weight, bias, -1)


def linear(e: Emission, view: View, weight: Const, bias: Const | None, axis: int) -> View:
    """A linear map of the channels, seen as `axis` of a view."""
    axis %= len(view.axes)
    if not view.holds(axis, 1):
        view = e.plain(e.plainly(view))
        if len(view.axes) != 2:
            raise LackingError("a linear map of an axis that is not the channels")
        axis = 1
    claims = {"weight": claim(weight)}
    if bias is not None:
        claims["bias"] = claim(bias, (-1,))
    found = attention_of(e, view.base, claims)
    if found is None:
        out: dict[str, Argument] = {"out": dim(weight.array.shape[0]), "bias": bias is not None}
        (found,) = e.run("linear", [view.base], out, claims)
    return view.on(found).with_axis(axis, e.channels(found))


def _scale(e: Emission, tile: Tile) -> View:
    """A factor per channel; the constant may lie in any way that stretches along the rest."""
    view, weight = e.view(tile.leaves[0]), tile.given["weight"]
    rank, sizes = len(view.axes), weight.array.shape
    wide = [i - len(sizes) + rank for i, size in enumerate(sizes) if size != 1]
    channels = e.shape(view.base).channels
    single = not wide and weight.root is not None and channels == 1
    if not single and (len(wide) != 1 or wide[0] < 0 or not view.holds(wide[0], 1)):
        number = weight.scalar()
        what = f"by {number:g}" if number is not None else "by constants that are not per channel"
        raise LackingError(f"a multiplication {what}")
    if channels != weight.array.size:
        raise LackingError(f"{weight.array.size} factors for {channels} channels")
    return view.on(e.run("scale", [view.base], {}, {"weight": claim(weight, (-1,))})[0])


# -- norms -----------------------------------------------------------------------------------------


def _affine(
    e: Emission, weight: Const | None, bias: Const | None, channels: int
) -> dict[str, Claim]:
    """Scale and offset; a norm without them is read as one that has ones and zeros."""
    if weight is None or bias is None:
        what = "scale and offset" if weight is None and bias is None else "a scale or an offset"
        e.note(f"a norm without {what} is read as with 1 and 0")
    return affine(weight, bias, channels)


def _channels(e: Emission, value: int) -> int:
    found = e.shape(value).channels.whole()
    if found is None:
        raise LackingError("its channels are not known")
    return found


def _batch_norm(e: Emission, tile: Tile) -> View:
    term: Term = tile.given["term"]
    value = e.value(tile.leaves[0])
    count = _channels(e, value)
    claims = _affine(e, term.const(1), term.const(2), count)
    statistics = _affine(e, term.const(4), term.const(3), count)
    claims |= {"running_mean": statistics["bias"], "running_var": statistics["weight"]}
    given = {name: _exact(term.params[name]) for name in ("eps", "momentum")}
    return e.plain(e.run("bn", [value], given, claims)[0])


def _instance_norm(e: Emission, tile: Tile) -> View:
    """Without scale and offset `inorm`, else `gn` with a group for each channel."""
    term: Term = tile.given["term"]
    value = e.value(tile.leaves[0])
    eps = {"eps": _exact(term.params["eps"])}
    weight, bias = term.const(1), term.const(2)
    bare = weight is None or (weight.scalar() == 1 and _unnamed(weight))
    if bare and (bias is None or (bias.scalar() == 0 and _unnamed(bias))):
        return e.plain(e.run("inorm", [value], eps)[0])
    count = _channels(e, value)
    given = {"groups": dim(count), **eps}
    return e.plain(e.run("gn", [value], given, _affine(e, weight, bias, count))[0])


def _unnamed(value: Const) -> bool:
    """Whether a constant is no parameter of a module, as its name tells."""
    return not (value.root or "").endswith((".weight", ".bias"))


def _group_norm(e: Emission, tile: Tile) -> View:
    term = tile.given.get("term")
    params = tile.given if term is None else term.params
    weight = tile.given["weight"] if term is None else term.const(1)
    bias = tile.given["bias"] if term is None else term.const(2)
    value = e.value(tile.leaves[0])
    given = {"groups": dim(params["groups"]), "eps": _exact(params["eps"])}
    return e.plain(e.run("gn", [value], given, _affine(e, weight, bias, _channels(e, value)))[0])


def _layer_norm(e: Emission, tile: Tile) -> View:
    """Over the channels, wherever they lie."""
    term = tile.given.get("term")
    view = e.view(tile.leaves[0])
    axis = len(view.axes) - 1 if term is not None else tile.given["axis"]
    weight = tile.given["weight"] if term is None else term.const(1)
    bias = tile.given["bias"] if term is None else term.const(2)
    eps = (tile.given if term is None else term.params)["eps"]
    if weight is not None and sum(s > 1 for s in weight.array.shape) > 1:
        raise LackingError("a normalisation over several axes at once")
    if not view.holds(axis, 1):
        raise LackingError("a normalisation that is not over the channels")
    claims = _affine(e, weight, bias, _channels(e, view.base))
    return view.on(e.run("ln", [view.base], {"eps": _exact(eps)}, claims)[0])


def _reduce(e: Emission, tile: Tile) -> View:
    """The mean or maximum over all positions."""
    term: Term = tile.given["term"]
    view = e.view(tile.leaves[0])
    places = {a % len(view.axes) for a in term.params["axes"]}
    gone = [atom for place in places for atom in view.axes[place]]
    if set(gone) != set(view.spatial()):
        what = {"mean": "a mean", "max": "a maximum"}.get(term.params["how"], "a reduction")
        raise LackingError(f"{what} that is not over all positions")
    base = view.base
    if gone:
        op = {"mean": "gap", "max": "gmp"}.get(term.params["how"])
        if op is None:
            raise LackingError("a sum over positions")
        (base,) = e.run(op, [base])
    elif len(e.shape(base).spatial) and term.params["how"] in ("mean", "max"):
        (base,) = e.run("gap" if term.params["how"] == "mean" else "gmp", [base])
    axes = tuple(
        () if i in places else axis
        for i, axis in enumerate(view.axes)
        if i not in places or term.params["keepdims"]
    )
    return settled(e, term, View(base, axes))


def settled(e: Emission, term: Term, view: View) -> View:
    """A map seen as vectors is flattened, unless it is seen as a map again later.

    Channels that come back to their place in another order are shuffled where it happens, not where
    somebody asks for them.
    """
    flat = len(view.axes) == 2 and e.shape(view.base).spatial and term.number not in e.returns
    if flat or e.rows(view) not in (None, ONE):
        return e.plain(e.plainly(view))
    return view


def _reshape(e: Emission, tile: Tile) -> View:
    return settled(e, tile.given["term"], reshape(e, tile))


RULES: dict[str, Rule] = {
    "input": _input,
    "instance": _instance,
    "result": _result,
    "alike": _alike,
    "prelu": _prelu,
    "softmax": _softmax,
    "linear": _linear,
    "scale": _scale,
    "bn": _batch_norm,
    "inorm": _instance_norm,
    "gn": _group_norm,
    "ln": _layer_norm,
    "reduce": _reduce,
    "conv": lambda e, tile: conv(e, tile, linear),
    "tconv": tconv,
    "pool": pool,
    "merge": merge,
    "concat": concat,
    "reshape": _reshape,
    "transpose": transpose,
    "slice": slice_,
    "roll": roll,
    "expand": expand,
    "resize": resize,
    "like": like,
    "fill": fill,
    "attend": attend,
}
"""Way of emission to rule."""
