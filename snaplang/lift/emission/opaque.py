"""What the table lacks, kept: instances of ops that have a name, a digest and results, no more.

Two of them are the same op if they were given the same; so fingerprints, comparisons and pictures
work, while nothing can be compiled from them.
"""

from __future__ import annotations

from snaplang.dims import Dim, dim
from snaplang.lift.emission.emission import Claim, Emission, opaque_spec
from snaplang.lift.terms import Const, Term
from snaplang.lift.terms.extents import Extent
from snaplang.lift.terms.shapes import Sizes
from snaplang.lift.terms.source import digest
from snaplang.lift.terms.views import View
from snaplang.ops.spec import Attrs, Init, Shape, Weight


def opaque(e: Emission, term: Term) -> View:
    """An opaque instance for a term, and where its result lies."""
    if term.kind == "part":
        whole, index = term.x, term.params["index"]
        first = e.views[whole.number].base
        return e.plain(first + index)
    results: tuple[Sizes, ...] = term.params.get("results", (term.shape,))
    inputs = [e.value(arg) for arg in term.args if isinstance(arg, Term)]
    weights, claims = [], {}
    for i, arg in enumerate(term.args):
        if isinstance(arg, Const) and arg.array.dtype.kind == "f":
            name = f"weight{i}"
            sizes = tuple(map(dim, arg.array.shape))
            weights.append(Weight(name, sizes, Init("constant", 0.0)))
            claims[name] = Claim(arg.array, (arg.root,) if arg.root else ())
    kind = term.params.get("name", term.kind)
    spec = opaque_spec(kind, _key(term), len(inputs), tuple(map(_shape, results)), weights)
    found = e.append(spec, Attrs(), inputs, claims)
    return e.plain(found[0])


def _shape(sizes: Sizes) -> Shape:
    """A result as values have it; without two axes it gets them."""
    plain = [_bare(size) for size in sizes]
    return Shape(plain[1] if len(plain) > 1 else dim(1), tuple(plain[2:]))


def _bare(size: Dim) -> Dim:
    return Dim(dict(size.terms)) if isinstance(size, Extent) else size


def _key(term: Term) -> str:
    """What makes the op what it is: for a known kind its parameters, letters left out."""
    if "digest" in term.params:
        return str(term.params["digest"])
    said = [term.kind]
    for name, value in sorted(term.params.items()):
        said.append(f"{name}={_plain(value)}")
    for arg in term.args:
        if isinstance(arg, Const):
            said.append(f"{arg.array.shape} {arg.number() if not arg.root else ''}")
    return digest(*said)


def _plain(value: object) -> str:
    if isinstance(value, Dim):
        return str(value.whole()) if value.whole() is not None else "-"
    if isinstance(value, tuple | list):
        return "(" + ",".join(map(_plain, value)) + ")"
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}:{_plain(v)}" for k, v in value.items()) + "}"
    return repr(value)
