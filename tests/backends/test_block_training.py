"""`Block` under PyTorch's compilers, in training, in other types and layouts."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import distributed, nn
from torch.export import Dim, export

from snaplang.torch import Block

RESIDUAL = "def cbr { conv3 bn relu } dup cbr { conv3 bn }*1 add relu"
DOWN_UP = "dup maxpool(2, stride=2) conv3 upsample2 add"
NETWORK = """
def cbr(k, stride=1, out=c) { conv(k, stride=stride, out=out, bias=false) bn relu }
def basic { [ | cbr(3) conv(3, bias=false) bn droppath(0.1) ] add relu }
cbr(3) { basic }*2 mhsa2 ln cbr(3, 2, 2*c) gap flatten dropout(0.2) linear(5)
"""


def batch(channels: int = 8, size: int = 8) -> torch.Tensor:
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


# -- compilers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [RESIDUAL, DOWN_UP, NETWORK])
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_it_compiles_without_breaks(program: str, backend: str) -> None:
    torch._dynamo.reset()
    block = Block(program, channels=8).eval()
    compiled: Any = torch.compile(block, fullgraph=True, backend=backend)
    for size in (8, 12):
        assert torch.allclose(compiled(batch(8, size)), block(batch(8, size)), atol=1e-5)


def test_it_compiles_in_training() -> None:
    torch._dynamo.reset()
    block = Block(NETWORK, channels=8)
    compiled: Any = torch.compile(block, fullgraph=True, backend="aot_eager")
    loss: Any = compiled(batch()).sum()
    loss.backward()
    assert all(p.grad is not None for p in block.parameters())


def test_the_default_compiler_gives_the_same() -> None:
    torch._dynamo.reset()
    block = Block("dup conv3 bn relu add", channels=4).eval()
    compiled: Any = torch.compile(block, fullgraph=True)
    assert torch.allclose(compiled(batch(4)), block(batch(4)), atol=1e-5)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("program", [RESIDUAL, DOWN_UP, NETWORK])
def test_it_is_exported(program: str, strict: bool) -> None:
    block = Block(program, channels=8).eval()
    exported = export(block, (batch(),), strict=strict)
    assert torch.allclose(exported.module()(batch()), block(batch()), atol=1e-5)
    assert set(exported.state_dict) == set(block.state_dict())


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("program", "step"), [(RESIDUAL, 1), (DOWN_UP, 2), (f"{DOWN_UP} {DOWN_UP}", 2), (NETWORK, 1)]
)
def test_it_is_exported_with_dynamic_axes(program: str, step: int, strict: bool) -> None:
    """An axis with a condition is given as a multiple of its modulus."""
    block = Block(program, channels=8).eval()
    height, width = Dim("h", min=3), Dim("w", min=3)  # sizes that become 1 are special to torch
    axes = {0: Dim("n"), 2: step * height, 3: step * width}
    exported = export(block, (batch(),), dynamic_shapes={"x": axes}, strict=strict)
    x = torch.randn(3, 8, 6, 10)
    assert torch.allclose(exported.module()(x), block(x), atol=1e-5)


def test_it_is_exported_with_axes_left_to_torch() -> None:
    block = Block(DOWN_UP, channels=8).eval()
    axes = {0: Dim.AUTO, 2: Dim.AUTO, 3: Dim.AUTO}
    exported = export(block, (batch(),), dynamic_shapes={"x": axes})
    x = torch.randn(3, 8, 6, 10)
    assert torch.allclose(exported.module()(x), block(x), atol=1e-5)


# -- training --------------------------------------------------------------------------------------


def train(block: nn.Module, steps: int = 30) -> tuple[float, float]:
    """The loss before and after a few steps of telling five classes apart."""
    torch.manual_seed(1)
    x, y = torch.randn(20, 8, 8, 8), torch.arange(20) % 5
    x += y.view(-1, 1, 1, 1) / 2
    optimizer = torch.optim.Adam(block.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        loss: Any = F.cross_entropy(block(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[0], losses[-1]


def test_it_trains() -> None:
    torch.manual_seed(0)
    first, last = train(Block(NETWORK, channels=8).train())
    assert last < first / 2


def test_copies_train_alone() -> None:
    block = Block(NETWORK, channels=8)
    before = copy.deepcopy(block.state_dict())
    train(copy.deepcopy(block), steps=2)
    assert all(torch.equal(before[k], v) for k, v in block.state_dict().items())


@pytest.mark.parametrize("op", ["dropout(0.5)", "droppath(0.5)", "noise(0.5)"])
def test_random_ops_act_in_training_only(op: str) -> None:
    block, x = Block(op, channels=64), torch.ones(16, 64, 2, 2)
    assert not torch.equal(block.train()(x), x)
    assert torch.equal(block.eval()(x), x)


def test_dropped_paths_are_whole_samples_and_the_mean_stays() -> None:
    torch.manual_seed(0)
    y = Block("droppath(0.25)", channels=3).train()(torch.ones(8000, 3, 2, 2))
    assert set(y.flatten().tolist()) == {0.0, torch.tensor(1 / 0.75).item()}
    assert bool((y == y[:, :1, :1, :1]).all())
    assert abs(y.mean() - 1) < 0.03
    assert not Block("droppath(1)", channels=3).train()(torch.ones(4, 3, 2, 2)).any()


def test_noise_has_its_deviation() -> None:
    torch.manual_seed(0)
    y = Block("noise(0.3)", channels=3).train()(torch.ones(1000, 3, 4, 4))
    assert abs(y.std() - 0.3) < 0.01 and abs(y.mean() - 1) < 0.01


def test_autocast_takes_half_precision() -> None:
    block = Block(NETWORK, channels=8).train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = block(batch())
    assert y.dtype == torch.bfloat16
    loss: Any = y.float().sum()
    loss.backward()
    assert all(p.grad is not None and p.dtype == torch.float32 for p in block.parameters())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_it_moves_to_other_types(dtype: torch.dtype) -> None:
    block = Block(NETWORK, channels=8).to(dtype).eval()
    assert block(batch().to(dtype)).dtype == dtype


def test_channels_last_stays_channels_last() -> None:
    block: Any = Block(RESIDUAL, channels=8).eval()
    x = batch().to(memory_format=torch.channels_last)
    wanted = block(batch())
    y = block.to(memory_format=torch.channels_last)(x)
    assert y.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(y, wanted, atol=1e-5)


def test_it_is_made_on_the_device_in_force() -> None:
    with torch.device("meta"):
        block = Block(NETWORK + " scale", channels=8)
    assert all(p.is_meta for p in block.parameters())


def test_it_works_under_vmap_and_functional_call() -> None:
    block = Block("conv3 relu", channels=4).eval()
    state = {k: torch.stack([v, 2 * v]) for k, v in block.state_dict().items()}
    many = torch.func.vmap(lambda s, x: torch.func.functional_call(block, s, (x,)), (0, None))
    assert many(state, batch(4)).shape == (2, 2, 4, 8, 8)


def test_it_trains_in_parallel(tmp_path: Path) -> None:
    """One process of distributed data parallel: gradients are synchronised by hooks."""
    distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/rendezvous", rank=0, world_size=1
    )
    try:
        net = nn.parallel.DistributedDataParallel(Block(NETWORK, channels=8))
        first, last = train(net, steps=10)
    finally:
        distributed.destroy_process_group()
    assert last < first
