"""Training and measuring a network: one loop for all tasks, deterministic for a seed.

AdamW with a cosine schedule and a short warm-up; on a GPU bf16 and channels-last. On a CPU one
thread is used, so that a result depends on nothing but program, data, budget and seed. Global
generators are left as they were found.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from snapsearch.streams import number
from snapsearch.tasks.base import Failure
from snapsearch.tasks.data import Data, Split

STEPS = 8  # of an epoch at least: with fewer, batch norms measure what they never settled to


@dataclass(frozen=True)
class Recipe:
    """How to train: `batch` examples a step, peak learning rate, weight decay, label smoothing;
    `shift` (pixels) and `flip` say how examples are varied."""

    batch: int = 64
    rate: float = 4e-3
    decay: float = 0.01
    smoothing: float = 0.0
    shift: int = 0
    flip: bool = False


@dataclass(frozen=True)
class Fit:
    """What came of a training: accuracies in percent, the last training loss, seconds."""

    valid: float
    test: float | None
    loss: float
    seconds: float


@contextmanager
def alone(seed: int, device: str) -> Iterator[None]:
    """Chance from `seed`, one thread, deterministic kernels; everything as before afterwards."""
    threads, cuda = torch.get_num_threads(), device.startswith("cuda")
    certain = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[torch.device(device).index or 0] if cuda else []):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(certain)


def fit(model: nn.Module, data: Data, epochs: float, seed: int, device: str, how: Recipe) -> Fit:
    """Train `model` and measure it. Call it within `alone`. Raises `Failure` (diverged)."""
    began = time.perf_counter()
    images = len(data.shape) == 3
    layout = torch.channels_last if images and device != "cpu" else torch.contiguous_format
    model.to(device=device, memory_format=layout)  # type: ignore[call-overload]
    loss = _train(model, data, epochs, seed, device, how, layout)
    scale = _scale(data.train)
    valid = accuracy(model, data.valid, device, scale)
    test = None if data.test is None else accuracy(model, data.test, device, scale)
    return Fit(valid, test, loss, time.perf_counter() - began)


def _train(
    model: nn.Module,
    data: Data,
    epochs: float,
    seed: int,
    device: str,
    how: Recipe,
    layout: torch.memory_format,
) -> float:
    x, y = _tensors(data.train, device, _scale(data.train))
    batch = min(how.batch, max(2, len(x) // STEPS))
    per_epoch = len(x) // batch
    steps = max(1, round(epochs * per_epoch))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=how.rate, weight_decay=how.decay, fused=device != "cpu"
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
    chance = torch.Generator().manual_seed(number(seed, "batches"))
    model.train()
    loss = torch.zeros(())
    for step in range(steps):
        if step % per_epoch == 0:
            order = torch.randperm(len(x), generator=chance).to(device)
        chosen = order[step % per_epoch * batch :][:batch]
        examples = varied(x[chosen], how, chance)
        if examples.dim() == 4:
            examples = examples.contiguous(memory_format=layout)
        with _mixed(device):
            loss = functional.cross_entropy(
                model(examples).float(), y[chosen], label_smoothing=how.smoothing
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        if step % 16 == 15 or step == steps - 1 or device == "cpu":
            _settled(loss, step)
    return float(loss.detach())


def _settled(loss: Tensor, step: int) -> None:
    if not math.isfinite(float(loss.detach())):
        raise Failure("diverged", f"the loss is {float(loss.detach())} after {step + 1} steps")


def _rate(step: int, steps: int) -> float:
    """The learning rate's factor: up over a tenth of the steps, then down along a cosine."""
    warm = max(1, steps // 10)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def varied(x: Tensor, how: Recipe, chance: torch.Generator) -> Tensor:
    """Images `[B, C, H, W]` moved by up to `shift` pixels and mirrored; others as they are."""
    if x.dim() != 4:
        return x
    if how.flip:
        turn = torch.rand(len(x), generator=chance).to(x.device) < 0.5
        x = torch.where(turn[:, None, None, None], x.flip(-1), x)
    if how.shift:
        height, width = x.shape[-2:]
        padded = functional.pad(x, [how.shift] * 4)
        by = torch.randint(0, 2 * how.shift + 1, (2, len(x)), generator=chance).to(x.device)
        rows = by[0, :, None] + torch.arange(height, device=x.device)
        columns = by[1, :, None] + torch.arange(width, device=x.device)
        which = torch.arange(len(x), device=x.device)[:, None, None]
        moved = padded.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]]
        x = moved.permute(0, 3, 1, 2)
    return x


def accuracy(model: nn.Module, split: Split, device: str, scale: tuple[Any, Any]) -> float:
    """The share of examples whose greatest output is their class, in percent."""
    x, y = _tensors(split, device, scale)
    model.eval()
    right = 0
    with torch.inference_mode(), _mixed(device):
        for i in range(0, len(x), 512):
            found = model(x[i : i + 512])
            if not bool(torch.isfinite(found).all()):
                raise Failure("diverged", "an output is not finite")
            right += int((found.argmax(1) == y[i : i + 512]).sum())
    return 100.0 * right / len(x)


def _scale(split: Split) -> tuple[Any, Any]:
    """Mean and spread of each channel, `[C, 1, …]`."""
    axes = (0, *range(2, split.x.ndim))
    mean = split.x.mean(axis=axes, dtype=np.float64, keepdims=True)[0]
    spread = split.x.std(axis=axes, dtype=np.float64, keepdims=True)[0]
    return mean.astype(np.float32), np.maximum(spread, 1e-6).astype(np.float32)


def _tensors(split: Split, device: str, scale: tuple[Any, Any]) -> tuple[Tensor, Tensor]:
    x = (split.x.astype(np.float32) - scale[0]) / scale[1]
    return torch.from_numpy(x).to(device), torch.from_numpy(split.y).to(device)


def _mixed(device: str) -> Any:
    """bf16 where the device is a GPU."""
    return nullcontext() if device == "cpu" else torch.autocast("cuda", dtype=torch.bfloat16)
