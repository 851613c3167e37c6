"""`Block` as an ordinary PyTorch module: copies, files, compilers, training, errors."""

from __future__ import annotations

import copy
import gc
import inspect
import io
import linecache
import pickle
import random
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import snaplang as snap
from snaplang import torch as snaptorch
from snaplang.ops import remove
from snaplang.torch import Block

RESIDUAL = "def cbr { conv3 bn relu } dup cbr { conv3 bn }*1 add relu"
NETWORK = """
def cbr(k, stride=1, out=c) { conv(k, stride=stride, out=out, bias=false) bn relu }
def basic { [ | cbr(3) conv(3, bias=false) bn droppath(0.1) ] add relu }
cbr(3) { basic }*2 mhsa2 ln cbr(3, 2, 2*c) gap flatten dropout(0.2) linear(5)
"""


def batch(channels: int = 8, size: int = 8) -> torch.Tensor:
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def same(a: nn.Module, b: nn.Module, x: torch.Tensor) -> bool:
    """Whether two modules compute the same in eval mode."""
    return torch.equal(a.eval()(x), b.eval()(x))


# -- what it is ------------------------------------------------------------------------------------


def test_it_is_a_block_and_a_module_named_after_the_program() -> None:
    block = Block(RESIDUAL, channels=8)
    assert isinstance(block, Block) and isinstance(block, nn.Module)
    assert repr(block).startswith("Program(\n  (cbr1): Cbr(\n    (conv1): Conv2d(8, 8")
    assert list(block.state_dict())[::7] == ["cbr1.conv1.weight", "conv1.weight"]


def test_it_runs_the_source_that_is_printed() -> None:
    block = Block(RESIDUAL, channels=8)
    assert block.source == snap.to_torch_source(RESIDUAL, inputs=["N,8,H,W"])
    assert inspect.getsource(type(block).forward) in block.source
    space: dict[str, Any] = {"__name__": "printed"}
    exec(block.source, space)
    printed = space["Program"]()
    printed.load_state_dict(block.state_dict())
    assert same(block, printed, batch())


def test_the_graph_is_at_hand() -> None:
    graph = snap.lower(RESIDUAL, inputs=["N,8,H,W"])
    assert Block(graph).graph is graph
    assert Block(RESIDUAL, channels=8).graph == graph


def test_text_files_programs_and_graphs_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "program.snap"
    path.write_text(RESIDUAL)
    program = snap.parse(RESIDUAL)
    inputs = ["N,8,H,W"]
    made = [Block(x, inputs=inputs) for x in (RESIDUAL, path, program)]
    made.append(Block(snap.lower(RESIDUAL, inputs=inputs)))
    made.append(Block(RESIDUAL, 8))
    assert len({block.source for block in made}) == 1
    state = made[0].state_dict()
    for block in made:
        block.load_state_dict(state)
        assert same(block, made[0], batch())


def test_blocks_parameters_and_choices_are_decided() -> None:
    text = "block a(n) { { conv3 }*n } block b { <relu | tanh> conv1 }"
    assert len(list(Block(text, 4, block="a", params={"n": 3}).parameters())) == 6
    assert len(list(Block(text, 4, block="a", params={"n": True}).parameters())) == 2
    assert "tanh" in Block(text, 4, block="b", choose=[1]).source
    assert "relu" in Block(text, 4, block="b", choose=[0]).source


def test_several_inputs_and_outputs() -> None:
    block: Any = Block("in h0 h1; h0 conv3 h1 add -> s out s h0", channels=4)
    x, y = torch.randn(2, 1, 4, 3, 3)
    first, second = block(h1=y, h0=x)
    assert torch.equal(first, block.conv1(x) + y) and second is x


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_every_rank(rank: int) -> None:
    shape = ",".join(["N", "6", *"DHW"[:rank]])
    block = Block("linear bn relu", inputs=[shape])
    assert block(torch.randn(2, 6, *range(3, 3 + rank))).shape == (2, 6, *range(3, 3 + rank))


