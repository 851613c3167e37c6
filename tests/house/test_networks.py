"""Whole networks have exactly the published parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

import snaplang as snap

NETWORKS = Path(__file__).parents[2] / "examples" / "networks"
PUBLISHED = {
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
    "mobilenet_v2": 3_504_872,
    "densenet121": 7_978_856,
    "shufflenet_v2": 2_278_604,
    "efficientnet_b0": 5_288_548,
    "convnext_tiny": 28_589_128,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters(name: str) -> None:
    path = NETWORKS / f"{name}.snap"
    assert snap.stats(path, inputs=["N,3,224,224"]).params == PUBLISHED[name]
