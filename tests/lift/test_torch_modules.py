"""What modules do that is not plain: changes in place, arguments with defaults, odd weights."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import snaplang as snap
from snaplang.torch import Block


class Changing(nn.Module):
    """Changes tensors in place, in one of several ways."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way, self.conv, self.relu = way, nn.Conv2d(8, 8, 1), nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        if self.way == "function":
            F.relu_(y)
        elif self.way == "keyword":
            F.silu(y, inplace=True)
        elif self.way == "position":
            F.relu(y, True)
        elif self.way == "module":
            y = self.relu(y) + y
        elif self.way == "method":
            y.tanh_()
        elif self.way == "operator":
            z = y
            z += x
            z *= x
        return y


@pytest.mark.parametrize("way", ["function", "keyword", "position", "module", "method", "operator"])
def test_changes_in_place(way: str) -> None:
    torch.manual_seed(2)
    module, x = Changing(way).eval(), torch.randn(2, 8, 5, 6)
    lifted = snap.from_torch(module, ["N,8,H,W"])
    with torch.no_grad():
        torch.testing.assert_close(Block(lifted)(x), module(x.clone()))
    assert len(lifted.nodes) > 1


class Stale(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = torch.tanh(x)
        y.view(-1).relu_()
        return y


def test_changes_through_views_are_refused() -> None:
    with pytest.raises(snap.SnapError, match="through a view"):
        snap.from_torch(Stale(), ["N,8,H,W"])


class Optional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1)

    def forward(self, x: Tensor, gate: Tensor | None = None, repeat: int = 2) -> Tensor:
        for _ in range(repeat):
            x = x + x.sigmoid()
        y: Tensor = self.conv(x)
        return y if gate is None else y * gate


def test_arguments_with_defaults() -> None:
    one = snap.from_torch(Optional(), ["N,8,H,W"])
    assert snap.equivalent(one, "dup sigmoid add dup sigmoid add conv1")
    two = snap.from_torch(Optional(), ["N,8,H,W", "N,8,H,W"])
    assert snap.equivalent(two, "in x g; x dup sigmoid add dup sigmoid add conv1 g mul")
    named = snap.from_torch(Optional(), ["N,8,H,W", "gate=N,8,H,W"])
    assert snap.equivalent(named, two)


class Calling(nn.Module):
    """Calls a function on its input."""

    def __init__(self, call: Callable[[Tensor], Tensor | None]) -> None:
        super().__init__()
        self.call = call

    def forward(self, x: Tensor) -> Tensor | None:
        return self.call(x)


@pytest.mark.parametrize(
    ("call", "program"),
    [
        (lambda x: F.glu(x, 1), "split sigmoid mul"),
        (lambda x: F.channel_shuffle(x, 2), "shuffle2"),
        (lambda x: torch.roll(x, 3, 1), "split8 roll7 roll7 roll7 roll7 roll7 cat8"),
        (lambda x: F.dropout2d(x, 0.5, False).relu(), "relu"),
        (lambda x: x.half().float().tanh(), "tanh"),
    ],
    ids=["glu", "channel shuffle", "rolled channels", "dropout of channels", "half"],
)
def test_calls(call: Callable[[Tensor], Tensor], program: str) -> None:
    graph = snap.from_torch(Calling(call).eval(), ["N,8,H,W"])
    x = torch.randn(2, 8, 4, 6)
    wanted = Block(program, channels=8).eval()(x)
    torch.testing.assert_close(Block(graph).eval()(x), wanted)
    if "half" not in program and "roll" not in program:
        assert snap.equivalent(graph, program)


@pytest.mark.parametrize(
    ("call", "code", "noted"),
    [
        (lambda x: None, "E817", []),
        (lambda x: torch.where(x > 0, x, x.tanh()), "E810", ["`gt` at `gt`", "`where` at `where`"]),
        (lambda x: x * (x > 0).float(), "E810", ["`gt` at `gt`", "`float` at `float`"]),
        (lambda x: F.dropout2d(x, 0.5, True), "E810", ["`feature_dropout` at `feature_dropout`"]),
        (lambda x: torch.roll(x, 1, 2), "E810", ["`rolled` at `roll`: an axis is rolled that is "
         "not the last spatial one"]),
    ],
    ids=["nothing", "where", "mask", "dropout", "roll"],
)  # fmt: skip
def test_calls_that_are_refused(
    call: Callable[[Tensor], Tensor | None], code: str, noted: list[str]
) -> None:
    with pytest.raises(snap.SnapError) as caught:
        snap.from_torch(Calling(call), ["N,8,H,W"])
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, [note.text for note in diagnostic.notes]) == (code, noted)


