"""The table of the torch backend: for each core op the PyTorch that does its work.

An emitter sees one node (a `WindowSite`) and says what its module is, if it has weights, and what
its line in `forward` is: `{0}` and `{1}` are its inputs, `{m}` its module. A user's op brings its
own function (`user.py`).

>>> from snaplang.api import lower
>>> from snaplang.backends.torch.code import skeleton
>>> graph = lower("relu6", inputs=["N,8,H,W"])
>>> emit(WindowSite(graph, graph.nodes[0])).line.text
'F.relu6({0})'
"""

from __future__ import annotations

from collections.abc import Callable

from snaplang.backends.torch import windows
from snaplang.backends.torch.code import Arg, Call, Line, Writing
from snaplang.backends.torch.user import user_emission
from snaplang.backends.torch.windows import WindowSite, called, lowest_size, option, wide

FLAT_SUM = 4  # `x + y + z + u` is still read at a glance


def plain(text: str) -> Callable[[WindowSite], Writing]:
    """An emitter of a fixed line."""
    return lambda site: Writing(Line(text))


def _per_position(site: WindowSite) -> Line:
    return Line("{m}({0})" if site.rank == 0 else "{m}({0}.movedim(1, -1)).movedim(-1, 1)")


def _linear(site: WindowSite) -> Writing:
    sizes = wide("in_features", site.channels), wide("out_features", site.width("out"))
    bias = option("bias", site.attrs.flag("bias"), True)
    return Writing(_per_position(site), Call("nn.Linear", *sizes, bias))


# -- normalisation ---------------------------------------------------------------------------------


def _eps(site: WindowSite) -> Arg:
    return option("eps", site.attrs.real("eps"), 1e-5)


def _bn(site: WindowSite) -> Writing:
    momentum = option("momentum", site.attrs.real("momentum"), 0.1)
    arguments = wide("num_features", site.channels), _eps(site), momentum
    return Writing(Line("{m}({0})"), Call(f"nn.BatchNorm{max(site.rank, 1)}d", *arguments))


def _gn(site: WindowSite) -> Writing:
    groups = Arg("num_groups", site.attrs.count("groups"))
    arguments = groups, wide("num_channels", site.channels), _eps(site)
    module = Call("nn.GroupNorm", *arguments)
    count = site.positions * lowest_size(site.graph.batch)
    if site.channels > site.attrs.count("groups") or count > 1:
        return Writing(Line("{m}({0})"), module)
    return Writing(Line("{group_norm}({m}, {0})"), module, helpers=("group_norm",))


def _ln(site: WindowSite) -> Writing:
    module = Call("nn.LayerNorm", wide("normalized_shape", site.channels), _eps(site))
    return Writing(_per_position(site), module)


def _inorm(site: WindowSite) -> Writing:
    alone = site.positions < 2
    call = Call("{instance_norm}" if alone else "F.instance_norm", Line("{0}"), _eps(site))
    return Writing(Line("{call}", call=call), helpers=("instance_norm",) if alone else ())


# -- activations -----------------------------------------------------------------------------------


def _relu(site: WindowSite) -> Writing:
    cap = site.attrs["max"]
    if cap is None:
        return called("F.relu")
    if cap == 6:
        return Writing(Line("F.relu6({0})"))
    return Writing(Line("{0}.clamp(0, {cap})", cap=Arg("cap", site.attrs.real("max"))))


def _leaky(site: WindowSite) -> Writing:
    slope = option("negative_slope", site.attrs.real("slope"), 0.01)
    return called("F.leaky_relu", slope)


def _elu(site: WindowSite) -> Writing:
    return called("F.elu", option("alpha", site.attrs.real("alpha"), 1.0))


def _gelu(site: WindowSite) -> Writing:
    return called("F.gelu", option("approximate", str(site.attrs["approximate"]), "none"))


def _prelu(site: WindowSite) -> Writing:
    return Writing(Line("{m}({0})"), Call("nn.PReLU"))


# -- merging and splitting -------------------------------------------------------------------------


def _chain(sign: str, function: str) -> Callable[[WindowSite], Writing]:
    def emit_chain(site: WindowSite) -> Writing:
        count = len(site.node.inputs)
        if count <= FLAT_SUM:
            return Writing(Line(f" {sign} ".join(f"{{{i}}}" for i in range(count))))
        return Writing(Line(f"reduce({function}, ({{all}}))"))

    return emit_chain


