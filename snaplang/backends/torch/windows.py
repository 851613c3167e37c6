"""Emitters of ops with windows and sizes: convolution, pooling, resizing. Part of `torch_ops`.

Padding that differs before and behind is spelt out with F.pad; a transposed convolution takes what
PyTorch's padding and output_padding can say and slices off the rest.

>>> from snaplang.api import lower
>>> from snaplang.backends.torch.code import skeleton
>>> graph = lower("maxpool2", inputs=["N,8,H,W"])
>>> skeleton(maxpool(WindowSite(graph, graph.nodes[0])).line)[1][1][1]
('F.pad({0}, {pad}, value=float("-inf"))', ('pad', ('pad', False)))
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from snaplang.backends.torch.code import Arg, Call, Line, Piece, Value, Writing
from snaplang.dims import Dim, lowest
from snaplang.graph import Graph, Node
from snaplang.ops.spec import Attrs


@dataclass(frozen=True)
class WindowSite:
    """A node in its graph, which is prepared: widths are numbers, the rank is known."""

    graph: Graph
    node: Node

    @property
    def attrs(self) -> Attrs:
        """The node's attributes."""
        return self.node.attrs

    @property
    def rank(self) -> int:
        """The number of spatial axes of the first input."""
        return len(self.graph.shapes[self.node.inputs[0]].spatial)

    @property
    def channels(self) -> int:
        """The channels of the first input, for ops whose weights depend on them."""
        whole = self.graph.shapes[self.node.inputs[0]].channels.whole()
        assert whole is not None
        return whole

    @property
    def positions(self) -> int:
        """How many positions the first input has at least."""
        return prod(map(lowest_size, self.graph.shapes[self.node.inputs[0]].spatial))

    def width(self, name: str) -> int:
        """A width among the attributes."""
        whole = self.attrs.width(name).whole()
        assert whole is not None
        return whole

    def size(self, name: str) -> int | tuple[int, ...]:
        """A kernel, stride or such: one number where all axes agree."""
        return collapsed(self.attrs.axes(name, self.rank))


def lowest_size(size: Dim) -> int:
    """What a size is at least, as far as it says so itself; conditions are not asked."""
    return max(int(lowest(size) or 1), 1)


