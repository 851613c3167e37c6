"""User ops in emitted source: their function as it was written, their weights in a small module.

What the function may be, `ops/functions.py` says; here it is called, and its weights are made.
"""

from __future__ import annotations

from snaplang.backends.torch.code import Arg, Call, Line, Piece, Value, Writing
from snaplang.dims import Dim
from snaplang.ops.functions import check_call, function_of
from snaplang.ops.spec import Attrs, AttrValue, OpSpec, Weight


def _plain(value: AttrValue) -> Value:
    """An attribute as Python has it: widths are whole numbers here."""
    if isinstance(value, Dim):
        whole = value.whole()
        assert whole is not None
        return whole
    return value


def user_emission(spec: OpSpec, attrs: Attrs, weights: tuple[Weight, ...]) -> Writing:
    """A call of the user's function. Raises `SnapError` (E904)."""
    function = function_of(spec)
    if isinstance(spec.inputs, int):
        check_call(spec, function, spec.inputs + len(weights), list(attrs))
    slots: dict[str, Piece] = {}
    given = ["{all}", *(f"{{m}}.{w.name}" for w in weights)]
    for number, (name, value) in enumerate(attrs.items_):
        slots[f"a{number}"] = Arg(f"{spec.name}_{name}", _plain(value))
        given.append(f"{name}={{a{number}}}")
    if "training" in function.parameters and "training" not in attrs:
        given.append("training=self.training")
    line = Line(f"{function.name}({', '.join(given)})", **slots)
    if not weights:
        return Writing(line, function=function.text)
    trained = (Line(w.name + "={t}", t=_start(w)) for w in weights if w.trained)
    buffers = tuple(
        Line(f'{{m}}.register_buffer("{w.name}", {{t}})', t=_start(w))
        for w in weights
        if not w.trained
    )
    return Writing(line, Call("{Weights}", *trained), buffers, ("Weights",), function.text)


def _start(weight: Weight) -> Piece:
    """A tensor as it starts."""
    sizes = tuple(size.whole() for size in weight.shape)
    shape, init = Arg("shape", sizes), weight.init
    if init.kind == "constant":
        if weight.whole:
            start = Arg("start", int(init.value()))
            return Line("torch.full({shape}, {start}, dtype=torch.long)", shape=shape, start=start)
        return Call("torch.full", shape, Arg("start", init.value()))
    bound = Arg("bound", init.value())
    if init.kind == "normal":
        return Line("torch.empty({shape}).normal_(0, {std})", shape=shape, std=bound)
    return Line("torch.empty({shape}).uniform_(-{bound}, {bound})", shape=shape, bound=bound)
