"""What may be chosen of the latent search: every ingredient of the recipe is a switch.

>>> preset("paper").propose
('ascent',)
>>> preset("default", top=5).top
5
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from snapsearch.errors import SearchError


def _is(default: Any, about: str) -> Any:
    """A field with its default, and what it is, for tables."""
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class CoderOptions:
    """Of the auto-encoder; `noise`, `swapped` and `grown` are for training alone."""

    reads: str = _is(
        "canonical",
        "what the encoder is given: an architecture's `canonical` encoding, or `any` of its"
        " encodings as they come; it always writes the canonical one",
    )
    mixed: bool = _is(
        True, "all states of the GRU go into the vector, by position; otherwise the last alone"
    )
    latent: int = _is(0, "size of the vector; 0: 32 for encodings of up to 12 symbols, else 64")
    hidden: int = _is(64, "size of the GRU's state")
    samples: int = _is(3000, "programs it is trained on")
    steps: int = _is(600, "of training")
    batch: int = _is(128, "rows a step")
    rate: float = _is(3e-3, "of learning")
    noise: float = _is(0.1, "on the vector")
    swapped: float = _is(0.1, "share of symbols exchanged at random, 0 to 1")
    grown: float = _is(0.1, "share of programs which another is hung on to, 0 to 1")
    balanced: bool = _is(True, "a batch takes all lengths alike")
    facts: float = _is(1.0, "weight of the linear heads; 0: there are none")


@dataclass(frozen=True)
class LatentOptions:
    """Of the search: first random architectures, then what a model expects most of."""

    coder: CoderOptions = field(default_factory=CoderOptions)
    initial: int = _is(8, "random architectures that come first")
    diverse: bool = _is(True, "those are as far apart as may be")
    model: str = _is("gaussian", "of the value: `gaussian`, `bayes` or `linear`")
    features: tuple[str, ...] = _is(
        ("latent", "facts"), "what the model sees: the vector, and the facts that are read off it"
    )
    beside: float = _is(0.5, "scale of the vector where there are both")
    ranks: float = _is(0.5, "part of the targets that is ranks to normal scores; the rest: values")
    clip: float = _is(2.0, "deviations below the median at which values are clipped softly")
    favour: float = _is(
        1.0, "a trial counts 1 / (`favour` + the share of better ones); 0: all alike"
    )
    propose: tuple[str, ...] = _is(
        ("ascent", "neighbours", "mutations", "crossings"), "where candidates come from"
    )
    top: int = _is(10, "trials that are started from")
    several: int = _is(60, "candidates by several mutations")
    crossed: int = _is(30, "candidates by crossing pairs")
    kappa: float = _is(1.0, "standard deviations that are added to the mean")
    joint: bool = _is(
        False,
        "encoder and layer are trained further on the trials, together, whenever there are twice"
        " as many",
    )

    def __post_init__(self) -> None:
        _one("model", self.model, ("bayes", "gaussian", "linear"))
        _one("coder.reads", self.coder.reads, ("canonical", "any"))
        for name in self.features:
            _one("features", name, ("latent", "facts"))
        for name in self.propose:
            _one("propose", name, ("ascent", "neighbours", "mutations", "crossings"))
        _within(self)
        if self.features == ("facts",) and not self.coder.facts:
            message = "`features` of `latent` are facts alone, but `coder.facts` is 0"
            raise SearchError("S141", message)
        if not self.propose or not self.features:
            raise SearchError("S141", "`propose` and `features` of `latent` must name something")


def rows(options: LatentOptions | CoderOptions) -> list[tuple[str, object, str]]:
    """Name, value and what it is of all that is no table itself."""
    return [
        (f.name, getattr(options, f.name), f.metadata["about"])
        for f in fields(options)
        if f.name != "coder"
    ]


def _one(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        hint = f"there are {', '.join(known)}"
        raise SearchError("S141", f"`{name}` of `latent` is {value!r}", hint=hint)


def _within(options: LatentOptions) -> None:
    """Raise `SearchError` S141 for a number out of its range."""
    values = asdict(options)
    values |= {f"coder.{name}": value for name, value in values.pop("coder").items()}
    least = dict.fromkeys(("initial", "top"), 1) | dict.fromkeys(("several", "crossed"), 0)
    least |= {f"coder.{name}": 1 for name in ("hidden", "samples", "steps", "batch")}
    least |= {f"coder.{name}": 0 for name in ("latent", "noise", "swapped", "grown", "facts")}
    least |= dict.fromkeys(("beside", "favour", "kappa"), 0)
    wrong = [(n, f"at least {low}") for n, low in least.items() if not low <= values[n]]
    wrong += [(n, "finite") for n in least if values[n] == math.inf]
    for name in ("coder.rate", "clip"):
        if not 0 < values[name] < math.inf:
            wrong.append((name, "greater than 0, and finite"))
    for name in ("coder.swapped", "coder.grown"):
        if values[name] > 1:
            wrong.append((name, "at most 1"))
    if not 0 <= values["ranks"] <= 1:
        wrong.append(("ranks", "from 0 to 1"))
    for name, bound in wrong:
        message = f"`{name}` of `latent` is {values[name]}, but must be {bound}"
        raise SearchError("S141", message)


T = TypeVar("T", LatentOptions, CoderOptions)
PRESETS = {
    "default": LatentOptions(),
    "paper": LatentOptions(
        coder=CoderOptions(facts=0.0),
        initial=12,
        model="linear",
        features=("latent",),
        ranks=0.0,
        favour=0.0,
        propose=("ascent",),
        kappa=0.0,
        diverse=False,
        joint=True,
    ),
}


def preset(name: str, **changes: Any) -> LatentOptions:
    """The options of a preset, with changes; those of the auto-encoder as `coder={...}`.

    Raises `SearchError` S141 for what there is not.
    """
    _one("preset", name, tuple(PRESETS))
    base = PRESETS[name]
    coder = changes.pop("coder", {})
    if isinstance(coder, CoderOptions):
        coder = asdict(coder)
    if not isinstance(coder, Mapping):
        raise SearchError("S141", f"`coder` of `latent` is {coder!r}, but must be a table")
    made = {"coder": _changed(base.coder, coder), **changes}
    return _changed(base, made)


def _changed(base: T, changes: Mapping[str, Any]) -> T:
    known = {f.name: getattr(base, f.name) for f in fields(base)}
    for name, value in changes.items():
        if name not in known:
            hint = f"there are {', '.join(known)}"
            raise SearchError("S141", f"`latent` has no option `{name}`", hint=hint)
        old = known[name]
        if isinstance(old, tuple) and isinstance(value, list):
            changes = {**changes, name: tuple(value)}
        elif isinstance(old, float) and type(value) is int:
            changes = {**changes, name: float(value)}
        elif type(value) is not type(old):
            message = f"`{name}` of `latent` is {value!r}, but must be of type {type(old).__name__}"
            raise SearchError("S141", message)
    return replace(base, **changes)
