"""Users' ops with every fact there is, declared for a while and then removed.

Each is a function with the facts that are true of it; a declaration may say all of them or fewer,
never one that is not true.

>>> import random
>>> with declared(random.Random(0), count=3) as ops:
...     len(ops)
3
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from snaplang.diagnostics import SnapError
from snaplang.dims import dim
from snaplang.ops import remove
from snaplang.ops.spec import Attrs, Init, OpSpec, Param, ParamKind, Rules, Shape, Weight
from snaplang.ops.user import op

OWNER = "sampled"


@dataclass(frozen=True)
class Sample:
    """A user's op: its function, what is true of it, and the rest of its declaration.

    `facts` are all that hold; `needed` are those that a declaration must not leave out, as others
    follow from them. `alike` tells that its inputs must have one shape.
    """

    name: str
    torch: str
    facts: str = ""
    inputs: int = 1
    outputs: int = 1
    params: tuple[Param, ...] = ()
    shape: Callable[[Rules], tuple[Shape, ...]] | None = None
    weights: Callable[[Attrs, tuple[Shape, ...]], tuple[Weight, ...]] | None = None
    identity_if: Callable[[Attrs], bool] | None = None
    onnx: Callable[[Any], Any] | None = None

    @property
    def alike(self) -> bool:
        """Whether its inputs must have one shape."""
        return self.inputs > 1

    def declare(self, facts: Sequence[str], version: int = 1) -> OpSpec:
        """Declare it with these facts."""
        return op(
            f"{OWNER}/{self.name}/{version}",
            torch=self.torch,
            onnx=self.onnx,
            inputs=self.inputs,
            outputs=self.outputs,
            params=self.params,
            shape=self.shape,
            weights=self.weights,
            facts=facts,
            identity_if=self.identity_if,
        )


def _gain(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
    return (Weight("gain", (inputs[0].channels,), Init("constant", 1.5)),)


def _doubled(rules: Rules) -> tuple[Shape, ...]:
    (shape,) = rules.inputs
    return (shape.with_channels(shape.channels * 2),)


def _first_two(rules: Rules) -> tuple[Shape, ...]:
    (shape,) = rules.inputs
    return shape, shape.with_channels(shape.channels + dim(1))


def _unary(kind: str) -> Callable[[Any], Any]:
    return lambda site: site.op(kind, *site.inputs)


def _binary(kind: str) -> Callable[[Any], Any]:
    return lambda site: site.op(kind, *site.inputs)


def _factor(site: Any) -> Any:
    return site.op("Mul", site.inputs[0], site.number(site.attrs.real("by")))


_ROUND = "ELEMENTWISE NON_DECREASING ZERO_PRESERVING IDEMPOTENT"
_CAP = Param("cap", ParamKind.REAL, None, "Cap.", low=0, optional=True)
_BY = Param("by", ParamKind.REAL, 2.0, "Factor.", low=0)
_POWER = Param("by", ParamKind.REAL, 2.0, "Factor.")
_GAINED = "x * gain.reshape(1, -1, *[1] * (x.dim() - 2))"
_FLAT = "torch.zeros_like(x[:, :1])"

SAMPLES = (
    Sample("rounded", "def rounded(x):\n    return torch.floor(x)", _ROUND, onnx=_unary("Floor")),
    Sample(
        "squared",
        "def squared(x):\n    return x * x",
        "ELEMENTWISE ZERO_PRESERVING",
        onnx=lambda site: site.op("Mul", site.inputs[0], site.inputs[0]),
    ),
    Sample(
        "softly",
        "def softly(x):\n    return F.softplus(x)",
        "ELEMENTWISE NON_DECREASING",
        onnx=_unary("Softplus"),
    ),
    Sample(
        "capped",
        "def capped(x, cap):\n    x = x.clamp(min=-1.0)\n"
        "    return x if cap is None else x.clamp(max=cap)",
        _ROUND + " CAPPED",
        params=(_CAP,),
    ),
    Sample(
        "scaled",
        "def scaled(x, by):\n    return x * by",
        "ELEMENTWISE NON_DECREASING ZERO_PRESERVING",
        params=(_BY,),
        identity_if=lambda attrs: attrs.real("by") == 1,
        onnx=_factor,
    ),
    Sample(
        "turned",
        "def turned(x, by):\n    return -x * by",
        "ELEMENTWISE ZERO_PRESERVING",
        params=(_POWER,),
        identity_if=lambda attrs: attrs.real("by") == -1,
    ),
    Sample("mirrored", "def mirrored(x):\n    return x.flip(1)", "DATA_MOVEMENT ZERO_PRESERVING"),
    Sample(
        "foldmax",
        "def foldmax(x):\n    return torch.maximum(x, x.flip(1))",
        "SELECTS_MAX ZERO_PRESERVING IDEMPOTENT",
    ),
    Sample(
        "spun",
        "def spun(x):\n    return x.flip(tuple(range(2, x.dim())))",
        "DATA_MOVEMENT ZERO_PRESERVING KEEPS_POINTS KEEPS_FLAT",
    ),
    Sample(
        "smoothed",
        "def smoothed(x):\n    if x.dim() == 2:\n        return x\n"
        "    return (x + x.mean(tuple(range(2, x.dim())), keepdim=True)) / 2",
        "ZERO_PRESERVING KEEPS_POINTS KEEPS_FLAT",
    ),
    Sample("nil", "def nil(x):\n    return torch.zeros_like(x)", "MAKES_ZERO ZERO_PRESERVING"),
    Sample("centred", "def centred(x):\n    return x - x.mean(1, keepdim=True)", "ZERO_PRESERVING"),
    Sample(
        "plus",
        "def plus(x, y):\n    return x + y",
        "COMMUTATIVE ASSOCIATIVE SUMS ZERO_PRESERVING",
        inputs=2,
        onnx=_binary("Add"),
    ),
    Sample(
        "times",
        "def times(x, y):\n    return x * y",
        "COMMUTATIVE ASSOCIATIVE ANNIHILATES ZERO_PRESERVING",
        inputs=2,
        onnx=_binary("Mul"),
    ),
    Sample(
        "least",
        "def least(x, y):\n    return torch.minimum(x, y)",
        "COMMUTATIVE ASSOCIATIVE MERGES_EQUAL ZERO_PRESERVING",
        inputs=2,
        onnx=_binary("Min"),
    ),
    Sample(
        "middle",
        "def middle(x, y):\n    return (x + y) / 2",
        "COMMUTATIVE MERGES_EQUAL ZERO_PRESERVING",
        inputs=2,
        onnx=_binary("Mean"),
    ),
    Sample(
        "minus", "def minus(x, y):\n    return x - y", "ZERO_PRESERVING", 2, onnx=_binary("Sub")
    ),
    Sample("left", "def left(x, y):\n    return x + 0 * y", "ASSOCIATIVE ZERO_PRESERVING", 2),
    Sample(
        "sumsq",
        "def sumsq(x, y):\n    return (x * x + y * y).sqrt() + 1",
        "COMMUTATIVE",
        inputs=2,
    ),
    Sample(
        "pairs",
        "def pairs(x, y, z):\n    return x * y + y * z + z * x",
        "COMMUTATIVE ZERO_PRESERVING",
        inputs=3,
    ),
    Sample(
        "gained",
        f"def gained(x, gain):\n    return {_GAINED}",
        "ZERO_PRESERVING",
        weights=_gain,
    ),
    Sample(
        "doubled",
        "def doubled(x):\n    return torch.cat([x, x], 1)",
        "DATA_MOVEMENT ZERO_PRESERVING",
        shape=_doubled,
        onnx=lambda site: site.op("Concat", site.inputs[0], site.inputs[0], axis=1),
    ),
    Sample(
        "forked",
        f"def forked(x):\n    return 2 * x, torch.cat([x, {_FLAT}], 1)",
        "ZERO_PRESERVING",
        outputs=2,
        shape=_first_two,
    ),
    Sample(
        "twofold",
        "def twofold(x):\n    return x + 1, x - 1",
        "",
        outputs=2,
    ),
    Sample(
        "jittered",
        "def jittered(x, training):\n    return x + torch.rand_like(x) if training else x",
        "RANDOM",
    ),
)
NAMES = tuple(sample.name for sample in SAMPLES)
SAMPLE = {sample.name: sample for sample in SAMPLES}


FOLLOW = {  # what a declaration that says the one must say too
    "NON_DECREASING": "ELEMENTWISE",
    "CAPPED": "IDEMPOTENT",
    **dict.fromkeys(("SUMS", "ANNIHILATES", "MERGES_EQUAL", "MAKES_ZERO"), "ZERO_PRESERVING"),
    **dict.fromkeys(("SELECTS_MAX", "DATA_MOVEMENT"), "ZERO_PRESERVING"),
}


def fewer(rng: random.Random, facts: Sequence[str]) -> list[str]:
    """Some of the facts; of an op whose instances flatten all or none."""
    if "ASSOCIATIVE" in facts:
        return list(facts) if rng.random() < 0.5 else []
    kept = {fact for fact in facts if rng.random() < 0.7}
    kept |= {FOLLOW[fact] for fact in kept if fact in FOLLOW}
    return sorted(kept)


@contextmanager
def declared(
    rng: random.Random, count: int | None = None, only: frozenset[str] | None = None
) -> Iterator[list[OpSpec]]:
    """Users' ops, with all or some of the facts that hold; removed at the end."""
    known = [s for s in SAMPLES if only is None or s.name in only]
    chosen = known if count is None else rng.sample(known, count)
    made: list[OpSpec] = []
    try:
        for sample in chosen:
            made.append(_declared(rng, sample))
        yield made
    finally:
        for spec in made:
            remove(spec)


def _declared(rng: random.Random, sample: Sample) -> OpSpec:
    """A sample with some of its facts; with all where some alone are refused."""
    facts = sample.facts.split()
    if rng.random() < 0.3:
        try:
            return sample.declare(fewer(rng, facts))
        except SnapError:
            pass
    return sample.declare(facts)


def is_alike(spec: OpSpec) -> bool:
    """Whether a user's op takes inputs of one shape."""
    sample = SAMPLE.get(spec.name)
    return sample is not None and sample.alike
