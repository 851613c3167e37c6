"""`make demo`: a shipped example to ONNX, run on real digits beside PyTorch, with a picture."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from sklearn.datasets import load_digits

import snaplang as snap
from snaplang.backends.dot import render
from snaplang.files import write
from snaplang.torch import Block

HERE = Path(__file__).parent
OUT = HERE.parent / "demo"
CHANNELS = 16


def main() -> int:
    """Compile, compare, draw; 0 if ONNX Runtime and PyTorch agree."""
    OUT.mkdir(exist_ok=True)
    program = HERE / "residual_basic.snap"
    shape = [f"N,{CHANNELS},H,W"]
    block = Block(program, inputs=shape).eval()
    weights = {name: tensor.numpy() for name, tensor in block.state_dict().items()}
    model = snap.to_onnx(program, weights=weights, inputs=shape)
    write(OUT / "residual_basic.onnx", model.SerializeToString())
    print(
        f"{program.name} -> demo/residual_basic.onnx, {snap.stats(program, shape).params:,} weights"
    )
    images = load_digits().images[:64, None].astype(np.float32) / 16
    batch = np.repeat(images, CHANNELS, axis=1)
    session = onnxruntime.InferenceSession(OUT / "residual_basic.onnx")
    (ours,) = session.run(None, {session.get_inputs()[0].name: batch})
    with torch.no_grad():
        theirs = block(torch.from_numpy(batch)).numpy()
    difference = float(np.abs(ours - theirs).max())
    print(f"64 digits of shape {batch.shape[1:]} through ONNX Runtime and PyTorch:")
    print(f"largest difference {difference:.2e}")
    _draw(program, shape)
    return 0 if difference < 1e-4 else 1


def _draw(program: Path, shape: list[str]) -> None:
    graph = snap.lower(program, inputs=shape)
    try:
        write(OUT / "residual_basic.svg", render(graph, "svg"))
        print("picture: demo/residual_basic.svg")
    except snap.SnapError:
        write(OUT / "residual_basic.dot", snap.to_dot(graph).encode())
        print("picture: demo/residual_basic.dot (install Graphviz for an svg)")


if __name__ == "__main__":
    sys.exit(main())
