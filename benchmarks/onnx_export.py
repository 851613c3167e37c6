"""How long a block takes to become an ONNX file: snapc against PyTorch's own exporter.

Both run in fresh processes on the same block, a residual one of 64 channels with dynamic batch,
height and width: `snapc -e PROGRAM --emit onnx`, and a script with the module as one writes it by
hand and `torch.onnx.export(dynamo=True)`. Before timing, both models must compute the same from
the same weights. Prints JSON; exits 1 where the ratio of the medians is above the limit.

    python benchmarks/onnx_export.py [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime

LIMIT = 0.25
PROGRAM = "dup conv(3, bias=false) bn relu conv(3, bias=false) bn add relu"
SHAPE = "N,64,H,W"
SNAPC = [sys.executable, "-c", "from snaplang.cli import main; main()"]

BY_HAND = """
import sys
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(y)))


block = Residual(64).eval()
if len(sys.argv) > 2:  # for the comparison: the weights of a model
    import onnx

    weights = onnx.load(sys.argv[2]).graph.initializer
    state = {w.name: torch.from_numpy(onnx.numpy_helper.to_array(w).copy()) for w in weights}
    missing, unexpected = block.load_state_dict(state, strict=False)
    assert not unexpected and all(n.endswith("num_batches_tracked") for n in missing)
sizes = {0: torch.export.Dim("N"), 2: torch.export.Dim("H"), 3: torch.export.Dim("W")}
torch.onnx.export(
    block, (torch.zeros(2, 64, 8, 9),), sys.argv[1], dynamo=True,
    dynamic_shapes={"x": sizes}, external_data=False, verbose=False,
)
"""


def timed(command: list[str]) -> float:
    """Seconds that a fresh process takes; one that fails ends the benchmark with its message."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def difference(ours: Path, theirs: Path) -> float:
    """The largest difference of the two models' results."""
    data = np.random.default_rng(0).standard_normal((1, 64, 10, 7), dtype=np.float32)
    results = []
    for path in (ours, theirs):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        results.append(session.run(None, {session.get_inputs()[0].name: data})[0])
    return float(np.abs(results[0] - results[1]).max())


def measure(runs: int) -> dict[str, object]:
    """Medians, their ratio, and whether both made the same model; runs alternate."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script, ours, theirs = (folder / n for n in ("by_hand.py", "snapc.onnx", "torch.onnx"))
        script.write_text(BY_HAND, "utf-8")
        compile_ = [*SNAPC, "-e", PROGRAM, "--input", SHAPE, "--emit", "onnx", "-o", str(ours)]
        export = [sys.executable, str(script), str(theirs)]
        timed(compile_), timed([*export, str(ours)])  # also fills the caches of byte code and disk
        gap = difference(ours, theirs)
        times = [(timed(compile_), timed(export)) for _ in range(runs)]
    mine, other = (statistics.median(column) for column in zip(*times, strict=True))
    return {
        "benchmark": "onnx_export",
        "runs": runs,
        "snapc_seconds": round(mine, 3),
        "torch_seconds": round(other, 3),
        "ratio": round(mine / other, 4),
        "limit": LIMIT,
        "largest_difference": gap,
        "ok": mine / other <= LIMIT and gap < 1e-4,
    }


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=5)
    result = measure(parser.parse_args().runs)
    print(json.dumps(result, indent=2))
    sys.exit(0 if result["ok"] else 1)


if __name__ == "__main__":
    main()