def test_a_traceback_shows_the_line() -> None:
    try:
        Block("conv3 relu", channels=4)(torch.zeros(1, 5, 3, 3))
    except RuntimeError as error:
        assert "x = self.conv1(x)" in "".join(traceback.format_exception(error))
    else:
        raise AssertionError("five channels where four belong")


# -- copies and files ------------------------------------------------------------------------------


def saved(module: Any) -> Any:
    """Through torch.save and torch.load."""
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    "pickle 0": lambda module: pickle.loads(pickle.dumps(module, 0)),
    "pickle 2": lambda module: pickle.loads(pickle.dumps(module, 2)),
    "pickle 5": lambda module: pickle.loads(pickle.dumps(module, 5)),
    "torch.save": saved,
}


@pytest.mark.parametrize("way", COPIES)
def test_copies_are_equal_and_independent(way: str) -> None:
    block = Block(NETWORK, channels=8).eval()
    twin: Any = COPIES[way](block)
    assert type(twin) is type(block) and not twin.training
    assert (twin.source, twin.graph) == (block.source, block.graph)
    assert list(twin.state_dict()) == list(block.state_dict())
    assert same(block, twin, batch())
    head: Any = twin.linear1
    with torch.no_grad():
        head.bias += 1
    assert torch.allclose(twin(batch()), block(batch()) + 1, atol=1e-5)


def test_a_copy_does_without_pickling_the_graph() -> None:
    block = Block("conv3 tanh conv3", channels=2)
    assert copy.deepcopy(block)._plan is block._plan and not block._plan._pickled


def test_a_part_can_be_copied_alone() -> None:
    part: Any = Block(NETWORK, channels=8).basic2
    for twin in (copy.deepcopy(part), pickle.loads(pickle.dumps(part))):
        assert type(twin) is type(part) and same(twin, part, batch())


def test_a_block_inside_another_module_is_copied_with_it() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 1), Block(RESIDUAL, channels=8), Block("gap", channels=8))
    twin = pickle.loads(pickle.dumps(copy.deepcopy(net)))
    assert same(net, twin, batch(3))
    assert list(net.state_dict())[2] == "1.cbr1.conv1.weight"


LOAD = """
import pickle, sys
part, block, x, wanted = pickle.load(sys.stdin.buffer)
import torch
assert torch.equal(block(x), wanted)
import copy
assert torch.equal(copy.deepcopy(block)(x), wanted)
assert part(x).shape == x.shape
assert "class Program" in block.source
print(len(block.graph.nodes), torch.compile(block, fullgraph=True, backend="eager")(x).shape[0])
"""


def test_a_pickle_loads_in_a_fresh_process(tmp_path: Path) -> None:
    block: Any = Block(NETWORK, channels=8).eval()
    x = batch()
    data = pickle.dumps((block.basic1, block, x, block(x)))
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{LOAD}"],
        input=data,
        capture_output=True,
        cwd=tmp_path,
    )
    assert done.stdout.decode() == f"{len(block.graph.nodes)} 2\n", done.stderr.decode()


def test_a_pickle_loads_where_a_users_op_is_not_declared() -> None:
    spec = snap.op("me/negative/1", torch="def negative(x):\n    return -x")
    data = pickle.dumps(Block("conv1 negative", channels=2))
    remove(spec)
    snaptorch._kept.clear()
    gc.collect()
    block = pickle.loads(data)
    assert block(torch.ones(1, 2, 1, 1)).shape == (1, 2, 1, 1)
    with pytest.raises(snap.SnapError, match="no op has the id `me/negative/1`"):
        _ = block.graph


def test_state_dicts_go_round() -> None:
    block, other = Block(NETWORK, channels=8), Block(NETWORK, channels=8)
    assert not same(block, other, batch())
    missing, unexpected = other.load_state_dict(block.state_dict(), strict=True)
    assert not missing and not unexpected and same(block, other, batch())


