"""`make demo`: a shipped block from text to ONNX, run on real digits beside PyTorch, and drawn.

PyTorch's module and the ONNX model get the same weights, through a safetensors file, by name. Then
a search for a block that reads those digits better. What is made lands in `demo/`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits

from snaplang.torch import Block

ROOT = Path(__file__).parent.parent
PROGRAM = Path("examples", "residual_basic.snap")
OUT = Path("demo")
CHANNELS = 16
SHAPE = f"N,{CHANNELS},H,W"
CLOSE = 1e-4
SEARCH = OUT / "search"
STRATEGY = "latent"


def main() -> int:
    """Compile, compare, draw, search; 0 if all went well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=16, help="blocks that the search tries")
    trials = parser.parse_args().trials
    return compiled() or searched(trials)


def compiled() -> int:
    """Compile, compare, draw; 0 if ONNX Runtime and PyTorch agree."""
    (ROOT / OUT).mkdir(exist_ok=True)
    print((ROOT / PROGRAM).read_text().rstrip(), end="\n\n")
    block = Block(ROOT / PROGRAM, inputs=[SHAPE])
    _settle(block)
    weights = OUT / "residual_basic.safetensors"
    save_file({k: v.contiguous() for k, v in block.state_dict().items()}, ROOT / weights)
    model = OUT / "residual_basic.onnx"
    if not snapc("--weights", str(weights), "-o", str(model)):
        return 1
    difference = compare(block, ROOT / model)
    print(f"\n{len(digits())} digits through ONNX Runtime and PyTorch, same weights:")
    print(f"the largest difference is {difference:.1e}", end="\n\n")
    if not all(snapc("-o", str(OUT / f"residual_basic.{kind}")) for kind in ("svg", "png")):
        snapc("-o", str(OUT / "residual_basic.dot"))
        print("Without Graphviz there is only the picture's source; its package is `graphviz`.")
    print(f"\nLook into {OUT}/: " + ", ".join(sorted(p.name for p in (ROOT / OUT).iterdir())))
    return 0 if difference < CLOSE else 1


def digits() -> np.ndarray:
    """Scanned digits of 8x8 pixels from 0 to 1, [N, CHANNELS, 8, 8]: each repeated per channel."""
    images = load_digits().images[:, None].astype(np.float32) / 16
    return np.repeat(images, CHANNELS, axis=1)


def _settle(block: torch.nn.Module) -> None:
    """Let the norms see the digits, so that their statistics are not those of a fresh module."""
    with torch.no_grad():
        block(torch.from_numpy(digits()))
    block.eval()


def snapc(*options: str) -> bool:
    """Run the command on the program as a user would; whether it succeeded."""
    return command("snaplang", "snapc", str(PROGRAM), "--input", SHAPE, *options)


def command(package: str, *words: str) -> bool:
    """Run a package's command as a user would; whether it succeeded."""
    print("$ " + " ".join(words), flush=True)
    whole = [sys.executable, "-m", f"{package}.cli", *words[1:]]
    return subprocess.run(whole, cwd=ROOT, check=False).returncode == 0


def searched(trials: int) -> int:
    """Search on the digits, write the report; 0 if that went well."""
    shutil.rmtree(ROOT / SEARCH, ignore_errors=True)
    print(f"\nWhich block reads these digits best? {trials} are tried, each trained for seconds:")
    how = ["--task", "digits", "--strategy", STRATEGY, "--trials", str(trials)]
    crew = ["--workers", "2", "--parallel", "2"]
    done = command("snapsearch", "snapsearch", "run", *how, *crew, "--out", str(SEARCH))
    print()
    done = done and command("snapsearch", "snapsearch", "export", str(SEARCH), "--best")
    done = done and command("snapsearch", "snapsearch", "report", str(SEARCH))
    print(f"\nThe search's report is {SEARCH}/report.html" if done else "the search failed")
    return 0 if done else 1


def compare(block: torch.nn.Module, model: Path) -> float:
    """The largest difference between what PyTorch and ONNX Runtime compute."""
    session = onnxruntime.InferenceSession(model)
    (found,) = session.run(None, {session.get_inputs()[0].name: digits()})
    with torch.no_grad():
        expected = block(torch.from_numpy(digits())).numpy()
    return float(np.abs(found - expected).max())


if __name__ == "__main__":
    sys.exit(main())
