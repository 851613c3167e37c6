"""Compiling: from text to a fingerprint, to ONNX, in process and as a whole process."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import snaplang as snap
from benchmarks import programs
from benchmarks.harness import Found, Skip, Turn, at_least, at_most, benchmark, turns

ROOT = Path(__file__).parents[2]
SHAPE = "N,64,H,W"
RESNET50 = ROOT / "examples" / "networks" / "resnet50.snap"
EXPORT = "`torch.onnx.export(dynamo=True)`"
SNAPC = [sys.executable, "-c", "from snaplang.cli import main; main()"]


@benchmark(
    "text to fingerprint, programs of 20 symbols, each seen once",
    "Lark's LALR parse of the same text alone",
    at_most(4),
)
def fingerprint() -> Iterator[Found]:
    from lark import Lark

    from snaplang.syntax.table import grammar

    parse = Lark(grammar(), parser="lalr").parse
    source = programs.valid(random.Random(0))
    batches = [list(islice(source, 60)) for _ in range(42)]
    yield from turns(
        lambda texts: [snap.fingerprint(text) for text in texts],
        lambda texts: [parse(text) for text in texts],
        41,
        prepare=lambda turn: batches[turn],
    )


@benchmark("text of a residual block to an ONNX model, in process", EXPORT, at_least(150))
def residual() -> Iterator[Found]:
    from benchmarks.peers.export import Residual, exported, quiet

    quiet()
    yield from turns(
        lambda: snap.to_onnx(programs.RESIDUAL, inputs=[SHAPE]),
        lambda: exported(Residual(64).eval()),
        9,
    )


@benchmark("ResNet-50 with given weights to an ONNX model, in process", EXPORT, at_least(15))
def resnet50() -> Iterator[Found]:
    from benchmarks.peers.export import network, quiet
    from snaplang.torch import Block

    quiet()
    block = Block(RESNET50, inputs=["N,3,224,224"]).eval()
    weights = {key: tensor.numpy() for key, tensor in block.state_dict().items()}
    yield from turns(
        lambda: snap.to_onnx(RESNET50, weights=weights, inputs=["N,3,224,224"]),
        lambda: network(block, (2, 3, 224, 224)),
        7,
    )


MEMORY = """
import re, sys
from pathlib import Path
import numpy, onnx, safetensors.numpy
import snaplang as snap
from snaplang.cli.outputs import EMITTERS, Request

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

network, file, how = sys.argv[1:]
EMITTERS["onnx"].make(Request(None, "conv3 bn", inputs=("N,4,H,W",)))  # imports, tables
before = peak()
if how == "model":
    weights = safetensors.numpy.load_file(file)
    made = snap.to_onnx(Path(network), weights=weights, inputs=["N,3,224,224"])
else:
    made = EMITTERS["onnx"].make(Request(network, weights=file, inputs=("N,3,224,224",)))
print(peak() - before)
"""


@benchmark(
    "peak memory of ResNet-50 to an ONNX model, that of the given weights included",
    "the weights", at_most(2.2), "bytes", case="model",
)  # fmt: skip
@benchmark(
    "peak memory of ResNet-50 from a safetensors file to an ONNX file's bytes, as `snapc` does it",
    "the weights", at_most(2.2), "bytes", case="file",
)  # fmt: skip
def memory(how: str) -> Iterator[Found]:
    if not Path("/proc/self/status").exists():
        raise Skip("peak memory is read from /proc, which only Linux has")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.safetensors"
        command = [str(RESNET50), "--input", "N,3,224,224", "--emit", "weights"]
        output([*SNAPC, *command, "-o", str(file)])
        for _ in range(5):
            probe = [sys.executable, "-c", MEMORY, str(RESNET50), str(file), how]
            yield Turn(float(output(probe)), file.stat().st_size)


def output(command: list[str]) -> str:
    """What a fresh process prints; one that fails ends the benchmark with its message."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


@benchmark("`snapc X --emit onnx`, a whole process", '`python -c "import torch"`', at_most(0.4))
def process() -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["examples/residual_basic.snap", "--input", SHAPE, "--emit", "onnx"]
        ours = [*SNAPC, *command, "-o", str(Path(folder) / "block.onnx")]
        theirs = [sys.executable, "-c", "import torch"]
        yield from turns(lambda: output(ours), lambda: output(theirs), 15)


@benchmark(
    "`snapc -e PROGRAM --emit onnx`, a whole process, a residual block of 64 channels",
    f"a script that builds the module by hand and calls {EXPORT}",
    at_most(0.25),
)
def script() -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as folder:
        mine, other = (Path(folder) / name for name in ("snapc.onnx", "torch.onnx"))
        ours = [*SNAPC, "-e", programs.RESIDUAL, "--input", SHAPE, "--emit", "onnx"]
        ours += ["-o", str(mine)]
        theirs = [sys.executable, "-m", "benchmarks.peers.export", str(other)]
        output(ours), output([*theirs, str(mine)])
        yield {"largest_difference": (gap := difference(mine, other))}
        assert gap < 1e-4
        yield from turns(lambda: output(ours), lambda: output(theirs), 5)


def difference(one: Path, other: Path) -> float:
    """The largest difference of what two models of 64 channels compute."""
    import numpy as np
    import onnxruntime

    data = np.random.default_rng(0).standard_normal((1, 64, 10, 7), dtype=np.float32)
    results = []
    for path in (one, other):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        results.append(session.run(None, {session.get_inputs()[0].name: data})[0])
    return float(np.abs(results[0] - results[1]).max())
