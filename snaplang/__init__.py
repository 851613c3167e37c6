"""snaplang: a language for neural-network blocks, and its compiler.

A program is a string of symbols on a stack of tensors; `lower` checks it into a graph, and the
backends turn the graph into ONNX, PyTorch source or a picture. Every function takes text (`str`),
a file (`os.PathLike`), a `Program` or a `Graph`. Nothing heavy is imported before it is needed.

>>> import snaplang as snap
>>> snap.lower("dup conv3 bn relu add", inputs=["N,64,H,W"]).shapes[-1]
Shape('[N, 64, H, W]')
"""

from __future__ import annotations

from snaplang.api import (
    Lowering,
    canonicalize,
    choices,
    decided,
    equivalent,
    explain_difference,
    fingerprint,
    format,
    inference,
    lower,
    parse,
    stats,
    to_dot,
    to_json,
    to_mermaid,
    to_onnx,
    to_torch_source,
)
from snaplang.backends.stats import Stats
from snaplang.canonical.difference import Difference
from snaplang.decisions import Decider
from snaplang.diagnostics import Diagnostic, SnapError
from snaplang.dims import Dim
from snaplang.genotypes.published import from_genotype
from snaplang.graph import Choice, Condition, Graph, Input, Node
from snaplang.lift.models import from_onnx, from_torch
from snaplang.lowering.symbols import Effect, Symbols
from snaplang.ops.spec import Case, Fact, Param, ParamKind, Shape
from snaplang.ops.user import op
from snaplang.syntax import Program
from snaplang.syntax.walk import children, walk
from snaplang.version import __version__ as __version__

__all__ = [
    "Case",
    "Choice",
    "Condition",
    "Decider",
    "Diagnostic",
    "Difference",
    "Dim",
    "Effect",
    "Fact",
    "Graph",
    "Input",
    "Lowering",
    "Node",
    "Param",
    "ParamKind",
    "Program",
    "Shape",
    "SnapError",
    "Stats",
    "Symbols",
    "canonicalize",
    "children",
    "choices",
    "decided",
    "equivalent",
    "explain_difference",
    "fingerprint",
    "format",
    "from_genotype",
    "from_onnx",
    "from_torch",
    "inference",
    "lower",
    "op",
    "parse",
    "stats",
    "to_dot",
    "to_json",
    "to_mermaid",
    "to_onnx",
    "to_torch_source",
    "walk",
]