def _max(site: WindowSite) -> Writing:
    pair = len(site.node.inputs) == 2
    return Writing(Line("torch.maximum({all})" if pair else "reduce(torch.maximum, ({all}))"))


def _mean(site: WindowSite) -> Writing:
    total, count = _chain("+", "torch.add")(site).line.text, len(site.node.inputs)
    return Writing(Line(f"({total}) / {count}" if count <= FLAT_SUM else f"{total} / {count}"))


def _split(site: WindowSite) -> Writing:
    return Writing(Line("{0}.chunk({n}, dim=1)", n=Arg("chunks", site.attrs.count("n"))))


def _shuffle(site: WindowSite) -> Writing:
    groups = Arg("groups", site.attrs.count("groups"))
    text = "{0}.unflatten(1, ({groups}, -1)).transpose(1, 2).flatten(1, 2)"
    return Writing(Line(text, groups=groups))


# -- attention, regularisation, other --------------------------------------------------------------


def _mhsa(site: WindowSite) -> Writing:
    heads = Arg("num_heads", site.attrs.count("heads"))
    module = Call(
        "nn.MultiheadAttention",
        wide("embed_dim", site.channels),
        heads,
        Arg("batch_first", True, key=True),
    )
    return Writing(Line("{attend}({m}, {0})"), module, helpers=("attend",))


def _dropout(site: WindowSite) -> Writing:
    p = Arg("p", site.attrs.real("p"))
    return Writing(Line("F.dropout({0}, {p}, self.training)", p=p))


def _droppath(site: WindowSite) -> Writing:
    p = Arg("p", site.attrs.real("p"))
    return Writing(Line("{drop_path}({0}, {p}, self.training)", p=p), helpers=("drop_path",))


def _noise(site: WindowSite) -> Writing:
    sigma = Arg("sigma", site.attrs.real("sigma"))
    line = Line("{add_noise}({0}, {sigma}, self.training)", sigma=sigma)
    return Writing(line, helpers=("add_noise",))


def _scale(site: WindowSite) -> Writing:
    init = option("init", site.attrs.real("init"), 1.0)
    module = Call("{Scale}", wide("channels", site.channels), init)
    return Writing(Line("{m}({0})"), module, helpers=("Scale",))


def _shift(site: WindowSite) -> Writing:
    return Writing(Line("{0}.roll({n}, -1)", n=Arg("shift", site.attrs.count("n"))))


EMITTERS: dict[str, Callable[[WindowSite], Writing]] = {
    "add": _chain("+", "torch.add"),
    "mul": _chain("*", "torch.mul"),
    "max": _max,
    "mean": _mean,
    "cat": plain("torch.cat(({all}), dim=1)"),
    "split": _split,
    "shuffle": _shuffle,
    "conv": windows.conv,
    "tconv": windows.tconv,
    "linear": _linear,
    "bn": _bn,
    "gn": _gn,
    "ln": _ln,
    "inorm": _inorm,
    "relu": _relu,
    "leaky": _leaky,
    "elu": _elu,
    "gelu": _gelu,
    "silu": plain("F.silu({0})"),
    "hswish": plain("F.hardswish({0})"),
    "hsigmoid": plain("F.hardsigmoid({0})"),
    "sigmoid": plain("torch.sigmoid({0})"),
    "tanh": plain("torch.tanh({0})"),
    "softmax": plain("F.softmax({0}, dim=1)"),
    "prelu": _prelu,
    "maxpool": windows.maxpool,
    "avgpool": windows.avgpool,
    "gap": windows.gap,
    "gmp": windows.gmp,
    "upsample": windows.upsample,
    "like": windows.like,
    "flatten": plain("{0}.flatten(1)"),
    "crop": windows.crop,
    "mhsa": _mhsa,
    "dropout": _dropout,
    "droppath": _droppath,
    "noise": _noise,
    "identity": plain("{0}"),
    "zero": plain("torch.zeros_like({0})"),
    "scale": _scale,
    "shift": _shift,
}
"""Core op id to emitter. A test holds that it covers the core table exactly."""


def emit(site: WindowSite) -> Writing:
    """What an instance is in PyTorch. Raises `SnapError` (E904) for a user's op without a use."""
    known = EMITTERS.get(site.node.op.id)
    if known is not None:
        return known(site)
    return user_emission(site.node.op, site.attrs, site.graph.weights(site.node))
