"""What the laws do with an instance: the rules of `laws.py`, law by law.

A rule looks at an instance that is about to be made (a kind, and inputs that are in normal form)
and gives the values to use in its place, or None where the law does not apply. Rules build what
they need with `terms.apply`, so that every value there ever is is in normal form. Those about
splitting and joining channels stand in `parts.py`.
"""

from __future__ import annotations

from itertools import pairwise

from snaplang.canonical.normal.kind import Kind
from snaplang.canonical.normal.terms import Terms
from snaplang.dims import ONE
from snaplang.ops.spec import Fact

Values = tuple[int, ...]


def vanish(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """S3: the identity; a sum of one is that one."""
    return args if len(args) == 1 else None


def forget(terms: Terms, kind: Kind, args: Values) -> Values:
    """A3: a zero keeps its input's shape alone."""
    return (terms.zero(terms.shape(args[0]), (None, args, 0)),)


def absorb(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: nothing but zeros in, zeros out."""
    return terms.zeros(kind, args) if all(map(terms.is_zero, args)) else None


def annihilate(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: a product with a zero."""
    return terms.zeros(kind, args) if any(map(terms.is_zero, args)) else None


def neutral(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: zeros in a sum."""
    kept = tuple(a for a in args if not terms.is_zero(a))
    return terms.together(kind, kept) if 0 < len(kept) < len(args) else None


def join_zeros(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A3: neighbouring zeros in a `cat`, at the seams of nested ones too."""
    if not any(terms.zeros_meet(kind, left, right) for left, right in pairwise(args)):
        return None
    parts = [part for a in args for part in terms.with_open_ends(kind, a, terms.is_zero)]
    joined: list[int] = []
    for part in parts:
        if joined and terms.is_zero(part) and terms.is_zero(joined[-1]):
            joined[-1:] = terms.zeros(kind, (joined[-1], part))
        else:
            joined.append(part)
    return terms.together(kind, tuple(joined)) if len(joined) < len(parts) else None


def merge(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A2: `max` and `mean` of equal inputs."""
    return args[:1] if len(set(args)) == 1 else None


def settle(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A2: an idempotent op twice; of two caps the smaller is enough."""
    inner = terms.kinds[args[0]]
    if inner is kind:
        return args
    if kind.cap is None or inner.op is not kind.op or inner.cap is None:
        return None
    return args if inner.cap <= kind.cap else terms.apply(kind, terms.args[args[0]])


def leave(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A5: a function whose inputs all lie where it is the identity."""
    if kind.fixes is None:
        return None
    low, high = terms.lies_in(args[0])
    return args if kind.fixes[0] <= low and high <= kind.fixes[1] else None


def flatten_relu(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A7: `relu` is a maximum with zero, and flattens into one; so do zeros."""
    kept = [a for a in args if not terms.is_zero(a)]
    rectified = [Fact.MAX_WITH_ZERO in terms.kinds[a].facts for a in kept]
    if not kept or (len(kept) == len(args) and not any(rectified)):
        return None
    pairs = zip(kept, rectified, strict=True)
    rest = tuple(terms.args[a][0] if inside else a for a, inside in pairs)
    relu = terms.kind_with(Fact.MAX_WITH_ZERO)
    return terms.apply(relu, terms.together(kind, rest))


def sink(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A4: a maximum pool goes below a rising elementwise function, which is none itself."""
    return _below(terms, kind, args, rising=True)


def move(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A8: data movement goes below elementwise functions of its one input."""
    return _below(terms, kind, args, rising=False)


def _below(terms: Terms, kind: Kind, args: Values, rising: bool) -> Values | None:
    """An instance below the elementwise functions that stand on its first input."""
    if kind.elementwise:
        return None
    chain: list[int] = []
    below, *others = args
    while (inner := terms.kinds[below]).elementwise and (inner.non_decreasing or not rising):
        chain.append(below)
        below = terms.args[below][0]
    if not chain:
        return None
    values = terms.apply(kind, (below, *others))
    for value in reversed(chain):
        values = terms.apply(terms.kinds[value], values, terms.origins[value])
    return values


def fold(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A9: an instance after one of the same op, as one instance."""
    inner = terms.kinds[args[0]]
    if kind.op is None or kind.op.fold is None or inner.op is not kind.op:
        return None
    attrs = kind.op.fold(kind.attrs, inner.attrs)
    if attrs is None:
        return None
    return terms.apply(terms.kind_of(kind.op, attrs), terms.args[args[0]])


def at_point(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A10: where there is one position before and behind, that position comes back."""
    before, behind = terms.shape(args[0]), terms.result(kind, args)[0]
    alone = before.spatial and all(size == ONE for size in before.spatial)
    return args if alone and before == behind else None


def without_axes(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A10: `flatten` of what has no spatial axes."""
    before = terms.shape(args[0])
    return args if not before.spatial and before == terms.result(kind, args)[0] else None


def take_sizes(terms: Terms, kind: Kind, args: Values) -> Values | None:
    """A11: of the last input the spatial sizes count, not whose they are."""
    *rest, last = args
    lower, upper = terms.shape(rest[0]), terms.shape(last)
    if len(rest) == 1 and (lower.spatial, lower.open) == (upper.spatial, upper.open):
        return (rest[0],)
    if all(map(terms.is_zero, rest)) and Fact.ZERO_PRESERVING in kind.facts:
        return terms.zeros(kind, args)
    sizes = terms.sizes(last)
    return None if sizes == last else terms.apply(kind, (*rest, sizes))
