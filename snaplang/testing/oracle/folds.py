"""A9: two instances of one op in a row as one.

>>> from snaplang.ops import TABLE
>>> folded(TABLE["shift"], Attrs({"n": 2}), Attrs({"n": -3}))
Attrs({'n': -1})
"""

from __future__ import annotations

from snaplang.ops.spec import Attrs, AttrValue, OpSpec


def folded(op: OpSpec, outer: Attrs, inner: Attrs) -> Attrs | None:
    """The attributes of `outer` after `inner` as one instance; None where they are two."""
    if op.id == "shift":
        return Attrs({"n": outer.count("n") + inner.count("n")})
    if op.id == "crop":
        rank = ranks(outer["o"], inner["o"])
        a, b = outer.axes("o", rank), inner.axes("o", rank)
        return Attrs({"o": one(tuple(x + y for x, y in zip(a, b, strict=True)))})
    if op.id == "upsample" and outer["mode"] == inner["mode"] == "nearest":
        rank = ranks(outer["s"], inner["s"])
        a, b = outer.axes("s", rank), inner.axes("s", rank)
        return Attrs({"s": one(tuple(x * y for x, y in zip(a, b, strict=True))), "mode": "nearest"})
    if op.id == "maxpool" and inner["stride"] in (1, (1,), (1, 1), (1, 1, 1)):
        rank = ranks(outer["k"], inner["k"], outer["pad"], inner["pad"], outer["stride"])
        a, b = outer.axes("k", rank), inner.axes("k", rank)
        kernel = tuple(x + y - 1 for x, y in zip(a, b, strict=True))
        sides = zip(outer.pads("pad", rank), inner.pads("pad", rank), strict=True)
        pads = tuple((x[0] + y[0], x[1] + y[1]) for x, y in sides)
        pads = pads[:1] if len(set(pads)) == 1 else pads
        return Attrs({"k": one(kernel), "stride": outer["stride"], "pad": pads})
    return None


def ranks(*values: AttrValue) -> int:
    """For how many axes some values stand; 1 where all of them are the same for every axis."""
    return max(len(v) if isinstance(v, tuple) else 1 for v in values)


def one(sizes: tuple[int, ...]) -> AttrValue:
    """A size per axis, or one for all."""
    return sizes[0] if len(set(sizes)) == 1 else sizes
