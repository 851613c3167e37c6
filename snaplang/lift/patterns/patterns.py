"""What exporters and people write out in full, found again: activations, norms, means, attention.

A pattern looks at a term and what it is made of, and gives a `Tile`: an op and the terms that it
takes. The largest wins: `tile` asks the patterns of a term's kind in order, the plain op last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from snaplang.lift.patterns.activations import clip, clipped_sigmoid, gated, sixth
from snaplang.lift.patterns.algebra import addends, factors, joined, near
from snaplang.lift.patterns.attention import attention
from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import Const, Term
from snaplang.lift.terms.extents import common_source

Pattern = Callable[[Term], Tile | None]


# -- merging ---------------------------------------------------------------------------------------


def _mean(term: Term) -> Tile | None:
    """(x + y + z)/3."""
    number, parts, consts = factors(term)
    if consts or len(parts) != 1 or parts[0].kind != "add" or not joined(term, parts[0]):
        return None
    offset, terms, more = addends(parts[0])
    if offset or more or len(terms) < 2 or not near(number * len(terms), 1):
        return None
    return Tile("merge", tuple(terms), "mean")


def _merge(term: Term) -> Tile | None:
    if all(isinstance(a, Term) for a in term.args):
        leaves = tuple(_unstretched(term, a) for a in term.args if isinstance(a, Term))
        return Tile("merge", leaves, term.kind)
    return None


def _unstretched(term: Term, part: Term) -> Term:
    """What is stretched for a product, which stretches by itself."""
    if term.kind != "mul" or part.kind != "expand" or part.x.rank != part.rank:
        return part
    others = [a for a in term.args if isinstance(a, Term) and a is not part]
    return part.x if any(o.shape == term.shape for o in others) else part


def _scale(term: Term) -> Tile | None:
    """A factor per channel; zero for all of them is `zero`."""
    weight = term.const(1)
    if weight is not None and not weight.root and weight.scalar() == 0:
        return Tile("alike", (term.x,), "zero")
    return Tile("scale", (term.x,), "scale", {"weight": weight}) if weight is not None else None


def _cap(term: Term) -> Tile | None:
    """max(x, 0) is `relu`; of two tensors the larger."""
    const = term.const(1)
    if const is not None:
        return Tile("alike", (term.x,), "relu") if const.scalar() == 0 else None
    return _merge(term)


# -- norms -----------------------------------------------------------------------------------------


def _affine(term: Term) -> tuple[Term, Const, Const] | None:
    """x*weight + bias, with constants of the same number of elements."""
    bias, product = term.const(1), term.args[0]
    if bias is None or not isinstance(product, Term) or product.kind != "mul":
        return None
    weight = product.const(1)
    if weight is None or weight.array.size != bias.array.size or not joined(term, product):
        return None
    return product.x, weight, bias


def _group_norm(term: Term) -> Tile | None:
    """Groups as channels, normalised without scale, reshaped back; then scale and offset."""
    found = _affine(term)
    if found is None:
        return None
    back, weight, bias = found
    if back.kind != "reshape" or back.x.kind != "inorm" or not joined(term, back):
        return None
    norm = back.x
    if not isinstance(norm.args[0], Term):
        return None
    rows = norm.x
    plain = _is_full(norm.const(1), 1.0) and _is_full(norm.const(2), 0.0)
    if rows.kind != "reshape" or rows.rank != 3 or back.shape != rows.x.shape or not plain:
        return None
    groups = rows.shape[1].whole()
    if groups is None or rows.shape[0] != rows.x.shape[0]:
        return None
    params = {"groups": groups, "eps": norm.params["eps"], "weight": weight, "bias": bias}
    return Tile("gn", (rows.x,), "gn", params)


def _is_full(value: Const | None, number: float) -> bool:
    return value is None or value.scalar() == number


def _layer_norm(term: Term) -> Tile | None:
    """(x - mean)/sqrt(variance + eps)*weight + bias, written out."""
    found = _affine(term)
    if found is None:
        return None
    normal, weight, bias = found
    if normal.kind != "div" or len(normal.args) != 2 or not joined(term, normal):
        return None
    centred, root = normal.args
    if not isinstance(centred, Term) or not isinstance(root, Term) or root.kind != "sqrt":
        return None
    x, axes = _centred(centred)
    eps, parts, consts = addends(root.x)
    if x is None or consts or len(parts) != 1 or eps <= 0:
        return None
    variance = parts[0]
    if variance.kind != "reduce" or variance.params["how"] != "mean":
        return None
    square = variance.x
    if square.kind != "mul" or not variance.params["keepdims"] or variance.params["axes"] != axes:
        return None
    bases = [_centred(a)[0] if isinstance(a, Term) else None for a in square.args]
    if bases != [x, x] or len(axes) != 1:
        return None
    params = {"axis": axes[0], "eps": float(f"{eps:.6g}"), "weight": weight, "bias": bias}
    return Tile("ln", (x,), "ln", params)


def _centred(term: Term) -> tuple[Term | None, tuple[int, ...]]:
    """x and the axes, where `term` is x minus its mean."""
    if term.kind != "sub" or not all(isinstance(a, Term) for a in term.args):
        return None, ()
    x, mean = (a for a in term.args if isinstance(a, Term))
    if mean.kind != "reduce" or mean.params["how"] != "mean" or mean.x is not x:
        return None, ()
    return (x, mean.params["axes"]) if mean.params["keepdims"] else (None, ())


def _linear(term: Term) -> Tile | None:
    """A product with a matrix, plus a row."""
    bias, product = term.const(1), term.args[0]
    if bias is None or not isinstance(product, Term) or product.kind != "linear":
        return None
    if product.const(2) is not None or bias.array.ndim != 1 or not joined(term, product):
        return None
    if dim_of(bias) != dim_of(product.const(1)):
        return None
    return Tile("linear", (product.x,), "linear", {"weight": product.const(1), "bias": bias})


def dim_of(value: Const | None) -> int:
    """The size of the first axis."""
    return 0 if value is None else int(value.array.shape[0])


# -- what happens in training alone ----------------------------------------------------------------


def _noise(term: Term) -> Tile | None:
    """x plus sigma times a random tensor."""
    for x, other in (term.args, term.args[::-1]):
        if not isinstance(x, Term) or not isinstance(other, Term):
            continue
        sigma, parts, consts = factors(other)
        if not consts and len(parts) == 1 and parts[0].kind == "random":
            return Tile("alike", (x,), "noise", {"sigma": sigma})
    return None


def _drop_path(term: Term) -> Tile | None:
    """A tensor times dropped-out ones, one per sample."""
    for x, other in (term.args, term.args[::-1]):
        if not isinstance(x, Term) or not isinstance(other, Term) or other.kind != "dropout":
            continue
        ones = other.x
        single = ones.kind == "fill" and ones.params["value"] == 1
        if single and all(s == 1 for s in ones.shape[1:]) and ones.rank == x.rank:
            return Tile("alike", (x,), "droppath", {"p": other.params["p"]})
    return None


def _uneven_pool(term: Term) -> Tile | None:
    """A mean of padded windows over the share of each window that is no padding."""
    top, bottom = term.args
    if not isinstance(top, Term) or not isinstance(bottom, Term):
        return None
    if (top.kind, bottom.kind) != ("pool", "pool") or top.x.kind != "pad":
        return None
    ones = bottom.x
    if ones.kind != "pad" or ones.x.kind not in ("fill", "slice"):
        return None
    source = ones.x if ones.x.kind == "fill" else ones.x.x
    same = all(top.params[k] == bottom.params[k] for k in ("how", "kernel", "strides", "pads"))
    filled = source.kind == "fill" and source.params["value"] == 1
    if not same or not filled or top.x.params["pads"][2:] != ones.params["pads"][2:]:
        return None
    if any(map(any, (*top.params["pads"], *top.x.params["pads"][:2]))):
        return None
    params = dict(top.params) | {"pads": top.x.params["pads"][2:], "counted": False}
    return Tile("pool", (top.x.x,), "avgpool", params)


# -- the table -------------------------------------------------------------------------------------


def _alike(*names: str) -> Pattern:
    """An op of the table of the same name, with parameters of the same names."""

    def pattern(term: Term) -> Tile | None:
        given = {name: term.params[name] for name in names}
        return Tile("alike", (term.x,), term.kind, given)

    return pattern


def _padded(term: Term) -> Tile | None:
    """A window behind padding of its own: zeros for a convolution, minus infinity for a maximum."""
    pad = term.x
    wanted = -inf if term.kind == "pool" else 0.0
    if pad.kind != "pad" or not joined(term, pad):
        return None
    if term.kind == "pool" and (term.params["how"] != "max" or term.params.get("ceil")):
        return None
    given, (batch, channels, *rows) = pad.params["value"], pad.params["pads"]
    lowest = given < -3e38 if wanted else given == 0
    if not lowest or any((*batch, *channels)) or min(min(r) for r in rows) < 0:
        return None
    own = term.params["pads"]
    pads = tuple((a + c, b + d) for (a, b), (c, d) in zip(own, rows, strict=True))
    return Tile(term.kind, (pad.x,), term.kind, {"term": term, "pads": pads})


def _rolled(term: Term) -> Tile | None:
    """A tensor cut in two, the parts exchanged."""
    axis = term.params["axis"]
    if axis == 1 or len(term.args) != 2 or not all(isinstance(a, Term) for a in term.args):
        return None
    back, front = (a for a in term.args if isinstance(a, Term))
    if (back.kind, front.kind) != ("slice", "slice") or back.x is not front.x:
        return None
    cuts = [t.params["cuts"] for t in (back, front)]
    if any(set(c) != {axis} for c in cuts):
        return None
    (start, end, one), (zero, stop, two) = cuts[0][axis], cuts[1][axis]
    if zero != 0 or start != stop or end != back.x.shape[axis] or (one, two) != (1, 1):
        return None
    left, right = start.whole(), (end - start).whole()
    n = right if left is None or (right is not None and right <= left) else -left
    return None if n is None else Tile("roll", (back.x,), "shift", {"axis": axis, "n": n})


def _sliced(term: Term) -> Tile | None:
    """A transposed convolution cut in front by more than its padding can say."""
    base, cuts = term.x, term.params["cuts"]
    if base.kind != "tconv" or any(base.params["output_padding"]) or min(cuts) < 2:
        return None
    pads = list(base.params["pads"])
    for axis, (start, stop, step) in cuts.items():
        offset, i = start.whole(), axis - 2
        slack = max(base.params["strides"][i], base.params["dilations"][i])
        if offset is None or offset < slack or stop != base.shape[axis] or step != 1:
            return None
        pads[i] = (pads[i][0] + offset, pads[i][1])
    return Tile("tconv", (base.x,), "tconv", {"term": base, "pads": tuple(pads)})


def _sized(term: Term) -> Tile | None:
    """What our own exporter gives the sizes of a tensor wants that tensor, needed or not."""
    sizes = term.params["sizes"]
    source = common_source(sizes if term.kind == "fill" else sizes[2:])
    if term.place.group is None or not isinstance(source, Term):
        return None
    leaves = (*(a for a in term.args if isinstance(a, Term)), source)
    return Tile(term.kind, leaves, term.kind, {"term": term})


def _plain(term: Term) -> Tile | None:
    """What emission looks into itself, by the term's kind."""
    leaves = tuple(a for a in term.args if isinstance(a, Term))
    return Tile(term.kind, leaves, term.kind, {"term": term})


PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "add": (_group_norm, _layer_norm, _linear, _noise, _merge),
    "mul": (gated, _mean, _drop_path, _merge, _scale),
    "max": (_cap,),
    "mean": (_merge,),
    "conv": (_padded,),
    "pool": (_padded,),
    "concat": (_rolled,),
    "slice": (_sliced,),
    "div": (_uneven_pool,),
    "clip": (clipped_sigmoid, clip),
    "matmul": (attention,),
    "hsigmoid": (lambda t: Tile("alike", (t.x,), "hsigmoid") if sixth(t) else None,),
    **{name: (_alike(),) for name in ("relu", "silu", "hswish", "sigmoid", "tanh", "flatten")},
    "leaky": (_alike("slope"),),
    "elu": (_alike("alpha"),),
    "gelu": (_alike("approximate"),),
    "dropout": (_alike("p"),),
    "droppath": (_alike("p"),),
    "noise": (_alike("sigma"),),
    "resize": (_sized,),
    "fill": (_sized,),
    "rolled": (lambda t: Tile("roll", (t.x,), "shift", dict(t.params)),),
    "shift": (lambda t: Tile("roll", (t.x,), "shift", {"axis": t.rank - 1, "n": t.params["n"]}),),
}
_EITHER = ("concat", "div", "matmul", "max", "mean", "min", "pow", "sub")  # constants may be first
_PLAIN = (  # what rules look into themselves
    "input instance result conv tconv linear bn inorm ln gn pool reduce reshape transpose slice "
    "concat expand resize softmax prelu fill"
)


def tile(term: Term) -> Tile | None:
    """The largest op that ends in this term; None where the table of ops has nothing for it."""
    if term.args and not isinstance(term.args[0], Term) and term.kind not in _EITHER:
        return None
    for pattern in PATTERNS.get(term.kind, ()):
        found = pattern(term)
        if found is not None:
            return found
    return _plain(term) if term.kind in _PLAIN.split() else None


def demanded(outputs: list[Term]) -> Iterator[tuple[Term, Tile | None]]:
    """The terms that outputs need, each with its tile, last ones first."""
    wanted = {term.number: term for term in outputs}
    while wanted:
        term = wanted.pop(max(wanted))
        found = tile(term)
        leaves = found.leaves if found else (a for a in term.args if isinstance(a, Term))
        for leaf in leaves:
            wanted[leaf.number] = leaf
        yield term, found