class Named(Block):
    """A person's own subclass: other arguments, a further module, a changed forward."""

    def __init__(self, width: int) -> None:
        super().__init__("conv3 relu", channels=width)
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.head(super().forward(x))
        return y


def test_a_subclass_may_add_to_a_block() -> None:
    net = Named(8)
    assert isinstance(net, Named) and list(net.state_dict())[::2] == ["conv1.weight", "head.weight"]
    assert net(batch()).shape == (2, 1, 8, 8)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert isinstance(twin, Named) and same(net, twin, batch())


# -- compiled once ---------------------------------------------------------------------------------


def test_the_same_text_is_compiled_once() -> None:
    first, second = Block(RESIDUAL, channels=8), Block(RESIDUAL, channels=8)
    assert type(first) is type(second) and first.graph is second.graph
    assert type(first) is not type(Block(RESIDUAL, channels=16))
    assert first.source != Block(RESIDUAL, channels=16).source


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"params": {"n": 1}}, {"params": {"n": 2}}),
        ({"params": {"n": 1}}, {"params": {"n": True}}),
        ({"params": {"n": 1, "c": 4}}, {"params": {"n": 1, "c": 8}}),
        ({"choose": [0]}, {"choose": [1]}),
        ({"choose": "0"}, {"choose": {"p": 1}}),
    ],
)
def test_other_arguments_are_compiled_anew(one: Any, two: Any) -> None:
    text = "block a(n=1) { { conv3 }*n <p: relu | tanh> }"
    for given in (one, two):
        given = {"choose": [0], **given}
        fresh = snap.to_torch_source(text, inputs=["N,4,H,W"], **given)
        assert Block(text, inputs=["N,4,H,W"], **given).source == fresh


def test_a_one_is_not_taken_for_a_true() -> None:
    text = "block a(bias) { conv(3, bias=bias) }"
    assert "conv1.bias" in Block(text, 4, params={"bias": True}).state_dict()
    with pytest.raises(snap.SnapError, match="`bias` is true or false, not 1"):
        Block(text, 4, params={"bias": 1})


def test_random_choices_are_drawn_each_time() -> None:
    text, rng = " ".join(["<relu | tanh>"] * 30), random.Random(0)
    assert Block(text, 4, choose=rng).source != Block(text, 4, choose=rng).source


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path, used = tmp_path / "a.snap", tmp_path / "b.snap"
    path.write_text("relu")
    assert "relu" in Block(path, 4).source
    path.write_text('use "b.snap" word')
    for op in ("tanh", "sigmoid"):
        used.write_text(f"def word {{ {op} }}")
        assert op in Block(path, 4).source


@pytest.mark.parametrize("gap", [" ", "", "\n", "# a comment\n"])
def test_a_program_that_uses_files_is_compiled_anew(
    gap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'use{gap}"w.snap"{gap}w'
    for folder, op in (("a", "tanh"), ("b", "sigmoid"), ("a", "relu"), ("b", "silu")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "w.snap").write_text(f"def w {{ {op} }}")
        monkeypatch.chdir(tmp_path / folder)
        assert op in Block(text, channels=4).source
        assert op in Block(snap.parse(text), channels=4).source


def test_a_program_without_files_is_compiled_once() -> None:
    for text in ("dup conv3 add", "dup add  # use it", "def fuse { relu } fuse"):
        blocks = [Block(text, channels=4), Block(text, channels=4)]
        assert type(blocks[0]) is type(blocks[1])


def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.snap"
    path.write_text("tanh")
    lower: Any = vars(snaptorch)["lower"]

    def meanwhile(*args: Any, **lowering: Any) -> Any:
        path.write_text("sigmoid")
        return lower(*args, **lowering)

    monkeypatch.setattr(snaptorch, "lower", meanwhile)
    assert "tanh" in Block(path, channels=4).source
    monkeypatch.undo()
    assert "sigmoid" in Block(path, channels=4).source
    path.write_text("tanh")
    assert "tanh" in Block(path, channels=4).source


def test_a_tree_is_another_program_than_its_source_says() -> None:
    source = snap.parse("tanh").source
    for op in ("tanh", "sigmoid"):
        program = snap.Program(snap.parse(op).tree, source)
        assert op in Block(program, channels=4).source


def test_a_redeclared_op_is_compiled_anew() -> None:
    for factor in (2, 3):
        text = f"def times(x):\n    return {factor} * x"
        spec = snap.op("me/times/1", torch=text, replaces=True)
        assert Block("times", channels=1)(torch.ones(1, 1, 1, 1)).item() == factor
    remove(spec)


class Cbr(nn.Module):
    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)


