"""Training: it learns, the same seed gives the same, and what diverges is said to."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from snapsearch.config.reading import checked
from snapsearch.tasks.base import Failure
from snapsearch.tasks.classify import NetworkOptions
from snapsearch.tasks.data import Data, Split
from snapsearch.tasks.digits import Digits, DigitsOptions
from snapsearch.tasks.training import Recipe, accuracy, alone, fit, varied

QUICK = DigitsOptions(epochs=(0.5, 2), width=4)


def stripes(n: int, seed: int) -> Split:
    """Images of stripes, along or across."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    bars = np.tile(np.arange(6) % 2, (6, 1))
    x = np.where(y[:, None, None] == 1, bars, bars.T)[:, None] + rng.normal(0, 0.3, (n, 1, 6, 6))
    return Split(x.astype(np.float32), y.astype(np.int64))


DATA = Data(stripes(128, 0), stripes(64, 1), None, 2)


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))


def test_it_learns() -> None:
    with alone(0, "cpu"):
        found = fit(small(), DATA, 5, 0, "cpu", Recipe(batch=16))
    assert found.valid > 95
    assert found.test is None


def test_few_examples_are_dealt_out_over_several_steps() -> None:
    data = Data(stripes(40, 0), stripes(64, 1), None, 2)
    norm = nn.BatchNorm2d(1)
    with alone(0, "cpu"):
        fit(nn.Sequential(norm, small()), data, 2, 0, "cpu", Recipe())  # batch: more than there is
    assert norm.state_dict()["num_batches_tracked"] == 16


def test_digits_are_learnt_and_the_seed_decides() -> None:
    task = Digits()
    one, again, other = (task.evaluate("dup conv3 bn relu add", 2, s) for s in (1, 1, 2))
    assert (one.value, one.metrics) == (again.value, again.metrics)
    assert one.metrics["training loss"] != other.metrics["training loss"]
    assert one.value > 60
    assert one.cost > 0
    assert one.metrics["parameters"] > 100


def test_more_epochs_are_better() -> None:
    task = Digits(DigitsOptions(width=4))
    assert task.evaluate("conv3 bn relu", 8, 0).value > task.evaluate("conv3 bn relu", 2, 0).value


def test_several_seeds_have_a_mean_and_a_spread() -> None:
    task = Digits(QUICK.model_copy(update={"seeds": 3}))
    found = task.evaluate("conv3 bn relu", 0.5, 0)
    assert found.metrics["spread over seeds (%)"] > 0
    assert "spread over seeds (%)" not in Digits(QUICK).evaluate("relu", 0.5, 0).metrics


def test_global_chance_and_threads_are_left_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    Digits(QUICK).evaluate("conv3 bn relu dropout(0.5)", 0.5, 0)
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_what_diverges_is_stopped() -> None:
    class Wild(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x.flatten(1)[:, :2] * self.w) / 0

    with pytest.raises(Failure, match="diverged"), alone(0, "cpu"):
        fit(Wild(), DATA, 1, 0, "cpu", Recipe())


def test_an_output_that_is_not_finite_is_no_accuracy() -> None:
    class Late(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.flatten(1)[:, :2] / 0

    with pytest.raises(Failure, match="an output is not finite"):
        accuracy(Late(), DATA.valid, "cpu", (np.float32(0), np.float32(1)))


def test_programs_that_break_down_are_rejected() -> None:
    with pytest.raises(Failure, match="rejected"):
        Digits(QUICK).evaluate("split3 cat3", None, 0)


def test_images_are_moved_and_mirrored() -> None:
    x = torch.zeros(256, 1, 4, 4)
    x[:, 0, 1, 1] = 1
    chance = torch.Generator().manual_seed(0)
    moved = varied(x, Recipe(shift=1, flip=True), chance)
    assert moved.shape == x.shape
    assert (moved.sum((1, 2, 3)) == 1).all()
    assert len({tuple(m.flatten().tolist()) for m in moved}) == 12  # 3 rows, 4 columns
    assert varied(x, Recipe(), chance) is x


def test_budgets_are_told() -> None:
    with pytest.raises(Exception, match=r"S201.*budget of 3 epochs(.|\n)*there are 2, 4, 8"):
        Digits().evaluate("relu", 3, 0)
    with pytest.raises(Exception, match="ascending"):
        checked(NetworkOptions, {"epochs": [4, 2]})