def collapsed(sizes: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number where all are equal."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def option(name: str, value: Value, default: Value, wide: bool = False) -> Arg:
    """An argument that is left out where it is the default."""
    return Arg(name, value, True, default, wide)


def wide(name: str, value: int) -> Arg:
    """A number of channels."""
    return Arg(name, value, wide=True)


def _pad_argument(pads: tuple[tuple[int, int], ...]) -> Arg:
    """The argument of F.pad: last axis first."""
    return Arg("pad", tuple(side for pair in reversed(pads) for side in pair))


def _even(pads: tuple[tuple[int, int], ...]) -> bool:
    return all(low == high for low, high in pads)


def called(name: str, *arguments: Piece) -> Writing:
    """A line that is a call of a function on the first input."""
    return Writing(Line("{call}", call=Call(name, Line("{0}"), *arguments)))


# -- convolution -----------------------------------------------------------------------------------


def _conv_options(site: WindowSite, padding: Value, extra: tuple[Arg, ...] = ()) -> tuple[Arg, ...]:
    bias = option("bias", site.attrs.flag("bias"), True)
    dilation = option("dilation", site.size("dilation"), 1)
    groups = option("groups", site.width("groups"), 1, wide=True)
    return (
        wide("in_channels", site.channels),
        wide("out_channels", site.width("out")),
        Arg("kernel_size", site.size("k")),
        option("stride", site.size("stride"), 1),
        option("padding", padding, 0),
        *extra,
        dilation,
        groups,
        bias,
    )


def conv(site: WindowSite) -> Writing:
    """A convolution, uneven padding spelt out."""
    pads = site.attrs.pads("pad", site.rank)
    head = f"nn.Conv{site.rank}d"
    if _even(pads):
        padding = collapsed(tuple(low for low, _ in pads))
        return Writing(Line("{m}({0})"), Call(head, *_conv_options(site, padding)))
    line = Line("{m}(F.pad({0}, {pad}))", pad=_pad_argument(pads))
    return Writing(line, Call(head, *_conv_options(site, 0)))


def tconv(site: WindowSite) -> Writing:
    """Padding cuts both sides alike, output_padding less behind; what neither can is sliced off."""
    rank = site.rank
    steps, points = site.attrs.axes("stride", rank), site.attrs.axes("dilation", rank)
    padding, behind, cut = [], [], []
    pads = site.attrs.pads("pad", rank)
    for (low, high), step, point in zip(pads, steps, points, strict=True):
        slack = low - high  # never negative
        sliced = slack >= max(step, point)
        padding.append(high if sliced else low)
        behind.append(0 if sliced else slack)
        cut.append(slack if sliced else 0)
    output_padding = option("output_padding", collapsed(tuple(behind)), 0)
    arguments = _conv_options(site, collapsed(tuple(padding)), (output_padding,))
    slices = _slices(tuple(cut)) if any(cut) else ""
    return Writing(Line("{m}({0})" + slices), Call(f"nn.ConvTranspose{rank}d", *arguments))


def _slices(offsets: tuple[int, ...]) -> str:
    return "[:, :, " + ", ".join(f"{o}:" if o else ":" for o in offsets) + "]"


# -- pooling and size ------------------------------------------------------------------------------


def _window(site: WindowSite, padding: Value) -> tuple[Arg, Arg, Arg]:
    size = site.size("k")
    stride = option("stride", site.size("stride"), size)  # a pool's own default
    return Arg("kernel_size", size), stride, option("padding", padding, 0)


def maxpool(site: WindowSite) -> Writing:
    """Uneven padding is minus infinity, as PyTorch's own padding."""
    pads, name = site.attrs.pads("pad", site.rank), f"F.max_pool{site.rank}d"
    if _even(pads):
        return called(name, *_window(site, collapsed(tuple(low for low, _ in pads))))
    padded = Line('F.pad({0}, {pad}, value=float("-inf"))', pad=_pad_argument(pads))
    return Writing(Line("{call}", call=Call(name, padded, *_window(site, 0))))


def avgpool(site: WindowSite) -> Writing:
    """Padding is never counted; in 3-D PyTorch wants axes as long as the kernel without it."""
    pads, name = site.attrs.pads("pad", site.rank), f"avg_pool{site.rank}d"
    sizes = site.graph.shapes[site.node.inputs[0]].spatial
    axes = zip(map(lowest_size, sizes), site.attrs.axes("k", site.rank), pads, strict=True)
    short = site.rank == 3 and any(size < k and any(pair) for size, k, pair in axes)
    if short or not _even(pads):
        kernel, stride = Arg("kernel_size", site.size("k")), Arg("stride", site.size("stride"))
        call = Call(f"{{uneven_{name}}}", Line("{0}"), kernel, stride, _pad_argument(pads))
        return Writing(Line("{call}", call=call), helpers=(f"uneven_{name}",))
    padding = collapsed(tuple(low for low, _ in pads))
    counted = option("count_include_pad", padding == 0, True)
    return called(f"F.{name}", *_window(site, padding), counted)


def gap(site: WindowSite) -> Writing:
    """The mean over all positions."""
    return Writing(Line(f"F.adaptive_avg_pool{site.rank}d({{0}}, 1)"))


def gmp(site: WindowSite) -> Writing:
    """The maximum over all positions."""
    axes = literal_axes(site.rank)
    return Writing(Line(f"{{0}}.amax({axes}, keepdim=True)"))


def literal_axes(rank: int) -> str:
    """The spatial axes of a tensor, as an argument."""
    return "2" if rank == 1 else "(" + ", ".join(str(2 + i) for i in range(rank)) + ")"


def _mode(site: WindowSite) -> Arg:
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[site.rank]
    return option("mode", linear if site.attrs["mode"] == "linear" else "nearest", "nearest")


def upsample(site: WindowSite) -> Writing:
    """Whole factors; `linear` does not align corners."""
    factor = Arg("scale_factor", site.size("s"), key=True)
    return called("F.interpolate", factor, _mode(site))


def like(site: WindowSite) -> Writing:
    """To the sizes of the second input."""
    return called("F.interpolate", Line("{1}.shape[2:]"), _mode(site))


def crop(site: WindowSite) -> Writing:
    """Slices from the offsets on."""
    return Writing(Line("{0}" + _slices(site.attrs.axes("o", site.rank))))
