"""From tiles to a graph: instances, their weights, and where foreign tensors lie in SNAP values.

`Emission` holds the graph under construction; what each tile becomes stands in `rules.py`. Weights
are claimed as instances are made, and taken once it is known which instances stay. A rule that
finds out late that it does not fit leaves no trace: what it emitted is forgotten.

    mark = e.mark()
    try:
        return rule(e, tile)
    except LackingError:
        e.reset(mark)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snaplang.diagnostics.source import Source, Span
from snaplang.dims import ONE, Dim, dim
from snaplang.graph.builder import Assembly, RankNeededError, RejectedError, attributes
from snaplang.lift.terms import Const, ModelPlace, Term
from snaplang.lift.terms.source import Foreign, digest
from snaplang.lift.terms.views import Axis, View, order, size_of
from snaplang.ops import TABLE
from snaplang.ops.resolve import Argument, ArgumentError
from snaplang.ops.spec import Attrs, AttrValue, OpSpec, Shape

NOWHERE = Span(Source("<model>", "", Path()), 0, 0)


@dataclass
class LackingError(Exception):
    """The table of ops has nothing for a term; `why` says more than its name."""

    why: str = ""


@dataclass(frozen=True)
class Claim:
    """A weight of an instance: its data, and the foreign weights that these are."""

    array: NDArray[Any]
    roots: tuple[str, ...]


Claims = Mapping[str, Claim]
Mark = tuple[tuple[int, int, int], tuple[int, ...]]  # how much there was of everything


@dataclass
class Emission:
    """A graph under construction. `views` maps terms, by number, to where they lie.

    `notes` are what there is to say of the emission, `lacking` the terms that the table has not.
    """

    foreign: Foreign
    batch: Dim
    returns: set[float] = field(default_factory=set)
    assembly: Assembly = field(default_factory=Assembly)
    views: dict[float, View] = field(default_factory=dict)
    claims: list[Claims] = field(default_factory=list)
    places: list[ModelPlace] = field(default_factory=list)
    made: dict[object, tuple[int, ...]] = field(default_factory=dict)
    makers: dict[int, int] = field(default_factory=dict)  # which node makes a value
    notes: list[str] = field(default_factory=list)
    place: ModelPlace = field(default_factory=ModelPlace)
    outputs: tuple[int, ...] = ()
    kept: bool = False  # what the table lacks is kept as opaque instances
    lacking: dict[float, tuple[Term, str]] = field(default_factory=dict)

    # -- what grows --------------------------------------------------------------------------------

    def _grown(self) -> tuple[list[Any] | dict[Any, Any], ...]:
        """All that emitting adds to, beside the assembly; nothing that is there is ever changed."""
        lists = self.claims, self.places, self.notes
        return *lists, self.views, self.made, self.makers, self.lacking

    def mark(self) -> Mark:
        """A state to come back to."""
        return self.assembly.mark(), tuple([len(grown) for grown in self._grown()])

    def reset(self, mark: Mark) -> None:
        """Forget all that was added since `mark`."""
        assembled, sizes = mark
        self.assembly.reset(assembled)
        for grown, size in zip(self._grown(), sizes, strict=True):
            while len(grown) > size:
                if isinstance(grown, list):
                    grown.pop()
                else:
                    grown.popitem()

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """For a while, what the table lacks is kept as opaque instances."""
        before, self.kept = self.kept, True
        try:
            yield
        finally:
            self.kept = before

    def note(self, text: str) -> None:
        """Something to say of the term at hand."""
        self.notes.append(f"`{self.place.name}`: {text}")

    # -- instances ---------------------------------------------------------------------------------

    def run(
        self,
        op: str,
        inputs: Sequence[int],
        given: Mapping[str, Argument] | None = None,
        claims: Claims | None = None,
        pads: AttrValue = None,
    ) -> tuple[int, ...]:
        """Append an instance; raises `LackingError` where the op does not take this."""
        spec = TABLE[op]
        try:
            attrs = attributes(spec, given or {}, dim(1))
        except ArgumentError as error:
            raise LackingError(error.message) from None
        if pads is not None:
            attrs = Attrs({**attrs, "pad": pads})
        return self.append(spec, attrs, inputs, claims)

    def append(
        self, spec: OpSpec, attrs: Attrs, inputs: Sequence[int], claims: Claims | None = None
    ) -> tuple[int, ...]:
        """Append an instance with resolved attributes."""
        try:
            found = self.assembly.apply(spec, attrs, tuple(inputs), (), NOWHERE)
        except RejectedError as error:
            raise LackingError(error.message) from None
        except RankNeededError:
            raise LackingError("sizes are given for axes that it does not have") from None
        self.makers |= dict.fromkeys(found, len(self.claims))
        self.claims.append(claims or {})
        self.places.append(self.place)
        return found

    def once(
        self, op: str, inputs: Sequence[int], given: Mapping[str, Argument] | None = None
    ) -> tuple[int, ...]:
        """An instance without weights that others may have asked for already."""
        key = (op, tuple(inputs), tuple((given or {}).items()))
        if key not in self.made:
            self.made[key] = self.run(op, inputs, given)
        return self.made[key]

    def shape(self, value: int) -> Shape:
        """The shape of a SNAP value."""
        return self.assembly.shapes[value]

    def sizes(self, value: int) -> tuple[Dim, ...]:
        """The sizes of a SNAP value, the batch first."""
        shape = self.shape(value)
        return (self.batch, shape.channels, *shape.spatial)

    def plain(self, value: int) -> View:
        """A SNAP value as it is."""
        return View.plain(value, self.sizes(value))

    def channels(self, value: int) -> Axis:
        """The channels of a SNAP value, as an axis."""
        return self.plain(value).axes[1]

    # -- where tensors lie -------------------------------------------------------------------------

    def view(self, term: Term) -> View:
        """Where a term lies."""
        return self.views[term.number]

    def value(self, term: Term) -> int:
        """The SNAP value of a term that must lie plainly: batch, channels, positions."""
        return self.plainly(self.view(term))

    def plainly(self, view: View) -> int:
        """The SNAP value whose axes are a view's; channels may be shuffled, maps flattened."""
        groups = self.rows(view)
        if groups is not None:
            flat = len(view.axes) == 2 and self.shape(view.base).spatial
            base = self.once("flatten", [view.base])[0] if flat else view.base
            return base if groups == 1 else self.run("shuffle", [base], {"groups": groups})[0]
        if self.kept:
            return self.laid_out(view)
        raise LackingError(f"its input has its axes in another order: {self.describe(view)}")

    def rows(self, view: View) -> Dim | None:
        """How many rows the channels were read across, 1 where they are in order.

        Of a map seen as vectors, all is channels. None where axes lie in any other way.
        """
        rank = len(self.shape(view.base).spatial)
        flat = len(view.axes) == 2
        if not flat and len(view.axes) != rank + 2:
            return None
        if not all(view.holds(i, i) for i in range(len(view.axes)) if i != 1):
            return None
        found, plain = list(view.axes[1]), view.atoms(1) + (view.spatial() if flat else [])
        for place in range(1, len(plain)):
            if found == plain[place:] + plain[:place]:
                return size_of(tuple(plain[:place]))
        return ONE if found == plain else None

    def laid_out(self, view: View) -> int:
        """An opaque instance that moves data as a view says."""
        if len(view.axes) < 2:
            raise LackingError(f"its input has {len(view.axes)} axes")
        sizes = tuple(map(size_of, view.axes))
        key = digest("layout", repr([(order(a), size_of(a).whole()) for a in view.axes]))
        spec = opaque_spec("layout", key, 1, (Shape(sizes[1], sizes[2:]),), ())
        return self.append(spec, Attrs(), [view.base])[0]

    def describe(self, view: View) -> str:
        """A view for messages: `[N, H*W, C]`."""
        names = {0: "batch", 1: "channels"}
        rank = len(self.shape(view.base).spatial)
        for i in range(rank):
            names[i + 2] = "positions" if rank == 1 else f"axis {i + 1}"
        axes = []
        for axis in view.axes:
            parts = [names[a.axis] if not a.place else f"part of {names[a.axis]}" for a in axis]
            axes.append(" x ".join(dict.fromkeys(parts)) or "1")
        return "[" + ", ".join(axes) + "]"