class Basic(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cbr1 = Cbr(channels, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)


class HandWritten(nn.Module):
    """The modules of `NETWORK`, as a person would make them."""

    def __init__(self) -> None:
        super().__init__()
        self.cbr1 = Cbr(8, 8)
        self.basic1 = Basic(8)
        self.basic2 = Basic(8)
        self.mhsa1 = nn.MultiheadAttention(8, 2, batch_first=True)
        self.ln1 = nn.LayerNorm(8)
        self.cbr2 = Cbr(8, 16, stride=2)
        self.linear1 = nn.Linear(16, 5)


@pytest.mark.parametrize("text", [NETWORK, NETWORK.replace("cbr", "conv_bn_relu")])
def test_making_another_compiles_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Block(text, channels=8)
    for name in ("lower", "written", "_Loaded"):
        monkeypatch.setattr(snaptorch, name, None)  # calling it fails
    second = Block(text, channels=8)
    assert type(second) is type(first) and second is not first
    assert list(HandWritten().state_dict()) == list(Block(NETWORK, channels=8).state_dict())
    with pytest.raises(TypeError):
        Block(f"{text} relu", channels=8)


def test_programs_that_nobody_uses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def generated() -> set[str]:
        gc.collect()
        return {n for n in sys.modules if n.startswith("snaplang._generated.")}

    snaptorch._kept.clear()
    monkeypatch.setattr(snaptorch, "KEPT", 4)
    kept = Block("conv3 tanh conv1", channels=3)
    before, lines = generated(), len(linecache.cache)
    for width in range(20, 40):
        Block("conv1", channels=width)
    after = generated()
    assert type(kept).forward.__module__ in after
    assert len(after) <= len(before) + 4 and len(linecache.cache) <= lines + 5
    assert Block("conv1", channels=20)(torch.zeros(1, 20, 2, 2)).shape == (1, 20, 2, 2)
    compiled: Any = torch.compile(kept, fullgraph=True, backend="eager")
    assert torch.equal(compiled(batch(3)), kept(batch(3)))


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "given", "code"),
    [
        (3, {}, "E731"),
        (None, {}, "E731"),
        (b"relu", {}, "E731"),
        (nn.Identity(), {}, "E731"),
        ("relu", {"channels": 8, "inputs": ["N,8,H,W"]}, "E732"),
        ("relu", {"channels": "8"}, "E732"),
        ("relu", {"channels": True}, "E732"),
        ("relu", {"channels": 0}, "E501"),
        ("cnv3", {"channels": 8}, "E201"),
        ("conv3", {}, "E508"),
        ("<relu | tanh>", {"channels": 8}, "E507"),
        ("relu", {"channels": 8, "params": {"n": [1]}}, "E504"),
        (Path("/no/such/file.snap"), {"channels": 8}, "E601"),
        ("dup conv3 add", {"inputs": ["N,8"]}, "E403"),
    ],
)
def test_what_is_no_program_is_a_snap_error(x: Any, given: dict[str, Any], code: str) -> None:
    with pytest.raises(snap.SnapError) as caught:
        Block(x, **given)
    assert caught.value.diagnostics[0].code == code


def test_the_kinds_of_things_a_block_is_made_of_are_told() -> None:
    with pytest.raises(snap.SnapError, match="made of a program, not of int"):
        Block(3)  # type: ignore[arg-type]
    assert Block("relu", channels=3)(torch.ones(1, 3, 1, 1)).sum() == 3
