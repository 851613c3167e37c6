"""snaplang: a language for neural-network blocks, and its compiler.

A program is a string of symbols on a stack of tensors; `lower` checks it into a graph, and the
backends turn the graph into ONNX, PyTorch source or a picture. Every function takes text (`str`),
a file (`os.PathLike`), a `Program` or a `Graph`. Nothing heavy is imported before it is needed.

>>> import snaplang as snap
>>> snap.lower("dup conv3 bn relu add", inputs=["N,64,H,W"]).shapes[-1]
Shape('[N, 64, H, W]')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> the module that has it; `format` and `lower` live under other names there.
_HOME = {
    "Graph": "graph",
    "Program": "syntax",
    "SnapError": "diagnostics",
    "choices": "api",
    "format": "emit",
    "lower": "api",
    "op": "ops.user",
    "parse": "api",
    "stats": "emit",
    "to_dot": "emit",
    "to_json": "emit",
    "to_mermaid": "emit",
    "to_onnx": "emit",
    "to_torch_source": "emit",
}
_RENAMED = {"lower": "graph_of", "format": "formatted"}

if TYPE_CHECKING:
    from snaplang.api import choices, parse
    from snaplang.api import graph_of as lower
    from snaplang.diagnostics import SnapError
    from snaplang.emit import formatted as format
    from snaplang.emit import stats, to_dot, to_json, to_mermaid, to_onnx, to_torch_source
    from snaplang.graph import Graph
    from snaplang.ops.user import op
    from snaplang.syntax import Program


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'snaplang' has no attribute {name!r}")
    value = getattr(import_module(f"snaplang.{_HOME[name]}"), _RENAMED.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])


__all__ = [
    "Graph",
    "Program",
    "SnapError",
    "choices",
    "format",
    "lower",
    "op",
    "parse",
    "stats",
    "to_dot",
    "to_json",
    "to_mermaid",
    "to_onnx",
    "to_torch_source",
]
