"""Random programs of everything the core table has, through ONNX and back.

python -m tests.lift.round_trip 20000 [SEED] [--bare]

Each goes to ONNX in some opset and is lifted again: it must have its own fingerprint at both
levels and its own weights; some are also run, ONNX Runtime on the model against PyTorch on what was
lifted. With `--bare` the model's metadata is taken away first, as foreign tools do.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import onnx

import snaplang as snap
from snaplang.dims import Dim, dim, letter, substitute
from snaplang.graph.builder import Assembly, RankNeededError, RejectedError, attributes
from snaplang.graph.specialize import prepare, reshaped
from snaplang.graph.weights import expected
from snaplang.lift.emission.emission import NOWHERE
from snaplang.ops import CORE
from snaplang.ops.resolve import ArgumentError, shown
from snaplang.ops.spec import OpSpec, Param, ParamKind, Shape

OPSETS = range(18, onnx.defs.onnx_opset_version() + 1)
OPS = [spec for spec in CORE if spec.moves is None]
# of one axis's size: alike, unlike, ones, letters, letters again, what is made of letters
SIZES = ["1", "2", "3", "4", "5", "8", "8", "H", "H", "W", "L", "2*H", "H + 1", "H*W", "H/2"]
REALS = [
    "0",
    "1",
    "1",
    "0.5",
    "-0.5",
    "-1",
    "0.1",
    "1e-5",
    "0.123456789012345",
    "1/3",
    "6",
    "1e-12",
]
MOST = 96  # channels, and entries of an axis


@dataclass
class Growth:
    """A program under construction: its text, and the shapes of its values by name."""

    chance: random.Random
    typed: bool  # sizes stand in the program; else they are given from outside
    assembly: Assembly = field(default_factory=Assembly)
    words: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def input(self, name: str) -> str:
        """Another input, as a program or a caller types it: `x(4, H, 2*H)`, `N,4,8,8`."""
        chance = self.chance
        channels = chance.choice([1, 2, 2, 3, 4, 4, 6, 8, 12])
        rank = chance.choice([1, 2, 2, 2, 3] if self.typed else [0, 1, 2, 2, 3])
        old = [s for s in self.assembly.shapes if s.spatial or not self.typed]
        sizes = SIZES if self.typed else [size for size in SIZES if size.isalnum()]
        texts = [chance.choice(sizes) for _ in range(rank)]
        if old and chance.random() < 0.6:
            texts = [str(size) for size in chance.choice(old).spatial]
        self.assembly.shapes.append(Shape(dim(channels), tuple(map(_size, texts))))
        self.names.append(name)
        return f"{name}({', '.join([str(channels), *texts])})"

    def step(self) -> bool:
        """Apply some op to some values; False where it does not take them."""
        spec = self.chance.choice(OPS)
        first = self._value()
        shape = self.assembly.shapes[first]
        count = spec.inputs if isinstance(spec.inputs, int) else self.chance.choice([1, 2, 2, 3, 4])
        inputs = [first, *(self._beside(spec, shape) for _ in range(count - 1))]
        self.chance.shuffle(inputs)
        given = {}
        for param in spec.params:
            if param.name == spec.inputs:
                given[param.name] = dim(count)
            elif param.default not in (None, 0.1, 1e-5) or self.chance.random() < 0.5:
                given[param.name] = self._argument(param, shape)
        try:
            attrs = attributes(spec, given, self.assembly.shapes[0].channels)
            mark = self.assembly.mark()
            made = self.assembly.apply(spec, attrs, tuple(inputs), (), NOWHERE)
        except (ArgumentError, RejectedError, RankNeededError):
            return False
        if any(_large(self.assembly.shapes[v]) for v in made):
            self.assembly.reset(mark)
            return False
        arguments = ", ".join(f"{name}={shown(value)}" for name, value in given.items())
        names = [f"v{v}" for v in made]
        self.names += names
        left = " ".join(f"-> {name}" for name in reversed(names))
        called = f"{spec.name}({arguments})" if given else spec.name
        self.words.append(f"{' '.join(self.names[v] for v in inputs)} {called} {left}")
        return True

    def _value(self) -> int:
        """Some value, mostly the last one, or one that nobody has used yet."""
        count = len(self.assembly.shapes)
        used = {v for node in self.assembly.nodes for v in node.inputs}
        fresh = [v for v in range(count) if v not in used] or [count - 1]
        choice = self.chance.choice
        return choice([count - 1, choice(fresh), choice(range(count))])

    def _beside(self, spec: OpSpec, shape: Shape) -> int:
        """A value to be merged with one of this shape."""
        if spec.name == "like" or self.chance.random() < 0.1:
            return self._value()
        alike = [v for v, s in enumerate(self.assembly.shapes) if s == shape]
        if spec.name in ("cat", "mul"):
            alike += [v for v, s in enumerate(self.assembly.shapes) if s.rank == shape.rank]
        return self.chance.choice(alike)

    def _argument(self, param: Param, shape: Shape) -> Any:
        chance, rank = self.chance, len(shape.spatial)
        if param.kind in (ParamKind.KERNEL, ParamKind.PAD):
            if param.kind is ParamKind.PAD and chance.random() < 0.6:
                return "same"
            low = 0 if (param.low or 0) < 1 else 1
            sizes = [1, 1, 1, 2, 3] if param.name in ("stride", "dilation") else [1, 2, 3, 3, 4, 5]
            draw = [chance.choice(sizes) - (1 - low) for _ in range(max(rank, 1))]
            return tuple(draw) if chance.random() < 0.3 and rank > 1 else dim(draw[0])
        if param.kind is ParamKind.FLAG:
            return chance.random() < 0.5
        if param.kind is ParamKind.WORD:
            return chance.choice(param.words)
        if param.kind is ParamKind.REAL:
            return dim(Fraction(chance.choice(REALS)))
        channels = shape.channels.whole() or 1
        parts = [d for d in range(1, channels + 1) if channels % d == 0]
        parts = parts if shape.channels.whole() else [1, 2, 3]
        if param.name == "n" and param.low is not None and param.low < 0:  # places, not parts
            return dim(chance.choice([0, 1, -1, 2, -3, 7, 40]))
        if param.name == "out":
            return dim(chance.choice([1, 2, 3, 4, 8, channels, channels, 2 * channels]))
        return dim(chance.choice(parts))


def _size(text: str) -> Dim:
    h, w = letter("H"), letter("W")
    made = {"2*H": 2 * h, "H + 1": h + 1, "H*W": h * w, "H/2": h / 2}
    return made[text] if text in made else dim(int(text)) if text.isdigit() else letter(text)


def _large(shape: Shape) -> bool:
    sizes = [shape.channels, *shape.spatial]
    return any(len(s.terms) > 4 or (s.whole() or 0) > MOST for s in sizes)


def program(chance: random.Random) -> tuple[str, list[str] | None]:
    """A program and the shapes it is given: one instance a line, some values as outputs."""
    growth = Growth(chance, chance.random() < 0.6)
    names = list("xyzw"[: chance.choice([1, 1, 2, 2, 3, 4])])
    inputs = [growth.input(name) for name in names]
    for _ in range(chance.randint(0, 12)):
        for _ in range(20):
            if growth.step():
                break
    count = chance.choice([1, 1, 2, 3, 4])
    last = growth.names[-1:] if chance.random() < 0.8 else []
    chosen = (last + [chance.choice(growth.names) for _ in range(count)])[:count]
    chance.shuffle(chosen)
    head = inputs if growth.typed else names
    text = "\n".join([f"in {' '.join(head)};", *growth.words, f"out {' '.join(chosen)}"])
    if growth.typed:
        return text, None
    batch, shapes = chance.choice(["N", "N", "B", "2"]), growth.assembly.shapes[: len(names)]
    return text, [",".join(map(str, (batch, s.channels, *s.spatial))) for s in shapes]


def bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without what its exporter says of its nodes."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.metadata_props[:]
    for node in copy.graph.node:
        del node.metadata_props[:]
    return copy


def outcome(graph: snap.Graph, model: onnx.ModelProto) -> str:
    """What becomes of a model: `same`, or what is not."""
    try:
        lifted = snap.from_onnx(model)
    except snap.SnapError as error:
        return f"refused ({error.diagnostics[0].code})"
    for level in ("structure", "algebra"):
        if snap.fingerprint(lifted, level=level) != snap.fingerprint(graph, level=level):
            return f"differs ({level})"
    wanted = [key for key, weight in expected(graph).items() if not weight.whole]
    arrays = {w.name: onnx.numpy_helper.to_array(w) for w in model.graph.initializer}
    state = lifted.state or {}
    if list(state) != wanted or not all(np.array_equal(state[k], arrays[k]) for k in wanted):
        return "has other weights"
    if [node.path for node in lifted.nodes] != [node.path for node in graph.nodes]:
        return "has other paths"
    needed = reshaped(
        replace(graph, conditions=()), graph.input_shapes()
    )  # dead nodes have some too
    said = set(map(str, lifted.conditions))
    if not set(map(str, needed.conditions)) <= said <= set(map(str, graph.conditions)):
        return "has other conditions"
    return "same"


def sized(graph: snap.Graph) -> dict[str, int] | None:
    """A number for each letter, so that all conditions hold and axes are apart; None if large."""
    step = math.lcm(2, *(c.modulus for c in graph.conditions))
    found = {name: step * (i + 1 + (step < 8)) for i, name in enumerate(graph.letters())}
    known = {name: dim(size) for name, size in found.items()}
    shapes = [[substitute(s, known).number or 0 for s in v.spatial] for v in graph.shapes]
    fits = all(size > 0 for shape in shapes for size in shape)
    return found if fits and max(map(math.prod, shapes)) < 20_000 else None


def computes_the_same(graph: snap.Graph, model: onnx.ModelProto) -> bool | None:
    """Whether ONNX Runtime on a model and PyTorch on what was lifted agree; None: not run."""
    import onnxruntime
    import torch

    from snaplang.torch import Block

    sizes = sized(graph)
    if sizes is None or any("eps" in n.attrs and n.attrs.real("eps") < 1e-6 for n in graph.nodes):
        return None  # norms that divide by next to nothing
    known = {name: dim(size) for name, size in sizes.items()}
    draw = np.random.default_rng(1)
    feeds = {}
    for entry, shape in zip(model.graph.input, graph.input_shapes(), strict=True):
        axes = (graph.batch, shape.channels, *shape.spatial)
        plain = [substitute(a, known).whole() or 1 for a in axes]
        feeds[entry.name] = draw.standard_normal(plain, np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        wanted = session.run(None, feeds)
    except Exception:  # what a runtime does not have is not ours to try
        return None
    block = Block(snap.from_onnx(model)).eval()
    try:
        with torch.no_grad():
            found = block(*map(torch.from_numpy, feeds.values()))
    except (ValueError, RuntimeError) as error:  # what PyTorch refuses: norms of one position,
        assert "spatial element" in str(error) or "smaller than kernel" in str(error)  # large pools
        return None
    found = found if isinstance(found, tuple) else (found,)
    return all(map(_near, wanted, [f.numpy() for f in found]))


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    largest = np.abs(a[np.isfinite(a)]).max(initial=1)
    return a.shape == b.shape and np.allclose(a, b, 1e-3, 1e-3 * largest, equal_nan=True)


def case(seed: int) -> tuple[str, snap.Graph, onnx.ModelProto]:
    """A program, its graph, and its model."""
    chance = random.Random(seed)
    while True:
        text, shapes = program(chance)
        try:
            graph = prepare(snap.lower(text, inputs=shapes))
        except snap.SnapError:  # a width that is too large and the like
            continue
        opset = chance.choice(OPSETS) if chance.random() < 0.4 else None
        return f"{text}\n{shapes or ''}", graph, snap.to_onnx(graph, opset=opset)


def main(count: int, start: int, without: bool) -> None:
    """Try programs and count what becomes of them; show the first that are not the same."""
    found: Counter[str] = Counter()
    for seed in range(start, start + count):
        text, graph, model = case(seed)
        model = bare(model) if without else model
        result = outcome(graph, model)
        if seed % 10 == 0 and not result.startswith("refused"):
            agrees = computes_the_same(graph, model)
            found["run" if agrees is not None else "not run"] += 1
            result = "computes something else" if agrees is False else result
        found[result] += 1
        if result != "same" and found[result] < 4:
            print(f"{seed}: {result}\n{text}\n", flush=True)
    print(f"{count} programs from {start}:", dict(found.most_common()))


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:] if a.isdigit()]
    main(numbers[0], numbers[1] if len(numbers) > 1 else 0, "--bare" in sys.argv)
