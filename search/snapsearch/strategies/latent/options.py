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


@dataclass(frozen=True)
class CoderOptions:
    """Of the auto-encoder.

    `reads`: what the encoder is given, an architecture's `canonical` encoding, or `any` of its
    encodings as they come; it always writes the canonical one. `mixed`: all states of the GRU go
    into the vector, by position; otherwise the last alone. `latent`, `hidden`: sizes; a `latent` of
    0 is 32 for encodings of up to 12 symbols, else 64. `samples`: programs it is trained on.
    `steps`: of training, `batch` rows each, of all lengths alike if `balanced`. `noise` on the
    vector, `swapped`, the share of symbols exchanged at random, and `grown`, that of programs which
    another is hung on to, are for training alone; `facts` weighs the linear heads.
    """

    reads: str = "canonical"
    mixed: bool = True
    latent: int = 0
    hidden: int = 64
    samples: int = 3000
    steps: int = 600
    batch: int = 128
    rate: float = 3e-3
    noise: float = 0.1
    swapped: float = 0.1
    grown: float = 0.1
    balanced: bool = True
    facts: float = 1.0


@dataclass(frozen=True)
class Options:
    """Of the search.

    `initial` random architectures come first, `diverse` ones as far apart as may be. Then a
    `model` of the value, on `features`, the `latent` vector and the `facts` that are read off it,
    the vector scaled by `beside` where there are both; of targets that are
    `ranks` to normal scores and the rest values clipped softly at `clip` deviations below the
    median; a trial counts 1 / (`favour` + the share of better ones), 0: all alike. `propose`: where
    candidates come from; `top` trials are started from, by `several` mutations and `crossed` pairs;
    `kappa` standard deviations are added to the mean. `joint`: encoder and layer are trained
    further on the trials, together, whenever there are twice as many.
    """

    coder: CoderOptions = field(default_factory=CoderOptions)
    initial: int = 8
    diverse: bool = True
    model: str = "gaussian"
    features: tuple[str, ...] = ("latent", "facts")
    beside: float = 0.5
    ranks: float = 0.5
    clip: float = 2.0
    favour: float = 1.0
    propose: tuple[str, ...] = ("ascent", "neighbours", "mutations", "crossings")
    top: int = 10
    several: int = 60
    crossed: int = 30
    kappa: float = 1.0
    joint: bool = False

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


def _one(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        hint = f"there are {', '.join(known)}"
        raise SearchError("S141", f"`{name}` of `latent` is {value!r}", hint=hint)


def _within(options: Options) -> None:
    """Raise `SearchError` S141 for a number out of its range."""
    values = asdict(options)
    values |= {f"coder.{name}": value for name, value in values.pop("coder").items()}
    least = dict.fromkeys(("initial", "top"), 1) | dict.fromkeys(("several", "crossed"), 0)
    least |= {f"coder.{name}": 1 for name in ("hidden", "samples", "steps", "batch")}
    least |= {f"coder.{name}": 0 for name in ("latent", "noise", "swapped", "grown", "facts")}
    least |= {"beside": 0}
    wrong = [(n, f"at least {low}") for n, low in least.items() if not low <= values[n] < math.inf]
    if not 0 < values["coder.rate"] < math.inf:
        wrong.append(("coder.rate", "greater than 0"))
    for name in ("coder.swapped", "coder.grown"):
        if values[name] > 1:
            wrong.append((name, "at most 1"))
    for name, bound in wrong:
        message = f"`{name}` of `latent` is {values[name]}, but must be {bound}"
        raise SearchError("S141", message)


T = TypeVar("T", Options, CoderOptions)
PRESETS = {
    "default": Options(),
    "paper": Options(
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


def preset(name: str, **changes: Any) -> Options:
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
