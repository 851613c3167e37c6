"""What users pickled with earlier versions loads, and is what it was."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

import snaplang as snap
from snaplang.torch import Block

FOLDER = Path(__file__).parent
RESIDUAL = "dup conv3 bn relu conv3 bn add relu"
SPACE = "dup <p: conv1 | relu | conv3> add <bn | zero | softmax>"
SIZES = "in x(8,H,W) y(8,2*H,W); x conv(3, stride=2, pad=0) y avgpool(4, stride=4) out 2"


def pickled(name: str) -> Any:
    """An object of before."""
    return pickle.loads((FOLDER / f"{name}.pickle").read_bytes())


def made(name: str) -> Any:
    """The same object, made now."""
    match name:
        case "graph":
            return snap.lower(RESIDUAL, inputs=["N,8,H,W"])
        case "space":
            return snap.lower(SPACE, inputs=["N,8,H,W"])
        case "sizes":
            return snap.lower(SIZES)
        case "program":
            return snap.parse("def w(n) { conv(n) bn } dup w(3) swap <relu | gelu> add")
    raise AssertionError(name)


@pytest.mark.parametrize("name", ["graph", "space", "sizes"])
def test_graphs_load(name: str) -> None:
    graph = pickled(name)
    assert graph == made(name)
    assert snap.to_json(graph) == snap.to_json(made(name))


def test_programs_load() -> None:
    program = pickled("program")
    assert program == made("program")
    assert snap.choices(program) == snap.choices(made("program"))


def test_blocks_load_with_their_weights() -> None:
    block = pickled("block")
    torch.manual_seed(0)
    fresh = Block(RESIDUAL, channels=8)
    x = torch.randn(2, 8, 5, 5)
    assert block.state_dict().keys() == fresh.state_dict().keys()
    fresh.load_state_dict(block.state_dict())
    assert torch.equal(block.eval()(x), fresh.eval()(x))


def test_errors_load() -> None:
    error = pickled("error")
    with pytest.raises(snap.SnapError) as now:
        snap.lower("conv3 add", inputs=["N,8,H,W"])
    assert str(error) == str(now.value)
