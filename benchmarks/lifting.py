"""How long it takes to lift ResNet-50 from ONNX and print it, beside `onnx.load` alone.

The file, 102 MB, is what PyTorch's exporter makes of a ResNet-50 (batch norms folded), or what
snaplang makes of its own. All runs are in one process, taking turns. Prints JSON; exits 1 where
lifting and printing take longer than the limit times loading.

    python benchmarks/lifting.py [--runs 9]
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import onnx
import torch

import snaplang as snap
from snaplang.printer import printed
from snaplang.torch import Block

LIMIT = 8.0
NETWORK = Path(__file__).parents[1] / "examples" / "networks" / "resnet50.snap"


def own(file: Path) -> None:
    """ResNet-50 as snaplang writes it."""
    file.write_bytes(snap.to_onnx(NETWORK, inputs=["N,3,224,224"]).SerializeToString())


def theirs(file: Path) -> None:
    """ResNet-50 as PyTorch's exporter writes it."""
    block = Block(NETWORK, inputs=["N,3,224,224"]).eval()
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            block, (torch.zeros(1, 3, 224, 224),), buffer, dynamo=False,  # type: ignore[arg-type]
            input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "N"}},
        )  # fmt: skip
    file.write_bytes(buffer.getvalue())


def lift(file: Path) -> str:
    """The model as a program."""
    return printed(snap.from_onnx(file), repeats=True)


def timed(work: Callable[[Path], object], file: Path) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work(file)
    return time.perf_counter() - start


def measured(write: Callable[[Path], None], runs: int) -> dict[str, object]:
    """Lifting beside loading, in turns; their medians and the ratio's quartiles."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "resnet50.onnx"
        write(file)
        text = lift(file)
        assert snap.stats(text).params == 25_557_032 - (
            0 if write is own else 26_560
        )  # norms folded
        pairs = [(timed(onnx.load, file), timed(lift, file)) for _ in range(runs)]
    ratios = [ours / load for load, ours in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "onnx.load": round(statistics.median(load for load, _ in pairs), 4),
        "lift and print": round(statistics.median(ours for _, ours in pairs), 4),
        "ratio": round(middle, 2),
        "quartiles": [round(low, 2), round(high, 2)],
        "lines": len(text.splitlines()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    results = {"own export": measured(own, runs), "PyTorch's exporter": measured(theirs, runs)}
    print(json.dumps(results, indent=2))
    sys.exit(any(result["ratio"] > LIMIT for result in results.values()))  # type: ignore[operator]


if __name__ == "__main__":
    main()
