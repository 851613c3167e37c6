"""Lifting ResNet-50 from ONNX and printing it, beside `onnx.load` of the same file, 102 MB."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import snaplang as snap
from benchmarks.harness import Found, at_most, benchmark, turns

NETWORK = Path(__file__).parents[2] / "examples" / "networks" / "resnet50.snap"
SHAPE = ["N,3,224,224"]


def own(file: Path) -> int:
    """ResNet-50 as snaplang writes it; its number of parameters."""
    file.write_bytes(snap.to_onnx(NETWORK, inputs=SHAPE).SerializeToString())
    return 25_557_032


def theirs(file: Path) -> int:
    """ResNet-50 as PyTorch's exporter writes it, batch norms folded."""
    import torch

    from snaplang.torch import Block

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Block(NETWORK, inputs=SHAPE).eval(),
            (torch.zeros(1, 3, 224, 224),), buffer, dynamo=False,  # type: ignore[arg-type]
            input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "N"}},
        )  # fmt: skip
    file.write_bytes(buffer.getvalue())
    return 25_557_032 - 26_560


LIFT = "lifting ResNet-50 and printing it, the file written by"


@benchmark(f"{LIFT} snaplang", "`onnx.load`", at_most(8), case="own")
@benchmark(f"{LIFT} PyTorch's exporter", "`onnx.load`", at_most(8), case="theirs")
def resnet50(case: str) -> Iterator[Found]:
    import onnx

    from snaplang.printing.printer import printed

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "resnet50.onnx"
        parameters = {"own": own, "theirs": theirs}[case](file)

        def lift() -> str:
            return printed(snap.from_onnx(file), repeats=True)

        text = lift()
        assert snap.stats(text).params == parameters
        yield {"lines": len(text.splitlines())}
        yield from turns(lift, lambda: onnx.load(file), 9)