def claim(value: Const, shape: tuple[int, ...] | None = None) -> Claim:
    """A constant as a weight, in another shape where one is given."""
    if value.array.dtype.kind in "OUS":
        raise LackingError("its weights are computed from sizes that may be any")
    array = value.array if shape is None else value.array.reshape(shape)
    return Claim(array, (value.root,) if value.root else ())


def affine(weight: Const | None, bias: Const | None, channels: int) -> dict[str, Claim]:
    """Scale and offset of a norm; ones and zeros where it has none."""
    one = claim(weight, (-1,)) if weight is not None else Claim(np.ones(channels, np.float32), ())
    two = claim(bias, (-1,)) if bias is not None else Claim(np.zeros(channels, np.float32), ())
    for found in (one, two):
        if found.array.shape != (channels,):
            raise LackingError(f"it has {found.array.size} factors for {channels} channels")
    return {"weight": one, "bias": two}


def opaque_spec(
    kind: str, key: str, inputs: int, shapes: tuple[Shape, ...], weights: Sequence[Any]
) -> OpSpec:
    """The declaration of an op that nothing knows: what it is given makes it what it is."""
    name = f"{kind.lower()}_{key[:8]}"
    return OpSpec(
        f"opaque/{kind}/{key}",
        name,
        "opaque",
        f"The foreign op {kind}, which nothing here knows.",
        inputs=inputs,
        outputs=len(shapes),
        shape=lambda rules: shapes,
        weights=lambda attrs, given: tuple(weights),
    )
