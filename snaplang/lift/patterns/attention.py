"""Attention, found in products of matrices: softmax(q k^T / sqrt(d)) v in its usual spellings.

The scale may stand on the scores or on either side of the product; values may stand left, with
channels before positions, as our own exporter writes them. Whether q, k and v are parts of one
projection, and how heads lie among the axes, is for emission to see.
"""

from __future__ import annotations

from snaplang.lift.patterns.tiles import Tile
from snaplang.lift.terms import Term

_MOVES = ("transpose", "reshape", "expand")


def attention(term: Term) -> Tile | None:
    """The tile of an attention whose last product is `term`."""
    left, right = term.args
    if not isinstance(left, Term) or not isinstance(right, Term):
        return None
    if (shares := _shares(left)) is not None:
        return _tile(shares, right, False)
    turned = _turned(right)
    shares = _shares(turned) if turned is not None else None
    return _tile(shares, left, True) if shares is not None else None


def _turned(term: Term) -> Term | None:
    """What `term` is with its last two axes exchanged."""
    if term.kind != "transpose":
        return None
    last = term.rank - 1
    wanted = (*range(last - 1), last, last - 1)
    return term.x if tuple(p % term.rank for p in term.params["perm"]) == wanted else None


def _shares(term: Term) -> Term | None:
    """The scores that a softmax over the last axis makes shares of."""
    if term.kind == "dropout":
        term = term.x
    if term.kind != "softmax" or term.params["axis"] % term.rank != term.rank - 1:
        return None
    return term.x


def _tile(scores: Term, value: Term, turned: bool) -> Tile | None:
    scale, product = _unscaled(scores)
    if product.kind != "matmul":
        return None
    sides = []
    for side in product.args:
        if not isinstance(side, Term):
            return None
        number, bare = _unscaled(side)
        scale *= number
        sides.append(bare)
    query, key = sides
    given = {"scale": scale, "turned": turned}
    return Tile("attend", (query, key, value), "mhsa", given)


def _unscaled(term: Term) -> tuple[float, Term]:
    """A number and the rest, looking through movements of data; moved terms keep their number.

    The movements are collected, and stand in `moves` of the rest's place in the tile.
    """
    scale, bare, changed = 1.0, term, False
    path: list[Term] = []
    while True:
        if bare.kind == "mul" and (const := bare.const(1)) is not None:
            number = const.scalar() if not const.root else None
            if number is None:
                break
            scale, bare, changed = scale * number, bare.x, True
        elif bare.kind in _MOVES:
            path.append(bare)
            bare = bare.x
        else:
            break
    if not changed:
        return 1.0, term
    for move in reversed(path):
        number = move.number + 0.5  # behind what it moves, before what uses it
        bare = Term(move.kind, (bare,), move.params, move.shape, move.place, number)
    return scale, bare