class Recurrent(nn.Module):
    """A layer of torch.nn that no tracer sees into, between others."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.stem = nn.Linear(8, 8)
        self.memory = nn.LSTM(8, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.memory(self.stem(x))[0]
        return F.softplus(out)


def test_layers_that_cannot_be_followed_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise RuntimeError("torch.export takes its time over this, and fails")

    monkeypatch.setattr("snaplang.lift.torch.read._by_export", failing)
    with pytest.raises(snap.SnapError) as caught:
        snap.from_torch(Recurrent(8), ["N,L,8"])
    (diagnostic,) = caught.value.diagnostics
    notes = [note.text for note in diagnostic.notes]
    assert diagnostic.code == "E810"
    assert notes == ["`LSTM` at `memory`", "`softplus` at `softplus`"]
    prints = [
        snap.fingerprint(snap.from_torch(Recurrent(width), ["N,L,8"], opaque=True))
        for width in (8, 8, 16)
    ]
    assert prints[0] == prints[1] != prints[2]


class Many(nn.Module):
    def forward(self, *xs: Tensor) -> Tensor:
        return torch.stack([x.relu() for x in xs])[0] if len(xs) > 5 else xs[0] + xs[1]


class Ordered(nn.Module):
    """Cannot be traced by torch.fx; its arguments differ."""

    def forward(self, small: Tensor, large: Tensor) -> Tensor:
        assert small.shape[1] < large.shape[1]
        return torch.cat([small, large], 1) if large.shape[1] > 10 else small


def test_arguments_by_the_dozen_and_by_name() -> None:
    graph = snap.from_torch(Many(), ["N,8,H,W", "N,8,H,W"])
    assert snap.equivalent(graph, "in x y; x y add")
    graph = snap.from_torch(Ordered(), ["large=N,16,H,W", "small=N,8,H,W"])
    assert graph.shapes[-1].channels == 24


@pytest.mark.filterwarnings("ignore:.*weight_norm.*")
def test_hooks_run() -> None:
    module = nn.Sequential(torch.nn.utils.weight_norm(nn.Conv2d(8, 8, 3))).eval()
    with torch.no_grad():
        dict(module.named_parameters())["0.weight_g"].mul_(3)  # the hook makes the weight of it
    graph, x = snap.from_torch(module, ["N,8,H,W"]), torch.randn(2, 8, 5, 5)
    torch.testing.assert_close(Block(graph).eval()(x), module(x))


def test_weights_of_other_kinds() -> None:
    half = snap.from_torch(nn.Conv2d(8, 8, 1).half(), ["N,8,H,W"])
    assert half.state is not None and half.state["conv1.weight"].dtype == "float32"
    with torch.device("meta"):
        empty = nn.Conv2d(8, 8, 1)
    lifted = snap.from_torch(empty, ["N,8,H,W"])
    assert lifted.state is None and snap.stats(lifted).params == 72
    normed = nn.utils.parametrizations.weight_norm(nn.Conv2d(8, 8, 1)).eval()
    x = torch.randn(1, 8, 3, 3)
    with torch.no_grad():
        torch.testing.assert_close(Block(snap.from_torch(normed, ["N,8,H,W"]))(x), normed(x))


def test_containers_that_run_another() -> None:
    inner = nn.Sequential(nn.Conv2d(8, 8, 1), nn.ReLU())
    lifted = snap.from_torch(nn.DataParallel(inner), ["N,8,H,W"])
    assert [node.key for node in lifted.nodes] == ["0", "1"]


def test_a_norm_without_scale_is_told() -> None:
    lifted = snap.from_torch(nn.BatchNorm2d(8, affine=False).eval(), ["N,8,H,W"])
    assert "without scale and offset" in lifted.notes[0]


@pytest.mark.parametrize(
    ("module", "shape", "reason"),
    [
        (nn.PReLU(8), "N,8,H,W", "a slope for each channel"),
        (nn.AvgPool2d(3, 2, 1), "N,8,H,W", "counts its padding"),
        (nn.MaxPool2d(3, 2, ceil_mode=True), "N,8,H,W", "ceil_mode"),
        (nn.PixelShuffle(2), "N,8,H,W", "pixel_shuffle"),
        (nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), "N,8,H,W", "pad"),
        (nn.Softmax(dim=2), "N,8,H,W", "softmax that is not over the channels"),
    ],
)
def test_reasons(module: nn.Module, shape: str, reason: str) -> None:
    with pytest.raises(snap.SnapError, match="E810") as caught:
        snap.from_torch(module, [shape])
    assert reason in str(caught.value)
    opaque = snap.from_torch(module, [shape], opaque=True)
    assert snap.fingerprint(opaque) == snap.fingerprint(snap.from_torch(module, [shape], True))
    assert any(node.op.family == "opaque" for node in opaque.nodes)


def test_opaque_ops_differ_by_what_they_are_given() -> None:
    def of(module: nn.Module) -> str:
        return snap.fingerprint(snap.from_torch(module, ["N,8,H,W"], opaque=True))

    assert of(nn.PixelShuffle(2)) != of(nn.ChannelShuffle(2))
    assert of(nn.Softplus(beta=2)) != of(nn.Softplus(beta=1))
    assert of(nn.Softplus(beta=2)) == of(nn.Softplus(beta=2))
    assert snap.from_torch(nn.PixelShuffle(2), ["N,8,H,W"], True).shapes[-1].text() == (
        "[N, 2, 2*H, 2*W]"
    )


def test_weights_stay_aboard() -> None:
    """Through the canonical form, without dropout, copied and pickled."""
    module = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Dropout(0.1)).eval()
    lifted, x = snap.from_torch(module, ["N,8,H,W"]), torch.randn(1, 8, 5, 5)
    with torch.no_grad():
        for graph in (snap.canonicalize(lifted), snap.inference(lifted), copy.deepcopy(lifted)):
            block = Block(graph).eval()
            torch.testing.assert_close(block(x), module(x))
            assert snap.from_onnx(snap.to_onnx(graph)).state is not None
        again = pickle.loads(pickle.dumps(block))
        torch.testing.assert_close(again(x), module(x))
    assert pickle.loads(block._plan._pickled).state is None  # the module has them already


def test_an_opaque_graph_can_be_copied_and_written_down() -> None:
    graph = snap.from_torch(nn.Softplus(), ["N,8,H,W"], opaque=True)
    assert copy.deepcopy(graph) == graph
    assert "opaque/softplus/" in snap.to_json(graph)
    assert snap.stats(graph).params == 0
    assert snap.explain_difference(graph, "relu") is not None
